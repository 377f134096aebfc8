/** Which page is shown, and all of its state that a link can carry. */

export type Route =
  | { page: "overview" | "method" | "nowhere" }
  | { page: "region" | "service" | "incident" | "embed"; name: string };

const base = document.querySelector("base");

/** The folder that the page lies in. Relative links start here. */
export const root = new URL(document.baseURI);
// From here on the address changes, and the folder does not.
if (base) base.href = root.href;

class Router {
  url = $state.raw(new URL(location.href));
  /** Counts the pages that were turned to. */
  turns = $state(0);
  route = $derived(parse(this.url.pathname));

  constructor() {
    addEventListener("popstate", (event) => {
      this.#turn(new URL(location.href));
      const left = event.state as Left | null;
      if (left) scrollBack(left.scrolled);
    });
    document.addEventListener("click", (event) => this.#follow(event));
  }

  /** A parameter of the address. */
  get(name: string): string | null {
    return this.url.searchParams.get(name);
  }

  /** Changes parameters of the address: null takes one away. */
  set(changes: Record<string, string | null>): void {
    const url = new URL(this.url);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    history.replaceState(history.state, "", url);
    this.url = url;
  }

  #follow(event: MouseEvent): void {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!plain || !link || link.target || event.defaultPrevented) return;
    const url = new URL(link.href);
    if (url.origin !== root.origin || parse(url.pathname).page === "nowhere") return;
    event.preventDefault();
    if (this.get("kiosk") !== null) url.searchParams.set("kiosk", "");
    history.replaceState({ scrolled: scrollY } satisfies Left, "");
    history.pushState(null, "", url);
    this.#turn(url);
    scrollTo(0, 0);
  }

  #turn(url: URL): void {
    this.url = url;
    this.turns += 1;
  }
}

/** What is kept of a page that was left. */
interface Left {
  scrolled: number;
}

/** 3 s: after that a reader is not to be moved any more. */
const STILL_COMING_MS = 3_000;

/** Scrolls to where the reader was, as soon as what is there has come. */
function scrollBack(scrolled: number): void {
  const observer = new ResizeObserver(() => {
    if (document.documentElement.scrollHeight - innerHeight < scrolled) return;
    observer.disconnect();
    scrollTo(0, scrolled);
  });
  observer.observe(document.body);
  setTimeout(() => observer.disconnect(), STILL_COMING_MS);
}

function parse(path: string): Route {
  if (!path.startsWith(root.pathname)) return { page: "nowhere" };
  const [folder = "", encoded, ...rest] = path.slice(root.pathname.length).split("/");
  if (rest.length > 0) return { page: "nowhere" };
  if (encoded === undefined) {
    if (folder === "" || folder === "index.html") return { page: "overview" };
    return { page: folder === "method" ? "method" : "nowhere" };
  }
  const pages = {
    regions: "region",
    services: "service",
    incidents: "incident",
    embed: "embed",
  } as const;
  const page = pages[folder as keyof typeof pages];
  const name = decoded(encoded);
  return page && name ? { page, name } : { page: "nowhere" };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export const router = new Router();

/** Links to our pages, relative to [root]. */
export const links = {
  overview: "./",
  method: "method",
  region: (name: string, service?: string) =>
    `regions/${encodeURIComponent(name)}${service ? `?service=${encodeURIComponent(service)}` : ""}`,
  service: (name: string) => `services/${encodeURIComponent(slug(name))}`,
  incident: (id: string | number) => `incidents/${encodeURIComponent(id)}`,
};

/** The name of a service in an address: `api-gateway`. */
export function slug(name: string): string {
  return name.toLowerCase().replaceAll(" ", "-");
}
