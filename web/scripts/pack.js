/** Packs what was built, as the API serves it, and refuses a first view that is too heavy. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url);
/** 90 KB of JavaScript and CSS: what a phone on a crowded network loads in a second. */
const FIRST_VIEW_LIMIT = 90_000;
/** 1 KiB: below it a file fits into one packet either way. */
const WORTH_IT = 1024;

/** @type {Map<string, number>} */
const sizes = new Map();
for (const name of readdirSync(DIST, { recursive: true }).map(String)) {
  if (!/\.(js|css|svg)$/.test(name)) continue;
  const file = new URL(name, DIST);
  const whole = readFileSync(file);
  const gzip = gzipSync(whole, { level: 9 });
  sizes.set(name, gzip.length);
  if (whole.length < WORTH_IT) continue;
  writeFileSync(`${file.pathname}.gz`, gzip);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(`${file.pathname}.br`, brotliCompressSync(whole, { params }));
}

// Vite has emptied the folder, which has to be there when the API is built without a dashboard.
writeFileSync(
  new URL(".gitignore", DIST),
  "# Made by the build, but for this file.\n*\n!.gitignore\n",
);

const page = readFileSync(new URL("index.html", DIST), "utf8");
const named = [...page.matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g)].map(
  (match) => match[1] ?? "",
);
const first = named.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
console.log(`first view: ${first} bytes of JavaScript and CSS in gzip, of ${FIRST_VIEW_LIMIT}`);
if (first === 0 || first > FIRST_VIEW_LIMIT) process.exit(1);
