// The staff's side of the screen. Parts of the page come from the screen's own program;
// the session's key lives in this variable alone and is gone with it.
const staff = document.getElementById("staff"),
  wall = document.getElementById("wall");
const IDLE = 30000,
  SURE = 700,
  LATER = 15000,
  BADGE = "bright-kitchen-badge:";
let key = null,
  touched = 0,
  stop = () => {},
  urls = [],
  shot = null,
  typed = "",
  busy = false;
const culture = location.search;

async function ask(path, options = {}) {
  const answer = await fetch(`/staff/${path}${culture}`, {
    ...options,
    headers: { ...(options.headers ?? {}), ...(key ? { "Kiosk-Session": key } : {}) },
    signal: AbortSignal.timeout(15000),
  });
  if (answer.status === 401) {
    leave();
    throw new Error("401");
  }
  return answer;
}

function clear() {
  stop();
  stop = () => {};
  urls.forEach((u) => URL.revokeObjectURL(u));
  urls = [];
  shot = null;
  staff.replaceChildren();
}

// Nothing of anybody stays: neither on the screen nor in the browser.
function leave() {
  if (key) fetch("/staff/leave", { method: "POST", headers: { "Kiosk-Session": key } }).catch(() => {});
  key = null;
  typed = "";
  clear();
  staff.hidden = true;
  wall.inert = false;
}

function put(html) {
  clear();
  staff.innerHTML = html;
  staff.scrollTop = 0;
  wire();
}

async function go(path) {
  if (busy) return;
  busy = true;
  try {
    const answer = await ask(path);
    if (!answer.ok) throw new Error(String(answer.status));
    put(await answer.text());
  } catch {
    lost();
  } finally {
    busy = false;
  }
}

function lost() {
  if (staff.hidden) return;
  let note = staff.querySelector("[data-lost-note]");
  if (!note) {
    note = document.createElement("p");
    note.className = "waiting";
    note.dataset.lostNote = "";
    note.setAttribute("role", "alert");
    staff.prepend(note);
  }
  note.textContent = staff.dataset.lost;
}

async function enter(path, body) {
  const answer = await ask(path, { method: "POST", body });
  if (answer.status === 204) return false;
  const told = await answer.json();
  if (answer.ok) {
    key = told.key;
    await go("home");
    return true;
  }
  const fault = staff.querySelector("[data-pin-fault]");
  if (fault) fault.textContent = told.text;
  return false;
}

// The browser's camera in a picture of the page; the function gives the newest frame as a JPEG.
async function camera(place) {
  const video = place.querySelector("video"),
    note = place.querySelector(".note");
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: "user" },
      audio: false,
    });
    if (!place.isConnected) {
      stream.getTracks().forEach((t) => t.stop());
      return null;
    }
    const before = stop;
    stop = () => {
      before();
      stream.getTracks().forEach((t) => t.stop());
    };
    video.srcObject = stream;
    await video.play();
    note.textContent = "";
  } catch {
    note.textContent = place.dataset.none;
    return null;
  }
  const canvas = document.createElement("canvas");
  return () => {
    canvas.width = Math.min(960, video.videoWidth);
    canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  };
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function badge(place) {
  const frame = await camera(place);
  while (frame && place.isConnected) {
    try {
      if (await enter("badge", await frame())) return;
    } catch {
      // The next frame is another try.
    }
    await pause(400);
  }
}

function outline(place, boxes, width, height) {
  const over = place.querySelector(".outlines");
  over.setAttribute("viewBox", `0 0 ${width} ${height}`);
  over.replaceChildren(
    ...boxes.map((b) => {
      const shape = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      for (const [name, value] of [
        ["x", b.x * width],
        ["y", b.y * height],
        ["width", b.width * width],
        ["height", b.height * height],
        ["rx", 18],
      ])
        shape.setAttribute(name, value);
      shape.setAttribute(
        "class",
        / (covered|masked|gloved)$/.test(b.label) ? "well" : / (bare|below-nose)$/.test(b.label) ? "amiss" : "unsure",
      );
      return shape;
    }),
  );
}

async function check(place) {
  const own = place.dataset.by === "browser",
    frame = own ? await camera(place) : null;
  if (own && !frame) return;
  const note = place.querySelector(".note"),
    still = place.querySelector("img"),
    video = place.querySelector("video");
  let since = null;
  const begun = performance.now();
  if (!own) {
    video.hidden = true;
    still.hidden = false;
  }
  while (place.isConnected) {
    try {
      const answer = await ask("check/look", { method: "POST", body: own ? await frame() : null });
      if (!place.isConnected) return;
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      note.textContent = "";
      // Somebody who stands before the camera is there, though they touch nothing.
      if (told.boxes.length) touched = performance.now();
      if (told.picture) still.src = `data:image/jpeg;base64,${told.picture}`;
      outline(place, told.boxes, own ? video.videoWidth : still.naturalWidth || 640, own ? video.videoHeight : still.naturalHeight || 360);
      for (const [what, state] of Object.entries(told.marks)) staff.querySelector(`[data-mark="${what}"]`).dataset.state = state;
      staff.querySelector("[data-hint]").textContent = told.hint;
      since = told.allSet ? (since ?? performance.now()) : null;
      if (since !== null && performance.now() - since >= SURE) {
        await go("check/questions");
        return;
      }
    } catch {
      if (place.isConnected) note.textContent = place.dataset.lost;
      await pause(1000);
    }
    if (performance.now() - begun > LATER) staff.querySelector("[data-later]")?.removeAttribute("hidden");
    await pause(120);
  }
}

async function photo(place) {
  const frame = await camera(place);
  // Another page was opened meanwhile.
  if (!place.isConnected) return;
  const button = staff.querySelector("[data-shoot]"),
    still = place.querySelector("img"),
    video = place.querySelector("video");
  if (!frame) {
    button.hidden = true;
    return;
  }
  const first = button.textContent;
  button.addEventListener("click", async () => {
    if (shot) {
      shot = null;
      [still.hidden, video.hidden, button.textContent] = [true, false, first];
      return;
    }
    const taken = await frame();
    if (!place.isConnected) return;
    shot = taken;
    const url = URL.createObjectURL(shot);
    urls.push(url);
    still.src = url;
    [still.hidden, video.hidden, button.textContent] = [false, true, button.dataset.again];
  });
}

async function evidence(path) {
  const answer = await ask(path);
  if (!answer.ok) return null;
  const url = URL.createObjectURL(await answer.blob());
  urls.push(url);
  return url;
}

async function stills() {
  for (const still of staff.querySelectorAll("[data-still]")) {
    const url = await evidence(`alerts/${still.dataset.still}/still`).catch(() => null);
    if (!still.isConnected) return;
    if (url) still.src = url;
  }
}

async function clip(button) {
  const url = await evidence(`alerts/${button.dataset.clip}/clip`).catch(() => null);
  if (!url || !button.isConnected) return;
  const video = document.createElement("video");
  Object.assign(video, { src: url, autoplay: true, loop: true, muted: true, playsInline: true });
  button.replaceChildren(video);
}

function wire() {
  const places = { badge, check, photo };
  for (const place of staff.querySelectorAll("[data-camera]")) places[place.dataset.camera](place);
  if (staff.querySelector("[data-still]")) stills();
}

let pin = "";
function digit(what) {
  pin = what === "clear" ? "" : what === "back" ? pin.slice(0, -1) : (pin + what).slice(0, 6);
  const fault = staff.querySelector("[data-pin-fault]");
  if (fault && pin.length === 1) fault.textContent = "";
  staff.querySelectorAll(".pin span").forEach((dot, i) => dot.classList.toggle("filled", i < pin.length));
  if (pin.length < 6) return;
  const tried = new URLSearchParams({ pin });
  pin = "";
  enter("pin", tried)
    .catch(lost)
    .finally(() => staff.querySelectorAll(".pin span").forEach((dot) => dot.classList.remove("filled")));
}

function step(button) {
  const field = button.closest("fieldset").querySelector("input");
  const next = Math.min(
    Number(field.dataset.most),
    Math.max(Number(field.dataset.least), Number(field.value) + Number(button.dataset.step)),
  );
  field.value = next.toFixed(Number(field.dataset.places));
}

staff.addEventListener("click", (e) => {
  const button = e.target.closest("button");
  if (!button) return;
  if (button.dataset.leave !== undefined) leave();
  else if (button.dataset.digit) digit(button.dataset.digit);
  else if (button.dataset.step) step(button);
  else if (button.dataset.clip) clip(button);
  else if (button.dataset.go) go(button.dataset.go);
});

staff.addEventListener("submit", async (e) => {
  e.preventDefault();
  const form = e.target;
  if (busy) return;
  busy = true;
  const data = new FormData(form);
  if (shot) data.set("picture", shot, "picture.jpg");
  try {
    const answer = await ask(form.dataset.post, { method: "POST", body: data });
    if (!answer.ok) throw new Error(String(answer.status));
    put(await answer.text());
  } catch {
    lost();
  } finally {
    busy = false;
  }
});

document.getElementById("staff-open").addEventListener("click", () => {
  touched = performance.now();
  pin = "";
  staff.hidden = false;
  wall.inert = true;
  go("enter");
});

for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, () => (touched = performance.now()), true);
setInterval(() => !staff.hidden && performance.now() - touched > IDLE && leave(), 500);

// A scanner that types what it reads; and the number by a keyboard.
document.addEventListener("keydown", (e) => {
  if (key || (e.key.length > 1 && e.key !== "Enter")) return;
  if (e.key === "Enter") {
    const code = typed.slice(typed.indexOf(BADGE));
    typed = "";
    if (!code.startsWith(BADGE)) return;
    staff.hidden = false;
    wall.inert = true;
    enter("badge-text", new URLSearchParams({ code })).catch(lost);
    return;
  }
  typed = (typed + e.key).slice(-100);
  if (!staff.hidden && /^\d$/.test(e.key) && staff.querySelector(".pin") && !typed.includes(BADGE)) digit(e.key);
});
