// Keeps the day's figures current and comes back by itself when the box or the kiosk was away.
const day = document.getElementById("day");
const EVERY = 3000;
let cameras = null;

async function refresh() {
  try {
    const answer = await fetch(`/day${location.search}`);
    if (!answer.ok) throw new Error(String(answer.status));
    day.innerHTML = await answer.text();
    const now = day.querySelector("[data-cameras]")?.dataset.cameras ?? null;
    const shown = document.querySelectorAll("[data-live]").length;
    if (now !== null && ((cameras !== null && now !== cameras) || now.split(" ").filter(Boolean).length !== shown)) location.reload();
    cameras = now ?? cameras;
  } catch {
    day.innerHTML = "";
    const note = document.createElement("p");
    note.className = "lost";
    note.textContent = day.dataset.lost;
    day.append(note);
  }
  setTimeout(refresh, EVERY);
}
setTimeout(refresh, EVERY);
