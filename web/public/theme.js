// Before the first paint, so that a page in the chosen theme never shows the other one.
try {
  const asked = new URLSearchParams(location.search).get("theme");
  const theme = asked ?? localStorage.getItem("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the page follows the system.
}
