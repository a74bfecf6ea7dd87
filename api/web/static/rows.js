// A list that is worked by the keyboard: j and k move the focus from row to row, o opens, x picks;
// picking with shift held down picks all from the one picked last.
import { bind } from "./keys.js";
import { say } from "./swap.js";

let last = null;

const rows = () => [...document.querySelectorAll("[data-row]")];
const current = () => document.activeElement?.closest("[data-row]");
const boxes = () => [...document.querySelectorAll("[data-row] [data-pick]")];
const buttonOf = (key) => current()?.querySelector(`[data-row-key="${key}"]`);
const linkOf = (row) => row?.querySelector("[data-open]");

function move(step) {
  const all = rows();
  const here = all.indexOf(current());
  const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : here + step;
  const link = linkOf(all[Math.max(0, Math.min(all.length - 1, next))]);
  link?.focus({ preventScroll: true });
  link?.closest("[data-row]").scrollIntoView({ block: "nearest" });
}

function count() {
  const picked = boxes().filter((box) => box.checked).length;
  for (const place of document.querySelectorAll("[data-picked]")) {
    place.textContent = `${picked} selected`;
  }
  const all = document.querySelector("[data-pick-all]");
  if (all) {
    all.checked = picked > 0 && picked === boxes().length;
    all.indeterminate = picked > 0 && picked < boxes().length;
  }
  return picked;
}

function pick(box, ranged) {
  const all = boxes();
  if (ranged && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
  say(`${count()} selected`);
}

document.addEventListener("click", (event) => {
  const target = event.target;
  if (target.matches("[data-pick]")) pick(target, event.shiftKey);
  if (target.matches("[data-pick-all]")) {
    for (const box of boxes()) box.checked = target.checked;
    say(`${count()} selected`);
  }
  if (target.closest("[data-unpick]")) {
    for (const box of boxes()) box.checked = false;
    say(`${count()} selected`);
  }
});
document.addEventListener("swapped", count);

bind(["j"], "Next request", () => move(1));
bind(["k"], "Previous request", () => move(-1));
// Arrows scroll the page as ever until one is in the list.
bind(["ArrowDown"], "Next request", () => move(1), current);
bind(["ArrowUp"], "Previous request", () => move(-1), current);
bind(["o"], "Open", () => linkOf(current()).click(), current);
bind(["c"], "Claim", () => buttonOf("c").click(), () => buttonOf("c"));
bind(["r"], "Release", () => buttonOf("r").click(), () => buttonOf("r"));
bind(["x"], "Select, with shift a range", () => current().querySelector("[data-pick]")?.click(), current);
count();
