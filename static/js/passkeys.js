// Passkeys: a [data-passkey-use] button asks the browser for one and sends what it answers with its form; a
// [data-passkey-create] form makes a new one. The challenge comes from the address in data-passkey-options, as JSON.

const REASONS = {
  NotAllowedError: "Nothing was chosen, or it took too long. Try again when you are ready.",
  SecurityError: "Passkeys need a host name: open this portal by its name, not by its number.",
  InvalidStateError: "This device has a passkey of your account already.",
};
const isThere = Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

function tell(form, error) {
  const place = form.querySelector("[data-passkey-problem]");
  place.textContent = REASONS[error.name] ?? "That passkey could not be used.";
  place.hidden = false;
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

async function optionsFrom(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
  if (!response.ok) throw new Error(`no options: ${response.status}`);
  const said = await response.json();
  return (said.request_options ?? said.creation_options ?? said).publicKey;
}

async function answer(address) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await optionsFrom(address));
  return navigator.credentials.get({ publicKey });
}

async function create(form) {
  const said = JSON.parse(document.getElementById(form.dataset.passkeyCreate).textContent).publicKey;
  const isEnough = form.elements.passwordless?.checked ?? true;
  const wanted = isEnough ? "required" : "discouraged";
  said.authenticatorSelection = { ...said.authenticatorSelection, residentKey: wanted, requireResidentKey: isEnough };
  if (isEnough) said.authenticatorSelection.userVerification = "required";
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(said) });
}

async function send(form, credential, submitter) {
  form.elements.credential.value = JSON.stringify((await credential).toJSON());
  form.dataset.passkeyReady = "";
  delete form.dataset.sent;
  form.requestSubmit(submitter);
}

// In the capturing phase: before the double-submit guard and the keeper of typed text see it.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const uses = event.submitter?.matches("[data-passkey-use]");
    if (!uses && !form.matches("[data-passkey-create]")) return;
    if ("passkeyReady" in form.dataset) return delete form.dataset.passkeyReady;
    event.preventDefault();
    event.stopImmediatePropagation();
    form.querySelector("[data-passkey-problem]").hidden = true;
    const source = event.submitter?.closest("[data-passkey-options]") ?? form;
    const wanted = uses ? answer(source.dataset.passkeyOptions) : create(form);
    send(form, wanted, event.submitter).catch((error) => tell(form, error));
  },
  true,
);

for (const place of document.querySelectorAll("[data-needs-script]")) place.hidden = !isThere;
