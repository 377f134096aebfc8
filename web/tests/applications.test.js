/** The sample applications, tried by a reader's browser: the real ones, beside which `make test` runs this. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./browser.js";
import { Api, Database, Runner } from "./programs.js";

const { TM_REGION: region = "us-east-1", TM_VOTING_API_URL: voting } = process.env;
const skip = voting ? false : "no sample applications here: deploy/local/test_cloud.py starts them";

/** @type {Database} */ let database;
/** @type {Api} */ let api;
/** @type {Browser} */ let browser;
/** @type {import("playwright-core").Page & { problems: string[] }} */ let page;

before(async () => {
  if (skip) return;
  database = new Database();
  const runner = await Runner.start(database, region);
  await runner.round(0);
  await runner.program.end();
  const places = {
    voting_game: voting,
    quote_generator: process.env.TM_BEZZOS_QUOTES_URL,
    shade_generator: process.env.TM_SHADES_URL,
    beacon: process.env.TM_S3_FILE_URL,
  };
  api = await Api.start(database, { API_APPLICATIONS: JSON.stringify({ [region]: places }) });
  browser = await Browser.start();
  page = await browser.page();
  await page.goto(`${api.base}regions/${region}`);
  await page.getByText("Try it yourself").waitFor();
});

after(async () => {
  if (skip) return;
  assert.deepEqual(page.problems, []);
  await browser?.end();
  await api?.end();
  database?.remove();
});

/** The card of an application. @param {string} title */
const card = (title) => page.locator("article", { has: page.locator("h3", { hasText: title }) });

test("a vote is cast, and seen to be counted", { skip }, async () => {
  const choice = card("Vote").locator("li").first();
  const votes = async () => Number(await choice.locator("span").innerText());
  await choice.waitFor();
  const before = await votes();
  await choice.getByRole("button").click();
  await card("Vote")
    .getByText(/Accepted in \d+ ms, counted after/)
    .waitFor();
  await choice.getByRole("button").and(page.locator(":enabled")).waitFor();
  assert.ok((await votes()) > before);
});

test("a quote is read", { skip }, async () => {
  await card("A quote").getByRole("button").click();
  await card("A quote")
    .getByText(/in \d+ ms$/)
    .waitFor();
  const text = await card("A quote").locator("p").first().innerText();
  assert.match(text, /\w+ .*in \d+ ms/s);
});

test("a shade is shown in its colour", { skip }, async () => {
  await card("A shade").getByRole("button").click();
  const shade = card("A shade").locator(".shade");
  await shade.waitFor();
  const colour = await shade.evaluate((span) => getComputedStyle(span).backgroundColor);
  assert.match(colour, /^rgb/);
});

test("the beacon's picture is seen", { skip }, async () => {
  const picture = card("The beacon").locator("img");
  await picture.scrollIntoViewIfNeeded();
  const wide = await picture.evaluate(async (image) => {
    if (!(image instanceof HTMLImageElement)) return 0;
    await image.decode();
    return image.naturalWidth;
  });
  assert.ok(wide > 0);
});
