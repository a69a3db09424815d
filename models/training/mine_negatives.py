#!/usr/bin/env python3
"""Finds what the detector takes for a hand, face or head and is none, so that the classifiers learn to reject it.

Usage: mine_negatives.py --data DIR [--out FILE.jsonl]   (resumable)
Only where the labels are complete: hands/ for hands, pictures with sure teachers for faces and heads. One line a picture:
{"file":…, "hand":[[x1,y1,x2,y2]…], "face":[…], "head":[…]}, pixels.
"""
import argparse
import json
import os

import cv2
import torch

from common import CACHE, MODELS, teacher_rows
from onnx_net import DetectorNet
from train_detector import CLASSES, FACE, HAND, HEAD, detect, overlap, targets


def wrong(found, known, ignored, label):
    """Finds that touch nothing known of their kind and nothing that might be one."""
    may = [b[1:] for b in known + ignored if b[0] == label]
    return [[round(v) for v in b] for s, b in found[label] if s >= 0.2 and all(overlap(b, m) < 0.15 and overlap(m, b) < 0.15 for m in may)
            and min(b[2] - b[0], b[3] - b[1]) >= 12]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", default=os.path.join(CACHE, "negatives.jsonl"))
    parser.add_argument("--threads", type=int, default=max(1, os.cpu_count() - 1))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    net = DetectorNet(f"{args.data}/teachers/yolox_nano_coco_416.onnx", len(CLASSES))
    net.start_from(os.path.join(MODELS, "detector.onnx"))
    net.eval()
    done = {json.loads(line)["file"] for line in open(args.out)} if os.path.exists(args.out) else set()
    with open(args.out, "a") as out:
        for row in teacher_rows():
            hands = row["file"].startswith("hands/")
            if row["file"] in done or row["file"].startswith("masks/"):
                continue
            found = detect(net, cv2.imread(os.path.join(args.data, row["file"])), threshold=0.2)
            known, ignored = targets(args.data, row)
            # Helmets alone tell no bare heads: a head that touches a person may be one.
            ignored += [[HEAD, *p[:4]] for p in row["person"]] + [[FACE, p[0], p[1], p[2], (p[1] + p[3]) / 2] for p in row["person"] if p[4] < 0.3]
            line = {"file": row["file"], "hand": wrong(found, known, ignored, HAND) if hands else [], "face": wrong(found, known, ignored, FACE),
                    "head": [] if hands else wrong(found, known, ignored, HEAD)}
            out.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
