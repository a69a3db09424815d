#!/usr/bin/env python3
"""Trains models/head.onnx: is this head covered or bare?   Usage: train_head.py --data DIR [--epochs N] [--seed N]
Helmets come from hardhats/; hats, caps, hoods, scarves and bare heads were labelled by us by looking (models/labels/heads.jsonl).
"""
import json
import os

import cv2
import numpy as np

from common import MODELS, dhash, split_by_origin, teacher_rows
from composites import hat
from crops import Example, arguments, train, with_negatives
from train_detector import HEAD, overlap, targets, yolo_boxes

CLASSES = ["covered", "bare", "none"]
HELMETS = 1800

ALIASES = {
    "helmet": "covered", "hat": "covered", "cap": "covered", "hardhat": "covered", "hard_hat": "covered", "chef_hat": "covered",
    "hairnet": "covered", "with_hat": "covered", "with_helmet": "covered", "wearing_hat": "covered", "head": "bare", "no_hat": "bare",
    "no_helmet": "bare", "no_hardhat": "bare", "without_hat": "bare", "without_helmet": "bare", "uncovered": "bare", "bare_head":
    "bare"}


def load(data):
    with open(os.path.join(MODELS, "labels", "heads.jsonl")) as lines:
        labelled = {row["sha"]: row["heads"] for row in map(json.loads, lines)}
    rows = [r for r in teacher_rows() if not r["file"].startswith("hands/") and (r["sha"] in labelled or r["file"].startswith("hardhats/"))]
    pictures = [cv2.imread(os.path.join(data, r["file"])) for r in rows]
    parts = split_by_origin([dhash(p) for p in pictures])
    helmets, others = [], []
    for r, picture, part in zip(rows, pictures, parts):
        source = r["file"].split("/")[0]
        for *box, label in labelled.get(r["sha"], []):
            # Of a face that fills its picture the top of the head is not seen.
            if label == "bare" and box[1] < -0.12 * (box[3] - box[1]):
                continue
            others.append(Example(picture, box, CLASSES.index(label), int(part), "bare heads" if label == "bare" else "hats", 1.0 if label == "bare" else 4.0))
        worn = [b for _, b in yolo_boxes(data, r)] if source == "hardhats" else []
        for c, *box in targets(data, r)[0]:
            if c == HEAD and max(box[2] - box[0], box[3] - box[1]) >= 18 and any(overlap(b, box) > 0.6 for b in worn):
                helmets.append(Example(picture, box, 0, int(part), "helmets"))
    chosen = np.random.default_rng(7).permutation(len(helmets))[:HELMETS]
    return with_negatives(others + [helmets[i] for i in chosen], data, "head", 2, dict(zip([r["file"] for r in rows], parts)))


def dressed(example, rng):
    if example.label != 1 or rng.random() > 0.25 or example.box[3] - example.box[1] < 20:
        return None
    return (*hat(example.bgr, example.box, rng), 0)


if __name__ == "__main__":
    args = arguments(__doc__, 40)
    train("head", load(args.data), CLASSES, args, size=96, scale=1.25, smallest=16, sure=0.7, change=dressed, manifest={
        "aliases": ALIASES,
        "version": "2", "about": "Does this head wear a hat, cap, net, helmet, hood or scarf?", "licence": "MIT; backbone started from YOLOX-nano (Megvii, Apache-2.0), all layers trained on",
        "data": ["hardhats (Public Domain)", "masks (MIT), labelled by us", "toques, cooks' caps and nets drawn onto its bare heads, in training only"]})
