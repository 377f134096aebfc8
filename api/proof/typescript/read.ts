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

const { data: observations } = await api.GET("/v1/observations", {
  params: { query: { region: "eu-west-1", outcome: "failed", limit: 1000 } },
});
const refused = observations?.items.filter((item) => item.failure === "connect");
assert.ok(refused && refused.length >= 5, "a refused connection is evidence");

const { error } = await api.GET("/v1/measurements", { params: { query: { region: "eu-west-2" } } });
assert.equal(error?.code, "unknown_region");
assert.deepEqual(error.near, ["eu-west-1"]);

const { data: overview } = await api.GET("/overview");
assert.deepEqual(overview?.find((region) => region.region === "eu-west-1")?.["1h"].services_affected.includes("DynamoDB"), true);

console.log(`typescript: read ${rows.length} measurements and ${observations?.items.length} failed observations`);
