"""Drawn on real heads and faces for training only: hats that kitchens wear, masks, and masks worn below the nose."""
import cv2
import numpy as np

MASK_COLOURS = [(80, 200, 240), (150, 140, 235), (90, 60, 190), (225, 190, 150), (235, 235, 235), (45, 42, 40), (190, 205, 150), (200, 185, 235), (150, 120, 90), (215, 215, 215)]
HAT_COLOURS = [(240, 240, 240)] * 4 + [(35, 33, 32), (60, 50, 160), (150, 90, 50), (110, 140, 70), (200, 200, 190)]
NET_COLOURS = [(235, 215, 175), (240, 240, 240), (205, 225, 180), (225, 200, 225)]


def paint(bgr, shape, colour, opacity, rng):
    """Lays a shape (0 or 255) in a colour over a picture, with the picture's light, soft edges and some texture."""
    alpha = cv2.GaussianBlur(shape, (0, 0), max(0.6, shape.shape[1] / 250)).astype(np.float32)[..., None] / 255 * opacity
    light = cv2.GaussianBlur(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), (0, 0), max(2, shape.shape[1] / 40)).astype(np.float32)
    light = 0.75 + 0.35 * (light / max(float(light[shape > 0].mean()) if (shape > 0).any() else 128.0, 1))
    h, w = shape.shape
    folds = cv2.resize(rng.normal(0, 1, (max(2, h // 12), max(2, w // 12))).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    cloth = np.array(colour, np.float32) * rng.uniform(0.75, 1.08) * (np.clip(light, 0.6, 1.2) + 0.05 * folds)[..., None]
    return np.clip(bgr * (1 - alpha) + cloth * alpha, 0, 255).astype(np.uint8)


def printed(bgr, shape, rng):
    """Lays a print over a cloth: dots, stripes or flowers of blobs in one to three colours."""
    h, w = shape.shape
    pattern, drawn = bgr.copy(), np.zeros((h, w), np.uint8)
    colours = [tuple(int(v) for v in rng.integers(0, 256, 3)) for _ in range(rng.integers(1, 4))]
    ys, xs = np.nonzero(shape)
    if len(xs) == 0:
        return bgr
    size = max(1.5, (xs.max() - xs.min()) * rng.uniform(0.02, 0.09))
    if rng.random() < 0.3:
        angle, gap = rng.uniform(0, np.pi), size * rng.uniform(2.0, 3.5)
        along = (np.arange(w)[None] * np.cos(angle) + np.arange(h)[:, None] * np.sin(angle)) % gap
        drawn[along < gap * rng.uniform(0.2, 0.6)] = 255
        pattern[:] = colours[0]
    else:
        for _ in range(int(rng.uniform(8, 60))):
            k = rng.integers(len(xs))
            for _ in range(1 if rng.random() < 0.6 else 5):
                at = (int(xs[k] + rng.normal(0, size)), int(ys[k] + rng.normal(0, size)))
                axes = (max(1, int(size * rng.uniform(0.5, 1.3))), max(1, int(size * rng.uniform(0.4, 1.0))))
                colour = colours[rng.integers(len(colours))]
                for layer, ink in ((pattern, colour), (drawn, 255)):
                    cv2.ellipse(layer, at, axes, float(rng.uniform(0, 180)) if layer is pattern else 0.0, 0, 360, ink, -1)
    alpha = (cv2.GaussianBlur(cv2.bitwise_and(drawn, shape), (0, 0), 0.8).astype(np.float32) / 255 * rng.uniform(0.5, 0.95))[..., None]
    return np.clip(bgr * (1 - alpha) + pattern * alpha, 0, 255).astype(np.uint8)


def padded(bgr, box, rng):
    """Room above a head at the picture's edge, in the colours that are there."""
    h = int(box[3] - box[1])
    room = max(0, int(1.2 * h - box[1]))
    return cv2.copyMakeBorder(bgr, room, 0, 0, 0, cv2.BORDER_REPLICATE) if room else bgr, [box[0], box[1] + room, box[2], box[3] + room]


def hat(bgr, box, rng):
    """A toque, a cook's cap or a bouffant net on a bare head; gives the picture and the box of the head with it."""
    bgr, box = padded(bgr, box, rng)
    x1, y1, x2, y2 = box
    w, h = x2 - x1, y2 - y1
    cx, brow = (x1 + x2) / 2 + rng.normal(0, 0.03) * w, y1 + h * rng.uniform(0.17, 0.30)
    shape = np.zeros(bgr.shape[:2], np.uint8)
    point = lambda x, y: (int(round(x)), int(round(y)))
    kind = rng.random()
    tilt = rng.normal(0, 5)
    if kind < 0.35:
        top, half = y1 - h * rng.uniform(0.15, 0.75), w * rng.uniform(0.44, 0.52)
        puff = rng.uniform(1.0, 1.35)
        cv2.fillPoly(shape, [np.array([point(cx - half, brow), point(cx - half * puff, top), point(cx + half * puff, top), point(cx + half, brow)])], 255)
        for k in np.linspace(-1, 1, 5):
            cv2.circle(shape, point(cx + k * half * puff * 0.8, top), int(half * 0.42), 255, -1)
        colour, opacity = HAT_COLOURS[rng.integers(len(HAT_COLOURS))], 1.0
        reach = (brow - top) * rng.uniform(0.3, 1.0)
    elif kind < 0.65:
        cv2.ellipse(shape, point(cx, brow), (int(w * rng.uniform(0.48, 0.58)), int(h * rng.uniform(0.30, 0.5))), tilt, 180, 360, 255, -1)
        if rng.random() < 0.4:
            cv2.ellipse(shape, point(cx + rng.normal(0, 0.1) * w, brow), (int(w * rng.uniform(0.4, 0.6)), max(2, int(h * 0.07))), tilt, 0, 360, 255, -1)
        colour, opacity = HAT_COLOURS[rng.integers(len(HAT_COLOURS))], 1.0
        reach = h * rng.uniform(0.25, 0.45)
    else:
        cv2.ellipse(shape, point(cx, brow - 0.05 * h), (int(w * rng.uniform(0.52, 0.7)), int(h * rng.uniform(0.34, 0.5))), tilt, 0, 360, 255, -1)
        shape[int(brow + 0.03 * h) :] = 0
        colour, opacity = NET_COLOURS[rng.integers(len(NET_COLOURS))], rng.uniform(0.6, 0.95)
        reach = h * rng.uniform(0.25, 0.5)
    return paint(bgr, shape, colour, opacity, rng), [x1 - 0.03 * w, min(y1, brow - reach), x2 + 0.03 * w, y2]


def mask(bgr, box, top, rng):
    """A face mask on a bare face whose upper edge lies at `top` of the face box's height (nose bridge 0.5, nose tip 0.65, mouth 0.8)."""
    x1, y1, x2, y2 = box
    w, h = x2 - x1, y2 - y1
    cx = (x1 + x2) / 2 + rng.normal(0, 0.02) * w
    edge, chin = y1 + top * h, y1 + max(rng.uniform(0.98, 1.08), top + 0.17) * h
    half = w * rng.uniform(0.40, 0.48)
    rise = rng.uniform(0.0, 0.06) * h
    point = lambda x, y: (int(round(x)), int(round(y)))
    shape = np.zeros(bgr.shape[:2], np.uint8)
    outline = [point(cx - half, edge + rise), point(cx - half * 0.3, edge), point(cx, edge - rise * 0.5), point(cx + half * 0.3, edge), point(cx + half, edge + rise),
               point(cx + half * 0.92, edge + 0.7 * (chin - edge)), point(cx + half * 0.45, chin), point(cx - half * 0.45, chin), point(cx - half * 0.92, edge + 0.7 * (chin - edge))]
    cv2.fillPoly(shape, [np.array(outline)], 255)
    out = paint(bgr, shape, MASK_COLOURS[rng.integers(len(MASK_COLOURS))], rng.uniform(0.92, 1.0), rng)
    if rng.random() < 0.4:
        out = printed(out, shape, rng)
    if rng.random() < 0.7:
        for side in (-1, 1):
            cv2.line(out, point(cx + side * half, edge + rise), point(cx + side * w * 0.52, y1 + rng.uniform(0.38, 0.5) * h), (230, 230, 230), max(1, int(w / 60)), cv2.LINE_AA)
    return out
