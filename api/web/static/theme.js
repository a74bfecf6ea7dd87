// Light or dark as the reader chose, before anything is painted; without a choice as the system.
// Loaded in the head and waited for: a module would come too late.
(() => {
  const CHOICES = ["auto", "light", "dark"];
  const WORDS = { auto: "System colours", light: "Light colours", dark: "Dark colours" };
  const SIGNS = { auto: "◐", light: "☼", dark: "☾" };
  const root = document.documentElement;

  function chosen() {
    try {
      const kept = localStorage.getItem("handraise.theme");
      return CHOICES.includes(kept) ? kept : "auto";
    } catch {
      return "auto";
    }
  }

  function wear(choice) {
    if (choice === "auto") delete root.dataset.theme;
    else root.dataset.theme = choice;
  }

  function show(button, choice) {
    button.hidden = false;
    button.textContent = SIGNS[choice];
    button.setAttribute("aria-label", `${WORDS[choice]}; change`);
    button.title = WORDS[choice];
  }

  wear(chosen());
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-button]")) {
      show(button, chosen());
      button.addEventListener("click", () => {
        const next = CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length];
        try {
          localStorage.setItem("handraise.theme", next);
        } catch {
          // Not kept, but worn until the page is left.
        }
        wear(next);
        show(button, next);
      });
    }
  });
})();
