// A still with zones over it. Corners are shares of the picture (0–1); mouse and touch alike.
const near = 0.03;
const svg = (name, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const points = (corners) => corners.map(([x, y]) => `${x * 1000},${y * 1000}`).join(" ");
const share = (value) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;

export const parseZone = (text) =>
  (text ?? "")
    .split(" ")
    .filter(Boolean)
    .map((corner) => corner.split(",").map(Number));
export const zoneText = (corners) => corners.map(([x, y]) => `${x},${y}`).join(" ");

export function drawing(image, others) {
  const box = document.createElement("div");
  box.className = "draw";
  const layer = svg("svg", { viewBox: "0 0 1000 1000", preserveAspectRatio: "none" });
  box.append(image, layer);
  let mode = null,
    corners = [],
    done = null;

  function show() {
    layer.replaceChildren(
      ...others()
        .filter((o) => o.length > 2)
        .map((o) => svg("polygon", { points: points(o), class: "other" })),
      svg(mode === "corners" ? "polyline" : "polygon", { points: points(corners) }),
      ...(mode === "corners"
        ? corners.map(([x, y]) => svg("ellipse", { cx: x * 1000, cy: y * 1000, rx: 7, ry: 12, fill: "#fff", stroke: "#16834a" }))
        : []),
    );
  }

  const at = (event) => {
    const area = layer.getBoundingClientRect();
    return [share((event.clientX - area.left) / area.width), share((event.clientY - area.top) / area.height)];
  };
  function finish() {
    mode = null;
    box.classList.remove("drawing");
    show();
    done?.(corners);
  }

  layer.addEventListener("pointerdown", (event) => {
    if (!mode) return;
    event.preventDefault();
    const [x, y] = at(event);
    if (mode === "box") {
      layer.setPointerCapture(event.pointerId);
      corners = [
        [x, y],
        [x, y],
        [x, y],
        [x, y],
      ];
    } else if (corners.length > 2 && Math.hypot(corners[0][0] - x, corners[0][1] - y) < near) {
      finish();
      return;
    } else {
      corners.push([x, y]);
    }
    show();
  });
  layer.addEventListener("pointermove", (event) => {
    if (mode !== "box" || corners.length === 0) return;
    const [x, y] = at(event),
      [left, top] = corners[0];
    corners = [
      [left, top],
      [x, top],
      [x, y],
      [left, y],
    ];
    show();
  });
  layer.addEventListener("pointerup", () => {
    if (
      mode === "box" &&
      corners.length === 4 &&
      Math.abs(corners[2][0] - corners[0][0]) > 0.02 &&
      Math.abs(corners[2][1] - corners[0][1]) > 0.02
    )
      finish();
  });
  show();
  return {
    node: box,
    begin(kind, whenDone) {
      mode = kind;
      done = whenDone;
      corners = [];
      box.classList.add("drawing");
      show();
    },
    set(value) {
      corners = value;
      mode = null;
      box.classList.remove("drawing");
      show();
    },
  };
}
