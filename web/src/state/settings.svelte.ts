/** What a reader chose on this device, unless the address says otherwise. */
import { router } from "./route.svelte";

type Theme = "system" | "light" | "dark";

class Settings {
  /** Whether times are in UTC rather than in the reader's zone. */
  utc = $state(read("utc") === "yes");
  theme = $state<Theme>(asTheme(router.get("theme")) ?? asTheme(read("theme")) ?? "system");

  /** Shows times in UTC, or in the reader's zone. */
  toggleUtc(): void {
    this.utc = !this.utc;
    write("utc", this.utc ? "yes" : "no");
  }

  /** System, light, dark, and round again. */
  nextTheme(): void {
    const order = ["system", "light", "dark"] as const;
    this.theme = order[(order.indexOf(this.theme) + 1) % order.length] ?? "system";
    write("theme", this.theme);
    router.set({ theme: null });
    if (this.theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
  }
}

function asTheme(text: string | null): Theme | null {
  return text === "light" || text === "dark" ? text : null;
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export const settings = new Settings();
