/**
 * The server's time. The browser's clock may be wrong: from it comes only how much time passes, and
 * when it is comes from the `Date` of the API's answers.
 */
class Clock {
  /** Milliseconds since 1970 by the server, as of the last second; null before the first answer. */
  now = $state<number | null>(null);
  #offset: number | null = null;

  constructor() {
    setInterval(() => this.#tick(), 1000);
    // Of a hidden page, whose title and icon are seen all the same, the browser slows the timer.
    document.addEventListener("visibilitychange", () => this.#tick());
  }

  /** Learns from the `Date` header of an answer. */
  observe(date: string | null): void {
    const at = date === null ? NaN : Date.parse(date);
    if (Number.isNaN(at)) return;
    const offset = at - performance.now();
    // An answer out of a cache carries an old date: the latest one is right. One that is far
    // earlier means that the server's clock was set, or that we slept.
    if (this.#offset === null || offset > this.#offset || offset < this.#offset - 60_000) {
      this.#offset = offset;
    }
    this.#tick();
  }

  #tick(): void {
    if (this.#offset !== null) this.now = performance.now() + this.#offset;
  }
}

export const clock = new Clock();
