/** How everything stands: asked for once, and kept up to date by the rounds that are recorded. */
import {
  client,
  content,
  type Measurement,
  type RoundEvent,
  type ServiceStatus,
  type Unanswered,
} from "../api/client";
import { standing, type Standing } from "../domain/status";
import { about } from "./about.svelte";
import { clock } from "./clock.svelte";
import { Loaded } from "./loaded.svelte";

class Board {
  #rows = new Loaded<Map<string, ServiceStatus>>();

  /** Everything that is judged, as it stands now; null before the first answer. */
  all = $derived.by((): Standing[] | null => {
    const { now } = clock;
    const rows = this.#rows.data;
    if (rows === null || now === null) return null;
    return [...rows.values()].map((row) => standing(row, now, about.staleAfter));
  });

  /** The provider's services; our applications are no part of the answer. */
  services = $derived(this.all?.filter((row) => row.kind === "service") ?? null);

  /** The newest slot of all, in milliseconds. */
  newest = $derived(this.all?.reduce((newest, row) => Math.max(newest, row.slot), 0) || null);

  /** Why there is no newer answer. */
  get failure(): Unanswered | null {
    return this.#rows.failure;
  }

  /** Asks how everything stands. */
  async load(): Promise<void> {
    await this.#rows.ask(async () => {
      const page = await content(client.GET("/v1/status"));
      return this.#newest(page.items);
    });
  }

  /** What is newer came as an event: an answer may be some seconds old. */
  #newest(answered: ServiceStatus[]): Map<string, ServiceStatus> {
    const rows = new Map(answered.map((row) => [key(row), row]));
    for (const [name, row] of this.#rows.data ?? []) {
      if (row.slot > (rows.get(name)?.slot ?? "")) rows.set(name, row);
    }
    return rows;
  }

  /** Takes over what a round judged. Answers whether there is more to be asked for. */
  apply(round: RoundEvent): boolean {
    const rows = new Map(this.#rows.data);
    // What a change means, the API says better.
    let news = round.changes.length > 0;
    for (const judged of round.measurements) {
      const row = rows.get(key(judged));
      // A round may come late, after newer ones.
      if (row && judged.slot < row.slot) continue;
      news ||= !row;
      rows.set(key(judged), row ? updated(row, judged) : begun(judged));
    }
    if (this.#rows.data) this.#rows.data = rows;
    return news;
  }
}

/** What is measured for the first time: why it stands so is still to be asked for. */
function begun(judged: Measurement): ServiceStatus {
  const unasked = { rule: null, control_plane: null, data_plane: null, end_to_end: null };
  const fresh = { age_seconds: 0, last_known_status: null, since: judged.slot, reason: "" };
  return { ...judged, ...fresh, ...unasked };
}

function updated(row: ServiceStatus, judged: Measurement): ServiceStatus {
  const { slot, status, cause, latency_us } = judged;
  const goesOn = row.last_known_status === null && row.status === status;
  return {
    ...row,
    ...{ slot, status, cause, latency_us },
    since: goesOn ? row.since : slot,
    age_seconds: 0,
    last_known_status: null,
    reason: goesOn ? row.reason : "",
  };
}

function key(row: { region: string; service: string }): string {
  return JSON.stringify([row.region, row.service]);
}

export const board = new Board();
