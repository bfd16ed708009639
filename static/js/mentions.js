// While somebody types @na… into a textarea[data-mentions], those who may see the RFC are offered. The list
// lies over the page and moves nothing: it closes when the field is left, and a button that moved then would be missed.

const START = /(?:^|[^\w.@/+-])@([\w][\w.+-]*)$/;
const WAIT_MS = 150;
let numbers = 0;

function attach(field) {
  const list = Object.assign(document.createElement("ul"), { className: "suggestions", popover: "manual", id: `suggestions-${++numbers}` });
  const told = Object.assign(document.createElement("span"), { className: "visually-hidden" });
  let timer = 0;
  let asked = 0;
  let active = -1;

  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People to mention");
  told.setAttribute("role", "status");
  field.after(list, told);
  field.setAttribute("aria-controls", list.id);
  field.setAttribute("aria-autocomplete", "list");

  const isOpen = () => list.matches(":popover-open");
  const begun = () => START.exec(field.value.slice(0, field.selectionStart))?.[1];

  function close() {
    asked += 1;
    active = -1;
    list.hidePopover();
    list.replaceChildren();
    told.textContent = "";
    field.removeAttribute("aria-activedescendant");
  }

  // Above the field, where nothing is pressed; below it where there is no room above.
  function place() {
    const [at, height] = [field.getBoundingClientRect(), list.offsetHeight];
    const top = at.top >= height ? at.top - height : at.bottom;
    Object.assign(list.style, { left: `${at.left + scrollX}px`, top: `${top + scrollY}px`, maxWidth: `${at.width}px` });
  }

  function choose(index) {
    active = (index + list.children.length) % list.children.length;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
    field.setAttribute("aria-activedescendant", list.children[active].id);
    list.children[active].scrollIntoView({ block: "nearest" });
  }

  function take(option) {
    const end = field.selectionStart;
    const from = end - begun().length;
    field.setRangeText(`${option.dataset.username} `, from, end, "end");
    close();
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function show(people) {
    list.replaceChildren(...people.map((person, place) => {
      const option = Object.assign(document.createElement("li"), { id: `${list.id}-${place}`, textContent: person.name });
      option.dataset.username = person.username;
      option.setAttribute("role", "option");
      option.append(Object.assign(document.createElement("span"), { className: "meta", textContent: ` @${person.username}` }));
      option.addEventListener("mousedown", (event) => { event.preventDefault(); take(option); });
      return option;
    }));
    list.showPopover();
    place();
    told.textContent = `${people.length} ${people.length === 1 ? "person" : "people"} to mention; arrow keys choose, Enter takes.`;
    choose(0);
  }

  async function ask() {
    const start = begun();
    const mine = ++asked;
    if (!start) return close();
    try {
      const response = await fetch(`${field.dataset.mentions}?q=${encodeURIComponent(start)}`, { redirect: "error" });
      const { people } = await response.json();
      if (mine !== asked) return;
      if (people.length > 0) show(people);
      else close();
    } catch {
      close(); // offline or logged out: the name can still be typed
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (begun()) timer = setTimeout(ask, WAIT_MS);
    else if (isOpen()) close();
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (!isOpen()) return;
    if (event.key === "ArrowDown") choose(active + 1);
    else if (event.key === "ArrowUp") choose(active - 1);
    else if (event.key === "Enter" || event.key === "Tab") take(list.children[active]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
}

document.querySelectorAll("textarea[data-mentions]").forEach(attach);
