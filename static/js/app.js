// Keyboard shortcuts, messages, and what every page needs. An element says which keys reach it: data-keys="g q".

const SWITCH = "breakwater:shortcuts";
const SEQUENCE_MS = 1200;
let pressed = "";
let pressedAt = 0;

const shortcutsAreOn = () => localStorage.getItem(SWITCH) !== "off";
const isTyping = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function follow(target) {
  if (target.matches("input")) target.focus();
  else target.click();
}

// Row by row, to the first link of each: a row may have more of them.
function moveInList(step) {
  const rows = [...document.querySelectorAll("[data-list] > *")].filter((row) => row.querySelector("a[href]"));
  if (rows.length === 0) return;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here === -1 ? (step > 0 ? 0 : rows.length - 1) : here + step;
  rows[Math.max(0, Math.min(next, rows.length - 1))].querySelector("a[href]").focus();
}

function press(event) {
  const wanted = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  if (wanted || isTyping(event.target) || document.querySelector("dialog[open]") || !shortcutsAreOn()) return;
  if (event.key === "?") return document.getElementById("shortcuts")?.showModal();
  if (event.key === "j" || event.key === "k") return moveInList(event.key === "j" ? 1 : -1);

  const keys = event.timeStamp - pressedAt < SEQUENCE_MS ? `${pressed} ${event.key}` : event.key;
  const target = document.querySelector(`[data-keys="${CSS.escape(keys)}"]`) ??
    document.querySelector(`[data-keys="${CSS.escape(event.key)}"]`);
  pressed = event.key;
  pressedAt = event.timeStamp;
  if (!target) return;
  event.preventDefault();
  pressed = "";
  follow(target);
}

document.addEventListener("keydown", press);

for (const toggle of document.querySelectorAll("[data-shortcuts-switch]")) {
  toggle.checked = shortcutsAreOn();
  toggle.addEventListener("change", () => localStorage.setItem(SWITCH, toggle.checked ? "on" : "off"));
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-dismiss]")?.closest(".notice").remove();
});

// A row of tabs that does not fit shows the one that is open.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.closest(".tabs");
  const [at, all] = [tab.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += at.left - all.left - (all.width - at.width) / 2;
}

// What is open where there is room begins folded on a small screen, so that the page itself is in sight.
if (matchMedia("(width < 62rem)").matches) {
  for (const fold of document.querySelectorAll("details[data-fold]")) fold.open = false;
}

// After a refused form, begin at what is wrong with it.
document.querySelector("[data-focus]")?.focus();

// Logging out leaves no unsent text of this person behind; a session that merely expires does.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-logout]")) return;
  const prefix = `breakwater:unsaved:${document.body.dataset.user}:`;
  for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
});
