// Shows the questions of the chosen scenario (rfcs/forms.py); what was typed under another one stays in the form.

const choice = document.querySelector("select[name=scenario]");
const groups = document.querySelectorAll("[data-scenario]");

function show() {
  for (const group of groups) {
    group.hidden = group.dataset.scenario !== choice.value;
    if ("open" in group) group.open = !group.hidden;
  }
}

choice.addEventListener("change", show);
choice.form.addEventListener("breakwater:restore", show);
show();
