import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Where `npm run dev` finds an API.
const api = process.env.API ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [svelte()],
  // Relative, so that the page works behind any path prefix.
  base: "./",
  build: {
    target: "es2022",
    // The Content-Security-Policy allows no data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(
      ["/v1", "/badges", "/feed.atom", "/docs"].map((path) => [path, { target: api }]),
    ),
  },
});
