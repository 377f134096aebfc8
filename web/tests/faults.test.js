/** Bad input, and other ways to be served. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { after, before, test } from "node:test";
import { Browser, heading } from "./browser.js";
import { Api, Database, Runner, freePort } from "./programs.js";

const DIST = new URL("../dist/", import.meta.url);
const MARKUP = '<img src=x onerror="document.title=1">';

/** @type {Database} */ let database;
/** @type {Api} */ let api;
/** @type {Browser} */ let browser;
/** @type {number} */ let cdn;

before(async () => {
  database = new Database();
  const runner = await Runner.start(database, "us-east-1");
  for (const age of [3, 2, 1, 0]) await runner.round(age);
  await runner.program.end();
  cdn = await freePort();
  api = await Api.start(database, { API_CORS_ORIGINS: `http://127.0.0.1:${cdn}` });
  browser = await Browser.start();
});

after(async () => {
  await browser?.end();
  await api?.end();
  database?.remove();
});

test("names that nobody knows are said to be unknown", async () => {
  const page = await browser.page();
  for (const [address, says] of /** @type {const} */ ([
    ["regions/us-eats-1", /Nothing is measured in a region/],
    ["services/dinamodb", /There is no service/],
    ["incidents/99999999999", /There is no incident/],
    ["incidents/1e0", /There is no incident/],
    [`regions/${encodeURIComponent(MARKUP)}`, /<img src=x/],
  ])) {
    await page.goto(api.base + address);
    await heading(page, says);
    await page.getByRole("link", { name: "To the overview" }).waitFor();
  }
  assert.equal(await page.locator("img").count(), 0);
  assert.deepEqual(page.problems, []);
});

test("a service that is not there is said to be none, and the region is shown", async () => {
  const page = await browser.page();
  await page.goto(`${api.base}regions/us-east-1?service=Nope`);
  await page.getByText("There is no service “Nope” here.").waitFor();
  await page.getByText("of all, 95th percentile").waitFor();
  assert.deepEqual(page.problems, []);
});

test("addresses that are nearly right lead to their page", async () => {
  const page = await browser.page();
  for (const [address, right, says] of /** @type {const} */ ([
    ["method/", "method", /How we know/],
    ["regions/us-east-1/", "regions/us-east-1", /./],
    ["index.html", "index.html", /./],
  ])) {
    await page.goto(api.base + address);
    await heading(page, says);
    assert.equal(page.url(), api.base + right);
  }
  assert.deepEqual(page.problems, []);
});

test("what is global has a page and a card as well", async () => {
  const page = await browser.page();
  for (const address of ["regions/global", "embed/global"]) {
    await page.goto(api.base + address);
    await page.getByText("IAM", { exact: true }).first().waitFor();
  }
  assert.deepEqual(page.problems, []);
});

test("a page whose file cannot be had says so, and can be loaded again", async () => {
  const page = await browser.page();
  const files = "**/assets/Region-*.js";
  const unanswered = (/** @type {import("playwright-core").Route} */ route) => route.abort();
  await page.route(files, unanswered);
  await page.goto(api.base);
  await page.locator("tbody th a").first().click();
  await heading(page, /could not be loaded/);
  await page.reload();
  await heading(page, /could not be loaded/);
  await page.unroute(files, unanswered);
  await page.getByRole("button", { name: "Load it again" }).click();
  await page.getByRole("link", { name: "All regions" }).waitFor();
});

test("cards hold no connection, and of many windows some ask instead of listening", async () => {
  const page = await browser.page();
  let listening = 0;
  page.context().on("request", (request) => (listening += Number(/events/.test(request.url()))));
  await page.goto(`${api.base}embed/us-east-1`);
  await page.getByText(/Measured .* ago/).waitFor();
  assert.equal(listening, 0);
  for (let count = 0; count < 7; count++) {
    const other = await page.context().newPage();
    await other.goto(api.base);
    await heading(/** @type {any} */ (other), /./);
    await other.locator('[data-connection="live"], [data-connection="asking"]').waitFor();
  }
  assert.equal(listening, 4);
  await page.context().close();
});

test("markup in a service's name is shown as text", async () => {
  const script =
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('UPDATE service SET name = ? WHERE name = ?', sys.argv[2:]); c.commit()";
  execFileSync("python3", ["-c", script, database.file, MARKUP, "SQS"]);
  const other = await Api.start(database);
  const page = await browser.page();
  await page.goto(other.base);
  await page.locator("thead a", { hasText: MARKUP }).waitFor();
  await page.goto(`${other.base}regions/us-east-1`);
  await page.getByRole("button", { name: MARKUP }).waitFor();
  assert.equal(await page.locator("main img[src=x]").count(), 0);
  assert.deepEqual(page.problems, []);
  await other.end();
});

test("ten thousand spans of trouble are drawn", async () => {
  const page = await browser.page();
  await page.route("**/v1/uptime*", async (route) => {
    const response = await route.fetch();
    const answer = await response.json();
    for (const item of answer.items) {
      item.buckets = Array.from({ length: 1440 }, (_, minute) => ({
        start: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString(),
        uptime: minute % 2,
        coverage: 1,
        slots: { up: minute % 2, down: 1 - (minute % 2), degraded: 0, unknown: 0, missing: 0 },
      }));
    }
    await route.fulfill({ response, json: answer });
  });
  await page.goto(`${api.base}regions/us-east-1`);
  const drawn = page.locator(".strip path.down").first();
  await drawn.waitFor({ state: "attached" });
  assert.equal((await drawn.getAttribute("d"))?.match(/M/g)?.length, 720);
});

test("behind a path prefix everything still works", async () => {
  const proxy = createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith("/some/status/")) return void outgoing.writeHead(404).end();
    const path = incoming.url.slice("/some/status".length);
    const onward = request(api.base, { path, headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward.on("error", () => outgoing.end()));
  });
  const port = await freePort();
  proxy.listen(port, "127.0.0.1");
  const page = await browser.page();
  await page.goto(`http://127.0.0.1:${port}/some/status/regions/us-east-1`);
  await heading(page, /./);
  await page.getByRole("link", { name: "All regions" }).click();
  await page.locator("tbody th a", { hasText: "us-east-1" }).click();
  await page.waitForURL(/\/some\/status\/regions\/us-east-1$/);
  await page.locator('[data-connection="live"]').waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
  proxy.closeAllConnections();
  proxy.close();
});

test("from a CDN it calls the API of another origin", async () => {
  const html = readFileSync(new URL("index.html", DIST), "utf8").replace(
    'name="api" content=""',
    `name="api" content="${api.base}"`,
  );
  const server = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? "/").split("?")[0]?.slice(1) ?? "";
    const isFile = path.startsWith("assets/") || path === "theme.js";
    const kinds = { js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
    const kind = kinds[/** @type {keyof typeof kinds} */ (path.split(".").at(-1))] ?? "text/html";
    outgoing.writeHead(200, { "Content-Type": kind });
    outgoing.end(isFile ? readFileSync(new URL(path, DIST)) : html);
  }).listen(cdn, "127.0.0.1");
  const page = await browser.page();
  await page.goto(`http://127.0.0.1:${cdn}/regions/us-east-1`);
  await heading(page, /Nothing is known/);
  await page.locator('[data-connection="live"]').waitFor();
  assert.match(await page.locator("[data-connection] time").innerText(), /^\d+ (s|min)$/);
  await page.context().close();
  server.closeAllConnections();
  server.close();
});

test("no request goes to anybody else", async () => {
  const page = await browser.page();
  /** @type {string[]} */
  const asked = [];
  page.on("request", (made) => asked.push(new URL(made.url()).origin));
  for (const address of ["", "regions/us-east-1", "method"]) {
    await page.goto(api.base + address);
    await heading(page, /./);
  }
  assert.deepEqual([...new Set(asked)], [new URL(api.base).origin]);
});

test("without scripts the page says where else to look", async () => {
  const page = await browser.page({ javaScriptEnabled: false });
  await page.goto(`${api.base}regions/us-east-1`);
  await page.locator("noscript p").waitFor();
  const link = await page.locator("noscript a").first().getAttribute("href");
  assert.equal(new URL(link ?? "", `${api.base}`).href, `${api.base}v1/status`);
});

test("a hidden page does not stay green while nothing comes", async () => {
  const newest = await (await fetch(`${api.base}v1/status`)).json();
  const slots = newest.items.map((/** @type {{ slot: string }} */ row) => Date.parse(row.slot));
  const age = Math.ceil((Date.now() - Math.max(...slots)) / 1000);
  const other = await Api.start(database, { API_STALE_AFTER: String(age + 10) });
  const page = await browser.page();
  await page.goto(other.base);
  await heading(page, /^(?!.*the last measurement)/);
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await other.end();
  await heading(page, /the last measurement is/, 20_000);
});

test("of a page that is hidden no connection is held", async () => {
  const page = await browser.page();
  await page.goto(api.base);
  await page.locator('[data-connection="live"]').waitFor();
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: true, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.locator('[data-connection="connecting"], [data-connection="asking"]').waitFor();
  await page.evaluate(() => {
    Object.defineProperty(document, "hidden", { value: false, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.locator('[data-connection="live"]').waitFor();
});
