// Saves a form[data-autosave="url"] while its author types; nothing typed is ever lost.
//
// POST of the form's fields. The answer is JSON: 200 {"version": 7, "saved_at": ISO time, "base": digests}; 409 {"conflict_url"};
// 400 or 422 {"message"}. What is not on the server yet is kept in this browser, per user and URL, and comes back after a
// reload. The hidden fields "version" and "base" tell the server what the text was based on.

const DELAY_MS = 800;
const RETRY_MS = 15_000;
const NOT_TEXT = new Set(["csrfmiddlewaretoken", "version"]);
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

class Autosave {
  constructor(form) {
    this.form = form;
    this.key = `breakwater:unsaved:${document.body.dataset.user ?? ""}:${form.dataset.autosave}`;
    this.timer = 0;
    this.saving = false;
    this.edits = 0; // counted, so that an answer knows whether the text moved on meanwhile
    this.savedEdits = 0;
    this.stopped = false;
    this.waiting = null; // the button that was pressed while a save was under way
    this.restore();
    form.addEventListener("input", () => this.edited());
    form.addEventListener("submit", (event) => this.submitted(event));
    addEventListener("online", () => this.retry());
    addEventListener("focus", () => this.retry());
    addEventListener("beforeunload", (event) => this.isDirty() && !this.stopped && !this.leaving && event.preventDefault());
    addEventListener("pageshow", () => (this.leaving = false));
    form.addEventListener("breakwater:stays", () => this.stay());
  }

  isDirty() {
    return this.edits > this.savedEdits;
  }

  fields() {
    return [...new FormData(this.form)].filter(([name, value]) => typeof value === "string" && !NOT_TEXT.has(name));
  }

  version() {
    return this.form.elements.version?.value ?? "";
  }

  show(state, text, link = null) {
    for (const box of document.querySelectorAll("[data-saved]")) {
      box.dataset.saved = state;
      const words = box.querySelector("[data-saved-text]");
      words.textContent = text;
      if (link) words.append(" ", Object.assign(document.createElement("a"), link));
    }
  }

  edited() {
    this.edits += 1;
    this.keep();
    this.schedule(DELAY_MS);
  }

  schedule(delay) {
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => this.save(), delay);
  }

  retry() {
    if (this.isDirty() && !this.saving) this.schedule(0);
  }

  // The copy in this browser ------------------------------------------------------------------------------------

  keep(extra = {}) {
    const copy = { fields: this.fields(), version: this.version(), at: new Date().toISOString(), ...extra };
    try {
      localStorage.setItem(this.key, JSON.stringify(copy));
      return true;
    } catch {
      return false; // full or blocked: then only the page itself holds it
    }
  }

  drop() {
    localStorage.removeItem(this.key);
  }

  stored() {
    try {
      return JSON.parse(localStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  restore() {
    const copy = this.stored();
    const sentAndMovedOn = copy?.submitted && copy.version !== this.version();
    if (!copy || sentAndMovedOn || JSON.stringify(copy.fields) === JSON.stringify(this.fields())) return this.drop();
    this.form.dispatchEvent(new CustomEvent("breakwater:restore", { bubbles: true, detail: copy }));
    this.fill(copy.fields);
    if (this.form.elements.version) this.form.elements.version.value = copy.version;
    this.tell(copy.at);
    this.edits += 1;
    this.schedule(DELAY_MS);
  }

  fill(fields) {
    for (const control of this.form.elements) {
      if (!control.name || NOT_TEXT.has(control.name) || ["file", "submit", "button"].includes(control.type)) continue;
      const wanted = fields.filter(([name]) => name === control.name).map(([, value]) => value);
      if (["checkbox", "radio"].includes(control.type)) control.checked = wanted.includes(control.value);
      else if (control.multiple) for (const option of control.options) option.selected = wanted.includes(option.value);
      else if (wanted.length > 0) control.value = wanted[0];
    }
  }

  tell(at) {
    const notice = document.createElement("div");
    notice.className = "notice";
    notice.dataset.tone = "warning";
    const words = document.createElement("div");
    words.textContent = `We brought back what you typed at ${clock.format(new Date(at))}, which the server had not got yet. `;
    const discard = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-secondary", textContent: "Discard it" });
    discard.addEventListener("click", () => {
      this.drop();
      this.leaving = true;
      location.reload();
    });
    notice.append(words, discard);
    document.getElementById("messages")?.append(notice);
  }

  // The server --------------------------------------------------------------------------------------------------

  // Logging in again, in another tab, makes a new token: take it over, for the form's own submit too.
  freshToken() {
    const field = this.form.elements.csrfmiddlewaretoken;
    const cookie = document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];
    if (field && cookie) field.value = cookie;
    return cookie ?? field?.value ?? "";
  }

  async save() {
    if (this.saving || this.stopped || !this.isDirty()) return;
    this.saving = true;
    const edits = this.edits;
    this.show("saving", "Saving…");
    try {
      const response = await fetch(this.form.dataset.autosave, {
        method: "POST",
        body: new URLSearchParams([...this.fields(), ["version", this.version()]]),
        headers: { Accept: "application/json", "X-CSRFToken": this.freshToken() },
        redirect: "manual",
      });
      await this.answered(response, edits);
    } catch {
      this.show("offline", this.keep() ? "Offline – your text is kept in this browser" : "Offline – keep this page open");
      this.schedule(RETRY_MS);
    } finally {
      this.saving = false;
      if (this.waiting) this.form.requestSubmit(this.waiting);
      else if (this.edits > edits) this.schedule(DELAY_MS);
    }
  }

  async answered(response, edits) {
    if (response.ok) return this.saved(await response.json(), edits);
    const answer = await response.json().catch(() => ({}));
    const isForbidden = response.status === 403 && !answer.message; // no reason given: Django refused the CSRF token
    if (response.type === "opaqueredirect" || response.status === 401 || isForbidden) return this.expired();
    if (response.status === 409) return this.conflicted(answer.conflict_url);
    this.show("refused", answer.message ?? "The server could not save this – your text is kept in this browser");
    if (response.status >= 500 || response.status === 429) this.schedule(RETRY_MS);
  }

  expired() {
    const link = { href: this.form.dataset.loginUrl ?? "/", target: "_blank", textContent: "Log in" };
    this.show("expired", "Your session ended; log in in a new tab, then Save again. Nothing is lost.", link);
  }

  conflicted(url) {
    this.stopped = true;
    // The conflict page has both texts, so the copy here has done its duty once someone goes there.
    const compare = (event) => {
      event.preventDefault();
      this.form.requestSubmit(); // the answer to a stale save is the page with both versions
    };
    const link = { href: url, textContent: "Compare both versions", onclick: compare };
    this.show("conflict", "Someone else changed this meanwhile.", link);
  }

  saved({ version, saved_at: at, base }, edits) {
    if (this.form.elements.version) this.form.elements.version.value = version;
    if (this.form.elements.base && base) this.form.elements.base.value = base;
    this.savedEdits = edits;
    if (this.isDirty()) this.keep();
    else this.drop();
    this.show("saved", `Saved ${clock.format(at ? new Date(at) : new Date())}`);
    this.form.dispatchEvent(new CustomEvent("breakwater:saved", { bubbles: true, detail: { version } }));
  }

  // An upload was refused or stopped: the page stays, and what was typed beside it is saved as before.
  stay() {
    this.leaving = false;
    if (this.isDirty()) this.schedule(DELAY_MS);
  }

  // A save under way will raise the version: wait for it, or the form would be stale against its own author.
  submitted(event) {
    clearTimeout(this.timer);
    if (this.saving) {
      event.preventDefault();
      this.waiting = event.submitter;
      return;
    }
    if (this.isDirty()) this.keep({ submitted: true });
    this.leaving = true;
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) new Autosave(form);
