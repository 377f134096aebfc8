/** The answer in one sentence, as parts, so that names can be links and moments can have a tooltip. */
import { countText, listText } from "./format";
import type { Standing } from "./status";
import { STATUSES, WORDS } from "./status";

export interface Clause {
  status: Standing["status"];
  /** What it is about: `DynamoDB`, `SQS and S3`, `7 services`. */
  services: string;
  /** Where: `in us-east-1`, `in 3 regions`, or nothing for a global service. */
  where: string;
  /** Since when, when that is the same for all of it. */
  since: number | null;
  plural: boolean;
  rows: Standing[];
}

/** What is not up, worst first; empty when everything is. */
export function clauses(rows: Standing[]): Clause[] {
  return STATUSES.filter((status) => status !== "up").flatMap((status) => {
    const here = rows.filter((row) => row.status === status);
    return [...groups(here).values()].map((group) => clause(status, group));
  });
}

/** The services of a region together, unless one service is in the same trouble in many regions. */
function groups(rows: Standing[]): Map<string, Standing[]> {
  const places = new Map<string, Set<string>>();
  for (const row of rows) {
    places.set(row.service, (places.get(row.service) ?? new Set()).add(row.region));
  }
  const found = new Map<string, Standing[]>();
  for (const row of rows) {
    const wide = (places.get(row.service)?.size ?? 0) > 2;
    const name = wide ? `service ${row.service}` : `region ${row.region}`;
    found.set(name, [...(found.get(name) ?? []), row]);
  }
  return found;
}

function clause(status: Clause["status"], rows: Standing[]): Clause {
  const services = [...new Set(rows.map((row) => row.service))];
  const regions = [...new Set(rows.map((row) => row.region))];
  const since = Math.min(...rows.map((row) => row.since));
  const alike = rows.every((row) => Math.abs(row.since - since) < 300_000);
  const global = regions.length === 1 && regions[0] === "global";
  const where =
    regions.length > 2 ? `in ${countText(regions.length, "region")}` : `in ${listText(regions)}`;
  return {
    status,
    services: services.length > 3 ? countText(services.length, "service") : listText(services),
    where: global ? "" : where,
    since: alike ? since : null,
    plural: services.length > 1,
    rows,
  };
}

/** The title of the page: the worst first, because tabs cut it off. */
export function title(rows: Standing[] | null): string {
  if (rows === null || rows.length === 0) return "Cloud Monitor";
  const [first, ...others] = clauses(rows);
  if (!first) return "All up · Cloud Monitor";
  const more = others.length > 0 ? ` +${others.length}` : "";
  return `${first.services} ${WORDS[first.status]} ${first.where}${more} · Cloud Monitor`;
}
