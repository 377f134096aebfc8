/** An incident in words. */
import type { Incident, IncidentWithEvidence } from "../api/incidents";
import { causeWords } from "./causes";
import { WORDS } from "./status";
import { utcText } from "./times";

/** Whose fault it is. */
export const FAULTS: Record<Incident["fault"], string> = {
  provider: "the provider's",
  ours: "ours",
  unclear: "unclear",
};

/** 10: a ticket wants examples, not all of them. */
const EXAMPLES = 10;

/** All of it as plain text, for a ticket: times in UTC, request ids as the provider's support asks for. */
export function asText(incident: IncidentWithEvidence, url: string): string {
  const time = (text: string) => utcText(Date.parse(text));
  const { services, region, status, evidence } = incident;
  const turns = incident.timeline.map(
    (turn) =>
      `  ${time(turn.at)}  ${turn.kind}: ${turn.services.join(", ")} ${WORDS[turn.status]}${turn.kind === "resolved" ? "" : ` (${turn.reason})`}`,
  );
  const seen = evidence.slice(0, EXAMPLES).map((item) => {
    const parts = [
      time(item.started_at),
      `${item.probe}/${item.step}, attempt ${item.attempt}`,
      item.failure ?? item.outcome,
      item.phase && `while in ${item.phase}`,
      item.http_status && `HTTP ${item.http_status}`,
      item.request_id && `request id ${item.request_id}`,
      item.detail,
    ];
    return `  ${parts.filter(Boolean).join("; ")}`;
  });
  return [
    `${services.join(", ")} ${WORDS[status]} in ${region}`,
    `Began ${time(incident.started_at)}, ${incident.ended_at ? `over ${time(incident.ended_at)}` : "still open"}`,
    `Cause: ${causeWords(incident.cause) || "unknown"}. ${incident.reason}`,
    `Fault: ${FAULTS[incident.fault]}`,
    "",
    "What happened:",
    ...turns,
    "",
    "Evidence:",
    ...seen,
    "",
    url,
  ].join("\n");
}
