// Draws what the models saw over a playing picture, on the picture's own clock: it comes in front of the fragments as emsg boxes.
const SVG = "http://www.w3.org/2000/svg";
const HELD = 0.9; // seconds that a drawing stays without a newer one

// The boxes' message in front of a fragment; null where there is none.
export function messageOf(bytes) {
  const view = new DataView(bytes);
  if (bytes.byteLength < 32 || view.getUint32(4) !== 0x656d7367) return null;
  const box = new Uint8Array(bytes, 32, view.getUint32(0) - 32);
  let end = box.indexOf(0);
  end = box.indexOf(0, end + 1);
  return JSON.parse(new TextDecoder().decode(box.subarray(end + 1)));
}

// `known`: what is known from the beginning, such as of a whole clip.
export function overlay(figure, video, known = []) {
  const words = JSON.parse(figure.dataset.words);
  const svg = figure.querySelector(".boxes");
  let drawn = null,
    ended = false;
  const rect = (b) => {
    const node = document.createElementNS(SVG, "rect"),
      text = document.createElementNS(SVG, "text");
    const w = video.videoWidth,
      h = video.videoHeight;
    for (const [key, value] of Object.entries({ x: b.x * w, y: b.y * h, width: b.w * w, height: b.h * h })) node.setAttribute(key, value);
    const name = words[b.l] ?? words[b.l.split(" ")[0]];
    if (!name) return [];
    node.setAttribute("class", b.l.includes("bare") || b.l.includes("below") || b.l === "phone" ? "amiss" : "well");
    text.textContent = name;
    text.setAttribute("x", b.x * w + 4);
    text.setAttribute("y", Math.max(h / 30, b.y * h - h / 120));
    text.setAttribute("font-size", h / 30);
    return [node, text];
  };
  const draw = (time) => {
    if (ended) return;
    const at = known.findLast((k) => k.at <= time + 0.05 && k.at > time - HELD) ?? null;
    if (at !== drawn) {
      drawn = at;
      svg.setAttribute("viewBox", `0 0 ${video.videoWidth || 16} ${video.videoHeight || 9}`);
      svg.replaceChildren(...(at?.boxes ?? []).flatMap(rect));
    }
    next();
  };
  const next = () =>
    video.requestVideoFrameCallback
      ? video.requestVideoFrameCallback((_, frame) => draw(frame.mediaTime))
      : setTimeout(() => draw(video.currentTime), 100);
  next();
  return {
    take(bytes) {
      const message = messageOf(bytes);
      if (message) known = [...known, ...message].slice(-200);
    },
    end() {
      ended = true;
      svg.replaceChildren();
    },
  };
}
