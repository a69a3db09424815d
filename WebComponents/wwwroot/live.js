// Plays fragments by Media Source Extensions: asks for the window, which also gives a ticket, then for one fragment after the other,
// each waited for by the server.
import { overlay } from "./overlay.js";

const BEHIND = 4; // seconds behind the newest picture before it jumps there
// Behind by more it plays a little faster, until it is behind by less: what a hitch left would stay for ever.
const EASE = 1.4,
  EASED = 0.8,
  HASTE = 1.1;
const KEPT = 20; // seconds of played picture kept in the buffer
const RENEW = 7000; // ms after which another ticket is asked for
const LATE = 8; // fragments that a slow line may be behind before it goes on at the newest
const LARGE = 640; // device pixels from which on a tile shows the camera's own stream
const DOWN = 60000; // ms that a tile stays small after its line was too slow
const seen = new Set(); // the figures that are on the screen
const watch = new IntersectionObserver(
  (changes) => changes.forEach((c) => (c.isIntersecting ? seen.add(c.target) : seen.delete(c.target))),
  { rootMargin: "100px" },
);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const event = (target, name) => new Promise((done) => target.addEventListener(name, done, { once: true }));
// Six requests at once are all that a browser gives a host without HTTP/2: of many pictures none may hold one while it waits.
const shared = performance.getEntriesByType("navigation")[0]?.nextHopProtocol === "h2";

const ask = (url, ms = 15000) => fetch(url, { signal: AbortSignal.timeout(ms) });

// The first answer names the browser by a cookie, which the others must have: else each would name it anew.
let introduced = null;
async function askWindow(source) {
  if (introduced) await introduced;
  const answer = ask(source, 8000);
  introduced ??= answer.catch(() => null);
  return answer;
}

async function append(buffer, bytes) {
  buffer.appendBuffer(bytes);
  await event(buffer, "updateend");
}

async function trim(buffer, video) {
  const end = video.currentTime - KEPT;
  if (buffer.buffered.length && buffer.buffered.start(0) < end) {
    buffer.remove(0, end);
    await event(buffer, "updateend");
  }
}

function follow(video, buffer) {
  if (!buffer.buffered.length) return;
  const start = buffer.buffered.start(buffer.buffered.length - 1);
  const end = buffer.buffered.end(buffer.buffered.length - 1);
  if (video.currentTime < start || end - video.currentTime > BEHIND) video.currentTime = Math.max(start, end - 1);
  const behind = end - video.currentTime;
  video.playbackRate = behind > EASE ? HASTE : behind < EASED ? 1 : video.playbackRate;
  if (video.paused) video.play().catch(() => {});
}

// Resolves while the figure is on the screen and the page in front.
async function visible(figure) {
  while (!seen.has(figure) || document.hidden) await pause(200);
}

// A small tile shows the small blurred picture; a large one the camera's own, for who may see it and whose browser and line can.
const sourceOf = (figure) =>
  figure.dataset.large && figure.clientWidth * devicePixelRatio >= LARGE && !(figure.downUntil > Date.now())
    ? figure.dataset.large
    : figure.dataset.live;

function say(figure, text) {
  figure.querySelector(".live-note").textContent = text ?? "";
}

class Slow extends Error {}

async function playEpoch(figure, video, source, window) {
  const type = `video/mp4; codecs="${window.codec}"`;
  if (!MediaSource.isTypeSupported(type)) throw new Error("unsupported");
  let ticket = window.ticket ? `?t=${window.ticket}` : "";
  let renewed = performance.now(),
    newest = window,
    over = false;
  const renew = async () => {
    renewed = performance.now();
    const answer = await ask(source).catch(() => null);
    if (answer?.status === 200) {
      newest = await answer.json();
      ticket = newest.ticket ? `?t=${newest.ticket}` : "";
    } else if (answer && answer.status !== 204) over = true;
  };
  const init = await ask(`${source}/${window.epoch}${ticket}`);
  if (!init.ok) return;
  const media = new MediaSource();
  const address = URL.createObjectURL(media);
  video.src = address;
  const drawing = figure.dataset.words ? overlay(figure, video) : null;
  try {
    await event(media, "sourceopen");
    const buffer = media.addSourceBuffer(type);
    await append(buffer, await init.arrayBuffer());
    figure.dataset.shows = source === figure.dataset.large ? "clear" : "public";
    let slow = 0;
    for (let number = window.key; !over; number++) {
      if (!seen.has(figure) || document.hidden || sourceOf(figure) !== source) return;
      if (performance.now() - renewed > RENEW) renew();
      const answer = await ask(`${source}/${window.epoch}/${number}${ticket}`);
      if (!answer.ok) return;
      const bytes = await answer.arrayBuffer();
      drawing?.take(bytes);
      await append(buffer, bytes);
      figure.classList.add("playing");
      follow(video, buffer);
      await trim(buffer, video);
      // A proxy that kept the fragment has kept its header too.
      const behind = Math.max(Number(answer.headers.get("Live-Newest") ?? 0), newest.epoch === window.epoch ? newest.last : 0) - number;
      figure.dataset.behind = behind;
      if (behind > LATE) {
        // What lies between is not shown: live is now.
        if (++slow > 2 && source === figure.dataset.large) throw new Slow();
        say(figure, figure.dataset.slow);
        figure.classList.add("slow");
        await renew();
        if (newest.epoch === window.epoch && newest.key > number) number = newest.key - 1;
      } else if (behind <= 1) figure.classList.remove("slow");
      if (!shared && behind <= 0 && seen.size > 4) await pause(700);
    }
  } finally {
    drawing?.end();
    figure.classList.remove("slow");
    URL.revokeObjectURL(address);
  }
}

// Where there are no media sources (iPhones, WeChat) the browser plays the low-latency HLS playlist by itself.
async function playNatively(figure, video) {
  while (figure.isConnected) {
    await visible(figure);
    video.src = `${sourceOf(figure)}/index.m3u8`;
    figure.dataset.shows = sourceOf(figure) === figure.dataset.large ? "clear" : "public";
    video.play().catch(() => {});
    await Promise.race([
      event(video, "error"),
      event(video, "ended"),
      event(video, "playing")
        .then(() => figure.classList.add("playing"))
        .then(() => hidden(figure)),
    ]);
    figure.classList.remove("playing");
    video.removeAttribute("src");
    video.load();
    await pause(700);
  }
}

async function hidden(figure) {
  while (seen.has(figure) && !document.hidden) await pause(500);
}

async function play(figure) {
  const video = figure.querySelector("video");
  if (!window.MediaSource && video.canPlayType("application/vnd.apple.mpegurl")) return playNatively(figure, video);
  const waiting = figure.querySelector(".live-note").textContent;
  let shown = false;
  while (figure.isConnected) {
    // What nobody sees costs the kitchen's box nothing.
    await visible(figure);
    const source = sourceOf(figure);
    let note = shown ? figure.dataset.broken : waiting;
    try {
      const answer = await askWindow(source);
      if (answer.status === 401) location.reload();
      // 204: it was asked for and does not come yet.
      if (answer.status === 200) {
        await playEpoch(figure, video, source, await answer.json());
        shown ||= figure.classList.contains("playing");
        note = shown ? figure.dataset.broken : waiting;
      }
    } catch (fault) {
      if (fault.message === "unsupported" && source === figure.dataset.large) {
        // Such as H.265: the box's small picture is H.264.
        figure.downUntil = Infinity;
        figure.classList.add("re-encoded");
        continue;
      }
      if (fault.message === "unsupported") return say(figure, figure.dataset.unsupported);
      if (fault instanceof Slow || fault.name === "TimeoutError") {
        figure.downUntil = Date.now() + DOWN;
        note = figure.dataset.slow;
      }
    }
    if (sourceOf(figure) !== source) continue;
    figure.classList.remove("playing");
    video.pause();
    say(figure, note);
    await pause(700);
  }
}

/** Begins to play a figure that came into the page. */
export function attach(figure) {
  // A page may load this script by two addresses.
  if (figure.dataset.attached) return;
  figure.dataset.attached = "yes";
  watch.observe(figure);
  play(figure);
  figure.querySelector("[data-enlarge]")?.addEventListener("click", () => {
    const large = figure.closest(".tile-live") ?? figure;
    for (const other of document.querySelectorAll(".enlarged")) if (other !== large) other.classList.remove("enlarged");
    large.classList.toggle("enlarged");
    large.scrollIntoView({ block: "nearest" });
  });
}

document.querySelectorAll("[data-live]").forEach(attach);
