// Single keys and sequences of them ("g q") press what has `data-keys`, or run what was bound.
// `data-help` is what the list under ? says. Who wants none turns them off; that is kept.
const OFF = "handraise.keys";
const PATIENCE_MS = 1200;
const NAMES = { ArrowDown: "↓", ArrowUp: "↑" };
const bound = [];
let begun = "";
let timer = 0;

// Binds keys, such as ["j", "ArrowDown"], to an action; `when` says whether they mean it now.
export function bind(keys, help, run, when = () => true) {
  bound.push({ keys, help, run, when });
}

function isOff() {
  try {
    return localStorage.getItem(OFF) === "off";
  } catch {
    return false;
  }
}

function keep(off) {
  try {
    if (off) localStorage.setItem(OFF, "off");
    else localStorage.removeItem(OFF);
  } catch {
    // Not kept.
  }
}

function writes(element) {
  return element.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

function usable(element) {
  return !element.disabled && element.getClientRects().length > 0;
}

// What a key of this name presses: in the row where one is, else on the page.
function pressed(keys) {
  const found = [...document.querySelectorAll(`[data-keys="${CSS.escape(keys)}"]`)].filter(usable);
  const row = document.activeElement?.closest("[data-row]");
  return found.find((e) => row?.contains(e)) ?? found.find((e) => !e.closest("[data-row]"));
}

function press(element) {
  if (element.matches("input, textarea, select")) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

function act(keys) {
  const action = bound.find((one) => one.keys.includes(keys) && one.when());
  if (action) {
    action.run();
    return true;
  }
  const element = pressed(keys);
  if (element) press(element);
  return Boolean(element);
}

function begins(keys) {
  return document.querySelector(`[data-keys^="${CSS.escape(keys)} "]`) !== null;
}

function listed() {
  const shown = new Map();
  const add = (help, keys) => shown.set(help, [...new Set([...(shown.get(help) ?? []), ...keys])]);
  for (const { help, keys } of bound) add(help, keys);
  for (const { dataset } of document.querySelectorAll("[data-keys][data-help]")) {
    add(dataset.help, dataset.keys.split(" "));
  }
  return add("This list", ["?"]);
}

function help() {
  const dialog = document.getElementById("keys");
  const list = dialog.querySelector("[data-keys-list]");
  list.replaceChildren();
  for (const [text, keys] of listed()) {
    const term = document.createElement("dt");
    for (const key of keys) {
      const shown = document.createElement("kbd");
      shown.textContent = NAMES[key] ?? key;
      term.append(shown);
    }
    const meaning = document.createElement("dd");
    meaning.textContent = text;
    list.append(term, meaning);
  }
  dialog.querySelector("[data-keys-off]").checked = isOff();
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && writes(event.target)) event.target.blur();
  if (isOff() || writes(event.target) || document.querySelector("dialog:modal")) return;
  const keys = begun ? `${begun} ${event.key}` : event.key;
  clearTimeout(timer);
  begun = "";
  if (keys === "?") help();
  else if (begins(keys)) {
    begun = keys;
    timer = setTimeout(() => (begun = ""), PATIENCE_MS);
  } else if (!act(keys)) return;
  event.preventDefault();
});

for (const button of document.querySelectorAll("[data-keys-button]")) {
  button.hidden = false;
  button.addEventListener("click", help);
}
document.querySelector("[data-keys-off]")?.addEventListener("change", (event) => keep(event.target.checked));
