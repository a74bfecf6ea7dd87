// What a browser keeps of a person's settings: its colours, its keys, and whether it is told.
const THEME = "handraise.theme";
const KEYS = "handraise.keys";
const kept = (name) => {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
};
const keep = (name, value) => {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Not kept.
  }
};

document.querySelector("[data-look]").hidden = false;
document.querySelector("[data-look-off]").hidden = true;
for (const choice of document.querySelectorAll("[data-theme-choice]")) {
  choice.checked = choice.value === (kept(THEME) ?? "auto");
  choice.addEventListener("change", () => {
    keep(THEME, choice.value);
    if (choice.value === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice.value;
  });
}
const keys = document.querySelector("[data-keys-choice]");
keys.checked = kept(KEYS) !== "off";
keys.addEventListener("change", () => keep(KEYS, keys.checked ? null : "off"));

// Browser push: the browser subscribes with our key, and we keep where to reach it.
const section = document.getElementById("browser");
const on = section.querySelector("[data-push-on]");
const off = section.querySelector("[data-push-off]");
const say = (text) => (section.querySelector("[data-push-said]").textContent = text);

async function send(address, fields) {
  const body = new URLSearchParams({ csrf: section.dataset.csrf, ...fields });
  const response = await fetch(address, { method: "POST", body });
  if (!response.ok) throw new Error("it was not taken");
  location.assign(response.url);
}

async function begin() {
  if ((await Notification.requestPermission()) !== "granted") {
    say("The browser does not allow messages from this site. Allow them in its settings, then try again.");
    return;
  }
  const worker = await navigator.serviceWorker.register("/push-worker.js");
  const options = { userVisibleOnly: true, applicationServerKey: section.dataset.pushKey };
  const { endpoint, keys: secrets } = (await worker.pushManager.subscribe(options)).toJSON();
  await send("/settings/push", { endpoint, ...secrets });
}

async function end() {
  const subscription = await (await navigator.serviceWorker.getRegistration("/"))?.pushManager.getSubscription();
  if (!subscription) return;
  await subscription.unsubscribe();
  await send("/settings/push/end", { endpoint: subscription.endpoint });
}

const guarded = (act) => async () => {
  try {
    await act();
  } catch (error) {
    say(`That did not work: ${error.message}. Nothing was changed.`);
  }
};
if ("serviceWorker" in navigator && "PushManager" in window) {
  const registered = await navigator.serviceWorker.getRegistration("/");
  const told = Boolean(await registered?.pushManager.getSubscription());
  on.hidden = told;
  off.hidden = !told;
  say(told ? "You are told in this browser." : "You are not told in this browser.");
  on.addEventListener("click", guarded(begin));
  off.addEventListener("click", guarded(end));
} else {
  say("This browser can't show messages of pages that are not open.");
}
