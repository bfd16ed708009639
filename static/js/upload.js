// Uploads: a file that is too large is refused before it is sent, and a slow one shows how far it has come.
// Without script the same form posts, and the server says the same.

const TOO_LARGE = (megabytes) => `The file is larger than ${megabytes} MB, the most that can be uploaded. Link to it instead.`;

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
    const button = event.submitter;
    if (!button?.matches("[data-upload]")) return;
    const input = event.target.querySelector('input[type="file"]');
    if (input && !input.checkValidity()) {
      event.preventDefault();
      event.stopImmediatePropagation();
      input.reportValidity();
    } else if (input?.files.length) {
      button.textContent = "Uploading…";
    }
  },
  true,
);
