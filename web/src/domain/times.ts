/** Moments as text, in the reader's zone or in UTC. Intl knows zones and calendars. */

const formats = new Map<string, Intl.DateTimeFormat>();

function format(options: Intl.DateTimeFormatOptions, utc: boolean): Intl.DateTimeFormat {
  const key = JSON.stringify([options, utc]);
  const zone = utc ? { timeZone: "UTC" } : {};
  const known = formats.get(key) ?? new Intl.DateTimeFormat("en-GB", { ...options, ...zone });
  formats.set(key, known);
  return known;
}

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const DAY = { day: "numeric", month: "short" } as const;

/** `06:49`, with the day when that is not the day of `now`. */
export function momentText(at: number, now: number, utc: boolean): string {
  const day = format({ ...DAY, year: "numeric" }, utc);
  const clock = format(CLOCK, utc).format(at);
  return day.format(at) === day.format(now) ? clock : `${dayText(at, utc)}, ${clock}`;
}

/** `20 Nov`. */
export function dayText(at: number, utc: boolean): string {
  return format(DAY, utc).format(at);
}

/** `2026-11-20 06:49:00 UTC`, which is the same for every reader. */
export function utcText(at: number): string {
  return new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/(\.000)?Z$/, " UTC");
}

/** The name of the zone that times are shown in. */
export function zoneText(utc: boolean): string {
  return utc ? "UTC" : new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
