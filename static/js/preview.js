// Live previews: after each autosave, an element with data-preview-url shows what the server renders (and sanitises).

async function refresh(panel) {
  panel.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(panel.dataset.previewUrl, { headers: { Accept: "text/html" }, redirect: "error" });
    if (response.ok) panel.innerHTML = await response.text();
  } catch {
    // offline or logged out: the last preview stays, and autosave.js says what is wrong
  } finally {
    panel.removeAttribute("aria-busy");
  }
}

document.addEventListener("breakwater:saved", () => {
  for (const panel of document.querySelectorAll("[data-preview-url]")) refresh(panel);
});
