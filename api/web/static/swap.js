// Changes parts of a page in place. A link or form with `data-swap="id id"` is fetched instead of
// opened, and those parts are taken from the answer; without scripts it opens as any other.
// `data-push` puts the new address into the history; `data-auto` on a form sends it on change.
// A part that is a dialog with `data-modal` is opened. What has `data-say` is read out.
const rounds = new Map();
const busy = new WeakSet();

export function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}

// Tells what went wrong where everyone sees it; without a text all is well again.
export function trouble(text = "") {
  const place = document.getElementById("trouble");
  if (!place) return;
  place.textContent = text;
  place.hidden = !text;
}

export async function swap(address, ids, { method = "GET", body = null, push = false } = {}) {
  const round = begin(ids);
  let response;
  try {
    response = await fetch(address, { method, body });
  } catch {
    trouble("We can't be reached. Look whether you are connected, and try again.");
    return null;
  }
  if (response.redirected && new URL(response.url).pathname === "/sign-in") {
    location.assign(response.url);
    return null;
  }
  if (response.status === 503) {
    // What is there stays: a page that says so would take its place for good.
    trouble("That can't be done just now. Try again in a moment.");
    return null;
  }
  const found = new DOMParser().parseFromString(await response.text(), "text/html");
  if (ids.some((id) => rounds.get(id) !== round)) return null;
  const wanted = [...ids, "main"].filter((id) => found.getElementById(id));
  if (!wanted.length) {
    trouble(`This did not work (${response.status}). Try again in a moment.`);
    return null;
  }
  trouble();
  const whole = wanted[0] === "main";
  for (const id of wanted) if (whole || id !== "main") put(found.getElementById(id), id);
  if (push) remember(response.url, ids);
  const told = found.querySelector("[data-say]");
  if (told) say(told.textContent.trim());
  document.dispatchEvent(new CustomEvent("swapped", { detail: { ids } }));
  return found;
}

// Puts an element in the place of the one with this id; the focus stays where it was, by id.
export function put(fresh, id) {
  const old = document.getElementById(id);
  if (!old || !fresh) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const placed = document.adoptNode(fresh);
  if (placed.matches("dialog[data-modal]")) placed.removeAttribute("open");
  old.replaceWith(placed);
  if (placed.matches("dialog[data-modal]")) placed.showModal();
  if (!focused) return;
  const again = document.getElementById(focused) ?? placed.querySelector("[data-open]");
  again?.focus({ preventScroll: true });
}

// A later fetch for the same part makes an earlier one's answer worthless.
function begin(ids) {
  const round = Symbol(ids.join(" "));
  for (const id of ids) rounds.set(id, round);
  return round;
}

function remember(address, ids) {
  if (!history.state?.swap) history.replaceState({ swap: ids }, "");
  history.pushState({ swap: ids }, "", address);
}

function idsOf(element) {
  return element.dataset.swap.split(" ").filter(Boolean);
}

async function sendForm(form, button) {
  if (busy.has(form)) return;
  busy.add(form);
  const fields = new URLSearchParams(new FormData(form, button));
  const method = (button?.formMethod || form.method || "get").toUpperCase();
  const address = new URL(button?.getAttribute("formaction") ?? form.getAttribute("action") ?? "", location);
  const source = button?.dataset.swap ? button : form;
  const options = { method, push: source.dataset.push !== undefined };
  if (method === "GET") {
    for (const [name, value] of [...fields]) if (value === "") fields.delete(name, value);
    address.search = fields;
  } else {
    options.body = fields;
  }
  try {
    await swap(address, idsOf(source), options);
  } finally {
    busy.delete(form);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  const other = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (!link || other || event.defaultPrevented) return;
  event.preventDefault();
  swap(link.href, idsOf(link), { push: link.dataset.push !== undefined });
});

document.addEventListener("submit", (event) => {
  const swaps = event.submitter?.dataset.swap ?? event.target.dataset.swap;
  if (!swaps || event.defaultPrevented) return;
  event.preventDefault();
  sendForm(event.target, event.submitter);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-auto] select, [data-auto] input[type=checkbox]")) {
    event.target.form.requestSubmit();
  }
});

document.addEventListener("click", (event) => {
  const dialog = event.target.closest("[data-close]")?.closest("dialog:modal");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});

window.addEventListener("popstate", (event) => {
  if (event.state?.swap) swap(location.href, event.state.swap);
});
