// Draws a rule's zone over the camera's live picture: a click adds a corner, corners are dragged, a double click removes one.
// What is drawn goes with the form.
import { attach } from "./_content/WebComponents/live.js";

const dialog = document.getElementById("zone-dialog"),
  words = dialog.dataset,
  form = document.getElementById("setup");
const SVG = "http://www.w3.org/2000/svg",
  WIDE = 1000;
let corners = [],
  field = null,
  held = -1;

const figure = document.createElement("figure");
const place = dialog.querySelector("[data-place]");
const svg = dialog.querySelector("svg");

const parse = (text) =>
  text
    .split(" ")
    .filter(Boolean)
    .map((c) => c.split(",").map(Number));
const write = (points) => points.map(([x, y]) => `${x.toFixed(3)},${y.toFixed(3)}`).join(" ");

function draw() {
  const video = place.querySelector("video"),
    high = WIDE * ((video?.videoHeight || 9) / (video?.videoWidth || 16));
  svg.setAttribute("viewBox", `0 0 ${WIDE} ${high}`);
  const area = document.createElementNS(SVG, "polygon");
  area.setAttribute("points", corners.map(([x, y]) => `${x * WIDE},${y * high}`).join(" "));
  svg.replaceChildren(
    area,
    ...corners.map(([x, y], i) => {
      const dot = document.createElementNS(SVG, "circle");
      for (const [key, value] of Object.entries({ cx: x * WIDE, cy: y * high, r: 12, "data-corner": i })) dot.setAttribute(key, value);
      return dot;
    }),
  );
}

// Shares of the picture, wherever it lies in its frame.
function at(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()),
    box = svg.viewBox.baseVal;
  return [Math.min(1, Math.max(0, point.x / box.width)), Math.min(1, Math.max(0, point.y / box.height))];
}

svg.addEventListener("pointerdown", (e) => {
  e.preventDefault();
  svg.setPointerCapture(e.pointerId);
  held = Number(e.target.dataset.corner ?? -1);
  if (held < 0) {
    corners.push(at(e));
    held = corners.length - 1;
  }
  draw();
});
svg.addEventListener("pointermove", (e) => {
  if (held < 0) return;
  corners[held] = at(e);
  draw();
});
svg.addEventListener("pointerup", () => (held = -1));
svg.addEventListener("dblclick", (e) => {
  // The two clicks of it have added a corner or held one.
  const corner = Number(document.elementFromPoint(e.clientX, e.clientY)?.dataset.corner ?? -1);
  if (corner >= 0) corners.splice(corner, 1);
  draw();
});
dialog.querySelector("[data-clear]").addEventListener("click", () => {
  corners = [];
  draw();
});
dialog.addEventListener("close", () => {
  // A figure that is gone ends its stream.
  place.replaceChildren();
  if (dialog.returnValue !== "yes" || !field) return;
  if (corners.length > 0 && corners.length < 3) return;
  field.value = write(corners);
  field.closest(".setup-rule").querySelector("[data-zone-state]").textContent = corners.length ? words.part : words.whole;
});

for (const button of form.querySelectorAll("[data-draw]")) {
  button.addEventListener("click", () => {
    field = button.closest(".setup-rule").querySelector("[name=zone]");
    corners = parse(field.value);
    const shown = figure.cloneNode();
    shown.className = "live";
    for (const [key, value] of Object.entries({
      live: button.dataset.draw,
      broken: words.broken,
      slow: words.slow,
      unsupported: words.unsupported,
    }))
      shown.dataset[key] = value;
    const video = Object.assign(document.createElement("video"), { muted: true, autoplay: true, playsInline: true }),
      note = document.createElement("p");
    note.className = "live-note";
    note.textContent = words.waiting;
    video.addEventListener("loadedmetadata", draw);
    shown.append(video, note);
    place.replaceChildren(shown);
    dialog.showModal();
    draw();
    attach(shown);
  });
}
