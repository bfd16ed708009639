// Dialogs: data-dialog="id" opens one; a form or button with data-confirm asks before it is sent. Without script both forms
// still post, and the server's answer is the same.

const question = document.getElementById("confirm");
let pending = null;

function ask(form, submitter) {
  pending = { form, submitter };
  question.returnValue = "cancel";
  const action = question.querySelector("[data-confirm-action]");
  question.querySelector("[data-confirm-title]").textContent = form.dataset.confirmTitle || submitter?.textContent.trim() || "Are you sure?";
  question.querySelector("[data-confirm-text]").textContent = submitter?.dataset.confirm || form.dataset.confirm;
  action.textContent = submitter?.textContent.trim() || "Continue";
  action.classList.toggle("btn-danger", Boolean(submitter?.classList.contains("btn-danger")));
  action.classList.toggle("btn-primary", !submitter?.classList.contains("btn-danger"));
  question.showModal();
}

question?.addEventListener("close", () => {
  const { form, submitter } = pending ?? {};
  pending = null;
  if (!form || question.returnValue !== "confirm") return;
  form.dataset.confirmed = "";
  form.requestSubmit(submitter);
});

// In the capturing phase: before the double-submit guard sees it.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.dataset.confirm && !event.submitter?.dataset.confirm) return;
    if ("confirmed" in form.dataset) return delete form.dataset.confirmed;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, event.submitter);
  },
  true,
);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (event.target.matches("dialog")) event.target.close("cancel"); // a click on the backdrop
});
