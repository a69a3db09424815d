#!/usr/bin/env python3
"""Finds what the detector takes for a hand, face or head and is none, so that the classifiers learn to reject it.

Usage: mine_negatives.py --data DIR [--out FILE.jsonl]   (resumable)
Only where the labels are complete: hands/, gloves/, overhead/ for hands, kitchens/ for heads, sure teachers for faces. One line a picture:
{"file":…, "hand":[[x1,y1,x2,y2]…], "face":[…], "head":[…]}, pixels.
"""
import argparse
import json
import os

import cv2
import torch

from common import CACHE, MODELS, teacher_rows
from onnx_net import DetectorNet
from pseudo_label import Graph, onnxruntime, pooled
from train_detector import CLASSES, FACE, HAND, HEAD, detect, overlap, targets


def wrong(found, known, ignored, label):
    """Finds that touch nothing known of their kind and nothing that might be one."""
    may = [b[1:] for b in known + ignored if b[0] == label]
    return [[round(v) for v in b] for s, b in found[label] if s >= 0.2 and all(overlap(b, m) < 0.15 and overlap(m, b) < 0.15 for m in may)
            and min(b[2] - b[0], b[3] - b[1]) >= 12]


class Miner:
    def __init__(self, args):
        cv2.setNumThreads(args.threads)
        torch.set_num_threads(args.threads)
        self.data = args.data
        if onnxruntime:
            self.net = Graph(args.detector)
            return
        # OpenCV does not read nets of any size.
        self.net = DetectorNet(f"{args.data}/teachers/yolox_nano_coco_416.onnx", len(CLASSES)).eval()
        self.net.start_from(args.detector)

    def __call__(self, row):
        found = detect(self.net, cv2.imread(os.path.join(self.data, row["file"])), threshold=0.2)
        known, ignored = targets(self.data, row)
        of = row["file"].split("/")[0]
        # Helmets alone tell no bare heads: a head that touches a person may be one.
        ignored += [[FACE, p[0], p[1], p[2], (p[1] + p[3]) / 2] for p in row["person"] if p[4] < 0.3]
        if of != "kitchens":
            ignored += [[HEAD, *p[:4]] for p in row["person"]]
        return {"file": row["file"], "hand": wrong(found, known, ignored, HAND) if of != "hardhats" else [], "face": wrong(found, known, ignored, FACE),
                "head": wrong(found, known, ignored, HEAD) if of in ("kitchens", "hardhats") else []}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", default=os.path.join(CACHE, "negatives.jsonl"))
    parser.add_argument("--detector", default=os.path.join(MODELS, "detector.onnx"))
    parser.add_argument("--threads", type=int, default=max(1, os.cpu_count() - 1))
    parser.add_argument("--jobs", type=int, default=1)
    args = parser.parse_args()
    done = {json.loads(line)["file"] for line in open(args.out)} if os.path.exists(args.out) else set()
    rows = [r for r in teacher_rows() if r["file"] not in done and not r["file"].startswith("masks/")]
    with open(args.out, "a") as out:
        for line in pooled(lambda: Miner(args), rows, args.jobs):
            out.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
