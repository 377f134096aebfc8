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

/** A day with more than this share of trouble is shown as degraded: 1.4 min of it. */
const FINE = 0.001;
/** A day with more than this share of it down is shown as down: a quarter of an hour. */
const BAD = 0.01;

/** One cell for each bucket of this length, coloured by its uptime. */
export function cellsOfShares(buckets: Bucket[], length: number, utc: boolean): Cell[] {
  return buckets.map((bucket) => {
    const from = Date.parse(bucket.start);
    const to = from + length;
    return { from, to, level: levelOfShare(bucket), text: () => shareOf(bucket, from, to, utc) };
  });
}

function shareOf(bucket: Bucket, from: number, to: number, utc: boolean): string {
  const when = to - from < DAY_MS ? momentText(from, 0, utc) : `${dayText(from, true)} UTC`;
  if (bucket.coverage === null) return `${when}: not measured`;
  const slow =
    bucket.slots.degraded > 0
      ? `, of which ${shareText(bucket.slots.degraded / judged(bucket))} degraded`
      : "";
  return `${when}: ${shareText(bucket.uptime)} up${slow}, ${shareText(bucket.coverage, 1)} known`;
}

/** Degraded slots count as good in the uptime, and as trouble to the eye. */
function levelOfShare(bucket: Bucket): Cell["level"] {
  const { coverage, slots } = bucket;
  if (coverage === null) return "none";
  const all = judged(bucket);
  if (all === 0 || coverage < 0.5) return "unknown";
  if (slots.down / all > BAD) return "down";
  return (slots.down + slots.degraded) / all > FINE ? "degraded" : "up";
}

function judged({ slots }: Bucket): number {
  return slots.up + slots.degraded + slots.down;
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
  return `${momentText(from, to, utc)}–${momentText(to, from, utc)}: ${what}, ${spanText(to - from)}`;
}
