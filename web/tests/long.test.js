/** What grows: a long incident, many measurements, a tab that stays open for a day. And other media. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, heading } from "./browser.js";
import { Api, Database } from "./programs.js";

/** A round each minute of a day. */
const DAY = 1440;

/** @type {Database} */ let database;
/** @type {Api} */ let api;
/** @type {Browser} */ let browser;
/** @type {import("./programs.js").Program} */ let demo;

before(async () => {
  database = new Database();
  demo = await database.demo(2);
  // The rounds of these tests are the only ones.
  await demo.end();
  api = await Api.start(database, { API_STALE_AFTER: "86400" });
  browser = await Browser.start(["--enable-precise-memory-info", "--js-flags=--expose-gc"]);
});

after(async () => {
  await browser?.end();
  await api?.end();
  database?.remove();
});

test("an incident of a month with a thousand turns is shown in parts", async () => {
  const page = await browser.page();
  await page.route("**/v1/incidents/1", async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    const started = Date.now() - 31 * 86_400_000;
    const [turn] = answer.timeline;
    answer.started_at = new Date(started).toISOString();
    answer.ended_at = null;
    answer.timeline = Array.from({ length: 1000 }, (_, index) => ({
      ...turn,
      at: new Date(started + index * 2_000_000).toISOString(),
    }));
    await route.fulfill({ response, json: answer });
  });
  await page.goto(`${api.base}incidents/1`);
  await heading(page, /./);
  await page.getByText("31 d").first().waitFor();
  const turns = page.locator("section", { hasText: "What happened" }).locator("ol li");
  assert.equal(await turns.count(), 20);
  await page.getByRole("button", { name: "Show 980 earlier ones" }).click();
  assert.equal(await turns.count(), 1000);
  assert.deepEqual(page.problems, []);
});

test("ten thousand measurements in a window are drawn as lines", async () => {
  const page = await browser.page();
  await page.route("**/v1/latency*", async (route) => {
    const response = await route.fetch();
    if (!response.ok()) return route.fulfill({ response });
    const answer = await response.json();
    const first = Date.parse(answer.window.from);
    const start = Math.floor(first / 60_000) * 60_000;
    for (const item of answer.items) {
      item.buckets = Array.from({ length: 1440 }, (_, minute) => ({
        start: new Date(start + minute * 60_000).toISOString(),
        count: 1,
        p50_us: 1000 + minute,
        p95_us: 1000 + minute,
        p99_us: 1000 + minute,
      }));
    }
    const count = answer.items.length * 1440;
    assert.ok(count >= 10_000, `${count} measurements`);
    await route.fulfill({ response, json: answer });
  });
  await page.goto(`${api.base}regions/us-east-1`);
  await page.locator(".u-over").first().waitFor();
  const inked = await page
    .locator("canvas")
    .first()
    .evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return 0;
      const { data } =
        canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
      return data?.filter((value, index) => index % 4 === 3 && value > 0).length ?? 0;
    });
  assert.ok(inked > 1000, `${inked} pixels drawn`);
  assert.deepEqual(page.problems, []);
});

/** What a page holds after a collection: megabytes and elements. @param {import("playwright-core").Page} page */
async function held(page) {
  return page.evaluate(() => {
    const { gc } = /** @type {{ gc: () => void }} */ (/** @type {unknown} */ (window));
    gc();
    const { memory } = /** @type {{ memory: { usedJSHeapSize: number } }} */ (
      /** @type {unknown} */ (performance)
    );
    return {
      megabytes: memory.usedJSHeapSize / 1e6,
      elements: document.querySelectorAll("*").length,
    };
  });
}

test("two tabs that hear a day's rounds do not grow", async () => {
  const answer = await fetch(`${api.base}v1/status`);
  const { items } = await answer.json();
  const context = await browser.browser.newContext();
  const tabs = [await context.newPage(), await context.newPage()];
  for (const [index, tab] of tabs.entries()) {
    // The rounds come from the test, a day of them in some seconds.
    await tab.addInitScript(() => {
      class Heard extends EventTarget {
        onopen = () => {};
        constructor() {
          super();
          Reflect.set(window, "heard", this);
          setTimeout(() => this.onopen());
        }
        close() {}
      }
      Reflect.set(window, "EventSource", Heard);
    });
    await tab.goto(api.base + ["", "regions/us-east-1"][index]);
    await heading(tab, /./);
    await tab.locator('[data-connection="live"]').waitFor();
  }
  /** @param {number} from @param {number} to */
  const hear = async (from, to) => {
    for (const tab of tabs) {
      await tab.evaluate(async ([rows, first, last]) => {
        const source = /** @type {EventTarget} */ (Reflect.get(window, "heard"));
        const newest = Math.max(...rows.map((/** @type {any} */ row) => Date.parse(row.slot)));
        for (let round = first; round < last; round++) {
          const slot = new Date(newest + round * 60_000).toISOString();
          const measurements = rows.map((/** @type {any} */ row) => ({
            ...row,
            slot,
            status: round % 7 === 0 ? "degraded" : "up",
          }));
          const data = JSON.stringify({ measurements, changes: [], incidents: [] });
          source.dispatchEvent(new MessageEvent("round", { data, lastEventId: String(round) }));
          if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve));
        }
      }, /** @type {const} */ ([items, from, to]));
    }
  };
  await hear(1, 200);
  const before = await Promise.all(tabs.map(held));
  await hear(200, DAY);
  for (const [index, tab] of tabs.entries()) {
    const [early, late] = [before[index], await held(tab)];
    assert.ok(early);
    const grown = late.megabytes - early.megabytes;
    assert.ok(grown < 2, `${grown.toFixed(1)} MB more in tab ${index}`);
    // Parts of the page may have come late, but nothing comes with each round.
    assert.ok(late.elements - early.elements < DAY / 4, `${early.elements}, ${late.elements}`);
  }
  await context.close();
});

test("a print has the answer and its numbers, and no controls", async () => {
  const page = await browser.page();
  await page.goto(api.base);
  await page.getByText("Last 90 days").waitFor();
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("button", { name: /Theme/ }).isVisible(), false);
  assert.equal(await page.getByRole("navigation").isVisible(), false);
  assert.ok(await page.locator("h1").isVisible());
  assert.ok(await page.locator("tbody th a").first().isVisible());
  const paper = await page.evaluate(
    () => getComputedStyle(document.documentElement).backgroundColor,
  );
  assert.equal(paper, "rgb(255, 255, 255)");
});

test("a print out of the dark theme is black on white", async () => {
  const page = await browser.page({ colorScheme: "dark" });
  await page.goto(api.base);
  await heading(page, /./);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const [ink, paper] = await page.evaluate(() => {
    const { color, backgroundColor } = getComputedStyle(document.documentElement);
    return [color, backgroundColor].map((text) =>
      (text.match(/\d+/g) ?? []).reduce((sum, part) => sum + Number(part), 0),
    );
  });
  assert.ok((paper ?? 0) > 700 && (ink ?? 765) < 250, `ink ${ink} on paper ${paper}`);
});

test("what would move stands still where the reader wants less motion", async () => {
  /** @type {number[]} */
  const moving = [];
  for (const reducedMotion of /** @type {const} */ (["no-preference", "reduce"])) {
    const page = await browser.page({ reducedMotion });
    await page.goto(api.base);
    await heading(page, /./);
    moving.push(
      await page.evaluate(async () => {
        const title = document.querySelector("h1");
        if (!title) return NaN;
        title.style.transition = "opacity 5s";
        await new Promise(requestAnimationFrame);
        title.style.opacity = "0.5";
        await new Promise(requestAnimationFrame);
        return document.getAnimations().length;
      }),
    );
  }
  assert.deepEqual(moving, [1, 0]);
});
