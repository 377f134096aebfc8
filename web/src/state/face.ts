/** The page's title and icon, which are all that is seen of a tab that is not looked at. */
import type { Status } from "../api/client";
import { title } from "../domain/sentence";
import { worst, type Standing } from "../domain/status";
import asking from "../icons/asking.svg";
import degraded from "../icons/degraded.svg";
import down from "../icons/down.svg";
import unknown from "../icons/unknown.svg";
import up from "../icons/up.svg";

const ICONS: Record<Status, string> = { up, degraded, down, unknown };

/** Shows the worst status of these services. */
export function showWorst(services: Standing[] | null): void {
  const text = title(services);
  if (document.title !== text) document.title = text;
  const status = worst((services ?? []).map((row) => row.status));
  const icon = status ? ICONS[status] : asking;
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link && link.getAttribute("href") !== icon) link.href = icon;
}
