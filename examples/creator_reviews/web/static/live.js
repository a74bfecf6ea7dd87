// Renews the parts of a page that have changed; what somebody is typing in is left alone.
const parts = () => document.querySelectorAll("[data-live]");

function isTyped(part) {
  return [...part.querySelectorAll("textarea, input, select")].some((field) => {
    if (field.type === "hidden") return false;
    if (field === document.activeElement) return true;
    if (field.tagName === "SELECT") return [...field.options].some((o) => o.selected !== o.defaultSelected);
    return field.value !== field.defaultValue;
  });
}

// The words under which forms are sent once differ from page to page, and are no news.
const shown = (part) => part.innerHTML.replaceAll(/name="(once|form_token)" value="[^"]*"/g, "");

async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts()) {
    const other = fresh.getElementById(part.id);
    if (other && shown(other) !== shown(part) && !isTyped(part)) part.replaceChildren(...other.childNodes);
  }
}

let renewing = Promise.resolve();
function renewSoon() {
  renewing = renewing.then(renew).catch(() => undefined);
}

if (parts().length) {
  const source = new EventSource("/live");
  source.addEventListener("open", renewSoon);
  source.addEventListener("changed", renewSoon);
}
