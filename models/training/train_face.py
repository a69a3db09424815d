#!/usr/bin/env python3
"""Trains models/face.onnx: is this face masked, masked below the nose, or bare?   Usage: train_face.py --data DIR [--minutes M] [--seed N]
Each picture of masks/ gives its teacher's face box, and at times the whole picture. What its folder tells wrongly we labelled by looking
(models/labels/faces.jsonl). Masks below the nose are drawn too: the data has hardly any.
"""
import json
import os

from common import MODELS, kept_apart, originals, read_all, stem, teacher_rows
from composites import mask
from crops import Example, arguments, train, with_negatives

CLASSES = ["masked", "below-nose", "bare", "none"]
MASS = {"faces": 1.0, "whole pictures": 0.3, "faces, drawn on": 0.7}

ALIASES = {
    "with_mask": "masked", "mask": "masked", "wearing_mask": "masked", "face_mask": "masked", "correct": "masked", "without_mask":
    "bare", "no_mask": "bare", "face": "bare", "unmasked": "bare", "incorrect": "below-nose", "incorrect_mask": "below-nose",
    "mask_weared_incorrect": "below-nose", "mask_worn_incorrectly": "below-nose", "below_nose": "below-nose"}


def load(data):
    rows = [r for r in teacher_rows() if r["file"].startswith("masks/")]
    part = kept_apart()
    with open(os.path.join(MODELS, "labels", "faces.jsonl")) as lines:
        seen = {row["sha"]: row["face"] for row in map(json.loads, lines)}
    first, examples = originals(data), []
    for r, picture in zip(rows, read_all(data, rows)):
        where = part.get(stem(r["file"]), "train")
        faces = sorted(r["face"] + r["masked_face"], key=lambda b: -b[4] * (b[2] - b[0]) * (b[3] - b[1]))
        name = seen.get(first.get(stem(r["file"]), [r["sha"]])[0], "masked" if "/with_mask/" in r["file"] else "bare")
        if name == "unclear":
            continue
        label = CLASSES.index(name)
        if faces:
            examples.append(Example(picture, faces[0][:4], label, where, "faces"))
        # The set's pictures are faces already; the box that the crop's scale makes of it is the picture.
        w, h = r["w"], r["h"]
        examples.append(Example(picture, (w * 0.115, h * 0.115, w * 0.885, h * 0.885), label, where, "whole pictures"))
    return with_negatives(examples, data, "face", 3)


def worn(example, rng):
    chance = rng.random()
    if example.label != 2 or example.source != "faces" or chance > 0.34 or example.box[3] - example.box[1] < 24:
        return None
    if chance < 0.16:
        return mask(example.bgr, example.box, rng.uniform(0.42, 0.56), rng), example.box, 0
    if chance < 0.34:
        return mask(example.bgr, example.box, rng.uniform(0.70, 0.80) if rng.random() < 0.7 else rng.uniform(0.80, 0.95), rng), example.box, 1
    return None


if __name__ == "__main__":
    args = arguments(__doc__)
    train("face", load(args.data), CLASSES, args, size=96, scale=1.3, smallest=12, sure=0.6, change=worn, mass=MASS, shares=[1.0, 0.45, 1.0, 0.5], manifest={
        "thresholds": {"below-nose": 0.85},
        "aliases": ALIASES,
        "version": "4", "about": "Is this face covered by a mask (nose and mouth), by one below the nose, or bare?",
        "licence": "MIT; backbone started from YOLOX-nano (Megvii, Apache-2.0), all layers trained on",
        "data": ["masks (MIT, Face-Mask-Detection 7e500749)", "masks drawn onto its bare faces, in training only"]})
