// Plays fragments by Media Source Extensions: asks for the window, then for one fragment after the other, each waited for by the server.
const BEHIND = 4; // seconds behind the newest picture before it jumps there
const KEPT = 20; // seconds of played picture kept in the buffer
const seen = new Set(); // the figures that are on the screen
const watch = new IntersectionObserver((changes) => changes.forEach((c) => (c.isIntersecting ? seen.add(c.target) : seen.delete(c.target))), { rootMargin: "100px" });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const event = (target, name) => new Promise((done) => target.addEventListener(name, done, { once: true }));

async function fetchBytes(url, signal) {
  const answer = await fetch(url, { signal });
  return answer.ok ? answer.arrayBuffer() : null;
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
  if (video.paused) video.play().catch(() => {});
}

// Resolves while the figure is on the screen and the page in front.
async function visible(figure) {
  while (!seen.has(figure) || document.hidden) await pause(200);
}

async function playEpoch(figure, video, source, window, signal) {
  const type = `video/mp4; codecs="${window.codec}"`;
  if (!MediaSource.isTypeSupported(type)) throw new Error("unsupported");
  const init = await fetchBytes(`${source}/${window.epoch}`, signal);
  if (!init) return;
  const media = new MediaSource();
  const address = URL.createObjectURL(media);
  video.src = address;
  try {
    await event(media, "sourceopen");
    const buffer = media.addSourceBuffer(type);
    await append(buffer, init);
    for (let number = window.key; ; number++) {
      if (!seen.has(figure) || document.hidden) return;
      const bytes = await fetchBytes(`${source}/${window.epoch}/${number}`, signal);
      if (!bytes) return;
      await append(buffer, bytes);
      figure.classList.add("playing");
      follow(video, buffer);
      await trim(buffer, video);
    }
  } finally {
    URL.revokeObjectURL(address);
  }
}

// Where there are no media sources (iPhones, WeChat) the browser plays the low-latency HLS playlist by itself.
async function playNatively(figure, video) {
  while (figure.isConnected) {
    await visible(figure);
    video.src = `${figure.dataset.live}/index.m3u8`;
    video.play().catch(() => {});
    await Promise.race([event(video, "error"), event(video, "ended"), event(video, "playing").then(() => figure.classList.add("playing")).then(() => hidden(figure))]);
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
  const note = figure.querySelector(".live-note");
  const source = figure.dataset.live;
  const waiting = note.textContent;
  let shown = false;
  while (figure.isConnected) {
    // What nobody sees costs the kitchen's box nothing.
    await visible(figure);
    try {
      const answer = await fetch(source);
      if (answer.status === 401) location.reload();
      // 204: it was asked for and does not come yet.
      if (answer.status === 200) {
        shown = true;
        await playEpoch(figure, video, source, await answer.json());
      }
    } catch (fault) {
      if (fault.message === "unsupported") {
        note.textContent = figure.dataset.unsupported;
        return;
      }
    }
    figure.classList.remove("playing");
    note.textContent = shown ? figure.dataset.broken : waiting;
    await pause(700);
  }
}

for (const figure of document.querySelectorAll("[data-live]")) {
  watch.observe(figure);
  play(figure);
}
