#!/usr/bin/env python3
"""Lets the teachers look at every training picture once and writes what they saw, keyed by the picture's SHA-256.

Usage: pseudo_label.py --data DIR [--out FILE.jsonl]   (resumable: pictures already in FILE are skipped)
One line a picture: {"sha":…, "file":…, "w":…, "h":…, "person":[[x1,y1,x2,y2,score]…], "phone":[…], "face":[…]}, pixels.
"""
import argparse
import glob
import hashlib
import json
import os
import sys

import cv2
import numpy as np

from common import CACHE


def iou_nms(boxes, scores, threshold):
    keep = []
    for i in np.argsort(-scores):
        if all(iou(boxes[i], boxes[j]) < threshold for j in keep):
            keep.append(i)
    return keep


def iou(a, b):
    w = min(a[2], b[2]) - max(a[0], b[0])
    h = min(a[3], b[3]) - max(a[1], b[1])
    if w <= 0 or h <= 0:
        return 0.0
    inter = w * h
    return inter / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - inter)


class Yolox:
    def __init__(self, path, size=416):
        self.net, self.size = cv2.dnn.readNetFromONNX(path), size
        grids, strides = [], []
        for s in (8, 16, 32):
            n = size // s
            gx, gy = np.meshgrid(np.arange(n), np.arange(n))
            grids.append(np.stack((gx, gy), 2).reshape(-1, 2))
            strides.append(np.full((n * n, 1), s))
        self.grid, self.stride = np.concatenate(grids), np.concatenate(strides)

    def __call__(self, bgr, classes, threshold=0.25):
        ratio = min(self.size / bgr.shape[0], self.size / bgr.shape[1])
        small = cv2.resize(bgr, None, fx=ratio, fy=ratio)
        padded = np.full((self.size, self.size, 3), 114, np.float32)
        padded[: small.shape[0], : small.shape[1]] = small[: self.size, : self.size]
        self.net.setInput(np.ascontiguousarray(padded.transpose(2, 0, 1)[None]))
        out = self.net.forward()[0]
        centre = (out[:, :2] + self.grid) * self.stride
        size = np.exp(out[:, 2:4]) * self.stride
        boxes = np.concatenate((centre - size / 2, centre + size / 2), 1) / ratio
        found = {}
        for name, c in classes.items():
            score = out[:, 4] * out[:, 5 + c]
            idx = np.where(score > threshold)[0]
            keep = iou_nms(boxes[idx], score[idx], 0.5)
            found[name] = [[*map(float, np.round(boxes[idx][k], 1)), round(float(score[idx][k]), 3)] for k in keep]
        return found


class UltraFace:
    def __init__(self, path):
        self.net = cv2.dnn.readNetFromONNX(path)

    def __call__(self, bgr, threshold=0.6):
        # Padding keeps the aspect and lets a face that fills the picture fit the anchors.
        h, w = bgr.shape[:2]
        side_w = max(w, h * 4 / 3) * 1.2
        side_h = side_w * 3 / 4
        ox, oy = (side_w - w) / 2, (side_h - h) / 2
        canvas = np.full((int(side_h), int(side_w), 3), 114, np.uint8)
        canvas[int(oy) : int(oy) + h, int(ox) : int(ox) + w] = bgr
        blob = (cv2.resize(canvas, (640, 480))[:, :, ::-1].astype(np.float32) - 127) / 128
        self.net.setInput(np.ascontiguousarray(blob.transpose(2, 0, 1)[None]))
        boxes, scores = (x[0] for x in self.net.forward(["boxes", "scores"]))
        idx = np.where(scores[:, 1] > threshold)[0]
        boxes = boxes[idx] * np.tile([canvas.shape[1], canvas.shape[0]], 2) - np.tile([int(ox), int(oy)], 2)
        keep = iou_nms(boxes, scores[idx, 1], 0.35)
        return [[*map(float, np.round(boxes[k], 1)), round(float(scores[idx[k], 1]), 3)] for k in keep]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", default=os.path.join(CACHE, "teachers.jsonl"))
    args = parser.parse_args()
    os.makedirs(os.path.dirname(args.out), exist_ok=True)
    teachers = os.path.join(args.data, "teachers")
    yolox = Yolox(f"{teachers}/yolox_nano_coco_416.onnx")
    faces = [UltraFace(f"{teachers}/ultraface_version-RFB-640.onnx"), UltraFace(f"{teachers}/ultraface_RFB-640-masked_face-v2.onnx")]
    done = {json.loads(line)["file"] for line in open(args.out)} if os.path.exists(args.out) else set()
    files = sorted(
        os.path.relpath(f, args.data)
        for f in glob.glob(f"{args.data}/masks/*/*") + glob.glob(f"{args.data}/hardhats/images/*") + glob.glob(f"{args.data}/hands/images/*")
    )
    with open(args.out, "a") as out:
        for i, file in enumerate(files):
            if file in done:
                continue
            path = os.path.join(args.data, file)
            bgr = cv2.imread(path)
            if bgr is None:
                print(f"unreadable: {file}", file=sys.stderr)
                continue
            row = {"sha": hashlib.sha256(open(path, "rb").read()).hexdigest(), "file": file, "w": bgr.shape[1], "h": bgr.shape[0]}
            row.update(yolox(bgr, {"person": 0, "phone": 67}))
            row["face"], row["masked_face"] = faces[0](bgr), faces[1](bgr)
            out.write(json.dumps(row) + "\n")
            if i % 50 == 0:
                out.flush()
                print(f"\r{i}/{len(files)}", end="", file=sys.stderr)


if __name__ == "__main__":
    main()
