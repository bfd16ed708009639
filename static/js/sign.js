// The button of a signature says what the chosen position will bring about: the server's words, for each seat.
// Without script it says which revision is signed.

const form = document.querySelector("form.sign-form");
const button = form?.querySelector("[data-sign]");
const unchosen = button?.dataset.sign;
const latest = form?.elements.until.max;

function show() {
  const chosen = form.querySelector("[name=position]:checked");
  form.elements.until.max = chosen?.value === "hold" ? latest : ""; // a browser sends no form with a wrong field in hiding
  const words = chosen ? JSON.parse(chosen.dataset.labels)[form.elements.team.value] : undefined;
  button.textContent = words ?? unchosen;
}

form?.addEventListener("change", show);
// What was typed before is filled in right after this event (keep.js), and emptied right after a reset.
form?.addEventListener("breakwater:restore", () => queueMicrotask(show));
form?.addEventListener("reset", () => queueMicrotask(show));
if (button) show();
