// Rows of a Django formset (components/package_rows.html): add, remove, move, and paste many lines at once.
// Rows that the server knows (index below INITIAL_FORMS) keep their index when the formset has ORDER or DELETE.

const rowsOf = (formset) => [...formset.querySelectorAll("[data-formset-row]")];
const isGone = (row) => row.hidden;
const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
const indexOf = (row, prefix) => Number(row.querySelector(`[name^="${prefix}-"]`).name.slice(prefix.length + 1).split("-")[0]);

function setIndex(row, prefix, index) {
  for (const node of row.querySelectorAll("*")) {
    for (const name of ["name", "id", "for", "aria-describedby", "aria-labelledby"]) {
      const value = node.getAttribute(name);
      if (value) node.setAttribute(name, value.replaceAll(new RegExp(`(\\b|_)${prefix}-(\\d+|__prefix__)(?=-|\\b)`, "g"), `$1${prefix}-${index}`));
    }
  }
}

function renumber(formset) {
  const prefix = formset.dataset.formset;
  const control = (name) => formset.querySelector(`[name="${prefix}-${name}"]`);
  const rows = rowsOf(formset);
  const keepsKnown = rows.some((row) => field(row, "ORDER") || field(row, "DELETE"));
  const known = keepsKnown ? Number(control("INITIAL_FORMS").value) : 0;
  let next = known;
  for (const row of rows) if (!keepsKnown || !(indexOf(row, prefix) < known)) setIndex(row, prefix, next++);
  rows.filter((row) => !isGone(row)).forEach((row, place) => field(row, "ORDER") && (field(row, "ORDER").value = place + 1));
  control("TOTAL_FORMS").value = next;
  if (!keepsKnown) control("INITIAL_FORMS").value = Math.min(control("INITIAL_FORMS").value, next);
}

function equip(row) {
  row.querySelector("[data-formset-tools]").hidden = false;
  row.querySelector("[data-formset-delete]")?.setAttribute("hidden", "");
}

function changed(formset, said) {
  renumber(formset);
  formset.querySelector("[data-formset-status]").textContent = said;
  formset.dispatchEvent(new Event("input", { bubbles: true })); // autosave listens
}

function add(formset, after = null) {
  const row = formset.querySelector("[data-formset-template]").content.firstElementChild.cloneNode(true);
  equip(row);
  if (after) after.after(row);
  else formset.querySelector("[data-formset-rows]").append(row);
  renumber(formset);
  return row;
}

function remove(formset, row) {
  const rows = rowsOf(formset).filter((other) => !isGone(other));
  const neighbour = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
  const box = field(row, "DELETE");
  const known = box && indexOf(row, formset.dataset.formset) < Number(formset.querySelector('[name$="-INITIAL_FORMS"]').value);
  if (known) Object.assign(row, { hidden: true }) && (box.checked = true);
  else row.remove();
  changed(formset, "Package removed.");
  (neighbour?.querySelector("[data-formset-remove]") ?? formset.querySelector("[data-formset-add]")).focus();
}

function move(formset, row, button) {
  const rows = rowsOf(formset).filter((other) => !isGone(other));
  const up = button.matches("[data-formset-up]");
  const other = rows[rows.indexOf(row) + (up ? -1 : 1)];
  if (!other) return;
  if (up) other.before(row);
  else other.after(row);
  changed(formset, `Moved to place ${rows.indexOf(other) + 1}.`);
  button.focus();
}

// "src/packages/core/ - what changes", with or without a bullet in front; also path<TAB>description.
function parseLine(line) {
  const [, path, description = ""] = line.trim().match(/^(?:[-*+]\s+)?`?(.+?)`?(?:\t+|\s+[-–—:]\s+|$)(.*)$/) ?? [null, line.trim()];
  return { path, description };
}

function paste(event) {
  const row = event.target.closest("[data-formset-row]");
  const lines = event.clipboardData.getData("text").split(/\r?\n/).filter((line) => line.trim());
  if (!row || lines.length < 2 || event.target !== field(row, "path")) return;
  event.preventDefault();
  const formset = row.closest("[data-formset]");
  let target = row;
  lines.map(parseLine).forEach(({ path, description }, nth) => {
    if (nth > 0) target = add(formset, target);
    field(target, "path").value = path;
    if (description || nth > 0) field(target, "description").value = description;
  });
  changed(formset, `${lines.length} packages pasted.`);
  field(target, "path").focus();
}

function click(event) {
  const formset = event.target.closest("[data-formset]");
  const row = event.target.closest("[data-formset-row]");
  const button = event.target.closest("button");
  if (!formset || !button) return;
  if (button.matches("[data-formset-add]")) {
    const added = add(formset);
    changed(formset, "Package added.");
    field(added, "path").focus();
  } else if (button.matches("[data-formset-remove]")) remove(formset, row);
  else if (button.matches("[data-formset-up], [data-formset-down]")) move(formset, row, button);
}

// What the fields say, the page shows: rows to be deleted are out of sight, the others stand in their order.
function settle(formset) {
  const order = (row) => Number(field(row, "ORDER")?.value) || Infinity;
  const rows = rowsOf(formset);
  for (const row of rows) row.hidden = Boolean(field(row, "DELETE")?.checked);
  formset.querySelector("[data-formset-rows]").append(...rows.sort((one, other) => order(one) - order(other) || 0));
}

// Text that autosave.js kept may hold more rows than the server sent. It fills them right after this event.
function makeRoom(event) {
  for (const formset of event.target.querySelectorAll("[data-formset]")) {
    const prefix = formset.dataset.formset;
    const total = event.detail.fields.find(([name]) => name === `${prefix}-TOTAL_FORMS`)?.[1] ?? 0;
    while (rowsOf(formset).length < total) add(formset);
    queueMicrotask(() => settle(formset));
  }
}

for (const formset of document.querySelectorAll("[data-formset]")) {
  rowsOf(formset).forEach(equip);
  settle(formset);
  formset.querySelector("[data-formset-add]").hidden = false;
  formset.querySelector("[data-formset-fallback]").hidden = true;
}
document.addEventListener("click", click);
document.addEventListener("paste", paste);
document.addEventListener("breakwater:restore", makeRoom);
