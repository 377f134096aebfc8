/** Starts and ends the real programs, each on a port of its own and on data of its own. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const TARGET = process.env.CARGO_TARGET_DIR ?? new URL("../../target", import.meta.url).pathname;
const program = (/** @type {string} */ name) => join(TARGET, "debug", name);

/** A folder with a database in it, which is migrated. */
export class Database {
  folder = mkdtempSync(join(tmpdir(), "cloud-monitor-web-"));
  url = `sqlite://${join(this.folder, "web.db")}`;
  file = join(this.folder, "web.db");

  constructor() {
    execFileSync(program("migration"), ["up"], { env: this.environment(), stdio: "ignore" });
  }

  /** @param {Record<string, string>} [more] */
  environment(more = {}) {
    // Beside a local cloud the environment names its applications: a runner of ours knows none.
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("TM_"));
    return {
      ...Object.fromEntries(inherited),
      DATABASE_URL: this.url,
      RUST_LOG: "warn",
      NO_PROXY: "127.0.0.1",
      ...more,
    };
  }

  /** Fills it with made-up history, which goes on until the process is ended. @param {number} days */
  async demo(days) {
    const child = new Program("migration", ["demo", "--days", String(days)], this.environment());
    await child.says("done");
    return child;
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A process of ours. */
export class Program {
  #output = "";

  /**
   * @param {string} name
   * @param {string[]} given
   * @param {NodeJS.ProcessEnv} env
   */
  constructor(name, given, env) {
    this.child = spawn(program(name), given, { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (part) => (this.#output += String(part)));
    }
  }

  /** Waits until it printed this. @param {string} text */
  async says(text) {
    await until(() => this.#output.includes(text), 120_000, `${text} from ${this.#output}`);
  }

  /** Ends it, and waits for its end. */
  async end() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGKILL");
    await ended;
  }
}

/** The API on a database. */
export class Api {
  /** @type {Program | undefined} */
  #program;

  /**
   * @param {Database} database
   * @param {number} port
   * @param {Record<string, string>} more
   */
  constructor(database, port, more) {
    this.database = database;
    this.port = port;
    this.more = more;
    this.base = `http://127.0.0.1:${port}/`;
  }

  /** @param {Database} database @param {Record<string, string>} [more] */
  static async start(database, more = {}) {
    const api = new Api(database, await freePort(), more);
    await api.begin();
    return api;
  }

  /** Starts it, again at the same port. */
  async begin() {
    const env = this.database.environment({ API_LISTEN: `127.0.0.1:${this.port}`, ...this.more });
    this.#program = new Program("api", [], env);
    await answers(`${this.base}livez`);
  }

  async end() {
    await this.#program?.end();
  }
}

/** A task runner whose targets all refuse connections: it judges, and finds trouble. */
export class Runner {
  /** @param {Database} database @param {string} region */
  static async start(database, region) {
    const port = await freePort();
    const closed = "http://127.0.0.1:1";
    const env = database.environment({
      TM_REGION: region,
      RUNNER_LISTEN: `127.0.0.1:${port}`,
      TM_JOURNAL_DIR: join(database.folder, "journal"),
      TM_AWS_ACCESS_KEY_ID: "test",
      TM_AWS_SECRET_ACCESS_KEY: "test",
      TM_DYNAMODB_ENDPOINT_URL: closed,
      TM_AWS_SQS_ENDPOINT_URL: closed,
      TM_EC2_ENDPOINT_URL: closed,
      TM_LAMBDA_ENDPOINT_URL: closed,
      TM_IAM_ENDPOINT_URL: closed,
    });
    const program = new Program("task-runner", [], env);
    await answers(`http://127.0.0.1:${port}/livez`);
    return new Runner(program, `http://127.0.0.1:${port}/tasks`);
  }

  /** @param {Program} program @param {string} url */
  constructor(program, url) {
    this.program = program;
    this.url = url;
  }

  /** Runs a round for the slot of some minutes ago, and returns when it is recorded. @param {number} age */
  async round(age) {
    const time = new Date(Date.now() - age * 60_000).toISOString();
    const headers = { "X-CloudScheduler-ScheduleTime": time };
    const response = await fetch(this.url, { method: "POST", headers });
    if (!response.ok) throw new Error(`no round: ${response.status} ${await response.text()}`);
  }
}

/**
 * Waits until something is so.
 *
 * @param {() => unknown} is
 * @param {number} most
 * @param {string} what
 * @param {() => string} [instead] what was seen last
 */
export async function until(is, most, what, instead = () => "") {
  const end = Date.now() + most;
  while (!(await is())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}; saw: ${instead()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param {string} url */
async function answers(url) {
  await until(
    () =>
      fetch(url).then(
        (response) => response.ok,
        () => false,
      ),
    15_000,
    url,
  );
}

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
