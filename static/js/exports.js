// A file that a worker makes: look how far it is, and show the page anew once that changed.
// Without script, "Look again" does the same.

const panel = document.querySelector("[data-watch]");
const LONGEST = 10_000;

async function statusNow() {
  try {
    const answer = await fetch(panel.dataset.watch, { headers: { Accept: "application/json" } });
    return answer.ok && !answer.redirected ? (await answer.json()).status : panel.dataset.status;
  } catch {
    return panel.dataset.status; // offline for a moment: ask again
  }
}

async function watch(pause) {
  await new Promise((done) => setTimeout(done, pause));
  if ((await statusNow()) === panel.dataset.status) {
    watch(Math.min(pause * 1.3, LONGEST));
  } else {
    window.location.reload();
  }
}

if (panel) watch(1_000);
