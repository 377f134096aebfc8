/** How far back a page looks, and how finely. */
import type { Schemas } from "../api/client";

type Length = Exclude<Schemas["WindowLength"], "1y">;

export const WINDOWS = [
  ["24h", "24 hours"],
  ["7d", "7 days"],
  ["30d", "30 days"],
  ["90d", "90 days"],
] as const satisfies readonly (readonly [Length, string])[];

export type Window = (typeof WINDOWS)[number][0];

interface Fineness {
  buckets: Schemas["BucketWidth"];
  /** Of a bucket, in milliseconds. */
  length: number;
}

const MINUTE: Fineness = { buckets: "minute", length: 60_000 };
const HOUR: Fineness = { buckets: "hour", length: 3_600_000 };
const DAY: Fineness = { buckets: "day", length: 86_400_000 };

/** How finely strips show each window: some hundred cells of a status at most. */
export const STRIP_FINENESS: Record<Window, Fineness> = {
  "24h": MINUTE,
  "7d": HOUR,
  "30d": DAY,
  "90d": DAY,
};

/** How finely a chart shows it: no more points than it has pixels. */
export const CHART_FINENESS: Record<Window, Fineness> = {
  "24h": MINUTE,
  "7d": HOUR,
  "30d": HOUR,
  "90d": DAY,
};

/** How finely a chart compares many lines: of more points than these nobody sees anything. */
export const COMPARED_FINENESS: Record<Window, Fineness> = {
  ...CHART_FINENESS,
  "30d": DAY,
};

/** The window of an address that names none. */
export const USUAL: Window = "24h";

/** The window that an address names. */
export function windowOf(text: string | null): Window {
  return WINDOWS.find(([name]) => name === text)?.[0] ?? USUAL;
}
