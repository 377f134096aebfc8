/** Numbers and spans of time as text. */

const UNITS = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
] as const;

/** A span in its largest unit, with the next one while that matters: `42 s`, `14 min`, `3 h 12 min`. */
export function spanText(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const index = UNITS.findIndex(([length]) => seconds >= length);
  const [length, name] = UNITS[index] ?? [1, "s"];
  const whole = Math.floor(seconds / length);
  const [nextLength, nextName] = UNITS[index + 1] ?? [1, "s"];
  const rest = Math.floor((seconds % length) / nextLength);
  const precise = (name === "h" && whole < 12) || (name === "d" && whole < 3);
  return rest > 0 && precise ? `${whole} ${name} ${rest} ${nextName}` : `${whole} ${name}`;
}

/** A span in its largest unit alone: `7 h`. */
export function roughSpanText(milliseconds: number): string {
  return spanText(milliseconds).split(" ").slice(0, 2).join(" ");
}

/** A latency: `0.8 ms`, `41 ms`, `1.2 s`. */
export function latencyText(microseconds: number | null): string {
  if (microseconds === null) return "–";
  const milliseconds = microseconds / 1000;
  if (milliseconds >= 1000)
    return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

/** A share, cut off and not rounded up: 99.99 % is never shown as 100 %. */
export function shareText(share: number | null, digits = 2): string {
  if (share === null) return "–";
  const scale = 10 ** digits;
  // 1e-9: the share is a binary fraction, and 0.58 × 100 is 57.99…
  const cut = Math.floor(share * 100 * scale + 1e-9) / scale;
  return `${cut === 100 ? "100" : cut.toFixed(digits)} %`;
}

/** `1 region`, `2 regions`. */
export function countText(count: number, noun: string): string {
  const text = count < 1000 ? String(count) : count.toLocaleString("en");
  return `${text} ${noun}${count === 1 ? "" : "s"}`;
}

/** `a`, `a and b`, `a, b and c`, and from four on `a, b and 2 more`. */
export function listText(names: string[]): string {
  const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
  // Intl.ListFormat takes a tenth of a second to begin with on a phone, before the first sentence.
  const last = shown.length > 1 ? ` and ${shown.at(-1)}` : "";
  return shown.slice(0, last ? -1 : undefined).join(", ") + last;
}
