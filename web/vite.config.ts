import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { scores } from "./scripts/scores.js";

// Where `npm run dev` finds an API.
const api = process.env.API ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [svelte()],
  define: { __SCORES__: JSON.stringify(scores()) },
  // Relative, so that the page works behind any path prefix.
  base: "./",
  build: {
    target: "es2022",
    // The Content-Security-Policy allows no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // One file of styles and one of scripts: the first view waits longer for a request than for
    // some kilobytes.
    cssCodeSplit: false,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(
      ["/v1", "/badges", "/feed.atom", "/docs"].map((path) => [path, { target: api }]),
    ),
  },
});
