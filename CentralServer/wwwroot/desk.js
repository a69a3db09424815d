// The inspector's desk: one finding after the other, its clip in a loop with what the models saw, one key for each decision.
import { messageOf, overlay } from "./_content/WebComponents/overlay.js";

const desk = document.getElementById("desk"),
  words = JSON.parse(desk.dataset.words),
  byId = (id) => document.getElementById(id);
const token = byId("desk-form").elements.__RequestVerificationToken.value;
const [list, stage, note, told, facts] = [byId("desk-list"), byId("desk-stage"), byId("desk-note"), byId("desk-told"), byId("desk-facts")];
const video = stage.querySelector("video");
// Clips fetched before they are shown; ms in which a decision can be taken back.
const AHEAD = 4,
  UNDO = 10000;
const seenWords = Object.fromEntries(
  Object.entries(words)
    .filter(([k]) => k.startsWith("seen."))
    .map(([k, v]) => [k.slice(5).replace(".", " "), v]),
);
const el = (tag, properties = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

let queue = [],
  waiting = 0,
  at = 0,
  shown = null,
  drawing = null,
  boxes = true,
  asked = 0,
  busy = Promise.resolve();
const decided = []; // newest last: { items, step, when, answered }
window.deskTimes = []; // ms from a key to the next clip's first frame

// Clips by finding: fetched ahead as bytes, so that the next one begins at once.
const clips = new Map();
const clipOf = (id) => {
  if (!clips.has(id)) {
    clips.set(
      id,
      fetch(`/findings/${id}/clip`)
        .then((a) => (a.ok ? a.arrayBuffer() : null))
        .catch(() => null),
    );
    if (clips.size > 12) clips.delete(clips.keys().next().value);
  }
  return clips.get(id);
};

// The boxes' messages of a whole file.
function messagesOf(bytes) {
  const view = new DataView(bytes),
    all = [];
  for (let i = 0; i + 8 <= bytes.byteLength; ) {
    const size = view.getUint32(i);
    if (size < 8) break;
    if (view.getUint32(i + 4) === 0x656d7367) all.push(...(messageOf(bytes.slice(i, i + size)) ?? []));
    i += size;
  }
  return all;
}

// What is left of an item, with those like it, without some; nothing when none is left.
function without(item, gone) {
  const [first, ...like] = [item, ...item.like].filter((i) => !gone.has(i.id));
  return first ? [{ ...item, id: first.id, version: first.version, openedLocal: first.openedLocal, like }] : [];
}

async function load() {
  const answer = await fetch("/desk/queue").catch(() => null);
  if (!answer?.ok) return (note.textContent = words["desk.failed"]);
  const told = await answer.json();
  // What was decided a moment ago may still be in an answer that was under way; what the server has not heard of yet is in it for sure.
  const gone = new Set(decided.filter((d) => !d.answered || Date.now() - d.when < UNDO).flatMap((d) => d.items.map((i) => i.id)));
  const current = queue[at]?.id,
    like = queue[at]?.like.length,
    version = queue[at]?.version;
  queue = told.items.flatMap((i) => without(i, gone));
  waiting = told.waiting - told.items.flatMap((i) => [i, ...i.like]).filter((i) => gone.has(i.id)).length;
  at = Math.max(
    0,
    queue.findIndex((i) => i.id === current),
  );
  drawList();
  if (queue[at]?.id !== shown) await show();
  // One key may decide all that are alike: nobody decides what was not told.
  else if (queue[at]?.like.length !== like || queue[at]?.version !== version) drawFacts(queue[at]);
}

function drawList() {
  byId("desk-count").textContent = waiting;
  list.replaceChildren(
    ...queue.slice(0, 60).map((item, i) => {
      const row = el(
        "li",
        { className: `${i === at ? "active" : ""} tier-${item.tier}`, tabIndex: -1 },
        el("strong", {}, `${item.openedLocal.slice(6, 11)} ${words[`kind.${item.kind}`] ?? item.kind}`),
        item.like.length ? el("span", { className: "badge" }, `×${item.like.length + 1}`) : "",
        el("span", { className: "soft" }, `${item.site} · ${item.zone}`),
        item.late ? el("span", { className: "mark mark-late" }, words["desk.late"]) : "",
        item.appealed ? el("span", { className: "mark mark-open" }, words["desk.appealed"]) : "",
      );
      row.addEventListener("click", () => go(i));
      return row;
    }),
  );
  list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
}

function go(to) {
  if (to < 0 || to >= queue.length) return;
  at = to;
  drawList();
  show();
}

async function show() {
  const item = queue[at];
  shown = item?.id ?? null;
  drawing?.end();
  drawing = null;
  stage.classList.remove("zoomed");
  drawFacts(item);
  if (!item) {
    video.removeAttribute("src");
    video.load();
    note.hidden = false;
    note.textContent = words["desk.empty"];
    return;
  }
  const bytes = item.hasClip ? await clipOf(item.id) : null;
  for (const next of queue.slice(at + 1, at + 1 + AHEAD)) if (next.hasClip) clipOf(next.id);
  if (shown !== item.id) return;
  URL.revokeObjectURL(video.src);
  video.poster = item.hasStill && !bytes ? `/findings/${item.id}/still` : "";
  note.hidden = !!bytes;
  if (!bytes) {
    note.textContent = words["desk.no-clip"];
    video.removeAttribute("src");
    video.load();
    measured();
    return;
  }
  video.src = URL.createObjectURL(new Blob([bytes], { type: "video/mp4" }));
  video.requestVideoFrameCallback?.(measured);
  video.play().catch(() => {});
  const messages = messagesOf(bytes);
  stage.dataset.words = JSON.stringify(seenWords);
  drawing = overlay(stage, video, messages);
}

function measured() {
  if (asked) window.deskTimes.push(performance.now() - asked);
  asked = 0;
}

function drawFacts(item) {
  if (!item) return facts.replaceChildren();
  const line = (name, value) => (value ? [el("dt", {}, words[name]), el("dd", {}, value)] : []);
  facts.replaceChildren(
    el("h2", {}, words[`kind.${item.kind}`] ?? item.kind),
    el(
      "p",
      { className: "row" },
      el("span", { className: `mark ${item.tier === 1 ? "mark-red" : "mark-open"}` }, words[`tier.${item.tier}`]),
      el("span", { className: "mark" }, words[`stage.${item.stage}`]),
    ),
    el(
      "dl",
      { className: "facts" },
      ...line("where", `${item.site} · ${item.camera} · ${item.zone}`),
      ...line("when", item.openedLocal),
      ...line("lasted", item.lastedSeconds === null ? "" : words.seconds.replace("{0}", Math.round(item.lastedSeconds))),
      ...line("votes", `${Math.round(item.score * 100)} %`),
      ...line("seen-by", item.models),
    ),
    item.lastSaid ? el("p", { className: "quote" }, item.lastSaid) : "",
    item.like.length
      ? el(
          "div",
          {},
          el("p", {}, words["desk.like"].replace("{0}", item.like.length)),
          el("p", { className: "soft" }, words["desk.all-like"]),
          el(
            "ul",
            { className: "plain likes" },
            ...item.like.map((l) => el("li", {}, el("a", { href: `/findings/${l.id}` }, l.openedLocal))),
          ),
        )
      : "",
    el("p", {}, el("a", { href: `/findings/${item.id}` }, words["desk.open"])),
  );
}

// With the versions that were shown: a decision that another was quicker than is refused, and says what the other decided.
const post = (step, items, text) =>
  fetch("/desk/decisions", {
    method: "POST",
    keepalive: true,
    headers: { "Content-Type": "application/json", RequestVerificationToken: token },
    body: JSON.stringify({
      step,
      ids: items.map((i) => i.id),
      text,
      versions: Object.fromEntries(items.filter((i) => i.version).map((i) => [i.id, i.version])),
    }),
  });
const refusal = (answer) => {
  const [other] = Object.values(answer.before ?? {});
  if (!other) return words["desk.refused"];
  const [who, what, why] = [other.who || words.system, words[`step.${other.step}`] ?? other.step, other.text ? ` (${other.text})` : ""];
  return words["desk.decided"]
    .replace("{0}", () => who)
    .replace("{1}", () => what)
    .replace("{2}", () => why);
};

// One after the other, so that an undo never overtakes what it takes back; the page does not wait for it.
function decide(step, text, all) {
  const item = queue[at];
  if (!item) return;
  asked = performance.now();
  const items = all ? [item, ...item.like] : [item];
  const entry = { items, step, when: Date.now(), item, index: at };
  decided.push(entry);
  // The next of its kind takes its place.
  queue.splice(at, 1, ...without(item, new Set(items.map((i) => i.id))));
  waiting -= items.length;
  at = Math.min(at, Math.max(0, queue.length - 1));
  drawList();
  show();
  told.textContent = words[{ confirm: "desk.confirmed", dismiss: "desk.dismissed", escalate: "desk.escalated" }[step]].replace(
    "{0}",
    items.length,
  );
  told.dataset.state = step;
  told.className = "well";
  busy = busy
    .then(() => post(step, items, text))
    .then(async (answer) => {
      const said = answer.ok ? await answer.json() : null;
      entry.answered = true;
      if (!said || Object.keys(said.refused).length) complain(said ? refusal(said) : words["desk.refused"], entry);
    })
    .catch(() => complain(words["desk.failed"], entry));
  if (queue.length < 10) busy.then(load);
}

// What was not done is nothing to be taken back.
function complain(text, entry) {
  told.textContent = text;
  told.dataset.state = "fault";
  told.className = "fault";
  if (decided.includes(entry)) decided.splice(decided.indexOf(entry), 1);
  load();
}

function undo() {
  const last = decided.at(-1);
  if (!last || Date.now() - last.when > UNDO) return;
  decided.pop();
  busy = busy
    .then(() => post("undo", last.items))
    .then(async (answer) => {
      const said = answer.ok ? await answer.json() : null;
      if (!said || Object.keys(said.refused).length) return complain(said ? refusal(said) : words["desk.refused"]);
      // Decided and taken back: it is decided on anew as it is now.
      for (const i of [last.item, ...last.item.like]) i.version = said.versions?.[i.id] ?? i.version;
      told.textContent = words["desk.undone"];
      told.dataset.state = "undone";
      queue = queue.filter((i) => i.id !== last.item.id && !last.item.like.some((l) => l.id === i.id));
      queue.splice(Math.min(last.index, queue.length), 0, last.item);
      waiting += last.items.length;
      go(queue.indexOf(last.item));
    })
    .catch(() => complain(words["desk.failed"]));
}

// Reasons are picked by their number, or written.
const why = byId("desk-why"),
  reasons = JSON.parse(desk.dataset.reasons);
function withReason(step, all) {
  if (!queue[at]) return;
  byId("desk-why-title").textContent = words[step === "dismiss" ? "desk.why-dismiss" : "desk.why-escalate"];
  const pick = (text) => {
    why.close();
    decide(step, text, all);
  };
  byId("desk-reasons").replaceChildren(
    ...(step === "dismiss" ? reasons : []).map((text, i) => {
      const button = el("button", { type: "button", className: "plain-button" }, el("kbd", {}, String(i + 1)), ` ${text}`);
      button.addEventListener("click", () => pick(text));
      return el("li", {}, button);
    }),
  );
  const field = why.querySelector("input");
  field.value = "";
  why.onkeydown = (e) => {
    const text = step === "dismiss" && field.value === "" ? reasons[Number(e.key) - 1] : undefined;
    if (text) {
      e.preventDefault();
      pick(text);
    }
  };
  why.querySelector("form").onsubmit = (e) => {
    e.preventDefault();
    if (e.submitter?.value === "no") return why.close();
    if (field.value.trim()) pick(field.value.trim());
  };
  why.showModal();
  field.focus();
}

video.addEventListener("error", () => {
  if (!video.src) return;
  note.hidden = false;
  note.textContent = words["desk.unplayable"];
  measured();
});

const step = (by) => {
  video.pause();
  video.currentTime = Math.max(0, video.currentTime + by / 25);
};
const acts = {
  j: (e) => decide("confirm", "", e.shiftKey),
  k: (e) => withReason("dismiss", e.shiftKey),
  l: (e) => withReason("escalate", e.shiftKey),
  u: undo,
  ArrowDown: () => go(at + 1),
  ArrowUp: () => go(at - 1),
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  " ": () => (video.paused ? video.play().catch(() => {}) : video.pause()),
  z: () => stage.classList.toggle("zoomed"),
  b: () => stage.classList.toggle("bare"),
};
function act(key, e) {
  const run = acts[key] ?? acts[key.toLowerCase()];
  if (!run) return false;
  run(e);
  return true;
}
document.addEventListener("keydown", (e) => {
  if (
    why.open ||
    e.ctrlKey ||
    e.metaKey ||
    e.altKey ||
    e.target.closest("input, textarea, a") ||
    (e.target.closest("button") && e.key === " ")
  )
    return;
  if (act(e.key, e)) e.preventDefault();
});
for (const button of desk.querySelectorAll("[data-key]")) button.addEventListener("click", (e) => act(button.dataset.key, e));
// The zoomed picture follows the pointer.
stage.addEventListener("pointermove", (e) => {
  const box = stage.getBoundingClientRect();
  video.style.transformOrigin = stage.querySelector("svg").style.transformOrigin =
    `${((e.clientX - box.left) / box.width) * 100}% ${((e.clientY - box.top) / box.height) * 100}%`;
});
// New findings come by themselves.
const feed = new EventSource("/findings/feed");
let soon;
feed.addEventListener(
  "finding",
  () =>
    (soon ??= setTimeout(() => {
      soon = undefined;
      load();
    }, 3000)),
);
await load();
