/**
 * Has Lighthouse score each kind of page of a demonstration, as on a slow phone and on a desktop, and
 * refuses scores below 95.
 */
import lighthouse, { desktopConfig } from "lighthouse";
import { Api, Database } from "../tests/programs.js";
import { Browser, DEBUGGING_PORT } from "../tests/browser.js";

const LEAST = 95;
const CATEGORIES = ["performance", "accessibility", "best-practices"];
const PAGES = ["", "regions/us-east-1", "services/dynamodb", "incidents/1", "method"];

const database = new Database();
const demo = await database.demo(4);
const api = await Api.start(database);
const browser = await Browser.start([`--remote-debugging-port=${DEBUGGING_PORT}`]);
let failed = false;
for (const page of PAGES) {
  for (const [device, config] of /** @type {const} */ ([
    ["phone", undefined],
    ["desktop", desktopConfig],
  ])) {
    const flags = {
      port: DEBUGGING_PORT,
      onlyCategories: CATEGORIES,
      logLevel: /** @type {const} */ ("error"),
    };
    const result = await lighthouse(api.base + page, flags, config);
    const scores = CATEGORIES.map((name) =>
      Math.round((result?.lhr.categories[name]?.score ?? 0) * 100),
    );
    failed ||= scores.some((score) => score < LEAST);
    const text = CATEGORIES.map((name, index) => `${name} ${scores[index]}`).join(", ");
    console.log(`/${page}, ${device}: ${text}`);
    for (const audit of Object.values(result?.lhr.audits ?? {})) {
      if (audit.score === 0 && audit.scoreDisplayMode === "binary")
        console.log(`    ${audit.id}: ${audit.title}`);
    }
  }
}
await browser.end();
await api.end();
await demo.end();
database.remove();
process.exit(failed ? 1 : 0);
