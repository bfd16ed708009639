// Relative times ("3 hours ago") and countdowns stay true while the page is open; titles show the reader's own zone.

const UNITS = [["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const absolute = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short" });

function inWords(seconds) {
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", 60];
  const count = Math.trunc(seconds / size);
  return count === 0 ? (seconds < 0 ? "just now" : "in less than a minute") : relative.format(count, unit);
}

function left(seconds) {
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const parts = [[Math.floor(minutes / 1440), "day"], [Math.floor(minutes / 60) % 24, "hour"], [minutes % 60, "minute"]];
  const words = parts.filter(([count]) => count > 0).slice(0, 2).map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`);
  return `${words.join(" ") || "less than a minute"} ${seconds < 0 ? "overdue" : "left"}`;
}

function refresh() {
  const now = Date.now();
  for (const time of document.querySelectorAll("time[data-relative]")) {
    const at = new Date(time.dateTime);
    time.textContent = inWords((at - now) / 1000);
    time.title = absolute.format(at);
  }
  for (const box of document.querySelectorAll("[data-countdown]")) {
    const [start, due] = [new Date(box.dataset.start), new Date(box.dataset.due)];
    box.querySelector("[data-countdown-text]").textContent = left((due - now) / 1000);
    Object.assign(box.querySelector("progress"), { max: due - start, value: Math.max(0, now - start) });
    box.toggleAttribute("data-overdue", now > due);
  }
}

refresh();
setInterval(refresh, 60_000);
document.addEventListener("htmx:afterSwap", refresh);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
