/** How statuses compare, and how a row reads some time after it was answered. */
import type { ServiceStatus, Status } from "../api/client";

/** Worst first. */
export const STATUSES = ["down", "degraded", "unknown", "up"] as const satisfies Status[];

export const WORDS: Record<Status, string> = {
  up: "up",
  degraded: "degraded",
  down: "down",
  unknown: "not known",
};

/** A service in a region at a moment. */
export interface Standing {
  region: string;
  service: string;
  kind: ServiceStatus["kind"];
  status: Status;
  cause: ServiceStatus["cause"];
  /** Since when, in milliseconds. */
  since: number;
  /** The newest slot, in milliseconds. */
  slot: number;
  /** What it was before it became stale. */
  lastKnown: Status | null;
  latency_us: number | null;
  /** Why, in words. */
  reason: string;
  planes: Planes;
}

/** How its parts stand, each by itself; null where nobody tried. */
export interface Planes {
  control: Status | null;
  data: Status | null;
  endToEnd: Status | null;
}

/** How a row reads now: without a new slot for too long it is unknown. Silence is not green. */
export function standing(row: ServiceStatus, now: number, staleAfter: number): Standing {
  const slot = Date.parse(row.slot);
  const same = {
    region: row.region,
    service: row.service,
    kind: row.kind,
    slot,
    planes: { control: row.control_plane, data: row.data_plane, endToEnd: row.end_to_end },
  };
  if (row.last_known_status === null && now - slot <= staleAfter) {
    return {
      ...same,
      latency_us: row.latency_us,
      status: row.status,
      cause: row.cause,
      reason: row.reason,
      since: Date.parse(row.since),
      lastKnown: null,
    };
  }
  const lastKnown = row.last_known_status ?? row.status;
  return {
    ...same,
    latency_us: null,
    status: "unknown",
    cause: "missing_run",
    reason: "nothing was measured since then",
    since: slot + staleAfter,
    lastKnown,
  };
}

/** What concerns a region: its own rows, and those of global services after them. */
export function inRegion(rows: Standing[] | null, region: string): Standing[] {
  const places = new Set([region, "global"]);
  return [...places].flatMap((place) => rows?.filter((row) => row.region === place) ?? []);
}

/** The worst of some statuses; null of none. */
export function worst(statuses: Iterable<Status>): Status | null {
  const all = new Set(statuses);
  return STATUSES.find((status) => all.has(status)) ?? null;
}
