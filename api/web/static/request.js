// The page of one request: keeps what is typed, asks once more where that is wanted, shows pictures
// closely, and tells with the answer what was looked at and for how long. All of it works without.
const page = document.getElementById("request");
const form = document.getElementById("answer");
const comment = document.getElementById("comment");
const said = (text) => (document.getElementById("said").textContent = text);

// what was looked at: parts that were in view, or opened, and how long the page was
const opened = new Set();
let inView = 0;
let since = document.hidden ? 0 : performance.now();
const looked = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    const part = entry.target;
    if (entry.isIntersecting && (part.tagName !== "DETAILS" || part.open)) opened.add(part.dataset.part);
  }
});
function observe() {
  for (const part of document.querySelectorAll("[data-part]")) looked.observe(part);
}
document.addEventListener("toggle", (event) => {
  const part = event.target.dataset?.part;
  if (part && event.target.open) opened.add(part);
  if (event.target.id === "raw" && event.target.open) event.target.scrollIntoView({ block: "start" });
  if (event.target.open && event.target.querySelector?.("[data-edit]")) document.getElementById("edited")?.focus();
}, true);
function count() {
  const now = performance.now();
  if (since) inView += now - since;
  since = document.hidden ? 0 : now;
}
document.addEventListener("visibilitychange", count);
observe();

// what is typed is kept in this tab until it is sent
const place = page && `handraise.typed.${page.dataset.id}.${page.dataset.revision}`;
const fields = () => [...(form?.elements ?? [])].filter((e) => e.name && !["hidden", "file"].includes(e.type) && e.tagName !== "BUTTON" && e.tagName !== "FIELDSET");
const isAsDrawn = (e) => (e.type === "checkbox" || e.type === "radio" ? e.checked === e.defaultChecked : e.tagName === "SELECT" ? [...e.options].every((o) => o.selected === o.defaultSelected) : e.value === e.defaultValue);
let sent = false;
function keep() {
  if (!form || sent) return;
  const typed = fields().filter((e) => !isAsDrawn(e)).map((e) => [e.name, e.type === "radio" || e.type === "checkbox" ? [e.value, e.checked] : e.value]);
  try {
    if (typed.length) sessionStorage.setItem(place, JSON.stringify(typed));
    else sessionStorage.removeItem(place);
  } catch {
    // Not kept.
  }
}
function forget(begin) {
  try {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith(begin)) sessionStorage.removeItem(name);
  } catch {
    // There was nothing.
  }
}
function restore() {
  let typed = [];
  try {
    typed = JSON.parse(sessionStorage.getItem(place) ?? "[]");
  } catch {
    return;
  }
  for (const [name, value] of typed) {
    for (const field of fields().filter((e) => e.name === name && isAsDrawn(e))) {
      if (Array.isArray(value)) {
        if (field.value === value[0]) field.checked = value[1];
      } else if (!field.value || field.tagName === "SELECT" || field.id === "edited") field.value = value;
    }
  }
  const text = document.getElementById("edited");
  if (text && !isAsDrawn(text)) text.closest("details").open = true;
}
const came = new URLSearchParams(location.search);
if (["taken", "next"].includes(came.get("told"))) forget(`handraise.typed.${came.get("after") ?? page?.dataset.id}.`);
if (form) {
  restore();
  window.addEventListener("pagehide", keep);
}

// sending: a comment where one is needed, a second press where it is grave, and only once
const armed = new Set();
function missing(button) {
  if (!button.hasAttribute("data-needs-comment") || comment.value.trim()) return false;
  const text = `${button.dataset.help || "This"} needs a comment.`;
  document.getElementById("comment-said").textContent = text;
  comment.setAttribute("aria-invalid", "true");
  comment.focus();
  return true;
}
function unconfirmed(button) {
  if (!button.hasAttribute("data-guarded") || form.elements.confirmed.value === button.value || armed.has(button)) return false;
  armed.add(button);
  button.classList.add("confirms");
  button.prepend("Confirm: ");
  said("This is said to be a high risk. Press once more to confirm.");
  return true;
}
form?.addEventListener("submit", (event) => {
  const button = event.submitter;
  const decides = button?.name === "decision";
  if (sent || (decides && (missing(button) || unconfirmed(button)))) {
    event.preventDefault();
    return;
  }
  if (decides) {
    if (armed.has(button)) form.elements.confirmed.value = button.value;
    count();
    form.elements.in_view_ms.value = String(Math.round(inView));
    form.elements.parts_opened.value = [...opened].join(",");
  }
  // An answer may not come through, so it is kept until a page tells that it was taken.
  if (decides) keep();
  else forget(place);
  sent = true;
});
// A page that the browser brings back may be sent again.
window.addEventListener("pageshow", () => (sent = false));
comment?.addEventListener("input", () => {
  comment.removeAttribute("aria-invalid");
  document.getElementById("comment-said").textContent = "";
});

// the difference that an edit makes, while it is made
const edited = document.getElementById("edited");
let timer = 0;
async function preview() {
  const body = new FormData(form);
  body.delete("files");
  body.set("do", "preview");
  try {
    const response = await fetch(`/requests/${page.dataset.id}/draft`, { method: "POST", body });
    if (!response.ok) return;
    const found = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("preview");
    if (found) document.getElementById("preview").replaceChildren(...document.adoptNode(found).childNodes);
  } catch {
    // The button shows it too.
  }
}
edited?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(preview, 600);
});

// a picture close by, without leaving what is typed
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-zoom]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  dialog.className = "zoom";
  dialog.setAttribute("aria-label", link.querySelector("img").alt);
  const image = new Image();
  image.src = link.href;
  image.alt = link.querySelector("img").alt;
  const close = document.createElement("button");
  close.textContent = "Close";
  close.addEventListener("click", () => dialog.close());
  image.addEventListener("click", () => dialog.classList.toggle("whole"));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(close, image);
  document.body.append(dialog);
  dialog.showModal();
});

// where something is wrong, there the cursor goes, also when the page was only restored
document.querySelector("[autofocus]")?.focus();
