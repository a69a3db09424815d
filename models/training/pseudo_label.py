#!/usr/bin/env python3
"""Lets the teachers look at every training picture once and writes what they saw, keyed by the picture's SHA-256.

Usage: pseudo_label.py --data DIR [--out FILE.jsonl]   (resumable: pictures already in FILE are skipped)
One line a picture: {"sha":…, "file":…, "w":…, "h":…, "person":[[x1,y1,x2,y2,score]…], "phone":[…], "face":[…]}, pixels.
From a ceiling persons are small: on wide pictures of kitchens/ the teacher also looks at squares as high as the picture.
"""
import argparse
import glob
import hashlib
import json
import multiprocessing
import os
import sys

import cv2
import numpy as np

from common import CACHE

try:
    import onnxruntime
except ImportError:
    onnxruntime = None


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


class Graph:
    """An ONNX file that answers blobs: by ONNX Runtime where it is installed (four times as fast), else by OpenCV."""

    def __init__(self, path, outputs=None):
        self.outputs = outputs
        if onnxruntime:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = max(1, cv2.getNumThreads())
            self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            self.input = self.session.get_inputs()[0].name
        else:
            self.net = cv2.dnn.readNetFromONNX(path)

    def __call__(self, blob):
        if onnxruntime:
            return self.session.run(self.outputs, {self.input: blob})
        self.net.setInput(blob)
        return self.net.forward(self.outputs or self.net.getUnconnectedOutLayersNames())


class Yolox:
    def __init__(self, path, size=416):
        self.net, self.size = Graph(path), size
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
        out = self.net(np.ascontiguousarray(padded.transpose(2, 0, 1)[None]))[0][0]
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


def in_squares(yolox, bgr, classes):
    """Finds on the whole picture and on overlapping squares of its height; what a square's inner edge cuts is left to the others."""
    h, w = bgr.shape[:2]
    found = yolox(bgr, classes)
    count = -(-w // h) if w > h else 0
    for left in np.linspace(0, w - h, count).astype(int) if count else ():
        for name, boxes in yolox(bgr[:, left : left + h], classes).items():
            whole = [b for b in boxes if (b[0] > 4 or left == 0) and (b[2] < h - 4 or left + h >= w)]
            found[name] += [[round(b[0] + float(left), 1), b[1], round(b[2] + float(left), 1), *b[3:]] for b in whole]
    for name, boxes in found.items():
        if boxes:
            array = np.array(boxes)
            found[name] = [boxes[k] for k in iou_nms(array[:, :4], array[:, 4], 0.5)]
    return found


class UltraFace:
    def __init__(self, path):
        self.net = Graph(path, ["boxes", "scores"])

    def __call__(self, bgr, threshold=0.6):
        # Padding keeps the aspect and lets a face that fills the picture fit the anchors.
        h, w = bgr.shape[:2]
        side_w = max(w, h * 4 / 3) * 1.2
        side_h = side_w * 3 / 4
        ox, oy = (side_w - w) / 2, (side_h - h) / 2
        canvas = np.full((int(side_h), int(side_w), 3), 114, np.uint8)
        canvas[int(oy) : int(oy) + h, int(ox) : int(ox) + w] = bgr
        blob = (cv2.resize(canvas, (640, 480))[:, :, ::-1].astype(np.float32) - 127) / 128
        boxes, scores = (x[0] for x in self.net(np.ascontiguousarray(blob.transpose(2, 0, 1)[None])))
        idx = np.where(scores[:, 1] > threshold)[0]
        boxes = boxes[idx] * np.tile([canvas.shape[1], canvas.shape[0]], 2) - np.tile([int(ox), int(oy)], 2)
        keep = iou_nms(boxes, scores[idx, 1], 0.35)
        return [[*map(float, np.round(boxes[k], 1)), round(float(scores[idx[k], 1]), 3)] for k in keep]


class Looker:
    """Looks at one picture with every teacher."""

    def __init__(self, data, threads):
        cv2.setNumThreads(threads)
        teachers = os.path.join(data, "teachers")
        self.data = data
        self.yolox = Yolox(f"{teachers}/yolox_nano_coco_416.onnx")
        self.faces = [UltraFace(f"{teachers}/ultraface_{name}.onnx") for name in ("version-RFB-640", "RFB-640-masked_face-v2")]

    def __call__(self, file):
        path = os.path.join(self.data, file)
        bgr = cv2.imread(path)
        if bgr is None:
            print(f"unreadable: {file}", file=sys.stderr)
            return None
        row = {"sha": hashlib.sha256(open(path, "rb").read()).hexdigest(), "file": file, "w": bgr.shape[1], "h": bgr.shape[0]}
        classes = {"person": 0, "phone": 67}
        row.update(in_squares(self.yolox, bgr, classes) if file.startswith("kitchens/") else self.yolox(bgr, classes))
        row["face"], row["masked_face"] = self.faces[0](bgr), self.faces[1](bgr)
        return row


def pooled(make, files, jobs):
    """make() once in each of `jobs` processes, then its answer for every file, in order."""
    if jobs <= 1:
        yield from map(make(), files)
        return
    with multiprocessing.get_context("fork").Pool(jobs, _begin, (make,)) as pool:
        yield from pool.imap(_answer, files, chunksize=4)


def _begin(make):
    global answer
    answer = make()


def _answer(file):
    return answer(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", default=os.path.join(CACHE, "teachers.jsonl"))
    parser.add_argument("--threads", type=int, default=max(1, os.cpu_count() - 1))
    parser.add_argument("--jobs", type=int, default=1, help="processes, each of so many threads")
    args = parser.parse_args()
    os.makedirs(os.path.dirname(args.out), exist_ok=True)
    done = {json.loads(line)["file"] for line in open(args.out)} if os.path.exists(args.out) else set()
    sets = [sorted(glob.glob(f"{args.data}/{name}/*/*.*")) for name in ("kitchens", "overhead", "gloves", "hands", "hardhats", "masks")]
    files = [file for file in (os.path.relpath(f, args.data) for f in sum(sets, []) if "/labels/" not in f) if file not in done]
    with open(args.out, "a") as out:
        for i, row in enumerate(pooled(lambda: Looker(args.data, args.threads), files, args.jobs)):
            if row:
                out.write(json.dumps(row) + "\n")
            if i % 50 == 0:
                out.flush()
                print(f"\r{i}/{len(files)}", end="", file=sys.stderr)


if __name__ == "__main__":
    main()
