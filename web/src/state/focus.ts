/** Where keyboards and screen readers are after a page was turned, as after a page load. */

/** 10 s: as long as an answer is waited for. */
const STILL_COMING_MS = 10_000;

/** Focuses the answer, and again what comes in its place while the page is still coming. */
export function focusAnswer(): void {
  const main = document.querySelector("main");
  if (!main) return;
  const focus = () => main.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
  focus();
  const observer = new MutationObserver(() => {
    if (document.activeElement === document.body) focus();
  });
  observer.observe(main, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), STILL_COMING_MS);
}
