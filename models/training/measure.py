#!/usr/bin/env python3
"""Scores detectors on the pictures kept apart (split.py), by set, place and size of heads; also writes what they found.

Usage: measure.py --data DIR --net NAME=FILE… [--sizes 416 640] [--out FILE.json]
FILE is a shipped .onnx or a .pt that train_detector.py --save wrote.
"""
import argparse
import json
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import torch

from batches import DEVICE
from common import kept_apart, read_all, stem, teacher_rows, wilson
from onnx_net import DetectorNet, Shipped
from train_detector import CLASSES, HEAD, anchors, decode, kitchen_videos, overlap, overlaps, targets

# Edges of head sizes: the box's longer side in pixels of the net's input.
PIXELS = (0, 12, 16, 24, 40, 10000)


def load(path, data):
    net = DetectorNet(f"{data}/teachers/yolox_nano_coco_416.onnx", len(CLASSES))
    if path.endswith(".onnx"):
        net.start_from(path)
    else:
        state = torch.load(path, map_location="cpu")
        if state.get("wide", 1) > 1:
            net.widen(state["wide"])
        net.load_state_dict(state["mean"])
    return Shipped(net.to(DEVICE).eval())


def canvas(bgr, size):
    ratio = size / max(bgr.shape[:2])
    small = cv2.resize(bgr, (max(1, round(bgr.shape[1] * ratio)), max(1, round(bgr.shape[0] * ratio))))
    out = np.full((*(-(-v // 32) * 32 for v in small.shape[:2]), 3), 114, np.uint8)
    out[: small.shape[0], : small.shape[1]] = small
    return out, ratio


def suppressed(rows, boxes, threshold, iou=0.5):
    """[score, x1, y1, x2, y2] of each class, the best first."""
    found = []
    for c in range(len(CLASSES)):
        score = rows[:, 4 + c]
        idx = np.where(score > threshold)[0]
        idx, keep = idx[np.argsort(-score[idx])][:150], []
        while len(idx):
            keep.append(idx[0])
            idx = idx[1:][overlaps(boxes[idx[0]], boxes[idx[1:]]) < iou]
        found.append([[round(float(score[i]), 4), *(round(float(v), 1) for v in boxes[i])] for i in keep])
    return found


def find(net, pictures, size, threshold=0.05):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda p: canvas(p, size), pictures))
    shapes, found = {}, [None] * len(pictures)
    for i, (c, _) in enumerate(made):
        shapes.setdefault(c.shape, []).append(i)
    for (h, w, _), members in shapes.items():
        grid, stride = (t.to(DEVICE) for t in anchors(h, w))
        for at in range(0, len(members), 32):
            some = members[at : at + 32]
            x = torch.from_numpy(np.stack([made[i][0] for i in some])).to(DEVICE).permute(0, 3, 1, 2).float().contiguous()
            with torch.no_grad():
                rows = net(x)
                boxes = decode(rows, grid, stride)
            rows, boxes = rows.cpu().numpy(), boxes.cpu().numpy()
            for k, i in enumerate(some):
                may = rows[k][:, 4:].max(1) > threshold
                found[i] = suppressed(rows[k][may], boxes[k][may] / made[i][1], threshold)
    return found


def matched(found, truth, ignored):
    """(score, right) of each find that counts, and of each true box the score that it was found with (0 is not)."""
    hits, scores = [], [0.0] * len(truth)
    for s, *b in found:
        free = [g for g in range(len(truth)) if not scores[g]]
        ious = overlaps(np.array(b), np.array([truth[g] for g in free]).reshape(-1, 4))
        if len(free) and ious.max() >= 0.5:
            scores[free[int(ious.argmax())]] = s
            hits.append((s, 1))
        elif not any(overlap(b, r) > 0.5 for r in ignored):
            hits.append((s, 0))
    return hits, scores


def precision_curve(hits, count):
    hits = sorted(hits, reverse=True)
    right = np.cumsum([h[1] for h in hits])
    precision = np.maximum.accumulate((right / np.arange(1, len(hits) + 1))[::-1])[::-1]
    return float(sum(p for p, h in zip(precision, hits) if h[1]) / count)


def score(found, wanted, threshold, ratio):
    """AP50, recall and precision at a threshold of each class, and recall of heads by their size in the net."""
    result, sizes = {}, []
    for c, name in enumerate(CLASSES):
        hits, told = [], []
        for f, (boxes, ignored), r in zip(found, wanted, ratio):
            truth = [b[1:] for b in boxes if b[0] == c]
            h, s = matched(f[c], truth, [b[1:] for b in ignored if b[0] == c])
            hits += h
            told += s
            sizes += [(max(b[2] - b[0], b[3] - b[1]) * r, x >= threshold) for b, x in zip(truth, s)] if c == HEAD else []
        if told:
            got, sure = sum(s >= threshold for s in told), [h for h in hits if h[0] >= threshold]
            ap50 = round(precision_curve(hits, len(told)), 4) if hits else 0.0
            result[name] = {"n": len(told), "ap50": ap50, "recall": round(got / len(told), 4), "interval95": wilson(got, len(told)),
                            "precision": round(sum(h[1] for h in sure) / max(1, len(sure)), 4)}
    for low, high in zip(PIXELS, PIXELS[1:]):
        some = [ok for px, ok in sizes if low <= px < high]
        if some:
            name = f"{low}-{high}" if high < 10000 else f"{low}-"
            result.setdefault("head recall by pixels", {})[name] = [round(float(np.mean(some)), 3), len(some)]
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--net", nargs="+", required=True)
    parser.add_argument("--sizes", nargs="+", type=int, default=[416, 512, 640])
    parser.add_argument("--threshold", type=float, default=0.35)
    parser.add_argument("--parts", nargs="+", default=["tune", "report"])
    parser.add_argument("--out")
    args = parser.parse_args()
    part, places = kept_apart(), kitchen_videos(args.data)
    rows = [r for r in teacher_rows() if part.get(stem(r["file"])) in args.parts]
    pictures, wanted = read_all(args.data, rows), [targets(args.data, r) for r in rows]
    of = [f"kitchens/{places[stem(r['file'])][0]}" if stem(r["file"]) in places else r["file"].split("/")[0] for r in rows]
    told, dumped = {}, {"files": [r["file"] for r in rows], "size": [[r["w"], r["h"]] for r in rows], "wanted": wanted, "found": {}}
    for name, path in (n.split("=") for n in args.net):
        net = load(path, args.data)
        for size in args.sizes:
            found = find(net, pictures, size)
            dumped["found"][f"{name} {size}"] = found
            for p in args.parts:
                for source in sorted(set(of)) + ["kitchens"]:
                    some = [i for i, r in enumerate(rows) if part[stem(r["file"])] == p and f"{of[i]}/".startswith(f"{source}/")]
                    if some:
                        pick = lambda values: [values[i] for i in some]
                        ratio = [size / max(rows[i]["w"], rows[i]["h"]) for i in some]
                        told[f"{p} {source} {name} {size}"] = score(pick(found), pick(wanted), args.threshold, ratio)
    if args.out:
        with open(args.out, "w") as out:
            json.dump({"scores": told, **dumped}, out, separators=(",", ":"))
    for key, value in told.items():
        print(key, json.dumps({k: v for k, v in value.items() if k in ("head", "hand", "face", "person")} if "kitchens" not in key else
                              {k: v for k, v in value.items() if k.startswith("head")}))


if __name__ == "__main__":
    main()
