// Secrets that are shown once can be copied with a press, and are selected when they are touched.
import { say } from "./swap.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
      say("Copied");
    } catch {
      field.select();
      say("Press Ctrl and C to copy");
    }
  });
}
for (const field of document.querySelectorAll("[data-secret]")) {
  field.addEventListener("focus", () => field.select());
}
