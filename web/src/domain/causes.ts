/** What each cause means, in words for a reader who has no time. */
import type { Failure } from "../api/client";

const CAUSES: Partial<Record<string, string>> = {
  resolve: "its name does not resolve",
  connect: "connections are refused",
  tls: "the TLS handshake fails",
  timeout: "it does not answer in time",
  reset: "connections break off",
  protocol: "what it answers is not HTTP",
  http_5xx: "it answers with server errors",
  http_4xx: "it refuses our requests",
  http_status: "it answers with an unexpected status",
  throttled: "it refuses calls for their number",
  credentials: "our credentials are refused",
  body: "it answers with wrong content",
  oversized: "it answers with too much",
  stale: "it answers with old content",
  not_visible: "what it accepted does not come out",
  function_error: "the function itself fails",
  impaired: "its status checks fail",
  configuration: "we are configured wrongly",
  local: "our own machine or network fails",
  clock: "our clock is wrong",
  slow: "it is much slower than usual",
  intermittent: "a share of the attempts fails",
  missing_run: "no new measurement",
};

/** The cause of a measurement or an observation in words. A newer API may know more of them. */
export function causeWords(cause: Failure | null): string {
  if (cause === null) return "";
  return CAUSES[cause] ?? (cause as string).replaceAll("_", " ");
}
