// Keeps what is typed into a form[data-keep] in this browser, per user and address, until the server has accepted it:
// a session that ended, a refusal or a closed window loses nothing. Passwords and hidden fields are never kept, nor what
// stands in [data-anew]: a choice that only counts when it is made on the page as it is now.
// Forms that share an address tell themselves apart: data-keep="withdraw". Accepted means that the page after the
// submit, in this window, reports a success, or shows what came of it as [data-accepted].

const SENT = "breakwater:sent";
const NEVER = new Set(["password", "hidden", "file", "submit", "button"]);
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

const keyOf = (form) =>
  `breakwater:unsaved:${document.body.dataset.user ?? ""}:${new URL(form.action).pathname}${form.dataset.keep ? `#${form.dataset.keep}` : ""}`;
const rowsOf = (form) => [...form.elements].filter((control) => control.name?.endsWith("-TOTAL_FORMS"));
const controlsOf = (form) =>
  [...form.elements].filter((control) => control.name && !NEVER.has(control.type) && !control.closest("[data-anew]"));

function fieldsOf(form) {
  const isOn = (control) => !["checkbox", "radio"].includes(control.type) || control.checked;
  return [...rowsOf(form), ...controlsOf(form).filter(isOn)].map((control) => [control.name, control.value]);
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function keep(form) {
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ fields: fieldsOf(form), at: new Date().toISOString() }));
  } catch {
    // full or blocked: then only the page itself holds it
  }
}

// Boxes by their values; other fields that share a name, like the rows of a table, by their place.
function fill(form, fields) {
  const wanted = Map.groupBy(fields, ([name]) => name);
  for (const control of controlsOf(form)) {
    const values = wanted.get(control.name) ?? [];
    if (["checkbox", "radio"].includes(control.type)) control.checked = values.some(([, value]) => value === control.value);
    else if (values.length > 0) control.value = values.shift()[1];
  }
}

function tell(form, at) {
  const notice = document.createElement("div");
  notice.className = "notice";
  notice.dataset.tone = "warning";
  const words = document.createElement("div");
  words.textContent = `We brought back what you typed at ${clock.format(new Date(at))}. `;
  const discard = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-secondary", textContent: "Discard it" });
  discard.addEventListener("click", () => {
    localStorage.removeItem(keyOf(form));
    form.reset();
    notice.remove();
  });
  notice.append(words, discard);
  document.getElementById("messages")?.append(notice);
}

function restore(form) {
  const copy = stored(keyOf(form));
  if (!copy || JSON.stringify(copy.fields) === JSON.stringify(fieldsOf(form))) return;
  form.dispatchEvent(new CustomEvent("breakwater:restore", { bubbles: true, detail: copy }));
  fill(form, copy.fields);
  const fold = form.closest("details");
  if (fold) fold.open = true;
  tell(form, copy.at);
}

// What the last page of this window sent is on the server if this page says so.
function settle() {
  const key = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (key && document.querySelector('#messages [data-tone="success"], [data-accepted]')) localStorage.removeItem(key);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-keep]");
  if (form) keep(form);
});
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-keep]") && !event.defaultPrevented) sessionStorage.setItem(SENT, keyOf(event.target));
});

// Once all modules of the page listen: packages.js makes room for the rows.
document.addEventListener("DOMContentLoaded", () => {
  settle();
  document.querySelectorAll("form[data-keep]").forEach(restore);
});
