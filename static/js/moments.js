// Instants in the reader's own zone. time[data-moment] is shown in it, with its name; a form with select[data-zone]
// gets it as a choice, already made unless the server knows the person's zone or holds what was typed (form[data-here]).
// Without script everything is in UTC and says so.

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const shown = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

/** What `datetime-local` takes: the wall clock of this zone at that instant. */
function local(at, zone) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).formatToParts(at);
  const { year, month, day, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${year}-${month}-${day}T${hour}:${minute}`;
}

for (const time of document.querySelectorAll("time[data-moment]")) {
  time.title = time.textContent;
  time.textContent = shown.format(new Date(time.dateTime));
}

for (const select of document.querySelectorAll("select[data-zone]")) {
  const { form } = select;
  if (![...select.options].some((option) => option.value === HERE)) select.add(new Option(HERE, HERE));
  if ("here" in form.dataset && select.value === "UTC" && HERE !== "UTC") {
    for (const input of form.querySelectorAll('[type="datetime-local"]')) {
      if (input.value) input.value = input.defaultValue = local(new Date(`${input.value}Z`), HERE);
    }
    select.value = HERE;
    for (const option of select.options) option.defaultSelected = option.value === HERE;
  }
  for (const button of form.querySelectorAll("[data-now]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const input = document.getElementById(button.dataset.now);
      input.value = local(new Date(), select.value);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.focus();
    });
  }
}
