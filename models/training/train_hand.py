#!/usr/bin/env python3
"""Trains models/hand.onnx: is this hand gloved or bare?   Usage: train_hand.py --data DIR [--minutes M] [--seed N]"""
import cv2
import numpy as np

from common import kept_apart, read_all, stem, teacher_rows
from crops import Example, arguments, train, with_negatives
from train_detector import yolo_boxes

CLASSES = ["gloved", "bare", "none"]
MASS = {"hands": 1.5, "gloves": 0.6, "overhead": 0.6, "hands, drawn on": 0.3, "gloves, drawn on": 0.1}

ALIASES = {
    "glove": "gloved", "gloves": "gloved", "with_glove": "gloved", "with_gloves": "gloved", "wearing_gloves": "gloved", "bare-hand":
    "bare", "bare_hands": "bare", "hand": "bare", "no_glove": "bare", "no_gloves": "bare", "without_glove": "bare", "without_gloves":
    "bare", "ungloved": "bare"}


def load(data):
    rows = [r for r in teacher_rows() if r["file"].split("/")[0] in ("hands", "gloves", "overhead")]
    part, examples = kept_apart(), []
    for r, picture in zip(rows, read_all(data, rows)):
        source = r["file"].split("/")[0]
        examples += [Example(picture, b, c, part.get(stem(r["file"]), "train"), source) for c, b in yolo_boxes(data, r)
                     if min(b[2] - b[0], b[3] - b[1]) >= 10 and (source != "overhead" or c == 0)]
    return with_negatives(examples, data, "hand", 2)


def dyed(example, rng):
    """Now and then a bare hand in a drawn nitrile or latex glove: its skin in one colour, smoother, the shades kept."""
    if example.label != 1 or rng.random() > 0.15:
        return None
    x1, y1, x2, y2 = (int(max(0, v)) for v in example.box)
    patch = example.bgr[y1:y2, x1:x2]
    if patch.size == 0:
        return None
    y, cr, cb = cv2.split(cv2.cvtColor(patch, cv2.COLOR_BGR2YCrCb))
    skin = ((cr > 135) & (cr < 180) & (cb > 80) & (cb < 130)).astype(np.uint8)
    skin = cv2.morphologyEx(skin, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    if not 0.2 < skin.mean() < 0.9:
        return None
    colours = [(200, 130, 60), (190, 110, 90), (235, 235, 235), (40, 38, 36), (170, 120, 150), (120, 160, 90)]
    colour = np.array(colours[rng.integers(len(colours))], np.float32) * rng.uniform(0.8, 1.1)
    shade = cv2.bilateralFilter(y, 7, 40, 7).astype(np.float32)[..., None] / max(float(y[skin > 0].mean()), 1)
    glove = np.clip(colour * (0.45 + 0.55 * shade), 0, 255)
    alpha = cv2.GaussianBlur(skin.astype(np.float32), (0, 0), 1.2)[..., None]
    out = example.bgr.copy()
    out[y1:y2, x1:x2] = (glove * alpha + patch * (1 - alpha)).astype(np.uint8)
    return out, example.box, 0


if __name__ == "__main__":
    args = arguments(__doc__)
    train("hand", load(args.data), CLASSES, args, size=96, scale=1.3, smallest=14, sure=0.5, change=dyed, mass=MASS, shares=[1.0, 1.0, 0.4], turning=0.3, manifest={
        # An accusation needs more than a clean bill.
        "thresholds": {"bare": 0.9},
        "aliases": ALIASES,
        "version": "3", "about": "Does this hand wear a glove?", "licence": "MIT; backbone started from YOLOX-nano (Megvii, Apache-2.0), all layers trained on",
        "data": ["hands (CC BY 4.0)", "gloves (MIT)", "overhead (CC BY 4.0)", "nitrile and latex gloves drawn onto their bare hands, in training only"]})
