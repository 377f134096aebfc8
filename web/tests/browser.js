/** A browser, and what every page must keep: no error, nothing that the policy forbids, no foreign host. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { until } from "./programs.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Where Lighthouse finds the browser. */
export const DEBUGGING_PORT = 9333;

/** @typedef {import("playwright-core").Page} Page */

export class Browser {
  /** @param {import("playwright-core").Browser} browser */
  constructor(browser) {
    this.browser = browser;
  }

  /** @param {string[]} [more] */
  static async start(more = []) {
    const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
    // Containers have no user namespaces for its sandbox; it only ever visits our own pages.
    return new Browser(await chromium.launch({ executablePath, args: ["--no-sandbox", ...more] }));
  }

  /**
   * A new page in a session of its own. What goes wrong in it is in `page.problems`.
   *
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  async page(options = {}) {
    const size = { width: 1280, height: 800 };
    const context = await this.browser.newContext({ viewport: size, ...options });
    const page = await context.newPage();
    /** @type {string[]} */
    const problems = [];
    page.on("pageerror", (error) => problems.push(error.message));
    page.on("console", (message) => {
      const text = message.text();
      // A request that is answered with an error is the server's, and tested as such.
      if (message.type() === "error" && !text.startsWith("Failed to load resource"))
        problems.push(text);
    });
    return Object.assign(page, { problems });
  }

  async end() {
    await this.browser.close();
  }
}

/** Finds violations of WCAG 2.2 AA. @param {Page} page */
export async function accessible(page) {
  // Over the protocol, which the page's policy does not concern.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    // @ts-expect-error: what the script above defines
    const found = await window.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    });
    return found.violations.map(
      (/** @type {{ id: string, nodes: { html: string }[] }} */ violation) =>
        `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`,
    );
  });
  assert.deepEqual(violations, []);
}

/** Waits until a heading of the page says this. @param {Page} page @param {RegExp} text @param {number} [most] */
export async function heading(page, text, most = 10_000) {
  let last = "";
  const says = async () => {
    last = (await page.locator("h1").allInnerTexts()).join(" ").replace(/\s+/g, " ");
    return text.test(last);
  };
  await until(says, most, `the heading ${text}`, () => last);
}
