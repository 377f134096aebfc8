/** Asks for incidents. */
import { client, content, type Schemas } from "./client";

export type Incident = Schemas["Incident"];
export type IncidentWithEvidence = Schemas["IncidentWithEvidence"];

/** Where incidents are looked for. */
export interface Place {
  region?: string;
  service?: string;
}

/** The incidents there that go on, or that are over: newest first, at most so many. */
export async function incidents(place: Place, open: boolean, limit: number): Promise<Incident[]> {
  const query = { ...place, open, limit };
  const page = await content(client.GET("/v1/incidents", { params: { query } }));
  return page.incidents;
}

/** One incident with all that is known of it. */
export function incident(id: number): Promise<IncidentWithEvidence> {
  return content(client.GET("/v1/incidents/{id}", { params: { path: { id } } }));
}
