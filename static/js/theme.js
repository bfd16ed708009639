// Loaded in <head> without defer, so that the theme stands before the first paint. Remembers a choice; follows the
// system otherwise.
(() => {
  const KEY = "breakwater:theme";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // storage is blocked: a choice lasts as long as the page
  }

  function paint() {
    root.dataset.bsTheme = chosen || (dark.matches ? "dark" : "light");
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.setAttribute("aria-pressed", String(root.dataset.bsTheme === "dark"));
    }
  }

  function choose(theme) {
    chosen = theme;
    paint();
  }

  paint();
  dark.addEventListener("change", paint);
  document.addEventListener("DOMContentLoaded", paint);
  addEventListener("storage", (event) => event.key === KEY && choose(event.newValue));
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    choose(root.dataset.bsTheme === "dark" ? "light" : "dark");
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // as above
    }
  });
})();
