// Shows what has changed: reloads by itself while nobody is typing, else offers to.
const stand = document.getElementById("stand");
const news = document.getElementById("news");
let touched = false;
document.addEventListener("input", () => { touched = true; });

async function look() {
  try {
    const answer = await fetch(`/api/reels/${stand.dataset.reel}/`, { credentials: "same-origin" });
    if (answer.ok) {
      const now = (await answer.json()).updated_at;
      if (new Date(now).getTime() !== new Date(stand.dataset.updated).getTime()) {
        if (!touched) { location.reload(); return; }
        news.hidden = false;
      }
    }
  } catch { /* the next look may find the server again */ }
  setTimeout(look, 1500);
}
setTimeout(look, 1500);
