/**
 * Moments as text, in the reader's zone or in UTC. A date's own texts have a fixed form, in English;
 * Intl would take a tenth of a second to begin with on a phone, before the first sentence.
 */

interface Fields {
  /** `20 Nov`. */
  day: string;
  year: string;
  /** `06:49`. */
  clock: string;
}

function fields(at: number, utc: boolean): Fields {
  const date = new Date(at);
  // `Fri, 20 Nov 2026 06:49:00 GMT`, and `Fri Nov 20 2026 07:49:00 GMT+0100 (…)`.
  const [, second, third, year = "", clock = ""] = (
    utc ? date.toUTCString() : date.toString()
  ).split(" ");
  const [day, month] = utc ? [second, third] : [third, second];
  return { day: `${Number(day)} ${month}`, year, clock: clock.slice(0, 5) };
}

/** `06:49`, with the day when that is not the day of `now`. */
export function momentText(at: number, now: number, utc: boolean): string {
  const [then, today] = [fields(at, utc), fields(now, utc)];
  const same = then.day === today.day && then.year === today.year;
  return same ? then.clock : `${then.day}, ${then.clock}`;
}

/** `20 Nov`. */
export function dayText(at: number, utc: boolean): string {
  return fields(at, utc).day;
}

/** `2026-11-20 06:49:00 UTC`, which is the same for every reader. */
export function utcText(at: number): string {
  return new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/(\.000)?Z$/, " UTC");
}

/** The name of the zone that times are shown in: `UTC`, or `Central European Standard Time`. */
export function zoneText(utc: boolean): string {
  const name = /\((.+)\)/.exec(new Date().toString())?.[1] ?? "your own zone";
  return utc || name === "Coordinated Universal Time" ? "UTC" : name;
}
