// Before the first paint, so that a page in the chosen theme never shows the other one.
try {
  const asked = new URLSearchParams(location.search).get("theme");
  const known = (theme) => theme === "dark" || theme === "light";
  const theme = known(asked) ? asked : localStorage.getItem("theme");
  if (known(theme)) document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the page follows the system.
}
