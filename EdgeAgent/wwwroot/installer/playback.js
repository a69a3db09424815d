// A day of one camera: what is recorded, what was found, and the picture at any moment of it.
import { word } from "./words.js";

const dayLength = 86400000,
  viewLength = 60000;
const svg = (tag, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};

/**
 * @param tools `el`, `button`, `ask`, `act` of the page.
 * @param view The camera as the box tells it.
 * @param fingerprint The box's key, as packages are sealed with.
 * @param now The box's time with the site's offset, ISO 8601.
 */
export function playback({ el, button, ask, act }, view, now, fingerprint) {
  const id = view.camera.id,
    offset = now.slice(-6),
    minutes = Number(`${offset[0]}1`) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4)));
  const local = (ms) => new Date(ms + minutes * 60000).toISOString();
  const clock = (ms) => local(ms).slice(11, 19);
  const api = (path, from, to) =>
    `${path}?from=${encodeURIComponent(new Date(from).toISOString())}&to=${encodeURIComponent(new Date(to).toISOString())}`;
  const day = el("input", { type: "date", value: now.slice(0, 10), max: now.slice(0, 10), onchange: () => load() });
  const video = el("video", { controls: true, muted: true, playsInline: true, className: "shot" });
  const at = el("strong", { id: "at", className: "figures" }),
    note = el("p", { className: "soft", id: "playback-note" });
  const line = svg("svg", { viewBox: "0 0 1440 44", preserveAspectRatio: "none", class: "timeline", role: "img", tabindex: "0" });
  const found = el("div", { id: "found", className: "row" });
  const span = el("select", {}, ...[1, 5, 15, 60].map((m) => el("option", { value: m }, word("minutes", { n: m }))));
  const speed = el(
    "select",
    {
      onchange: () => {
        video.playbackRate = Number(speed.value);
      },
    },
    ...[1, 2, 4, 8].map((s) => el("option", { value: s }, `${s}×`)),
  );
  let begin = 0,
    stretches = [],
    shown = 0;
  const start = () => Date.parse(`${day.value}T00:00:00${offset}`);

  const cursor = svg("line", { y1: 0, y2: 44, class: "cursor" });
  function mark() {
    if (!shown) return;
    const time = shown + video.currentTime * 1000,
      x = (time - begin) / 60000;
    at.textContent = clock(time);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
  }

  async function show(time) {
    const stretch = stretches.find((s) => time < s.to) ?? stretches.at(-1);
    if (!stretch) return;
    const from = Math.min(Math.max(time, stretch.from), stretch.to - 1000);
    const address = api(`api/recordings/${id}/export`, from, from + viewLength);
    // What is asked begins at the key frame before: the answer tells when that was.
    const answer = await fetch(address);
    if (!answer.ok) {
      note.textContent = word("nothingThere");
      return;
    }
    URL.revokeObjectURL(video.src);
    shown = Date.parse(answer.headers.get("Recording-From"));
    video.dataset.to = Date.parse(answer.headers.get("Recording-To"));
    video.src = URL.createObjectURL(await answer.blob());
    video.playbackRate = Number(speed.value);
    await video.play().catch(() => {});
    mark();
  }

  const load = act(async () => {
    begin = start();
    const told = await ask(api(`recordings/${id}`, begin, begin + dayLength)),
      findings = await ask(api(`findings/${id}`, begin, begin + dayLength));
    stretches = told.map((s) => ({ from: Date.parse(s.from), to: Date.parse(s.to), bytes: s.bytes }));
    const x = (ms) => Math.min(1440, Math.max(0, (ms - begin) / 60000));
    line.replaceChildren(
      svg("rect", { x: 0, y: 12, width: 1440, height: 20, class: "empty" }),
      ...stretches.map((s) =>
        svg("rect", { x: x(s.from), y: 12, width: Math.max(1.5, x(s.to) - x(s.from)), height: 20, class: "recorded" }),
      ),
      ...findings.map((f) => svg("rect", { x: x(Date.parse(f.openedAt)), y: 4, width: 2.5, height: 36, class: "found" })),
      ...[6, 12, 18].map((h) => svg("line", { x1: h * 60, x2: h * 60, y1: 8, y2: 36, class: "hour" })),
      cursor,
    );
    line.setAttribute("aria-label", word("timeline", { n: stretches.length }));
    found.replaceChildren(
      ...findings.slice(0, 24).map((f) =>
        button(
          `${clock(Date.parse(f.openedAt))} ${word(f.kind)}`,
          act(() => show(Date.parse(f.openedAt) - 3000)),
          "plain",
        ),
      ),
    );
    const seconds = stretches.reduce((sum, s) => sum + (s.to - s.from) / 1000, 0),
      gigabytes = stretches.reduce((sum, s) => sum + s.bytes, 0) / 1e9;
    note.textContent =
      stretches.length === 0
        ? word("nothingRecorded")
        : word("recordedSum", {
            h: seconds < 3600 ? word("minutes", { n: Math.round(seconds / 60) }) : word("hoursLong", { n: (seconds / 3600).toFixed(1) }),
            g: gigabytes.toFixed(2),
            n: findings.length,
          });
    mark();
  });

  line.addEventListener("click", (event) => {
    const box = line.getBoundingClientRect();
    act(() => show(begin + ((event.clientX - box.left) / box.width) * dayLength))();
  });
  line.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -10000, ArrowRight: 10000, PageUp: -600000, PageDown: 600000 }[event.key];
    if (!step || !shown) return;
    event.preventDefault();
    act(() => show(shown + video.currentTime * 1000 + step))();
  });
  video.addEventListener("timeupdate", mark);
  // One minute after the other, as long as there is something.
  video.addEventListener("ended", () => {
    const next = Number(video.dataset.to);
    if (stretches.some((s) => s.to > next + 1000) || stretches.at(-1)?.to <= next)
      load().then(() => stretches.some((s) => s.to > next + 1000) && show(next));
  });
  const step = (frames) => {
    video.pause();
    video.currentTime = Math.max(0, video.currentTime + frames / 25);
  };
  queueMicrotask(async () => {
    await load();
    if (stretches.length) act(() => show(stretches.at(-1).to - 20000))();
  });
  return [
    el(
      "div",
      { className: "panel" },
      el("div", { className: "row" }, day, at),
      line,
      el("div", { className: "hours" }, ...["00", "06", "12", "18", "24"].map((h) => el("span", {}, `${h}:00`))),
      note,
    ),
    el(
      "div",
      { className: "panel" },
      video,
      el(
        "div",
        { className: "row" },
        button("‹", () => step(-1), "plain"),
        button("›", () => step(1), "plain"),
        button(
          "−10 s",
          act(() => show(shown + video.currentTime * 1000 - 10000)),
          "plain",
        ),
        button(
          "+10 s",
          act(() => show(shown + video.currentTime * 1000 + 10000)),
          "plain",
        ),
        speed,
      ),
      el(
        "div",
        { className: "row" },
        span,
        button(
          word("download"),
          () => {
            const from = shown + video.currentTime * 1000;
            location.assign(`${api(`api/recordings/${id}/export`, from, from + Number(span.value) * 60000)}&download=true`);
          },
          "plain",
        ),
      ),
    ),
    el(
      "section",
      { className: "panel" },
      el("h2", {}, word("findings")),
      found,
      el(
        "div",
        { className: "row" },
        button(word("package"), () => location.assign(api("api/package", start(), start() + dayLength)), "plain"),
      ),
      el("p", { className: "soft" }, word("packageHint"), el("code", {}, fingerprint)),
    ),
  ];
}
