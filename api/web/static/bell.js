// Shows beside the entry in the bar how many notices are unread, and learns of new ones as they come.
const entry = document.querySelector('nav a[href="/notices"]');
const AGAIN_MS = 200;
const TROUBLE_MS = 30_000;
let known = "";
let asking = null;

function show(unread) {
  let badge = entry.querySelector(".count");
  if (!badge) {
    badge = document.createElement("span");
    badge.className = "count";
    entry.append(badge);
  }
  badge.hidden = !unread;
  badge.textContent = unread > 99 ? "99+" : unread;
  if (unread) entry.setAttribute("aria-label", `Notices, ${unread} unread`);
  else entry.removeAttribute("aria-label");
}

async function ask() {
  if (asking || document.hidden) return;
  asking = new AbortController();
  let wait = TROUBLE_MS;
  try {
    const response = await fetch(`/notices/unread?known=${known}`, { signal: asking.signal });
    if (response.ok && !response.redirected) {
      known = (await response.json()).unread;
      show(known);
      wait = AGAIN_MS;
    }
  } catch {
    // Away or offline: it is asked again, and the count that was known stays.
  } finally {
    asking = null;
  }
  setTimeout(ask, wait);
}

// Browsers allow few connections to a place at a time, so a page that is left lets its own go.
function leave() {
  asking?.abort();
}

if (entry) {
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : ask()));
  window.addEventListener("pagehide", leave);
  ask();
}
