/** What this installation is: asked for once. */
import { client, content, type Schemas } from "../api/client";
import { Loaded } from "./loaded.svelte";

/** 5 s between two questions while there is no answer. */
const ASK_AGAIN_MS = 5_000;

class About {
  #answer = new Loaded<Schemas["About"]>();

  /** Whether the history is made up. */
  demo = $derived(this.#answer.data?.demo ?? false);

  /** Milliseconds without a new slot after which a status is unknown. */
  staleAfter = $derived((this.#answer.data?.stale_after_seconds ?? 180) * 1000);

  /** Where our applications can be tried. */
  applications = $derived(this.#answer.data?.applications ?? []);

  /** Asks, and in case of need again until there is an answer. */
  async start(): Promise<void> {
    await this.#answer.ask(() => content(client.GET("/v1/about")));
    if (this.#answer.failure) setTimeout(() => void this.start(), ASK_AGAIN_MS);
  }
}

export const about = new About();
