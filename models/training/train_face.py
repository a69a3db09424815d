#!/usr/bin/env python3
"""Trains models/face.onnx: is this face masked or bare?

Usage: train_face.py --data DIR [--epochs N] [--seed N]     (about ten minutes on two cores; resumable)
Each picture of masks/ gives the square around its teacher's face box, jittered, and at times the whole picture.
"""
import argparse
import os
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from attribute_net import AttributeNet
from common import CACHE, curves, dhash, export, progress, seed_all, split_by_origin, teacher_rows, wilson

CLASSES = ["masked", "bare"]
SIZE, SURE = 64, 0.80


def load(data):
    rows, hashes = [], []
    for row in teacher_rows():
        if not row["file"].startswith("masks/"):
            continue
        bgr = cv2.imread(os.path.join(data, row["file"]))
        faces = sorted(row["face"] + row["masked_face"], key=lambda b: -b[4] * (b[2] - b[0]) * (b[3] - b[1]))
        rows.append((bgr, faces[0][:4] if faces else None, 0 if "/with_mask/" in row["file"] else 1))
        hashes.append(dhash(bgr))
    return rows, split_by_origin(hashes)


def crop(bgr, box, scale=1.3, dx=0.0, dy=0.0, angle=0.0):
    """The square around a face, as VisionModels cuts it: side = scale × the longer side, padded with grey."""
    h, w = bgr.shape[:2]
    if box is None:
        box = (0, 0, w, h)
        scale /= 1.3
    side = max(box[2] - box[0], box[3] - box[1]) * scale
    cx, cy = (box[0] + box[2]) / 2 + dx * side, (box[1] + box[3]) / 2 + dy * side
    m = cv2.getRotationMatrix2D((cx, cy), angle, SIZE / side)
    m[:, 2] += SIZE / 2 - np.array([cx, cy])
    flags = cv2.INTER_AREA if side > SIZE else cv2.INTER_LINEAR
    return cv2.warpAffine(bgr, m, (SIZE, SIZE), flags=flags, borderValue=(114, 114, 114))


def augment(bgr, box, rng):
    if rng.random() < 0.25:
        box = None
    if rng.random() < 0.5:
        # A kitchen camera sees faces of 12 to 60 pixels: lose the detail first.
        small = rng.uniform(14, 60) / max((box[2] - box[0], box[3] - box[1]) if box else bgr.shape[:2])
        if small < 1:
            bgr = cv2.resize(bgr, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
            box = [v * small for v in box] if box else None
        if rng.random() < 0.5:
            bgr = cv2.imdecode(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])[1], 1)
    out = crop(bgr, box, 1.3 * np.exp(rng.normal(0, 0.13)), rng.normal(0, 0.05), rng.normal(0, 0.05), rng.normal(0, 10))
    if rng.random() < 0.5:
        out = out[:, ::-1]
    out = out.astype(np.float32)
    out = out * rng.uniform(0.6, 1.4) + rng.uniform(-25, 25)
    grey = out.mean(2, keepdims=True)
    out = grey + (out - grey) * rng.uniform(0.0, 1.4) if rng.random() < 0.6 else out
    out = out * rng.uniform(0.9, 1.1, 3)
    if rng.random() < 0.3:
        out += rng.normal(0, rng.uniform(2, 12), out.shape)
    if rng.random() < 0.25:
        # Something held before the face (a hand, a bowl, a bar of light) is no mask and hides none.
        x, y, s = rng.integers(0, 48), rng.integers(0, 48), rng.integers(6, 20)
        out[y : y + s, x : x + s] = rng.uniform(0, 255, 3)
    return np.clip(out, 0, 255)


def tensor(crops):
    x = np.stack(crops)[..., ::-1].transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32)).sub_(127.5).div_(127.5)


def evaluate(net, rows, idx, whole):
    net.eval()
    with torch.no_grad():
        x = tensor([crop(rows[i][0], None if whole else rows[i][1]) for i in idx])
        p = torch.cat([(net(b).softmax(1) + net(b.flip(3)).softmax(1)) / 2 for b in x.split(256)]).numpy()
    y = np.array([rows[i][2] for i in idx])
    return p, y


def report(p, y):
    sure = p.max(1) >= SURE
    right = p.argmax(1) == y
    return {"n": int(len(y)), "accuracy": round(float(right.mean()), 4), "interval95": wilson(right.sum(), len(y)),
            "sure_accuracy": round(float(right[sure].mean()), 4), "unsure": round(float(1 - sure.mean()), 4)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    seed_all(args.seed)
    torch.set_num_threads(os.cpu_count())
    rows, part = load(args.data)
    train, test = np.where(part != 0)[0], np.where(part == 0)[0]
    print(f"{len(train)} to learn from, {len(test)} held out")
    net = AttributeNet(len(CLASSES))
    mean_net = AttributeNet(len(CLASSES))
    mean_net.load_state_dict(net.state_dict())
    batch = 64
    steps = len(train) // batch
    total = args.epochs * steps
    opt = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(opt, 4e-3, total_steps=total, pct_start=0.15)
    saved, history, first = os.path.join(CACHE, "face.pt"), [], 0
    if os.path.exists(saved):
        state = torch.load(saved)
        net.load_state_dict(state["net"]), mean_net.load_state_dict(state["mean"]), opt.load_state_dict(state["opt"])
        schedule.load_state_dict(state["schedule"])
        history, first = state["history"], state["epoch"] + 1
    start = time.time()
    for epoch in range(first, args.epochs):
        rng = np.random.default_rng(args.seed * 1000 + epoch)
        order, losses = rng.permutation(train), []
        net.train()
        for s in range(steps):
            idx = order[s * batch : (s + 1) * batch]
            x = tensor([augment(rows[i][0], rows[i][1], rng) for i in idx])
            y = torch.tensor([rows[i][2] for i in idx])
            loss = F.cross_entropy(net(x), y, label_smoothing=0.05)
            opt.zero_grad()
            loss.backward()
            opt.step()
            schedule.step()
            losses.append(loss.item())
            decay = min(0.998, (epoch * steps + s + 1) / (epoch * steps + s + 10))
            with torch.no_grad():
                for a, b in zip(mean_net.state_dict().values(), net.state_dict().values()):
                    a.mul_(decay).add_(b, alpha=1 - decay) if a.dtype.is_floating_point else a.copy_(b)
            progress((epoch - first) * steps + s, (args.epochs - first) * steps, start, f"loss {np.mean(losses):.3f}")
        score = report(*evaluate(mean_net, rows, test, False))
        whole = report(*evaluate(mean_net, rows, test, True))
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": score["accuracy"], "whole picture": whole["accuracy"]})
        print(f"\nepoch {epoch}: {history[-1]}")
        torch.save({"net": net.state_dict(), "mean": mean_net.state_dict(), "opt": opt.state_dict(), "schedule": schedule.state_dict(),
                    "history": history, "epoch": epoch}, saved)
    curves("face", history)
    scores = {"face box": report(*evaluate(mean_net, rows, test, False)), "whole picture": report(*evaluate(mean_net, rows, test, True))}
    print(scores)

    mean_net.eval()
    export(torch.nn.Sequential(mean_net, torch.nn.Softmax(1)), "face", torch.zeros(1, 3, SIZE, SIZE), {
        "version": "1", "decoder": "softmax", "about": "Is this face covered by a mask (nose and mouth) or bare?",
        "input": {"name": "image", "width": SIZE, "height": SIZE, "layout": "NCHW", "colour": "RGB", "mean": 127.5, "scale": 1 / 127.5},
        "cropScale": 1.3, "minPixels": 14, "classes": CLASSES, "threshold": SURE, "licence": "MIT",
        "data": ["masks (MIT, Face-Mask-Detection 7e500749)"], "training": f"./run train face (seed {args.seed}, {args.epochs} epochs)", "scores": scores,
    }, {"image": {0: "n"}, "scores": {0: "n"}})


if __name__ == "__main__":
    main()
