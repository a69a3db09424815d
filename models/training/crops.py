"""Crops as VisionModels cuts them, how they are varied for training, and one trainer for every classifier of crops."""
import json
import os
import time
from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common import CACHE, MODELS, curves, dhash, export, progress, seed_all, split_by_origin, wilson
from onnx_net import Backbone

GREY = (114, 114, 114)
NONE_SHARE = 0.35


@dataclass
class Example:
    """One labelled box of a picture; `part` is its share of the split (0 is held out), `source` its data set."""
    bgr: np.ndarray
    box: tuple
    label: int
    part: int
    source: str
    weight: float = 1.0


def crop(bgr, box, size, scale, dx=0.0, dy=0.0, angle=0.0, border=cv2.BORDER_CONSTANT):
    """The square around a box: side = scale × the longer side, padded with grey."""
    side = max(box[2] - box[0], box[3] - box[1]) * scale
    cx, cy = (box[0] + box[2]) / 2 + dx * side, (box[1] + box[3]) / 2 + dy * side
    if side > 2 * size:
        # Nearby pixels first, so that the reduction averages and does not skip.
        shrink = size / side
        bgr = cv2.resize(bgr, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
        cx, cy, side = cx * shrink, cy * shrink, float(size)
    m = cv2.getRotationMatrix2D((cx, cy), angle, size / side)
    m[:, 2] += size / 2 - np.array([cx, cy])
    return cv2.warpAffine(bgr, m, (size, size), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=GREY)


def vary(bgr, box, size, scale, rng, smallest):
    """A crop as another camera would have shown it: nearer or farther, tilted, in other light, compressed, partly hidden."""
    x1, y1 = max(0, int(box[0] - (box[2] - box[0]))), max(0, int(box[1] - (box[3] - box[1])))
    bgr = bgr[y1 : int(box[3] + (box[3] - box[1])) + 1, x1 : int(box[2] + (box[2] - box[0])) + 1]
    box = [box[0] - x1, box[1] - y1, box[2] - x1, box[3] - y1]
    if rng.random() < 0.5:
        small = rng.uniform(smallest, 64) / max(box[2] - box[0], box[3] - box[1])
        if small < 1:
            bgr = cv2.resize(bgr, None, fx=small, fy=small, interpolation=cv2.INTER_AREA)
            box = [v * small for v in box]
        if rng.random() < 0.5:
            bgr = cv2.imdecode(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])[1], 1)
    out = crop(bgr, box, size, scale * np.exp(rng.normal(0, 0.13)), rng.normal(0, 0.05), rng.normal(0, 0.05), rng.normal(0, 12),
               # Padding tells which data set a crop is from; it must not.
               [cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT][rng.integers(3)])
    if rng.random() < 0.5:
        out = out[:, ::-1]
    out = out.astype(np.float32) * rng.uniform(0.6, 1.4) + rng.uniform(-25, 25)
    if rng.random() < 0.6:
        grey = out.mean(2, keepdims=True)
        out = grey + (out - grey) * rng.uniform(0.0, 1.4)
    out = out * rng.uniform(0.88, 1.12, 3)
    if rng.random() < 0.3:
        out = out + rng.normal(0, rng.uniform(2, 12), out.shape)
    if rng.random() < 0.25:
        x, y, s = rng.integers(0, size * 3 // 4), rng.integers(0, size * 3 // 4), rng.integers(size // 10, size // 3)
        out[y : y + s, x : x + s] = rng.uniform(0, 255, 3)
    return np.clip(out, 0, 255)


class CropNet(nn.Module):
    """float[N,3,S,S], BGR, 0–255 → logits[N,classes]: the detector's backbone, pooled at three depths, and one linear layer."""

    def __init__(self, teacher, classes):
        super().__init__()
        self.backbone = Backbone(teacher, os.path.join(MODELS, "detector.onnx"))
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(self.backbone.width, classes)

    def forward(self, x):
        return self.head(self.drop(self.backbone(x)))


def tensor(crops):
    return torch.from_numpy(np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2), dtype=np.float32))


def predict(net, crops):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(tensor(crops[i : i + 128])).softmax(1) for i in range(0, len(crops), 128)]).numpy()


def negatives(data, label):
    """What the detector wrongly takes for `label`, as pictures with boxes (see mine_negatives.py)."""
    path = os.path.join(CACHE, "negatives.jsonl")
    if not os.path.exists(path):
        raise SystemExit(f"{path} is missing: run './run train negatives' first.")
    with open(path) as lines:
        for row in map(json.loads, lines):
            if row[label]:
                picture = cv2.imread(os.path.join(data, row["file"]))
                yield from ((row["file"], picture, box) for box in row[label])


def with_negatives(examples, data, label, number, pictures=None):
    """The examples and what is none of it, as class `number`; near-duplicates of the negatives' pictures share one side too."""
    found = list(negatives(data, label))
    known = pictures or {}
    new = {file: picture for file, picture, _ in found if file not in known}
    parts = dict(zip(new, split_by_origin([dhash(p) for p in new.values()]))) if new else {}
    return examples + [Example(picture, box, number, int(known.get(file, parts.get(file, 1))), "none") for file, picture, box in found]


def report(p, y, sure_at, none=None):
    """An answer `none` is unsure: it claims nothing. Of what is none, the share that is claimed to be something counts. `sure_at` is one score or one a class."""
    sure_at = np.broadcast_to(np.array(sure_at, np.float64), p.shape[1])
    if none is not None and (y == none).all():
        claimed = (p.max(1) >= sure_at[p.argmax(1)]) & (p.argmax(1) != none)
        return {"n": int(len(y)), "wrongly_sure": round(float(claimed.mean()), 4)}
    real = y != none if none is not None else np.full(len(y), True)
    p, y = p[real], y[real]
    sure = (p.max(1) >= sure_at[p.argmax(1)]) & (p.argmax(1) != none if none is not None else True)
    right = p.argmax(1) == y
    return {"n": int(len(y)), "accuracy": round(float(right.mean()), 4), "interval95": wilson(right.sum(), len(y)),
            "sure_accuracy": round(float(right[sure].mean()), 4) if sure.any() else None, "unsure": round(float(1 - sure.mean()), 4)}


def train(name, examples, classes, args, *, size, scale, smallest, sure, manifest, change=None):
    """Trains, scores by source and exports models/NAME.onnx; `change(example, rng)` may give a changed (bgr, box, label) for an example."""
    seed_all(args.seed)
    torch.set_num_threads(args.threads)
    least = [manifest.get("thresholds", {}).get(c, sure) for c in classes]
    learn, held = [e for e in examples if e.part != 0], [e for e in examples if e.part == 0]
    sources = sorted({e.source for e in held})
    print(f"{name}: {len(learn)} to learn from, {len(held)} held out, of " + ", ".join(sources), flush=True)
    net, mean_net = (CropNet(f"{args.data}/teachers/yolox_nano_coco_416.onnx", len(classes)) for _ in range(2))
    mean_net.load_state_dict(net.state_dict())
    none = classes.index("none") if "none" in classes else None
    of_class = [sum(o.weight for o in learn if o.label == c) or 1 for c in range(len(classes))]
    weight = np.array([e.weight / of_class[e.label] ** 0.75 for e in learn])
    if none is not None:
        # There is no end of what is no hand; what is one must not be rejected for it.
        weight[[e.label == none for e in learn]] *= NONE_SHARE
    weight /= weight.sum()
    batch = 48
    steps = min(len(learn), 3600) // batch
    total = args.epochs * steps
    body, top = list(net.backbone.parameters()), list(net.head.parameters())
    opt = torch.optim.AdamW([{"params": body}, {"params": top}], 1e-3, weight_decay=0.03)
    schedule = torch.optim.lr_scheduler.OneCycleLR(opt, [args.rate, args.rate * 3], total_steps=total, pct_start=0.15)
    saved, history, first = os.path.join(CACHE, f"{name}.pt"), [], 0
    if os.path.exists(saved):
        state = torch.load(saved)
        for part, key in ((net, "net"), (mean_net, "mean"), (opt, "opt"), (schedule, "schedule")):
            part.load_state_dict(state[key])
        history, first = state["history"], state["epoch"] + 1
    start = time.time()
    still = [crop(e.bgr, e.box, size, scale) for e in held]
    truth = np.array([e.label for e in held])
    for epoch in range(first, args.epochs):
        rng = np.random.default_rng(args.seed * 1000 + epoch)
        losses = []
        net.train()
        for s in range(steps):
            crops, labels = [], []
            for i in rng.choice(len(learn), batch, p=weight):
                bgr, box, label = (change(learn[i], rng) if change else None) or (learn[i].bgr, learn[i].box, learn[i].label)
                crops.append(vary(bgr, box, size, scale, rng, smallest))
                labels.append(label)
            loss = F.cross_entropy(net(tensor(crops)), torch.tensor(labels), label_smoothing=0.03)
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            opt.step()
            schedule.step()
            losses.append(loss.item())
            decay = min(0.998, (epoch * steps + s + 1) / (epoch * steps + s + 10))
            with torch.no_grad():
                for a, b in zip(mean_net.parameters(), net.parameters()):
                    a.mul_(decay).add_(b, alpha=1 - decay)
            progress((epoch - first) * steps + s, (args.epochs - first) * steps, start, f"loss {np.mean(losses):.3f}")
        score = report(predict(mean_net, still), truth, least, none)
        history.append({"epoch": epoch, "loss": float(np.mean(losses)), "accuracy": score["accuracy"], "unsure": score["unsure"]})
        print(f"\nepoch {epoch}: {history[-1]} {score['sure_accuracy']}", flush=True)
        torch.save({"net": net.state_dict(), "mean": mean_net.state_dict(), "opt": opt.state_dict(), "schedule": schedule.state_dict(),
                    "history": history, "epoch": epoch}, saved)
    curves(name, history)
    p = predict(mean_net, still)
    of = np.array([e.source for e in held])
    scores = {source: report(p[of == source], truth[of == source], least, none) for source in sources}
    if len(sources) > 1:
        scores["all"] = report(p, truth, least, none)
    print(scores)
    for at in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
        print(f"sure from {at}: {report(p, truth, at, none)}")
    export(nn.Sequential(mean_net, nn.Softmax(1)), name, torch.zeros(1, 3, size, size), {
        "decoder": "softmax", "input": {"name": "image", "width": size, "height": size, "layout": "NCHW", "colour": "BGR", "mean": 0.0, "scale": 1.0},
        "cropScale": scale, "minPixels": smallest, "classes": classes, "rejects": ["none"] if none is not None else [], "threshold": sure, **manifest,
        "training": f"./run train {name} (seed {args.seed}, {args.epochs} epochs)", "scores": scores,
    }, {"image": {0: "n"}, "scores": {0: "n"}})
    return mean_net, held, p


def arguments(about, epochs, rate=8e-4):
    import argparse

    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--data", required=True)
    parser.add_argument("--epochs", type=int, default=epochs)
    parser.add_argument("--rate", type=float, default=rate)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=max(1, os.cpu_count() - 1))
    return parser.parse_args()
