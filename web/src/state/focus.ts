/** Where keyboards and screen readers are after a page was turned, as after a page load. */

/** Focuses the answer, and the one that comes in its place while that is still waited for. */
export function focusAnswer(): void {
  const main = document.querySelector("main");
  const heading = () => main?.querySelector<HTMLElement>("h1");
  heading()?.focus({ preventScroll: true });
  if (!main?.querySelector("[aria-busy]")) return;
  const observer = new MutationObserver(() => {
    if (main.querySelector("[aria-busy]")) return;
    observer.disconnect();
    if (document.activeElement === document.body) heading()?.focus({ preventScroll: true });
  });
  observer.observe(main, { childList: true, subtree: true });
}
