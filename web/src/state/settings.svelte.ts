/** What a reader chose on this device. */

type Theme = "system" | "light" | "dark";

class Settings {
  /** Whether times are in UTC rather than in the reader's zone. */
  utc = $state(read("utc") === "yes");
  theme = $state<Theme>(asTheme(read("theme")));

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
    if (this.theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.theme;
  }
}

function asTheme(text: string | null): Theme {
  return text === "light" || text === "dark" ? text : "system";
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
