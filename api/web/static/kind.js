// The kinds editor: line numbers, the preview while one types, and from a flaw to its line.
import { swap } from "./swap.js";

const PAUSE_MS = 500;
const form = document.getElementById("kind");
const text = document.getElementById("text");
const numbers = document.getElementById("numbers");
let timer = 0;

function count() {
  const lines = text.value.split("\n").length;
  numbers.textContent = Array.from({ length: lines }, (_, index) => index + 1).join("\n");
  numbers.scrollTop = text.scrollTop;
}

function check() {
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "preview");
  swap(form.action, ["problems", "preview"], { method: "POST", body });
}

function later() {
  count();
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE_MS);
}

function go(line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
}

text.addEventListener("input", later);
document.getElementById("example").addEventListener("input", later);
text.addEventListener("scroll", () => (numbers.scrollTop = text.scrollTop));
document.addEventListener("swapped", () => {
  const wrong = document.querySelector("#problems .notice");
  if (wrong) text.setAttribute("aria-invalid", "true");
  else text.removeAttribute("aria-invalid");
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link) return;
  event.preventDefault();
  go(Number(link.dataset.line));
});
count();
