/** Calls the sample applications, which readers may try from their own browser. */

/** 15 s: a vote's way through its queue takes some seconds. */
const PATIENCE_MS = 15_000;

export interface Choice {
  id: string;
  description: string;
  votes?: number | null;
}

export interface Topic {
  id: string;
  title: string;
  is_active: boolean;
  choices: Choice[];
}

/** The answer to a request and how long it took, in milliseconds. */
export interface Timed<T> {
  value: T;
  took: number;
}

/** Asks for JSON; anything but a 2xx is an error. */
export async function ask<T>(url: URL | string, options: RequestInit = {}): Promise<Timed<T>> {
  const started = performance.now();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(url, { cache: "no-store", ...options, signal }).catch(() => {
    throw new Error("no answer");
  });
  const took = performance.now() - started;
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return { value: (await response.json()) as T, took };
}

/** A page of the voting game. */
export function gameUrl(address: string, path: string): URL {
  return new URL(path, address.endsWith("/") ? address : `${address}/`);
}

/** The newest topic that can be voted on, with its votes. */
export async function activeTopic(address: string): Promise<Topic | null> {
  const { value } = await ask<Topic[]>(gameUrl(address, "topics?include_votes=true"));
  return value.find((topic) => topic.is_active) ?? null;
}

/** Casts a vote, and waits until it is counted. Answers how long both took, in milliseconds. */
export async function vote(
  address: string,
  topic: Topic,
  choice: Choice,
): Promise<[number, number]> {
  const started = performance.now();
  const body = JSON.stringify({ topic_id: topic.id, choice_id: choice.id });
  const headers = { "Content-Type": "application/json" };
  const posted = await ask<{ id: string }>(gameUrl(address, "votes"), {
    method: "POST",
    body,
    headers,
  });
  while (performance.now() - started < PATIENCE_MS) {
    const response = await fetch(gameUrl(address, `votes/${posted.value.id}`), {
      cache: "no-store",
    });
    if (response.ok) return [posted.took, performance.now() - started];
    // 404 until the worker wrote it.
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  throw new Error("accepted, and not counted within 15 s");
}
