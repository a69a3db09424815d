// Keeps the list of findings and an open finding current by server-sent events; nothing is asked for while nothing happens.
const list = document.getElementById("findings");
const open = document.querySelector("[data-finding]");
const state = document.getElementById("feed-state");

async function show(id) {
  const answer = await fetch(`/findings/${id}/card`);
  if (!answer.ok) return;
  const holder = document.createElement("div");
  holder.innerHTML = await answer.text();
  const card = holder.querySelector(".card");
  const old = document.getElementById(card.id);
  if (old) {
    old.replaceWith(card);
    return;
  }
  const after = [...list.children].find((other) => Number(other.dataset.opened) <= Number(card.dataset.opened));
  list.insertBefore(card, after ?? null);
  document.getElementById("empty").hidden = true;
}

// News of one moment is fetched together: single cards while they are few, else the page once.
const few = 5;
const news = new Set();
let timer;

async function take() {
  const ids = [...news];
  news.clear();
  if (list.dataset.filtered || ids.length > few) await catchUp();
  else await Promise.all(ids.map(show));
  timer = news.size > 0 ? setTimeout(take, 1000) : undefined;
}

function tell(live) {
  if (!state) return;
  state.textContent = live ? state.dataset.flowing : state.dataset.stopped;
  state.classList.toggle("state-live", live);
}

// What happened before the line was open is on the page itself, fetched once more.
async function catchUp() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (open && page.querySelector("[data-finding]")?.dataset.clip !== open.dataset.clip) location.reload();
  if (!list) return;
  const cards = [...page.querySelectorAll("#findings .card")];
  if (cards.length !== list.children.length || cards.some((card) => !document.getElementById(card.id)?.isEqualNode(card)))
    list.replaceChildren(...cards);
  document.getElementById("empty").hidden = cards.length > 0;
}

function listen() {
  const feed = new EventSource("/findings/feed");
  feed.addEventListener("open", () => {
    tell(true);
    catchUp();
  });
  feed.addEventListener("error", () => {
    tell(false);
    if (feed.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
  });
  feed.addEventListener("finding", (told) => {
    if (list) {
      news.add(told.data);
      timer ??= setTimeout(take, 50);
    } else if (told.data === open.dataset.finding && open.dataset.clip === "pending") location.reload();
  });
}

if (list || open) listen();
