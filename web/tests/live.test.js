/** The page while things change: rounds that a real task runner records, an API that goes and comes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, heading } from "./browser.js";
import { Api, Database, Runner, until } from "./programs.js";

/** 2 s from the moment that a round is recorded: what the page promises. */
const SOON = 2_000;

/** @type {Database} */ let database;
/** @type {Api} */ let api;
/** @type {Browser} */ let browser;
/** @type {Runner} */ let runner;

before(async () => {
  database = new Database();
  api = await Api.start(database);
  browser = await Browser.start();
  runner = await Runner.start(database, "us-east-1");
});

after(async () => {
  await browser?.end();
  await runner?.program.end();
  await api?.end();
  database?.remove();
});

test("an empty database is told what to do, and its first round appears by itself", async () => {
  const page = await browser.page();
  await page.goto(api.base);
  await heading(page, /Nothing was measured yet/);
  await page.locator('[data-connection="live"]').waitFor();
  await runner.round(3);
  await page.locator("tbody th a", { hasText: "us-east-1" }).waitFor({ timeout: SOON });
  assert.deepEqual(page.problems, []);
});

test("a new row shows within two seconds of its recording", async () => {
  const page = await browser.page();
  await page.goto(api.base);
  await page.locator('[data-connection="live"]').waitFor();
  const age = page.locator("tbody td.age time").first();
  const before = await age.getAttribute("datetime");
  await runner.round(1);
  const isNew = async () => (await age.getAttribute("datetime")) !== before;
  await until(isNew, SOON, "the new row");
});

test("an API that goes away is noticed, and the last data stays with its age until it is back", async () => {
  const page = await browser.page();
  await runner.round(0);
  await page.goto(api.base);
  await page.locator('[data-connection="live"]').waitFor();
  await api.end();
  await page.locator('[data-connection="offline"]').waitFor({ timeout: 15_000 });
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").innerText(), /does not answer.*measured .* ago/s);
  assert.ok(await page.locator("tbody th a", { hasText: "us-east-1" }).isVisible());
  await api.begin();
  await page.locator('[data-connection="live"]').waitFor({ timeout: 20_000 });
  assert.equal(await page.getByRole("alert").count(), 0);
});

test("an API that is away at load is said to be, and the page recovers by itself", async () => {
  const page = await browser.page();
  // The page comes from elsewhere, as from a CDN: its API is what is away.
  await page.route("**/v1/**", (route) => route.abort());
  await page.goto(api.base);
  await heading(page, /is not known here yet/);
  assert.match(await page.getByRole("alert").innerText(), /cannot be reached/);
  await page.unroute("**/v1/**");
  await page.locator("tbody th a").first().waitFor({ timeout: 15_000 });
});

test("a slow API is waited for without a wrong state", async () => {
  const page = await browser.page();
  await page.route("**/v1/status", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await route.continue();
  });
  await page.goto(api.base);
  await heading(page, /Still waiting for the first answer/);
  assert.equal(await page.locator("svg.up, .up").count(), 0);
  await page.locator("tbody th a").first().waitFor();
});

test("without events the page asks", async () => {
  const page = await browser.page();
  await page.route("**/v1/events*", (route) => route.fulfill({ status: 503 }));
  await page.goto(api.base);
  await page.locator('[data-connection="asking"]').waitFor();
  await page.locator("tbody th a").first().waitFor();
});

test("a browser whose clock is wrong shows the right age", async () => {
  const page = await browser.page();
  await page.addInitScript(() => {
    const right = Date.now;
    Date.now = () => right() + 5 * 3_600_000;
  });
  await page.goto(api.base);
  const age = page.locator("tbody td.age time").first();
  await age.waitFor();
  assert.match(await age.innerText(), /^\d+ (s|min)$/);
});

test("what gets no new measurement becomes unknown by itself", async () => {
  const impatient = await Api.start(database, { API_STALE_AFTER: "1" });
  const page = await browser.page();
  await page.goto(impatient.base);
  await heading(page, /Nothing is known: the last measurement is/);
  await page.locator("td.unknown a.hatched").first().waitFor();
  assert.equal(await page.locator("td.up").count(), 0);
  await impatient.end();
});
