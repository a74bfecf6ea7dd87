// Keeps a list as it is now: a stream tells which requests changed, and their rows are fetched.
// Rows change where they stand; what would move them waits behind a button, so that nothing jumps.
// A part with `data-live` names the stream, `data-changes` where rows are fetched from.
import { put, say, swap } from "./swap.js";

const GATHER_MS = 400;
const AGAIN_MS = 3000;
const TOO_MANY = 429;
const MOST_AT_ONCE = 50;
const list = () => document.querySelector("[data-live]");

let source = null;
let place = "";
let changed = new Set();
let fresh = new Set();
let timer = 0;
let fetching = false;

function open() {
  if (source || document.hidden || !list()) return;
  const address = new URL(list().dataset.live, location);
  if (place) address.searchParams.set("after", place);
  source = new EventSource(address);
  source.addEventListener("request", (event) => {
    place = event.lastEventId;
    note(JSON.parse(event.data).id);
  });
  source.addEventListener("reset", (event) => {
    place = event.lastEventId;
    reload();
  });
  source.addEventListener("open", () => online(true));
  source.addEventListener("error", () => {
    online(false);
    // A refusal ends a source for good; the next one may be let in, or led to sign in.
    if (source.readyState === EventSource.CLOSED) {
      close();
      setTimeout(open, 5000);
    }
  });
}

function close() {
  source?.close();
  source = null;
}

function online(is) {
  const line = document.getElementById("offline");
  if (line) line.hidden = is;
}

function note(id) {
  changed.add(id);
  if (!timer) timer = setTimeout(gather, GATHER_MS);
}

async function gather() {
  timer = 0;
  if (fetching) {
    timer = setTimeout(gather, GATHER_MS);
    return;
  }
  const ids = [...changed].slice(0, MOST_AT_ONCE);
  changed = new Set([...changed].slice(MOST_AT_ONCE, 10 * MOST_AT_ONCE));
  if (!ids.length || !list()) return;
  fetching = true;
  let pause = GATHER_MS;
  try {
    await look(ids);
    online(source?.readyState === EventSource.OPEN);
  } catch {
    // The stream has told of them, and will not again.
    for (const id of ids) changed.add(id);
    pause = AGAIN_MS;
    online(false);
  } finally {
    fetching = false;
  }
  if (changed.size && !timer) timer = setTimeout(gather, pause);
}

async function look(ids) {
  const address = new URL(list().dataset.changes, location);
  address.search = location.search;
  address.searchParams.delete("cursor");
  for (const id of ids) address.searchParams.append("id", id);
  const response = await fetch(address);
  if (response.status >= 500 || response.status === TOO_MANY) throw new Error("not now");
  if (!response.ok || response.redirected) return;
  const found = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const row of found.querySelectorAll("[data-row]")) replace(row);
  for (const part of found.querySelectorAll("[data-part]")) put(part, part.id);
  tell();
  document.dispatchEvent(new CustomEvent("swapped", { detail: { ids: [] } }));
}

function replace(row) {
  const old = document.getElementById(row.id);
  const gone = row.dataset.gone !== undefined;
  if (!old) {
    if (gone) fresh.delete(row.id);
    else fresh.add(row.id);
    return;
  }
  if (Number(old.dataset.version) >= Number(row.dataset.version)) return;
  const picked = old.querySelector("[data-pick]")?.checked;
  const box = row.querySelector("[data-pick]");
  if (box && picked) box.checked = true;
  put(row, row.id);
}

function tell() {
  const bar = document.getElementById("fresh");
  if (!bar) return;
  const told = !fresh.size ? "" : `${fresh.size} new`;
  bar.querySelector("[data-fresh]").textContent = told;
  if (told && bar.hidden) say(`${told} in this list`);
  bar.hidden = !told;
}

async function reload() {
  fresh = new Set();
  changed = new Set();
  const address = new URL(location);
  address.searchParams.delete("cursor");
  await swap(address, ["queue"], { push: address.href !== location.href });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#fresh button")) reload();
});
document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
document.addEventListener("swapped", (event) => {
  if (event.detail.ids.includes("queue")) {
    fresh = new Set();
    tell();
  }
});
// Browsers allow few connections to a place at a time, so a page that is left lets its own go.
window.addEventListener("pagehide", close);
window.addEventListener("pageshow", open);
window.addEventListener("online", () => {
  close();
  open();
  clearTimeout(timer);
  gather();
});
window.addEventListener("offline", () => online(false));
open();
