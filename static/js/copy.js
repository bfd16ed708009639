// A [data-copy="#id"] button copies the text of that element, and says so in its [data-copy-label].

const WAIT_MS = 2000;

async function copy(button) {
  const label = button.querySelector("[data-copy-label]");
  const before = label.textContent;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).innerText.trim());
  label.textContent = "Copied";
  setTimeout(() => (label.textContent = before), WAIT_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
for (const button of document.querySelectorAll("[data-needs-copy]")) button.hidden = !navigator.clipboard;
