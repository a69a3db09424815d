// One camera's day: what is recorded, what was found, and the picture at any moment of it,
// fetched from the kitchen's box a few seconds at a time.
const page = document.querySelector("[data-playback]");
const words = JSON.parse(page.dataset.words);
const source = page.dataset.playback;
const zone = Number(page.dataset.zone) * 60000; // the site's, ms ahead of UTC
const DAY = 86400000,
  MINUTE = 60000,
  NEAR = 15 * MINUTE,
  CHUNK = 10000,
  AHEAD = 20; // ms, but AHEAD: seconds of picture fetched before they are shown
const video = page.querySelector("video");
const byId = (id) => document.getElementById(id);
const [dayLine, nearLine, note, atText] = [byId("day-line"), byId("near-line"), byId("playback-note"), byId("at")];
const svg = (tag, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const clock = (ms) => new Date(ms + zone).toISOString().slice(11, 19);
const begin = Date.parse(`${page.dataset.day}T00:00:00Z`) - zone;
const query = (path, from, to, more = "") =>
  `${source}${path}?from=${encodeURIComponent(new Date(from).toISOString())}&to=${encodeURIComponent(new Date(to).toISOString())}${more}`;
const event = (target, name) => new Promise((done) => target.addEventListener(name, done, { once: true }));
const stretchAt = (ms) => stretches.find((s) => ms >= s.from && ms < s.to) ?? stretches.find((s) => s.from > ms);
const say = (text) => (note.textContent = text ?? "");

let stretches = [],
  findings = [],
  run = null,
  frame = 1 / 25,
  lastFrame = 0;

async function load() {
  say(words.loading);
  const [recorded, found] = await Promise.all([fetch(query("", begin, begin + DAY)), fetch(query("/findings", begin, begin + DAY))]);
  findings = found.ok
    ? (await found.json()).map((f) => ({ ...f, at: Date.parse(f.openedAt), end: Date.parse(f.closedAt ?? f.openedAt) }))
    : [];
  stretches = recorded.ok ? (await recorded.json()).map((s) => ({ from: Date.parse(s.from), to: Date.parse(s.to) })) : [];
  say(!recorded.ok ? words.away : stretches.length ? "" : words.nothing);
  byId("no-findings").hidden = findings.length > 0;
  byId("found").replaceChildren(
    ...findings.map((f) => {
      const link = document.createElement("a");
      link.href = `/playback${source.slice("/recorded".length)}?at=${new Date(f.at - 3000).toISOString()}`;
      link.textContent = `${clock(f.at)} ${words[`kind.${f.kind}`] ?? f.kind}`;
      link.addEventListener("click", (e) => {
        e.preventDefault();
        show(f.at - 3000);
      });
      return link;
    }),
  );
  draw(dayLine, begin, DAY, 1440);
}

function draw(line, from, length, width) {
  const x = (ms) => Math.min(width, Math.max(0, ((ms - from) / length) * width));
  const inside = (s) => (s.to ?? s.end) >= from && (s.from ?? s.at) <= from + length;
  line.replaceChildren(
    ...stretches
      .filter(inside)
      .map((s) => svg("rect", { x: x(s.from), y: 10, width: Math.max(1.5, x(s.to) - x(s.from)), height: 24, class: "recorded" })),
    ...findings
      .filter(inside)
      .map((f) => svg("rect", { x: x(f.at), y: 2, width: Math.max(4, x(f.end) - x(f.at)), height: 36, class: "found" })),
    svg("line", { y1: 0, y2: 40, x1: x(now()), x2: x(now()), class: "cursor" }),
  );
}

const now = () => (run ? run.base + video.currentTime * 1000 : begin);

function mark() {
  if (!run) return;
  const at = now();
  atText.textContent = clock(at);
  dayLine.setAttribute("aria-valuenow", Math.round((at - begin) / MINUTE));
  dayLine.setAttribute("aria-valuetext", clock(at));
  const x = ((at - begin) / DAY) * 1440;
  for (const key of ["x1", "x2"]) dayLine.querySelector(".cursor")?.setAttribute(key, x);
  // What is near moves under a cursor in the middle.
  draw(nearLine, at - NEAR, 2 * NEAR, 1800);
  const [a, b, c] = byId("near-hours").children;
  [a.textContent, b.textContent, c.textContent] = [clock(at - NEAR), clock(at), clock(at + NEAR)];
}

const fetchSpan = (from, to, signal) => fetch(query("/span", from, to), { signal });

// Plays from a moment on. Another call ends the one before.
async function show(time) {
  run?.stop.abort();
  const stretch = stretchAt(time);
  if (!stretch) return say(words.gap);
  const mine = { base: Math.max(time, stretch.from), stop: new AbortController() };
  run = mine;
  say(words.loading);
  try {
    await feed(mine, stretch);
  } catch (fault) {
    if (run === mine && fault.name !== "AbortError") say(fault.message === "unsupported" ? words.unsupported : words.away);
  }
}

async function feed(mine, stretch) {
  const { signal } = mine.stop;
  const media = new MediaSource(),
    address = URL.createObjectURL(media);
  let buffer = null,
    next = mine.base,
    kind = null;
  video.src = address;
  video.playbackRate = Number(byId("speed").value);
  try {
    await event(media, "sourceopen");
    while (!signal.aborted) {
      const ahead = buffer?.buffered.length ? buffer.buffered.end(buffer.buffered.length - 1) - video.currentTime : 0;
      if (ahead > AHEAD * Math.max(1, video.playbackRate)) {
        await new Promise((done) => setTimeout(done, 200));
        continue;
      }
      if (next >= stretch.to - 200) {
        // The stretch ends here: the newest may have grown, and behind a gap the next one follows.
        if (ahead > 0.3 && !video.paused) {
          await new Promise((done) => setTimeout(done, 200));
          continue;
        }
        await load();
        const more = stretchAt(next);
        if (!more) return say(words.gap);
        if (more.from <= next) stretch = more;
        else return show(more.from);
        if (next >= stretch.to - 200) await new Promise((done) => setTimeout(done, 1000));
        continue;
      }
      const answer = await fetchSpan(next, Math.min(next + CHUNK * Math.max(1, video.playbackRate / 2), stretch.to), signal);
      if (!answer.ok) {
        if (answer.status === 404 && next > mine.base) {
          next += 1000;
          continue;
        }
        throw new Error(String(answer.status));
      }
      const [from, to, codec] = ["Recording-From", "Recording-To", "Recording-Codec"].map((h) => answer.headers.get(h));
      const type = `video/mp4; codecs="${codec}"`;
      if (!MediaSource.isTypeSupported(type)) throw new Error("unsupported");
      if (!buffer) {
        buffer = media.addSourceBuffer(type);
        // What is asked for begins at the key frame before it: times count from there, so that none is negative.
        mine.skip = Math.max(0, (mine.base - Date.parse(from)) / 1000);
        mine.base = Date.parse(from);
      } else if (kind !== type) buffer.changeType(type);
      kind = type;
      if (Date.parse(to) <= next) {
        next += 1000;
        continue;
      }
      const bytes = await answer.arrayBuffer();
      buffer.timestampOffset = (Date.parse(from) - mine.base) / 1000;
      buffer.appendBuffer(bytes);
      await event(buffer, "updateend");
      if (video.currentTime > 60 && buffer.buffered.start(0) < video.currentTime - 60) {
        buffer.remove(0, video.currentTime - 30);
        await event(buffer, "updateend");
      }
      if (!mine.started) {
        mine.started = true;
        video.currentTime = mine.skip;
        say("");
        await video.play().catch(() => {});
      }
      next = Date.parse(to);
    }
  } finally {
    if (run !== mine || signal.aborted) URL.revokeObjectURL(address);
  }
}

// A still at a moment: the fragment that is there, not played.
const peek = document.createElement("div");
peek.className = "peek";
peek.hidden = true;
const [still, stillAt] = [document.createElement("video"), document.createElement("span")];
still.muted = true;
peek.append(still, stillAt);
page.append(peek);
let peeking = 0;
function peekAt(line, from, length) {
  let waiting = null;
  line.addEventListener("pointermove", (e) => {
    const box = line.getBoundingClientRect(),
      time = from() + ((e.clientX - box.left) / box.width) * length;
    peek.hidden = false;
    peek.style.left = `${Math.min(Math.max(8, e.clientX - 120), innerWidth - 256)}px`;
    peek.style.top = `${Math.max(8, box.top - 150)}px`;
    stillAt.textContent = clock(time);
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const mine = ++peeking;
      if (!stretches.some((s) => time >= s.from && time < s.to)) return still.removeAttribute("src");
      const answer = await fetchSpan(time, time + 100).catch(() => null);
      if (!answer?.ok || mine !== peeking) return;
      URL.revokeObjectURL(still.src);
      still.src = URL.createObjectURL(await answer.blob());
    }, 120);
  });
  for (const name of ["pointerleave", "pointerup", "pointercancel"])
    line.addEventListener(name, () => {
      clearTimeout(waiting);
      peek.hidden = true;
    });
  line.addEventListener("click", (e) => {
    const box = line.getBoundingClientRect();
    show(from() + ((e.clientX - box.left) / box.width) * length);
  });
}
peekAt(dayLine, () => begin, DAY);
peekAt(nearLine, () => now() - NEAR, 2 * NEAR);

const move = (ms) => {
  const to = video.currentTime + ms / 1000,
    b = video.buffered;
  for (let i = 0; i < b.length; i++) {
    if (to >= b.start(i) && to < b.end(i)) {
      video.currentTime = to;
      return;
    }
  }
  show(now() + ms);
};
const step = (by) => {
  video.pause();
  video.currentTime = Math.max(0, video.currentTime + by * frame);
};
const toggle = () => (video.paused ? video.play().catch(() => {}) : video.pause());
// How long a frame is, the stream itself tells.
const measure = (_, shown) => {
  const length = shown.mediaTime - lastFrame;
  if (!video.paused && length > 0.005 && length < 1.1) frame = length;
  lastFrame = shown.mediaTime;
  video.requestVideoFrameCallback(measure);
};
video.requestVideoFrameCallback?.(measure);
video.addEventListener("timeupdate", mark);
video.addEventListener("seeked", mark);
byId("play").addEventListener("click", toggle);
byId("back").addEventListener("click", () => move(-10000));
byId("forward").addEventListener("click", () => move(10000));
byId("step-back").addEventListener("click", () => step(-1));
byId("step").addEventListener("click", () => step(1));
byId("speed").addEventListener("change", () => (video.playbackRate = Number(byId("speed").value)));
byId("day").addEventListener("change", () => location.assign(`${location.pathname}?day=${byId("day").value}`));
byId("download").addEventListener("click", () =>
  location.assign(query("/span", now(), now() + Number(byId("minutes").value) * MINUTE, "&download=true")),
);
document.addEventListener("keydown", (e) => {
  if (e.target.closest("input, select, button")) return;
  const act = {
    ArrowLeft: () => move(-10000),
    ArrowRight: () => move(10000),
    PageUp: () => move(-600000),
    PageDown: () => move(600000),
    " ": toggle,
    ",": () => step(-1),
    ".": () => step(1),
  }[e.key];
  if (!act) return;
  e.preventDefault();
  act();
});

await load();
if (page.dataset.at) show(Date.parse(page.dataset.at));
else if (stretches.length) show(Math.max(stretches.at(-1).from, stretches.at(-1).to - 30000));
