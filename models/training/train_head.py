#!/usr/bin/env python3
"""Trains models/head.onnx: is this head covered or bare?   Usage: train_head.py --data DIR [--minutes M] [--seed N]
Helmets come from hardhats/, hairnets from kitchens/, caps from above from overhead/; hats, caps, hoods, scarves and bare heads were labelled by us by looking
(models/labels/heads.jsonl, kitchens.jsonl).
"""
import json
import os

from common import MODELS, kept_apart, originals, read_all, stem, teacher_rows
from composites import hat
from crops import Example, arguments, train, with_negatives
from train_detector import HEAD, kitchen_heads, kitchen_labels, kitchen_videos, overlap, targets, yolo_boxes

CLASSES = ["covered", "bare", "none"]
# How much each source counts within its class: what is hard and what kitchens wear counts most.
MASS = {"helmets": 1.2, "hats": 1.0, "bare heads, drawn on": 0.7, "bakery: net": 0.8, "factory: net": 0.8, "misc: net": 0.02, "office: net": 0.5, "bakery: cap": 1.0,
        "bakery: scarf": 1.4, "office: scarf": 0.8, "misc: cap": 0.05, "street: cap": 0.07, "street: hood": 0.02, "caps from above": 0.5,
        "bare heads": 1.5, "office: hair": 1.2, "bakery: hair": 0.25, "street: hair": 0.6, "misc: hair": 0.3, "factory: hair": 0.12}

ALIASES = {
    "helmet": "covered", "hat": "covered", "cap": "covered", "hardhat": "covered", "hard_hat": "covered", "chef_hat": "covered",
    "hairnet": "covered", "with_hat": "covered", "with_helmet": "covered", "wearing_hat": "covered", "head": "bare", "no_hat": "bare",
    "no_helmet": "bare", "no_hardhat": "bare", "without_hat": "bare", "without_helmet": "bare", "uncovered": "bare", "bare_head":
    "bare"}


def load(data):
    with open(os.path.join(MODELS, "labels", "heads.jsonl")) as lines:
        labelled = {row["sha"]: row["heads"] for row in map(json.loads, lines)}
    first = originals(data)
    original = lambda r: first.get(stem(r["file"]), (r["sha"], r["w"], r["h"]))
    rows = [r for r in teacher_rows() if r["file"].split("/")[0] in ("hardhats", "kitchens", "overhead") or original(r)[0] in labelled]
    part, places = kept_apart(), kitchen_videos(data)
    examples, helmets = [], []
    for r, picture in zip(rows, read_all(data, rows)):
        name, source = stem(r["file"]), r["file"].split("/")[0]
        where = part.get(name, "train")
        if source == "kitchens":
            examples += [Example(picture, box, CLASSES.index(label), where, f"{places[name][0]}: {kind}") for *box, label, kind in of_kitchen(data, r)]
            continue
        if source == "overhead":
            # The box of a cap is the cap; the head is a little larger.
            examples += [Example(picture, grown(b, 1.15), 0, where, "caps from above") for c, b in yolo_boxes(data, r) if c == 1]
            continue
        sha, width, _ = original(r)
        shrink = r["w"] / width
        for *box, label in labelled.get(sha, []):
            # Of a face that fills its picture the top of the head is not seen.
            if label == "bare" and box[1] < -0.12 * (box[3] - box[1]):
                continue
            examples.append(Example(picture, [v * shrink for v in box], CLASSES.index(label), where, "bare heads" if label == "bare" else "hats"))
        worn = [b for _, b in yolo_boxes(data, r)] if source == "hardhats" else []
        for c, *box in targets(data, r)[0]:
            if c == HEAD and max(box[2] - box[0], box[3] - box[1]) >= 16 and any(overlap(b, box) > 0.6 for b in worn):
                helmets.append(Example(picture, box, 0, where, "helmets"))
    found = sum(original(r)[0] in labelled for r in rows)
    if found < len(labelled) / 2:
        raise SystemExit(f"Of {len(labelled)} labelled pictures {found} are at {data}: are they the same files, or is originals.json missing?")
    return with_negatives(examples + helmets, data, "head", 2)


def grown(box, factor):
    cx, cy, w, h = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (box[2] - box[0]) * factor / 2, (box[3] - box[1]) * factor / 2
    return [cx - w, cy - h, cx + w, cy + h]


def of_kitchen(data, row):
    """[x1, y1, x2, y2, label, kind] of each head of kitchens/ that somebody could tell."""
    seen = kitchen_labels().get(stem(row["file"]), {})
    told = [h for h in seen.get("heads", [])]
    for _, box in ((c, b) for c, b in yolo_boxes(data, row) if c == 0 and b in kitchen_heads(data, row)[0]):
        told.append([*box, "covered", "net"])
    return [h for h in told if h[4] != "unclear" and max(h[2] - h[0], h[3] - h[1]) >= 10 and (h[2] - h[0]) * (h[3] - h[1]) < 0.2 * row["w"] * row["h"]]


def dressed(example, rng):
    if example.label != 1 or rng.random() > 0.25 or example.source != "bare heads" or example.box[3] - example.box[1] < 20:
        return None
    return (*hat(example.bgr, example.box, rng), 0)


if __name__ == "__main__":
    args = arguments(__doc__)
    train("head", load(args.data), CLASSES, args, size=96, scale=1.25, smallest=16, sure=0.65, change=dressed, mass=MASS, shares=[1.0, 0.8, 0.4], turning=0.12, manifest={
        # An accusation needs more than a clean bill.
        "thresholds": {"bare": 0.85},
        "aliases": ALIASES,
        "version": "3", "about": "Does this head wear a hat, cap, net, helmet, hood or scarf?", "licence": "MIT; backbone started from YOLOX-nano (Megvii, Apache-2.0), all layers trained on",
        "data": ["kitchens (CC BY 4.0), labelled by us", "overhead (CC BY 4.0)", "hardhats (Public Domain)", "masks (MIT), labelled by us",
                 "toques, cooks' caps and nets drawn onto its bare heads, in training only"]})
