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
  place.textContent = REASONS[error.name] ?? "That passkey could not be used. Reload the page and try again.";
  place.hidden = false;
}

async function optionsFrom(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
  if (!response.ok) throw new Error(`no options: ${response.status}`);
  return (await response.json()).publicKey;
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

async function send(form, asked, submitter) {
  if ("passkeyAsks" in form.dataset) return;
  form.dataset.passkeyAsks = "";
  form.querySelector("[data-passkey-problem]").hidden = true;
  try {
    form.elements.credential.value = JSON.stringify((await asked()).toJSON());
    form.dataset.passkeyReady = "";
    form.requestSubmit(submitter);
  } catch (error) {
    tell(form, error);
  } finally {
    delete form.dataset.passkeyAsks;
  }
}

// No submit button: the key Enter in a field must not mean the passkey.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-passkey-use]");
  if (!button?.form.reportValidity()) return;
  const address = button.closest("[data-passkey-options]").dataset.passkeyOptions;
  send(button.form, () => answer(address));
});

// In the capturing phase: before the double-submit guard and the keeper of typed text see it.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("[data-passkey-create]")) return;
    if ("passkeyReady" in form.dataset) return delete form.dataset.passkeyReady;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(form, () => create(form), event.submitter);
  },
  true,
);

for (const place of document.querySelectorAll("[data-needs-script]")) place.hidden = !isThere;
for (const place of document.querySelectorAll("[data-no-passkeys]")) place.hidden = isThere;
