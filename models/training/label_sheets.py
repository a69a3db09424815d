#!/usr/bin/env python3
"""Labels heads covered or bare by looking: draws contact sheets of numbered heads, and takes down what somebody saw on them.

Usage: label_sheets.py --data DIR --out DIR              draws sheet-NN.png and sheets.json: heads that the detector finds on pictures without labels,
                                                         those first that the head model takes for covered
       label_sheets.py --data DIR --out DIR --answers F  reads F and appends to models/labels/heads.jsonl
F has a line a sheet, `NN: covered 3 7 9; bare 1 2 4-6`; a number that no line names is left out (a helmet, no head, too dark to say). A picture of
which any head was answered counts as labelled.
"""
import argparse
import json
import os
import re

import cv2
import numpy as np
import torch

from common import MODELS, teacher_rows
from crops import crop
from onnx_net import DetectorNet
from train_detector import CLASSES, HEAD, detect, overlap, yolo_boxes

LABELS = os.path.join(MODELS, "labels", "heads.jsonl")
ACROSS, SIDE = 10, 112


def found(data):
    """Every head on a picture without labels that wears no known helmet: (chance that it is covered, sha, file, box)."""
    with open(LABELS) as lines:
        done = {json.loads(line)["sha"] for line in lines}
    detector = DetectorNet(f"{data}/teachers/yolox_nano_coco_416.onnx", len(CLASSES))
    detector.start_from(os.path.join(MODELS, "detector.onnx"))
    detector.eval()
    judge = cv2.dnn.readNetFromONNX(os.path.join(MODELS, "head.onnx"))
    heads = []
    for row in teacher_rows():
        if row["sha"] in done or row["file"].startswith("hands/"):
            continue
        bgr = cv2.imread(os.path.join(data, row["file"]))
        helmets = [b for _, b in yolo_boxes(data, row)] if row["file"].startswith("hardhats/") else []
        for score, box in detect(detector, bgr, threshold=0.4)[HEAD]:
            if min(box[2] - box[0], box[3] - box[1]) < 18 or any(overlap(h, box) > 0.3 or overlap(box, h) > 0.3 for h in helmets):
                continue
            judge.setInput(np.ascontiguousarray(crop(bgr, box, 96, 1.25).transpose(2, 0, 1)[None].astype(np.float32)))
            heads.append((float(judge.forward()[0][0]), row["sha"], row["file"], [round(v) for v in box]))
    return sorted(heads, reverse=True)


def draw(data, out, heads, most):
    os.makedirs(out, exist_ok=True)
    sheets = [heads[i : i + ACROSS * ACROSS] for i in range(0, min(most, len(heads)), ACROSS * ACROSS)]
    for number, sheet in enumerate(sheets):
        canvas = np.zeros((ACROSS * SIDE, ACROSS * SIDE, 3), np.uint8)
        for i, (_, _, file, box) in enumerate(sheet):
            y, x = i // ACROSS * SIDE, i % ACROSS * SIDE
            canvas[y : y + SIDE, x : x + SIDE] = crop(cv2.imread(os.path.join(data, file)), box, SIDE, 1.7)
            cv2.putText(canvas, str(i), (x + 2, y + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 255, 255), 1, cv2.LINE_AA)
        cv2.imwrite(os.path.join(out, f"sheet-{number:02}.png"), canvas)
    with open(os.path.join(out, "sheets.json"), "w") as file:
        json.dump([[[sha, box] for _, sha, _, box in sheet] for sheet in sheets], file)
    print(f"{len(heads)} heads, {len(sheets)} sheets in {out}")


def numbers(text):
    for part in text.split():
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def take(out, answers):
    with open(os.path.join(out, "sheets.json")) as file:
        sheets = json.load(file)
    labelled = {}
    with open(answers) as lines:
        for line in filter(str.strip, lines):
            number, said = line.split(":")
            for label, which in re.findall(r"(covered|bare)([\d\s-]+)", said):
                for i in numbers(which):
                    sha, box = sheets[int(number)][i]
                    labelled.setdefault(sha, []).append([*box, label])
    with open(LABELS, "a") as file:
        file.writelines(json.dumps({"sha": sha, "heads": heads}, separators=(",", ":")) + "\n" for sha, heads in sorted(labelled.items()))
    print(f"{sum(map(len, labelled.values()))} heads of {len(labelled)} pictures")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--answers")
    parser.add_argument("--most", type=int, default=1000)
    args = parser.parse_args()
    torch.set_num_threads(max(1, os.cpu_count() - 1))
    if args.answers:
        take(args.out, args.answers)
    else:
        with torch.no_grad():
            draw(args.data, args.out, found(args.data), args.most)
