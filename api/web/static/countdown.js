// Counts time left down, by the words and steps of api/web/urgency.py.
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [[0, "over"], [15 * MINUTE, "now"], [HOUR, "soon"], [DAY, "today"]];

// The server's clock counts: a browser's may be wrong by minutes.
const told = Date.parse(document.querySelector("meta[name=handraise-now]")?.content ?? "");
const ahead = Number.isNaN(told) ? 0 : told - Date.now();

export function words(seconds) {
  if (seconds <= 0) return "overdue";
  const days = Math.floor(seconds / DAY);
  const hours = Math.floor(seconds / HOUR) % 24;
  const minutes = Math.floor(seconds / MINUTE) % 60;
  if (days) return hours ? `${days} d ${hours} h left` : `${days} d left`;
  if (hours) return minutes ? `${hours} h ${minutes} min left` : `${hours} h left`;
  if (minutes >= 10) return `${minutes} min left`;
  const rest = seconds % 60;
  return minutes ? `${minutes} min ${String(rest).padStart(2, "0")} s left` : `${rest} s left`;
}

export function urgency(seconds) {
  return STEPS.find(([bound]) => seconds <= bound)?.[1] ?? "calm";
}

function tick() {
  const now = Date.now() + ahead;
  for (const element of document.querySelectorAll("[data-deadline]")) {
    // A second that has begun is left: what is over here must be over for the server.
    const seconds = Math.ceil((Date.parse(element.dataset.deadline) - now) / 1000);
    const text = words(seconds);
    if (element.textContent !== text) element.textContent = text;
    const presses = `left left-${urgency(seconds)}`;
    if (element.className !== presses) element.className = presses;
  }
}

document.addEventListener("swapped", tick);
setInterval(tick, 1000);
tick();
