// Relative times ("3 hours ago") stay true while the page is open; titles show the reader's own zone.

const UNITS = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
// Whole days that passed, not days of the calendar: 41 hours are "in 1 day", where "tomorrow" would name the wrong day.
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
const absolute = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short" });

function inWords(seconds) {
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", 60];
  const count = Math.trunc(seconds / size);
  return count === 0 ? (seconds < 0 ? "just now" : "in less than a minute") : relative.format(count, unit);
}

function refresh() {
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const at = new Date(time.dateTime);
    time.textContent = inWords((at - now) / 1000);
    time.title = absolute.format(at);
  }
}

refresh();
setInterval(refresh, 60_000);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
