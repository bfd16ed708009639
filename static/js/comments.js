// Comment forms: a preview without leaving the page, quoting into the answer at hand, and what was brought back is shown.

const open = (field) => {
  for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
};

async function preview(button) {
  const form = button.form;
  const panel = document.getElementById(button.dataset.previewInto);
  const body = new URLSearchParams({ text: form.elements.text.value });
  const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
  panel.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(button.dataset.preview, { method: "POST", body, headers, redirect: "error" });
    if (!response.ok) throw new Error(response.statusText);
    panel.innerHTML = await response.text();
  } catch {
    panel.textContent = "The preview could not be fetched. Your text is still here; try again, or log in again in another tab.";
  }
  panel.removeAttribute("aria-busy");
  panel.hidden = false;
}

function quote(link) {
  const field = link.closest(".thread")?.querySelector("[data-comment-form] textarea");
  const said = link.closest(".comment")?.querySelector(".comment-text")?.innerText.trim();
  if (!field || !said) return false;
  open(field);
  const lines = said.split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
  const before = field.value.trimEnd();
  field.value = `${before}${before ? "\n\n" : ""}${link.dataset.quote} wrote:\n\n${lines}\n\n`;
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-preview]");
  const link = event.target.closest("[data-quote]");
  if (button) {
    event.preventDefault();
    preview(button);
  } else if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && quote(link)) {
    event.preventDefault();
  }
});

// Ctrl+Enter posts what is being written.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches("[data-comment-form] textarea")) return;
  event.preventDefault();
  event.target.form.requestSubmit(event.target.form.querySelector("button:not([name])"));
});

document.addEventListener("breakwater:restore", (event) => {
  if (event.target.matches("[data-comment-form]")) open(event.target.elements.text);
});

// A link to a comment begins there, for eyes and for the keyboard.
if (/^#comment-\d+$/.test(location.hash)) document.querySelector(location.hash)?.focus();
