// Keeps the regulator's wall current for days: the figures are fetched anew, live tiles that stay are kept,
// and a line that was away comes back by itself.
import { attach } from "./_content/WebComponents/live.js";

const wall = document.getElementById("city-wall"),
  holder = document.getElementById("city-figures");
const EVERY = 20000,
  DAY = 86400000,
  begun = Date.now();

// The content policy allows no inline style: places on the map are set here.
function place(root) {
  for (const tile of root.querySelectorAll(".city-tile")) {
    for (const [from, to] of [
      ["x", "left"],
      ["y", "top"],
      ["w", "width"],
      ["h", "height"],
    ])
      tile.style[to] = `${tile.dataset[from]}%`;
  }
}

async function refresh() {
  try {
    const answer = await fetch(wall.dataset.figures, { signal: AbortSignal.timeout(15000) });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = document.createElement("div");
    fresh.innerHTML = await answer.text();
    place(fresh);
    const known = new Map([...holder.querySelectorAll("[data-camera]")].map((t) => [t.dataset.camera, t]));
    const next = fresh.querySelector("#city-live"),
      live = holder.querySelector("#city-live");
    if (next && live) {
      const wanted = [...next.querySelectorAll("[data-camera]")];
      for (const [camera, tile] of known) if (!wanted.some((w) => w.dataset.camera === camera)) tile.remove();
      for (const tile of wanted) {
        if (known.has(tile.dataset.camera)) continue;
        live.append(tile);
        tile.querySelectorAll("[data-live]").forEach(attach);
      }
      live.querySelector(".empty")?.remove();
      if (!wanted.length) live.append(...next.children);
      // The part with moving pictures stays where it is; what is around it is replaced.
      for (const name of [".city-head", ".city-numbers", ".city-rank", ".city-map", ".city-plots"])
        holder.querySelector(name)?.replaceWith(fresh.querySelector(name));
    } else if (next || live) location.reload();
  } catch {
    const state = document.getElementById("wall-state");
    if (state) {
      state.textContent = wall.dataset.stopped;
      state.classList.remove("state-live");
    }
  }
  // A new version of the page comes in once a day.
  if (Date.now() - begun > DAY) location.reload();
  setTimeout(refresh, EVERY);
}

place(holder);
setTimeout(refresh, EVERY);
