/** The drill's table of scores, as README.md has it between two marks. */
import { readFileSync } from "node:fs";

const README = new URL("../../README.md", import.meta.url);
const TABLE = /<!-- drill: begin -->(.*?)<!-- drill: end -->/s;

/**
 * What was played, each with the score of every rule; nothing where there is no table.
 *
 * @returns {import("../src/domain/drill").Played[]}
 */
export function scores() {
  const table = TABLE.exec(readFileSync(README, "utf8"))?.[1] ?? "";
  const rows = table.split("\n").filter((line) => /^\|.*\| (ours|naive) \|/.test(line));
  /** @type {import("../src/domain/drill").Played[]} */
  const played = [];
  for (const row of rows) {
    const cells = row.replaceAll("**", "").split("|");
    const [scenario = "", rule = "", ...rest] = cells.slice(1).map((cell) => cell.trim());
    const [detect = "", clear = "", falseDowns = "", precision = "", recall = "", blamed = ""] =
      rest;
    // A second row need not repeat the scenario's name.
    if (scenario !== "" && scenario !== played.at(-1)?.scenario)
      played.push({ scenario, scores: [] });
    const score = { rule, detect, clear, falseDowns, precision, recall, blamed };
    played.at(-1)?.scores.push(score);
  }
  return played;
}
