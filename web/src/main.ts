import { mount } from "svelte";
import App from "./App.svelte";
import { pageFile } from "./pages";
import { about } from "./state/about.svelte";
import { live } from "./state/live.svelte";
import { router } from "./state/route.svelte";
import "./styles.css";

/** 300 ms: a page that waits for longer says so. */
const PATIENCE_MS = 300;

// Most of it was asked for while the scripts loaded: the first thing painted is the answer.
const ready = Promise.all([live.start(), about.start(), pageFile(router.route.page)]);
// What cannot be had, the page itself says.
await Promise.race([
  ready.catch(() => null),
  new Promise((resolve) => setTimeout(resolve, PATIENCE_MS)),
]);
const target = document.querySelector("#app");
if (target) mount(App, { target });
