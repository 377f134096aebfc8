import { untrack } from "svelte";
import { Unanswered } from "../api/client";

/** An answer that a page needs: the newest one that came, and why there is no newer one. */
export class Loaded<T> {
  data = $state.raw<T | null>(null);
  failure = $state.raw<Unanswered | null>(null);
  #asked = 0;

  /** Asks. Of several questions at once, the answer to the last one counts. */
  async ask(question: () => Promise<T>): Promise<void> {
    const mine = ++this.#asked;
    try {
      const data = await question();
      if (mine === this.#asked) [this.data, this.failure] = [data, null];
    } catch (error) {
      if (!(error instanceof Unanswered)) console.error(error);
      const failure =
        error instanceof Unanswered ? error : new Unanswered("its answer has another form");
      if (mine === this.#asked) this.failure = failure;
    }
  }

  /**
   * Asks now and every `seconds`; after a failure sooner. Meant for `$effect`, which is given the
   * way to stop. What was answered to another question is forgotten.
   */
  follow(question: () => Promise<T>, seconds: number): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const round = async () => {
      // Nobody looks at a hidden page.
      if (!document.hidden) await this.ask(question);
      if (!stopped)
        timer = setTimeout(round, (this.failure ? Math.min(5, seconds) : seconds) * 1000);
    };
    const wake = () => {
      if (document.hidden) return;
      clearTimeout(timer);
      void round();
    };
    document.addEventListener("visibilitychange", wake);
    [this.data, this.failure] = [null, null];
    // What the question looks at is no reason to ask another one.
    untrack(() => void round());
    return () => {
      stopped = true;
      this.#asked += 1;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
    };
  }
}
