/** Asks the API. Its types are made from the document api/openapi.json. */
import createClient from "openapi-fetch";
import type { components, paths } from "./generated";
import { clock } from "../state/clock.svelte";
import { root } from "../state/route.svelte";

export type Schemas = components["schemas"];
export type Status = Schemas["Status"];
export type ServiceStatus = Schemas["ServiceStatus"];
export type Measurement = Schemas["Measurement"];
export type Observation = Schemas["Observation"];
export type RoundEvent = Schemas["RoundEvent"];
export type Uptime = Schemas["Uptime"];
export type UptimeAnswer = Schemas["UptimeAnswer"];
export type LatencyAnswer = Schemas["LatencyAnswer"];
export type Failure = Schemas["Failure"];

/** 10 s: after that the page says that the API does not answer, and asks again. */
const PATIENCE_MS = 10_000;

const elsewhere = document.querySelector<HTMLMetaElement>('meta[name="api"]')?.content;

/** Where the API is: beside the page, unless the page says otherwise. */
export const apiRoot = new URL(elsewhere ? elsewhere.replace(/\/*$/, "/") : "./", root);

export const client = createClient<paths>({
  baseUrl: apiRoot.href.replace(/\/$/, ""),
  fetch: (request) => fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) }),
});

client.use({
  onResponse: ({ response }) => {
    clock.observe(response.headers.get("date"));
  },
});

/** Why there is no answer. */
export class Unanswered extends Error {
  /** Null when nothing came at all. */
  readonly status: number | null;
  /** What may have been meant instead of an unknown name. */
  readonly near: string[];

  constructor(message: string, status: number | null = null, near: string[] = []) {
    super(message);
    this.status = status;
    this.near = near;
  }
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's content, or [Unanswered]. */
export async function content<T>(asked: Promise<Answer<T>>): Promise<T> {
  const answer = await asked.catch((cause: unknown) => {
    throw new Unanswered(
      cause instanceof DOMException ? "it takes too long" : "it cannot be reached",
    );
  });
  if (answer.data !== undefined) return answer.data;
  const { status } = answer.response;
  if (isProblem(answer.error)) throw new Unanswered(answer.error.detail, status, answer.error.near);
  throw new Unanswered(`it answered ${status}`, status);
}

function isProblem(error: unknown): error is Schemas["Problem"] {
  return typeof error === "object" && error !== null && "detail" in error && "near" in error;
}
