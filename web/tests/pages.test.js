/** Every page, on a demonstration: says what it should, is accessible, fits, and looks right to the eye. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { Browser, accessible, heading } from "./browser.js";
import { Api, Database, until } from "./programs.js";

const PICTURES = new URL("pictures/", import.meta.url).pathname;
const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

/** A page whose strips and chart are there. */
const DRAWN = "main:has(.strip svg):has(.u-over)";

/** @type {Record<string, [string, RegExp, string]>} address, heading, what appears last */
const PAGES = {
  overview: ["", /DynamoDB is down in us-east-1 since/, "section >> text=Last 90 days"],
  region: ["regions/us-east-1?service=DynamoDB", /DynamoDB is down since/, DRAWN],
  compared: ["regions/eu-west-1?window=7d", /Lambda is degraded since/, DRAWN],
  service: ["services/dynamodb?window=30d", /DynamoDB is down in us-east-1/, DRAWN],
  incident: [
    "incidents/open",
    /DynamoDB and SQS \+ EC2 Voting Game down in us-east-1/,
    "text=/while in resolve/",
  ],
  method: ["method", /How we know/, "text=See for yourself"],
  embed: ["embed/us-east-1", /us-east-1/, "text=/Measured .* ago/"],
  kiosk: ["?kiosk", /DynamoDB is down in us-east-1/, "table"],
  nowhere: ["regions/us-eats-1", /Nothing is measured in a region/, "text=Did you mean"],
};

/** @type {Database} */ let database;
/** @type {Api} */ let api;
/** @type {Browser} */ let browser;
/** @type {import("./programs.js").Program} */ let demo;
/** The number of the incident in us-east-1. @type {string} */ let open;

before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  database = new Database();
  demo = await database.demo(4);
  api = await Api.start(database);
  browser = await Browser.start();
  const answer = await fetch(`${api.base}v1/incidents?region=us-east-1&open=true`);
  open = String((await answer.json()).incidents[0].id);
});

after(async () => {
  await browser?.end();
  await api?.end();
  await demo?.end();
  database?.remove();
});

for (const [name, [address, says, last]] of Object.entries(PAGES)) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      test(`the ${name} page says what it should, ${size}, ${colorScheme}`, async () => {
        const page = await browser.page({ viewport, colorScheme });
        await page.goto(api.base + address.replace("open", open));
        await heading(page, says);
        await page.locator(last).first().waitFor();
        await page.screenshot({
          path: `${PICTURES}${name}-${size}-${colorScheme}.png`,
          fullPage: true,
        });
        await accessible(page);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `the page is ${wide} px wider than the screen`);
        assert.match(await page.locator("body").innerText(), /made up/);
        assert.deepEqual(page.problems, []);
        await page.context().close();
      });
    }
  }
}

test("the title and the icon show the worst state", async () => {
  const page = await browser.page();
  await page.goto(api.base);
  await heading(page, /is down/);
  assert.match(await page.title(), /^DynamoDB down in us-east-1/);
  assert.match((await page.locator('link[rel="icon"]').getAttribute("href")) ?? "", /down/);
});

test("an address carries the state of the page", async () => {
  const page = await browser.page();
  await page.goto(`${api.base}regions/us-east-1`);
  await page.getByRole("button", { name: "7 days" }).click();
  await page.getByRole("button", { name: "SQS", exact: true }).click();
  await page.locator("h2", { hasText: "Latency of SQS" }).waitFor();
  const [width, address] = ["7 days", page.url()];
  assert.match(address, /window=7d/);
  const other = await browser.page();
  await other.goto(address);
  await other.locator("h2", { hasText: "Latency of SQS" }).waitFor();
  const pressed = other.getByRole("button", { name: width });
  assert.equal(await pressed.getAttribute("aria-pressed"), "true");
});

test("every part can be reached by keyboard", async () => {
  const page = await browser.page();
  await page.goto(api.base);
  await heading(page, /is down/);
  await page.locator("table").waitFor();
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  await page.keyboard.press("Tab");
  assert.equal(await focused(), "Skip to the answer");
  await page.keyboard.press("Enter");
  assert.match(await focused(), /DynamoDB\s+is\s+down/);
  // The grid is walked by arrows, and its cells lead to regions.
  await page.locator("tbody th a", { hasText: "us-east-1" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const cell = await page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  assert.match(cell, /^DynamoDB, us-east-1: down for/);
  await page.keyboard.press("Enter");
  await heading(page, /DynamoDB is down since/);
  assert.match(await focused(), /DynamoDB\s+is\s+down/);
  await page.goBack();
  await heading(page, /in us-east-1/);
});

test("every control has a name and can be tabbed to", async () => {
  const page = await browser.page();
  await page.goto(`${api.base}regions/us-east-1?service=DynamoDB`);
  await page.locator(".u-over").waitFor();
  const reached = new Set();
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement?.textContent?.trim()));
  }
  for (const control of [
    "90 days",
    "SQS + EC2 Voting Game",
    "Copy HTML",
    "feed.atom",
    "How we know",
  ]) {
    assert.ok(reached.has(control), `${control} among ${[...reached].join(", ")}`);
  }
});

test("a click on a link asks for no new page", async () => {
  const page = await browser.page();
  await page.goto(api.base);
  await heading(page, /is down/);
  await page.evaluate(() => Object.assign(window, { kept: true }));
  await page.getByRole("link", { name: "eu-west-1", exact: true }).first().click();
  await heading(page, /Lambda is degraded/);
  assert.equal(await page.evaluate(() => "kept" in window), true);
});

test("after each turn the focus is on the answer, and a reader who goes back is where they were", async () => {
  const page = await browser.page({ viewport: SIZES.phone });
  const focused = async () =>
    until(() => page.evaluate(() => document.activeElement?.tagName === "H1"), 5_000, "the focus");
  await page.goto(api.base);
  await page.getByRole("link", { name: /^DynamoDB and SQS/ }).click();
  await heading(page, /Voting Game down in us-east-1/);
  await focused();
  await page.goBack();
  await heading(page, /everything else is up/);
  await focused();
  await page.getByRole("link", { name: /^Lambda in us-east-1/ }).scrollIntoViewIfNeeded();
  const before = await page.evaluate(() => scrollY);
  assert.ok(before > 300, `scrolled to ${before}`);
  await page.getByRole("link", { name: /^Lambda in us-east-1/ }).click();
  await heading(page, /Lambda down in us-east-1/);
  await page.goBack();
  await until(() => page.evaluate((y) => Math.abs(scrollY - y) < 5, before), 5_000, "the place");
});

test("more failed checks come where the reader is", async () => {
  const page = await browser.page();
  await page.goto(`${api.base}regions/us-east-1`);
  const more = page.getByRole("button", { name: "Show more" });
  const checks = page.locator("section", { hasText: "Failed checks" }).locator("ol li");
  await page.locator(DRAWN).waitFor();
  await more.focus();
  const few = await checks.count();
  const place = async () => Math.round((await checks.nth(few - 1).boundingBox())?.y ?? NaN);
  const before = await place();
  await page.keyboard.press("Enter");
  await until(async () => (await checks.count()) > few, 5_000, "more checks");
  assert.equal(await place(), before);
  assert.notEqual(await page.evaluate(() => document.activeElement?.tagName), "BODY");
});

test("a chart's numbers can be read", async () => {
  const page = await browser.page();
  await page.goto(`${api.base}regions/us-east-1?window=7d`);
  await page.getByText("In numbers").click();
  const row = page.locator("details tr", { hasText: "API Gateway" });
  assert.match(await row.innerText(), /API Gateway\s+\d+ ms\s+\d+ ms\s+\d+ ms/);
});

test("the chosen theme stays", async () => {
  const page = await browser.page({ colorScheme: "light" });
  await page.goto(api.base);
  for (const theme of ["light", "dark"]) {
    await page.getByRole("button", { name: /Theme/ }).click();
    await page.getByRole("button", { name: `Theme: ${theme}` }).waitFor();
  }
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
});

test("an incident can be copied as text, with the times in UTC", async () => {
  const page = await browser.page({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto(`${api.base}incidents/${open}`);
  await page.getByRole("button", { name: "Copy as text" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(
    text,
    /^DynamoDB, SQS \+ EC2 Voting Game down in us-east-1\nBegan \d{4}-\d\d-\d\d .* UTC, still open\n/,
  );
  assert.match(text, /dynamodb\/call, attempt 1; resolve; while in resolve/);
  assert.ok(text.endsWith(`incidents/${open}`));
});

test("times are local with UTC on hover, or all in UTC", async () => {
  const page = await browser.page({ timezoneId: "Asia/Tokyo" });
  await page.goto(`${api.base}incidents/${open}`);
  const began = page.locator("dd time").first();
  await began.waitFor();
  const hour = (/** @type {string} */ text) => Number(/(\d\d):\d\d/.exec(text)?.[1]);
  const utc = hour((await began.getAttribute("title")) ?? "");
  assert.equal(hour(await began.innerText()), (utc + 9) % 24);
  await page.getByRole("button", { name: "UTC" }).click();
  assert.equal(hour(await began.innerText()), utc);
});
