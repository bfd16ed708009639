// Uploads: a file that is too large is refused before it is sent, and while one is on its way a window shows how far it
// has come. What the server has against it is shown beside the file, and nothing that was typed is lost.
// Without script the same form posts, and the server says the same.

const TOO_LARGE = (megabytes) => `The file is larger than ${megabytes} MB, the most that can be uploaded. Link to it instead.`;
const LOST = "The connection broke before the file was there. Nothing was stored; try again.";
const LOGGED_OUT = "Your session ended. Log in in another tab, then upload again; what you typed is still here.";

const element = (tag, facts = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), facts);
  made.append(...children);
  return made;
};
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!input.matches('input[type="file"][data-megabytes]')) return;
  const size = input.files[0]?.size ?? 0;
  const said = size > input.dataset.megabytes * 1e6 ? TOO_LARGE(input.dataset.megabytes) : size === 0 && input.files.length ? "The file is empty: it has 0 bytes." : "";
  input.setCustomValidity(said);
  if (said) input.reportValidity();
});

// A form with novalidate is sent whatever an input says: here the file is looked at again.
document.addEventListener(
  "submit",
  (event) => {
    if (!event.submitter?.matches("[data-upload]")) return;
    const input = event.target.querySelector('input[type="file"]');
    if (!input || input.checkValidity()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    input.reportValidity();
  },
  true,
);

// After all others have heard of it: a save that is under way puts the form off, and sends it again.
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  const input = form.querySelector('input[type="file"]');
  if (event.defaultPrevented || !submitter?.matches("[data-upload]") || !input?.files.length) return;
  event.preventDefault();
  send(form, submitter, input);
});

function send(form, submitter, input) {
  const request = new XMLHttpRequest();
  const shown = progress(input.files[0], () => request.abort());
  request.open("POST", submitter.getAttribute("formaction") ?? form.action);
  request.setRequestHeader("X-Upload", "progress");
  request.upload.addEventListener("progress", ({ loaded, total }) => shown.at(loaded, total));
  request.addEventListener("load", () => answered(form, input, request));
  request.addEventListener("error", () => refuse(input, [LOST]));
  request.addEventListener("loadend", () => {
    shown.close();
    stay(form);
  });
  request.send(new FormData(form, submitter));
}

// The server names the page to go on with, or answers with the page that says what is wrong.
function answered(form, input, request) {
  if (request.getResponseHeader("Content-Type")?.startsWith("application/json")) {
    const { url } = JSON.parse(request.responseText);
    const here = location.pathname;
    location.assign(url);
    if (new URL(url, location.href).pathname === here) location.reload();
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const reasons = [...page.querySelectorAll("main :is(.reasons, .form-errors) li")].filter((item) => !item.closest(".rail, .move")).map((item) => item.textContent.trim());
  const isLogin = new URL(request.responseURL).pathname.startsWith("/login");
  refuse(input, isLogin ? [LOGGED_OUT] : reasons.length ? reasons : ["The server could not take the file. Save what you typed, then try again."]);
}

function refuse(input, reasons) {
  input.parentElement.querySelector("[data-refused]")?.remove();
  const list = element("ul", {}, ...reasons.map((reason) => element("li", { textContent: reason })));
  const box = element("div", { className: "reasons", role: "alert", tabIndex: -1 }, element("p", { textContent: "Not uploaded:" }), list);
  box.dataset.refused = "";
  input.before(box);
  box.focus();
}

// The form goes nowhere after all: it may be sent again, and saves itself again.
function stay(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  form.dispatchEvent(new CustomEvent("breakwater:stays"));
}

function progress(file, cancel) {
  const bar = element("progress", { max: 100, value: 0 });
  bar.setAttribute("aria-label", `Upload of ${file.name}`);
  const words = element("p", { className: "meta", textContent: "Starting…" });
  words.setAttribute("role", "status");
  const stop = element("button", { type: "button", className: "btn btn-secondary", textContent: "Cancel" });
  const dialog = element("dialog", { className: "upload-dialog" }, element("h2", { textContent: `Uploading ${file.name}` }), bar, words, stop);
  stop.addEventListener("click", cancel);
  dialog.addEventListener("cancel", cancel);
  document.body.append(dialog);
  dialog.showModal();
  return {
    at(loaded, total) {
      bar.value = (100 * loaded) / total;
      words.textContent = loaded < total ? `${megabytes(loaded)} of ${megabytes(total)}` : "All of it is there; the portal looks at it…";
    },
    close: () => dialog.remove(),
  };
}
