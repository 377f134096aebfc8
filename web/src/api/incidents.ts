/** Asks for incidents. */
import { apiRoot, Unanswered, type Observation, type ServiceStatus, type Status } from "./client";

/** A span in which services in a region were not up, for one cause. */
export interface Incident {
  id: number;
  region: string;
  services: string[];
  status: Status;
  cause: ServiceStatus["cause"];
  fault: "provider" | "ours" | "unclear";
  reason: string;
  rule: number | null;
  started_at: string;
  detected_at: string;
  updated_at: string;
  ended_at: string | null;
  slots: number;
}

/** A turn that an incident took. */
export interface IncidentEvent {
  at: string;
  kind: "opened" | "updated" | "resolved";
  status: Status;
  services: string[];
  cause: ServiceStatus["cause"];
  reason: string;
}

/** An incident with all that is known of it. */
export interface IncidentWithEvidence extends Incident {
  timeline: IncidentEvent[];
  evidence: Observation[];
  evidence_truncated: boolean;
}

async function read<T>(path: string): Promise<T> {
  const response = await fetch(new URL(path, apiRoot)).catch(() => {
    throw new Unanswered("it cannot be reached");
  });
  if (!response.ok) throw new Unanswered(`it answered ${response.status}`, response.status);
  return (await response.json()) as T;
}

/** Incidents, newest first. */
export async function incidents(query: Record<string, string>): Promise<Incident[]> {
  const page = await read<{ incidents: Incident[] }>(`v1/incidents?${new URLSearchParams(query)}`);
  return page.incidents;
}

/** One incident with all that is known of it. */
export function incident(id: string): Promise<IncidentWithEvidence> {
  return read(`v1/incidents/${encodeURIComponent(id)}`);
}
