// Keeps each [data-countdown] true between loads: data-now is the server's clock, so a wrong one here does not matter.
const MINUTE = 60, HOUR = 3600, DAY = 86400;

/** The two largest units, in the words of governance/pages/record/haste.py; seconds in the last hour. */
function spelled(seconds) {
  const days = Math.floor(seconds / DAY), hours = Math.floor(seconds / HOUR), minutes = Math.floor(seconds / MINUTE);
  if (days > 1) return `${days} days ${hours % 24} h`;
  if (hours >= 1) return `${hours} h ${minutes % 60} min`;
  return `${minutes} min ${Math.floor(seconds % MINUTE)} s`;
}

for (const root of document.querySelectorAll("[data-countdown]")) {
  const due = Date.parse(root.dataset.due), since = Date.parse(root.dataset.since);
  const ahead = Date.parse(root.dataset.now) - Date.now();
  const left = root.querySelector("[data-left]"), bar = root.querySelector("progress");
  const tick = () => {
    const now = Date.now() + ahead, seconds = Math.abs(due - now) / 1000, isOver = now >= due;
    left.textContent = isOver ? `Overdue for ${spelled(seconds)}` : `${spelled(seconds)} left`;
    bar.value = Math.min((now - since) / 1000, bar.max);
    if (isOver) root.dataset.tone = "danger";
  };
  tick();
  setInterval(tick, 1000);
}
