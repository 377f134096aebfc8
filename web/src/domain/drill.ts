/** The drill: outages that were replayed against the real programs, and how the verdicts scored. */

/** How one rule judged what was played; times in slots, which are minutes. */
export interface Score {
  rule: string;
  detect: string;
  clear: string;
  falseDowns: string;
  precision: string;
  recall: string;
  blamed: string;
}

/** A scenario, or all of them. */
export interface Played {
  scenario: string;
  scores: Score[];
}

declare const __SCORES__: Played[];

/** What the build found in README.md. */
export const PLAYED = __SCORES__;
