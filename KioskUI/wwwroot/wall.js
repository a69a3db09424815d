// Keeps the visitors' wall current for weeks: it turns its pages, moves a little so that nothing burns in,
// and comes back by itself whatever was away.
const day = document.getElementById("day"),
  foot = document.getElementById("foot"),
  wall = document.getElementById("wall"),
  staff = document.getElementById("staff");
const EVERY = 3000,
  TURN = 12000,
  SHIFT = 60000,
  MOST = 4,
  DAY = 86400000,
  begun = Date.now();
const query = () => location.search;
let cameras = null,
  build = null,
  slide = 0,
  page = 0,
  lost = 0,
  side = "",
  below = "";

function place(html) {
  // A template's pictures are not loaded.
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const [newSide, newBelow] = [fresh.content.querySelector("#day-side"), fresh.content.querySelector("#day-foot")];
  // What has not changed stays, so that no picture is loaded anew; as it was told, for what shows turns.
  if (side !== newSide.outerHTML) {
    side = newSide.outerHTML;
    day.replaceChildren(newSide);
  }
  if (below !== newBelow.outerHTML) {
    below = newBelow.outerHTML;
    foot.replaceChildren(newBelow);
  }
  return newSide.dataset;
}

function show() {
  const slides = [...day.querySelectorAll("[data-slide]")];
  slides.forEach((s, i) => s.classList.toggle("shown", i === slide % slides.length));
  // All at once where there is room; else one after the other.
  const room = day.querySelector(".slides");
  room?.classList.add("all");
  room?.classList.toggle("all", room.scrollHeight <= room.clientHeight);
  const tiles = [...document.querySelectorAll(".tiles .live")];
  const pages = Math.max(1, Math.ceil(tiles.length / MOST));
  tiles.forEach((t, i) => (t.hidden = Math.floor(i / MOST) !== page % pages));
  document.querySelector(".tiles").dataset.count = Math.min(MOST, tiles.length);
}

async function refresh() {
  try {
    const answer = await fetch(`/day${query()}`, { signal: AbortSignal.timeout(8000) });
    if (!answer.ok) throw new Error(String(answer.status));
    const told = place(await answer.text());
    lost = 0;
    const now = told.cameras ?? null,
      shown = document.querySelectorAll("[data-live]").length;
    const other =
      (now !== null && ((cameras !== null && now !== cameras) || now.split(" ").filter(Boolean).length !== shown)) ||
      (build !== null && told.build !== build) ||
      Date.now() - begun > DAY;
    cameras = now ?? cameras;
    build = told.build;
    show();
    // Not while somebody enters something.
    if (other && staff.hidden) return location.reload();
  } catch {
    if (++lost > 1) {
      const note = document.createElement("p");
      note.className = "note";
      note.textContent = day.dataset.lost;
      day.replaceChildren(note);
      side = "";
    }
  }
  setTimeout(refresh, EVERY);
}

// The first answer came with the page: its foot is put in its place.
foot.replaceChildren(...day.querySelectorAll("#day-foot"));
build = day.querySelector("#day-side")?.dataset.build ?? null;
[side, below] = ["#day-side", "#day-foot"].map((id) => document.querySelector(id)?.outerHTML ?? "");
show();
setTimeout(refresh, EVERY);
setInterval(() => {
  slide++;
  page++;
  show();
}, TURN);
let step = 0;
setInterval(() => {
  const [x, y] = [
    [0, 0],
    [6, 0],
    [6, 6],
    [0, 6],
    [-6, 6],
    [-6, 0],
    [-6, -6],
    [0, -6],
    [6, -6],
  ][++step % 9];
  wall.style.transform = `translate(${x}px, ${y}px)`;
}, SHIFT);
document.getElementById("language").addEventListener("click", (e) => location.replace(`/?culture=${e.currentTarget.dataset.other}`));

// No way out by what a page can prevent; the kiosk's own browser does the rest.
for (const name of ["contextmenu", "dragstart", "selectstart", "drop", "dragover", "auxclick"])
  document.addEventListener(name, (e) => e.preventDefault());
document.addEventListener(
  "keydown",
  (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || /^(F\d+|Escape|Tab|Browser.*|ContextMenu)$/.test(e.key)) e.preventDefault();
  },
  true,
);
document.addEventListener("wheel", (e) => e.ctrlKey && e.preventDefault(), { passive: false });
document.addEventListener("touchmove", (e) => e.touches.length > 1 && e.preventDefault(), { passive: false });
history.pushState(null, "", location.href);
addEventListener("popstate", () => history.pushState(null, "", location.href));
