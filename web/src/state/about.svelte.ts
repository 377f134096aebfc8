/** What this installation is: asked for once. */
import { client, content, type Schemas } from "../api/client";
import { Loaded } from "./loaded.svelte";

class About {
  #answer = new Loaded<Schemas["About"]>();

  /** Whether the history is made up. */
  demo = $derived(this.#answer.data?.demo ?? false);

  /** Milliseconds without a new slot after which a status is unknown. */
  staleAfter = $derived((this.#answer.data?.stale_after_seconds ?? 180) * 1000);

  /** Where our applications can be tried. */
  applications = $derived(this.#answer.data?.applications ?? []);

  /** Asks, until there is an answer. */
  follow(): () => void {
    return this.#answer.follow(() => content(client.GET("/v1/about")), 3600);
  }
}

export const about = new About();
