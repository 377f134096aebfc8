/** History as the cells of a strip. */
import type { Schemas, Status } from "../api/client";
import { shareText, spanText } from "./format";
import { WORDS } from "./status";
import { dayText, momentText } from "./times";

/** A span of time of one level. `none`: nothing was expected yet. */
export interface Cell {
  from: number;
  to: number;
  level: Status | "none";
  /** What it is in words, made when somebody points at it. */
  text: () => string;
}

type Bucket = Schemas["UptimeBucket"];

const DAY_MS = 86_400_000;

/** A day below this share of good slots is shown as degraded: 1.4 min of it are lost. */
const FINE = 0.999;
/** 1 %: a quarter of an hour of a day. */
const BAD = 0.99;

/** One cell for each bucket of this length, coloured by its uptime. */
export function cellsOfShares(buckets: Bucket[], length: number, utc: boolean): Cell[] {
  return buckets.map((bucket) => {
    const from = Date.parse(bucket.start);
    const to = from + length;
    return { from, to, level: levelOfShare(bucket), text: () => shareOf(bucket, from, to, utc) };
  });
}

function shareOf(bucket: Bucket, from: number, to: number, utc: boolean): string {
  const when = to - from < DAY_MS ? momentText(from, 0, utc) : dayText(from, true);
  if (bucket.coverage === null) return `${when}: not measured`;
  return `${when}: ${shareText(bucket.uptime)} up, ${shareText(bucket.coverage, 1)} known`;
}

function levelOfShare({ uptime, coverage }: Bucket): Cell["level"] {
  if (coverage === null) return "none";
  if (uptime === null || coverage < 0.5) return "unknown";
  if (uptime >= FINE) return "up";
  return uptime >= BAD ? "degraded" : "down";
}

/** Minutes of the same status as one cell. */
export function cellsOfMinutes(buckets: Bucket[], utc: boolean): Cell[] {
  const cells: Cell[] = [];
  for (const bucket of buckets) {
    const from = Date.parse(bucket.start);
    const level = levelOfMinute(bucket);
    const last = cells.at(-1);
    if (last?.level === level) last.to = from + 60_000;
    else cells.push({ from, to: from + 60_000, level, text: () => "" });
  }
  for (const cell of cells) cell.text = () => spanOf(cell, utc);
  return cells;
}

function levelOfMinute({ slots }: Bucket): Cell["level"] {
  if (slots.down > 0) return "down";
  if (slots.degraded > 0) return "degraded";
  if (slots.up > 0) return "up";
  return slots.unknown + slots.missing > 0 ? "unknown" : "none";
}

function spanOf({ from, to, level }: Cell, utc: boolean): string {
  const what = level === "none" ? "not measured yet" : WORDS[level];
  return `${momentText(from, to, utc)}–${momentText(to, to, utc)}: ${what}, ${spanText(to - from)}`;
}
