// Says who else is looking, and notices when the request moves: what can't be answered any more is
// closed at once, with all that was typed still there.
const page = document.getElementById("request");
const WAIT_MS = 2000;
const PARTS = ["holding", "voting", "history"];
let version = Number(page.dataset.version);
let over = false;
let asking = null;

function address(word) {
  return `/requests/${page.dataset.id}/${word}`;
}

function body(more = {}) {
  return new URLSearchParams({ csrf: page.dataset.csrf, version, revision: page.dataset.revision, ...more });
}

function close(text) {
  over = true;
  const banner = document.getElementById("moved");
  banner.querySelector("[data-moved]").textContent = text;
  banner.hidden = false;
  const form = document.getElementById("answer");
  if (!form) return;
  for (const button of form.querySelectorAll("button[name=decision]")) button.disabled = true;
  form.classList.add("over");
}

function tell(lookers) {
  const place = document.getElementById("lookers");
  const text = lookers.length ? `${lookers.join(", ")} ${lookers.length === 1 ? "is" : "are"} looking too` : "";
  if (place && place.textContent !== text) place.textContent = text;
}

async function refresh() {
  const response = await fetch(location.pathname);
  if (!response.ok || response.redirected) return;
  const found = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const id of PARTS) {
    const [old, fresh] = [document.getElementById(id), found.getElementById(id)];
    if (old && fresh && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(fresh));
  }
}

async function look() {
  if (asking || over || document.hidden) return;
  asking = new AbortController();
  let wait = WAIT_MS;
  try {
    const response = await fetch(address("looking"), { method: "POST", body: body(), signal: asking.signal });
    if (response.redirected || response.status === 403) {
      close("You are signed out. Sign in again in another tab, then go on here.");
      return;
    }
    if (response.ok) {
      const told = await response.json();
      tell(told.lookers);
      const moved = told.version !== version;
      version = told.version;
      if (told.banner) {
        close(told.banner);
        if (!told.revised || !told.is_open) await refresh();
        return;
      }
      if (moved) await refresh();
      wait = 100;
    }
  } catch {
    // We come again.
  } finally {
    asking = null;
  }
  setTimeout(look, wait);
}

function leave() {
  asking?.abort();
  navigator.sendBeacon(address("looking"), body({ leaves: "1" }));
}

// What is typed goes along to the page as it stands now.
document.querySelector("[data-again]")?.addEventListener("click", (event) => {
  const form = document.getElementById("answer");
  if (!form) return;
  event.preventDefault();
  form.action = address("draft");
  form.submit();
});
// At zero it is over whatever we were told: the deadline is law for the server too.
const clock = setInterval(() => {
  if (over) clearInterval(clock);
  else if (page.querySelector(".clock .left-over")) close("The deadline has passed; this can't be answered any more.");
}, 500);
document.addEventListener("visibilitychange", () => !document.hidden && look());
window.addEventListener("pagehide", leave);
if (page.querySelector(".clock [data-deadline]")) look();
