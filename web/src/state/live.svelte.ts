/**
 * Keeps the board up to date: by the server's events, and by asking while there are none.
 *
 * A hidden page and a card listen to nothing and ask now and then, as do windows for which there is
 * no [room]: browsers allow six connections to a server.
 */
import { apiRoot, type RoundEvent } from "../api/client";
import { board } from "./board.svelte";
import { room } from "./room";
import { router } from "./route.svelte";

/** `live`: rounds come by themselves. `asking`: they do not, but the API answers. */
export type Connection = "connecting" | "live" | "asking" | "offline";

/** 5 s between two questions while there are no events: as long as the API keeps an answer. */
const ASK_EVERY_MS = 5_000;
/** 30 s while nobody looks, and of a card, of which a page may hold many. */
const ASK_SELDOM_MS = 30_000;
/** A round comes each minute: after two and a half without one the connection may be a dead one. */
const SILENCE_MS = 150_000;
/** 60 s: as far apart as attempts to listen get. */
const LONGEST_PAUSE_MS = 60_000;

class Live {
  connection = $state<Connection>("connecting");
  /** Counts the rounds that were heard: pages ask for history again when it grows. */
  rounds = $state(0);
  /** Counts the rounds among them that did something to an incident. */
  turns = $state(0);
  #source: EventSource | null = null;
  #leave: (() => void) | null = null;
  #lastId: string | null = null;
  #pause = 1_000;
  #listenAgainAt = 0;
  #lastHeard = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turning = false;

  /** Begins, for as long as the page lives. Returns after the first answer, or the failure to get one. */
  start(): Promise<void> {
    const wake = () => void this.#turn();
    for (const event of ["online", "pageshow"]) addEventListener(event, wake);
    document.addEventListener("visibilitychange", wake);
    return this.#turn();
  }

  /** Asks if need be, then listens if need be, and comes back after a while. */
  async #turn(): Promise<void> {
    // A page that appears wakes us twice or thrice.
    if (this.#turning) return;
    this.#turning = true;
    clearTimeout(this.#timer);
    try {
      await this.#askAndListen();
    } finally {
      this.#turning = false;
      clearTimeout(this.#timer);
      const seldom = document.hidden || (isCard() && !board.failure);
      this.#timer = setTimeout(() => void this.#turn(), seldom ? ASK_SELDOM_MS : ASK_EVERY_MS);
    }
  }

  async #askAndListen(): Promise<void> {
    const silent = performance.now() - this.#lastHeard > SILENCE_MS;
    if (document.hidden || (this.#source && silent)) this.#close();
    if (this.connection !== "live" || silent || board.failure || board.all === null) {
      await board.load();
      if (this.connection !== "live") this.connection = this.#otherwise();
    }
    // After what was asked for was painted.
    setTimeout(() => void this.#listenIfThereIsRoom());
  }

  #mayListen(): boolean {
    const early = performance.now() < this.#listenAgainAt;
    return !document.hidden && !isCard() && !this.#source && !early;
  }

  /** How it stands while no events come. */
  #otherwise(): Connection {
    if (board.failure) return "offline";
    return this.#source || this.#mayListen() ? "connecting" : "asking";
  }

  async #listenIfThereIsRoom(): Promise<void> {
    if (!this.#mayListen()) return;
    const leave = await room();
    if (!leave) {
      this.#listenAgainAt = performance.now() + LONGEST_PAUSE_MS;
      this.connection = this.#otherwise();
    } else if (this.#mayListen()) {
      this.#leave = leave;
      this.#listen();
    } else {
      leave();
    }
  }

  #listen(): void {
    const url = new URL("v1/events", apiRoot);
    if (this.#lastId !== null) url.searchParams.set("last_event_id", this.#lastId);
    const source = new EventSource(url);
    this.#source = source;
    this.#lastHeard = performance.now();
    source.onopen = () => {
      [this.connection, this.#pause, this.#lastHeard] = ["live", 1_000, performance.now()];
      // Between the last answer, which may be an old one, and the first event something may have happened.
      if (this.#lastId === null) setTimeout(() => void board.load(), ASK_EVERY_MS);
    };
    source.addEventListener("round", (event) => this.#hear(event as MessageEvent<string>));
    source.addEventListener("reset", () => void board.load());
    source.onerror = () => {
      // Ours is the patience: an EventSource gives up for ever on a 503.
      this.#close();
      this.connection = "connecting";
      this.#listenAgainAt = performance.now() + this.#pause;
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
      this.#timer = setTimeout(() => void this.#turn(), 1_000);
    };
  }

  #hear(event: MessageEvent<string>): void {
    [this.#lastId, this.#lastHeard] = [event.lastEventId || this.#lastId, performance.now()];
    const round = JSON.parse(event.data) as RoundEvent;
    if (board.apply(round)) setTimeout(() => void board.load(), ASK_EVERY_MS);
    if (round.incidents.length > 0) this.turns += 1;
    this.rounds += 1;
  }

  #close(): void {
    this.#source?.close();
    this.#leave?.();
    [this.#source, this.#leave] = [null, null];
    if (this.connection === "live") this.connection = "connecting";
  }
}

function isCard(): boolean {
  return router.route.page === "embed";
}

export const live = new Live();
