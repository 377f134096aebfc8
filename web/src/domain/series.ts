/** Latencies as the lines of a chart. */
import type { LatencyAnswer, Schemas } from "../api/client";
import type { Cell } from "./cells";

type Latency = LatencyAnswer["items"][number];

export interface Line {
  name: string;
  /** Milliseconds, one for each of the chart's times; null where there is none. */
  values: (number | null)[];
}

export interface Lines {
  /** Seconds since 1970, ascending. */
  times: number[];
  lines: Line[];
}

type Percentile = keyof Pick<Schemas["LatencyBucket"], "p50_us" | "p95_us" | "p99_us">;

/** The percentiles of one subject. Those of a minute are all the same: it has one value. */
export function percentiles(answer: LatencyAnswer, length: number): Lines {
  const item = answer.items[0];
  const times = timesOf(answer, length);
  if (!item) return { times, lines: [] };
  const which: [Percentile, string][] =
    answer.bucket_width === "minute"
      ? [["p50_us", "latency"]]
      : [
          ["p50_us", "p50"],
          ["p95_us", "p95"],
          ["p99_us", "p99"],
        ];
  return {
    times,
    lines: which.map(([field, name]) => ({ name, values: along(item, times, field) })),
  };
}

/** One line for each subject: 95 % of its exchanges took no longer. */
export function compared(
  answer: LatencyAnswer,
  length: number,
  name: (item: Latency) => string,
): Lines {
  const times = timesOf(answer, length);
  const lines = answer.items.map((item) => ({
    name: name(item),
    values: along(item, times, "p95_us"),
  }));
  return { times, lines };
}

/** What a line says in numbers; null where it has none. */
export function numbers({ values }: Line): Record<"least" | "median" | "most", number> | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  const median = sorted[Math.floor(sorted.length / 2)];
  if (least === undefined || median === undefined || most === undefined) return null;
  return { least, median, most };
}

/** The spans that were not up, to be shaded: seconds since 1970. */
export function bands(cells: Cell[]): { from: number; to: number; level: Cell["level"] }[] {
  const trouble = cells.filter(({ level }) => level !== "up" && level !== "none");
  return trouble.map(({ from, to, level }) => ({ from: from / 1000, to: to / 1000, level }));
}

function timesOf({ window }: LatencyAnswer, length: number): number[] {
  const seconds = length / 1000;
  // As the API cuts: from the minute, the hour, or midnight UTC.
  const first = Math.floor(Date.parse(window.from) / length) * seconds;
  const count = Math.max(0, Math.ceil((Date.parse(window.to) / 1000 - first) / seconds));
  return Array.from({ length: count }, (_, index) => first + index * seconds);
}

function along(item: Latency, times: number[], field: Percentile): (number | null)[] {
  const values = new Map(
    item.buckets.map((bucket) => [Date.parse(bucket.start) / 1000, bucket[field]]),
  );
  return times.map((time) => {
    const value = values.get(time);
    return value === undefined ? null : value / 1000;
  });
}
