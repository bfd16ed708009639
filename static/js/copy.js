// A [data-copy="#id"] button copies the text of that element, a [data-copy-link] button the page's address; both say so
// in their [data-copy-label].

const WAIT_MS = 2000;

const text = (button) =>
  "copyLink" in button.dataset
    ? new URL(location.pathname, location.href).href
    : document.querySelector(button.dataset.copy).innerText.trim();

async function copy(button) {
  const label = button.querySelector("[data-copy-label]");
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(text(button));
    label.textContent = "Copied";
  } catch {
    label.textContent = "The browser did not allow it";
  }
  setTimeout(() => (label.textContent = before), WAIT_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-link]");
  if (button) copy(button);
});
for (const button of document.querySelectorAll("[data-needs-copy]")) button.hidden = !navigator.clipboard;
