/** The pages, each a file of its own that is fetched when it is opened. */
import type { Component } from "svelte";
import type { Route } from "./state/route.svelte";
import Nowhere from "./pages/Nowhere.svelte";
import Overview from "./pages/Overview.svelte";

interface PageFile {
  // Each page takes what it needs of `name` and `kiosk`; some need nothing.
  default: Component<any>;
}

/** The file of a page. That of the overview is there already: most readers begin with it. */
export async function pageFile(page: Route["page"]): Promise<PageFile> {
  switch (page) {
    case "overview":
      return { default: Overview };
    case "region":
      return import("./pages/Region.svelte");
    case "service":
      return import("./pages/Service.svelte");
    case "incident":
      return import("./pages/Incident.svelte");
    case "method":
      return import("./pages/Method.svelte");
    case "embed":
      return import("./pages/Embed.svelte");
    case "nowhere":
      return { default: Nowhere };
  }
}
