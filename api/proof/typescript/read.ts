// Reads a seeded server through the generated types: what compiles here is what the document promises,
// and what is asserted is what the server does.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/api.js";

type Measurement = components["schemas"]["Measurement"];

const base = process.argv[2];
assert.ok(base, "usage: node read.js http://127.0.0.1:8000");
const api = createClient<paths>({ baseUrl: base });

/** Every page of a service's measurements in a region. */
async function measurements(region: string, service: string): Promise<Measurement[]> {
  const found: Measurement[] = [];
  let cursor: string | null = null;
  do {
    const query: { region: string; service: string; limit: number; cursor?: string } = { region, service, limit: 2 };
    if (cursor !== null) query.cursor = cursor;
    const { data, error } = await api.GET("/v1/measurements", { params: { query } });
    assert.ok(data, error?.detail);
    found.push(...data.items);
    cursor = data.next;
  } while (cursor !== null);
  return found;
}

const { data: status } = await api.GET("/v1/status");
const broken = status?.items.find((item) => item.region === "eu-west-1" && item.service === "DynamoDB");
assert.deepEqual([broken?.status, broken?.cause, broken?.latency_us], ["down", "connect", null]);

const rows = await measurements("eu-west-1", "DynamoDB");
assert.equal(rows.length, 5);
assert.equal(new Set(rows.map((row) => row.slot)).size, 5);

const window = { region: "eu-west-1", service: "DynamoDB", window: "24h", by: "both" } as const;
const { data: uptime } = await api.GET("/v1/uptime", { params: { query: window } });
const share = uptime?.items[0];
assert.equal(share?.uptime, 0, "it never worked");
assert.ok(share?.coverage && share.coverage < 0.1, "five slots of two hours were judged");
assert.ok(share.high && share.high > 0.9, "and so it may have worked most of the time");

const { data: latency } = await api.GET("/v1/latency", { params: { query: { ...window, region: "us-east-1" } } });
const times = latency?.items[0];
assert.ok(times && times.p50_us > 0 && times.p50_us <= times.p99_us);

const { data: runs } = await api.GET("/v1/runs", { params: { query: { region: "eu-west-1" } } });
const id = runs?.items[0]?.id;
assert.ok(id);
const { data: run } = await api.GET("/v1/runs/{id}", { params: { path: { id } } });
assert.equal(run?.state, "finished");
assert.equal(run.measurements.find((row) => row.service === "DynamoDB")?.status, "down");

const { data: observations } = await api.GET("/v1/observations", {
  params: { query: { region: "eu-west-1", outcome: "failed", limit: 1000 } },
});
const refused = observations?.items.filter((item) => item.failure === "connect");
assert.ok(refused && refused.length >= 5, "a refused connection is evidence");

const { error } = await api.GET("/v1/measurements", { params: { query: { region: "eu-west-2" } } });
assert.equal(error?.code, "unknown_region");
assert.deepEqual(error.near, ["eu-west-1"]);

/** The first event after a number; whoever returns from the loop hangs up. */
async function eventAfter(number: number): Promise<components["schemas"]["RoundEvent"]> {
  const params = { query: { last_event_id: number } };
  const { response } = await api.GET("/v1/events", { params, parseAs: "stream" });
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    const line = /^data: ?(.*)$/m.exec(text);
    if (line?.[1] !== undefined && text.includes("\n\n", line.index)) {
      return JSON.parse(line[1]);
    }
  }
  throw new Error("the stream ended without an event");
}

const event = await eventAfter(1);
assert.ok(event.measurements.length > 0);
assert.equal(event.region, "us-east-1");

const { data: overview } = await api.GET("/overview");
assert.deepEqual(overview?.find((region) => region.region === "eu-west-1")?.["1h"].services_affected.includes("DynamoDB"), true);

console.log(`typescript: read ${rows.length} measurements and ${observations?.items.length} failed observations`);
