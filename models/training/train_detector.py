#!/usr/bin/env python3
"""Trains models/detector.onnx: person, head, face, hand, phone on the whole frame, all layers, from the YOLOX-nano teacher's weights.

Usage: train_detector.py --data DIR [--minutes M] [--seed N] [--start models/detector.onnx]   (resumable: the state is saved every minute)
On a GPU where there is one; on a CPU it takes the better part of a day.
Boxes come from the data sets where they have them (helmets, hands), else from teachers that are sure. What a data set does not label is not
counted against the detector: each picture says per class where silence means absence (see `targets`).
"""
import argparse
import copy
import csv
import functools
import json
import os
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from batches import DEVICE, Chance, Plans, Store, camera, render
from common import CACHE, MODELS, curves, export, kept_apart, progress, read_all, save, seed_all, stem, teacher_rows
from onnx_net import DetectorNet, Shipped

CLASSES = ["person", "head", "face", "hand", "phone"]
PERSON, HEAD, FACE, HAND, PHONE = range(5)
ALIASES = {
    "people": "person", "worker": "person", "human": "person", "man": "person", "pedestrian": "person", "bare-hand": "hand", "glove":
    "hand", "gloves": "hand", "hands": "hand", "heads": "head", "faces": "face", "cell_phone": "phone", "cellphone": "phone",
    "mobile": "phone"}
SIZE, STRIDES = 416, (8, 16, 32)
# Learnt at several sizes, so that one net serves the sizes between.
SIZES = (416, 512, 640)


def overlap(inner, outer):
    """Share of `inner` that lies in `outer`."""
    w = min(inner[2], outer[2]) - max(inner[0], outer[0])
    h = min(inner[3], outer[3]) - max(inner[1], outer[1])
    return max(w, 0) * max(h, 0) / max((inner[2] - inner[0]) * (inner[3] - inner[1]), 1e-6)


def head_of_face(b):
    w, h = b[2] - b[0], b[3] - b[1]
    return [b[0] - 0.15 * w, b[1] - 0.30 * h, b[2] + 0.15 * w, b[3] + 0.08 * h]


def yolo_boxes(data, row):
    path = os.path.join(data, row["file"].replace("/images/", "/labels/").rsplit(".", 1)[0] + ".txt")
    found = []
    for line in filter(str.strip, open(path) if os.path.exists(path) else []):
        c, x, y, w, h = map(float, line.split()[:5])
        found.append((int(c), [(x - w / 2) * row["w"], (y - h / 2) * row["h"], (x + w / 2) * row["w"], (y + h / 2) * row["h"]]))
    return found


def faces_of(row):
    """The teachers' faces, the surest first, each once."""
    faces = []
    for f in sorted(row["face"] + row["masked_face"], key=lambda f: -f[4]):
        if all(overlap(f, g) < 0.5 and overlap(g, f) < 0.5 for g in faces):
            faces.append(f)
    return faces


@functools.lru_cache(None)
def kitchen_labels():
    """By picture: what we saw on the heads of kitchens/ (models/labels/kitchens.jsonl)."""
    with open(os.path.join(MODELS, "labels", "kitchens.jsonl")) as lines:
        return {row["sha"][:12]: row for row in map(json.loads, lines)}


def kitchen_heads(data, row):
    """(boxes, no heads) of a picture of kitchens/: what we saw to be none, holds a fifth of the picture or hardly anything is no head."""
    wrong = [b[:4] for b in kitchen_labels().get(stem(row["file"]), {}).get("wrong", [])]
    heads, none = [], []
    for _, b in yolo_boxes(data, row):
        w, h = b[2] - b[0], b[3] - b[1]
        bad = min(w, h) < 4 or w * h > 0.2 * row["w"] * row["h"] or any(max(abs(x - y) for x, y in zip(b, n)) < 3 for n in wrong)
        (none if bad else heads).append(b)
    return heads, none


def kitchen_targets(data, row):
    """Only heads are boxed, but all of them: where none is near there is nobody, hence no hand; who is near only a sure teacher tells."""
    boxes, ignored = [], []
    heads, none = kitchen_heads(data, row)
    boxes += [[HEAD, *b] for b in heads]
    ignored += [[HEAD, *b] for b in none if (b[2] - b[0]) * (b[3] - b[1]) < 0.2 * row["w"] * row["h"]]
    for b in heads:
        reach = 5 * max(b[2] - b[0], b[3] - b[1])
        ignored += [[c, b[0] - reach, b[1] - reach, b[2] + reach, b[3] + reach] for c in (PERSON, HAND, PHONE)]
    for p in row["person"]:
        boxes += [[PERSON, *p[:4]]] if p[4] >= 0.45 and any(overlap(h, p) > 0.6 for h in heads) else []
        ignored += [[c, *p[:4]] for c in (PERSON, HAND, PHONE)]
    sure = []
    for f in faces_of(row):
        if f[4] >= 0.85 and any(overlap(f, h) > 0.6 for h in heads):
            sure.append(f[:4])
        else:
            ignored.append([FACE, *f[:4]])
    boxes += [[FACE, *f] for f in sure]
    ignored += [[FACE, *h] for h in heads if not any(overlap(f, h) > 0.6 for f in sure)]
    return boxes, ignored


def overhead_targets(data, row):
    """Gloves are boxed, bare hands are not to be seen; caps are not heads, and heads, faces and persons are not told."""
    everywhere = [0, 0, row["w"], row["h"]]
    boxes = [[HAND, *b] for c, b in yolo_boxes(data, row) if c == 0]
    boxes += [[PERSON, *p[:4]] for p in row["person"] if p[4] >= 0.45] + [[FACE, *f[:4]] for f in faces_of(row) if f[4] >= 0.85]
    return boxes, [[c, *everywhere] for c in (PERSON, HEAD, FACE, PHONE)]


def targets(data, row):
    """(boxes [[class,x1,y1,x2,y2]…], ignored [[class,x1,y1,x2,y2]…]); an ignored region of a class teaches nothing about that class."""
    if row["file"].startswith(("kitchens/", "overhead/")):
        return (kitchen_targets if row["file"].startswith("kitchens/") else overhead_targets)(data, row)
    boxes, ignored = [], []
    everywhere = [0, 0, row["w"], row["h"]]
    persons = [p for p in row["person"] if p[4] >= 0.45]
    boxes += [[PERSON, *p[:4]] for p in persons]
    ignored += [[PERSON, *p[:4]] for p in row["person"] if p[4] < 0.45]
    boxes += [[PHONE, *p[:4]] for p in row["phone"] if p[4] >= 0.5]
    ignored += [[PHONE, *p[:4]] for p in row["phone"] if p[4] < 0.5]
    faces = faces_of(row)
    sure = [f[:4] for f in faces if f[4] >= 0.85]
    ignored += [[FACE, *f[:4]] for f in faces if f[4] < 0.85] + [[HEAD, *head_of_face(f)] for f in faces if f[4] < 0.85]
    boxes += [[FACE, *f] for f in sure]
    heads = [head_of_face(f) for f in sure]
    if row["file"].startswith("hardhats/"):
        for _, helmet in yolo_boxes(data, row):
            # Their boxes hold the whole head, to the chin.
            heads = [h for h in heads if overlap(helmet, h) <= 0.25 and overlap(h, helmet) <= 0.4] + [helmet]
    boxes += [[HEAD, *h] for h in heads]
    # A person without a known head has one all the same, somewhere above the middle.
    for p in row["person"]:
        if not any(overlap(h, p) > 0.6 for h in heads):
            ignored.append([HEAD, p[0], p[1] - 5, p[2], p[1] + 0.5 * (p[3] - p[1])])
    if row["file"].startswith(("hands/", "gloves/")):
        boxes += [[HAND, *b] for _, b in yolo_boxes(data, row)]
        ignored += [[PERSON, *b] for _, b in yolo_boxes(data, row)]
    elif persons:
        ignored += [[HAND, *p[:4]] for p in row["person"]]
    else:
        ignored.append([HAND, *everywhere])
    return boxes, ignored


# How often a set's pictures are shown; those of kitchens/ are what the others are for.
SHOWN = {"kitchens": 0.40, "hardhats": 0.22, "hands": 0.12, "masks": 0.09, "overhead": 0.12, "gloves": 0.05}
NEAR, TURNING = ("hands", "gloves", "masks"), ("kitchens", "overhead", "hardhats")


def weights(rows):
    """Each picture's chance to be shown; in kitchens/ long videos of one scene count by the root of their length."""
    of = [r["file"].split("/")[0] for r in rows]
    video = {}
    for i, r in enumerate(rows):
        video.setdefault((of[i], r.get("video")), []).append(i)
    weight = np.zeros(len(rows))
    for members in video.values():
        weight[members] = len(members) ** -0.4
    for name in set(of):
        mine = np.array([o == name for o in of])
        weight[mine] *= SHOWN[name] / weight[mine].sum()
    return weight


class Pictures:
    """Every picture with its targets; `train` are learnt from, `tune` and `report` are not."""

    def __init__(self, data, only=None, without=()):
        self.rows = [r for r in teacher_rows() if not only or r["file"].split("/")[0] in only]
        videos = kitchen_videos(data)
        for r in self.rows:
            r["place"], r["video"] = videos.get(stem(r["file"]), (r["file"].split("/")[0], None))
        part = kept_apart()
        self.part = np.array([part.get(stem(r["file"]), "train" if r["place"] not in without else "unused") for r in self.rows])
        self.train, self.tune, self.report = (np.where(self.part == name)[0] for name in ("train", "tune", "report"))
        self.pictures = read_all(data, self.rows)
        self.targets = [targets(data, r) for r in self.rows]


def kitchen_videos(data):
    path = os.path.join(data, "kitchens", "origin.csv")
    with open(path) if os.path.exists(path) else open(os.devnull) as lines:
        return {r["image"]: (r["place"], r["video"] if r["video"] not in ("youtube", "single") else None) for r in csv.DictReader(lines)}


def anchors(height, width):
    points, strides = [], []
    for s in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // s), torch.arange(width // s), indexing="ij")
        points.append(torch.stack((x, y), 2).reshape(-1, 2).float())
        strides.append(torch.full((points[-1].shape[0], 1), float(s)))
    return torch.cat(points), torch.cat(strides)


def decode(raw, grid, stride):
    centre, size = (raw[..., :2] + grid) * stride, raw[..., 2:4].clamp(max=8).exp() * stride
    return torch.cat((centre - size / 2, centre + size / 2), -1)


def areas(boxes):
    return (boxes[..., 2:] - boxes[..., :2]).clamp(min=0).prod(-1)


def loss_of(raw, boxes, ignored, grid, stride):
    """SimOTA assignment, IoU loss, and quality-focal loss on object × class, masked where the labels are silent.

    raw[N,anchors,5+classes]; boxes and ignored [N,any,5] of (class, x1, y1, x2, y2), class -1 is nothing.
    """
    pred = decode(raw, grid, stride)
    score = (raw[..., 4:5].sigmoid() * raw[..., 5:].sigmoid()).clamp(1e-6, 1 - 1e-6)
    point, step = (grid + 0.5) * stride, stride[:, 0]
    with torch.no_grad():
        inside = ((point > ignored[:, :, None, 1:3]) & (point < ignored[:, :, None, 3:5])).all(3)
        silent = torch.stack([(inside & (ignored[:, :, :1] == c)).any(1) for c in range(score.shape[2])], 2)
        real, cls, gt = boxes[..., 0] >= 0, boxes[..., 0].clamp(min=0).long(), boxes[..., 1:]
        low = torch.maximum(gt[:, :, None, :2], pred[:, None, :, :2])
        inter = (torch.minimum(gt[:, :, None, 2:], pred[:, None, :, 2:]) - low).clamp(min=0).prod(3)
        iou = inter / (areas(gt)[:, :, None] + areas(pred)[:, None] - inter + 1e-6)
        middle = (gt[..., :2] + gt[..., 2:]) / 2
        close = (point - middle[:, :, None]).abs().amax(3) < 2.5 * step
        within = ((point > gt[:, :, None, :2]) & (point < gt[:, :, None, 2:])).all(3)
        close &= within | ((gt[..., 2:] - gt[..., :2]).amin(2) < 16)[..., None]
        close &= real[..., None]
        sure = score.transpose(1, 2)[torch.arange(len(score), device=score.device)[:, None], cls]
        cost = -sure.log() - 3 * (iou + 1e-6).log() + 1e5 * (~close)
        number = (iou * real[..., None]).topk(10, 2)[0].sum(2).int().clamp(min=1)
        cheap, which = cost.topk(10, 2, largest=False)
        taken = (torch.arange(10, device=cost.device) < number[..., None]) & (cheap < 1e4)
        match = torch.zeros_like(close).scatter_(2, which, taken)
        # The box branch is shared by the classes: an anchor answers for one box only, the cheapest.
        best = torch.where(match, cost, torch.full_like(cost, 1e9)).argmin(1)
        positive = match.any(1)
        truth, kind = gt.gather(1, best[..., None].expand(-1, -1, 4)), cls.gather(1, best)
    low, high = torch.maximum(pred[..., :2], truth[..., :2]), torch.minimum(pred[..., 2:], truth[..., 2:])
    inter = (high - low).clamp(min=0).prod(2)
    union = areas(pred) + areas(truth) - inter + 1e-6
    hull = (torch.maximum(pred[..., 2:], truth[..., 2:]) - torch.minimum(pred[..., :2], truth[..., :2])).prod(2) + 1e-6
    overlapping = inter / union
    reg = torch.where(positive, 1 - overlapping + (hull - union) / hull, torch.zeros_like(hull)).sum()
    with torch.no_grad():
        one = F.one_hot(kind, score.shape[2]).bool() & positive[..., None]
        target = torch.where(one, overlapping.detach().clamp(0.3, 1)[..., None], torch.zeros_like(score))
        weight = torch.where(one, torch.ones_like(score), (target - score).abs() ** 2 * ~silent)
    cls_loss = (F.binary_cross_entropy(score, target, reduction="none") * weight).sum()
    return 2.0 * reg, cls_loss, positive.sum().clamp(min=1)


def detect(net, bgr, size=SIZE, threshold=0.02):
    ratio = size / max(bgr.shape[:2])
    small = cv2.resize(bgr, None, fx=ratio, fy=ratio)
    h, w = (-(-v // 32) * 32 for v in small.shape[:2])
    canvas = np.full((h, w, 3), 114, np.float32)
    canvas[: small.shape[0], : small.shape[1]] = small
    blob = canvas.transpose(2, 0, 1)[None].copy()
    if isinstance(net, torch.nn.Module):
        with torch.no_grad():
            rows = Shipped(net)(torch.from_numpy(blob))[0]
    else:
        rows = torch.from_numpy(net(blob)[0][0])
    grid, stride = anchors(h, w)
    boxes, rows = (decode(rows, grid, stride) / ratio).numpy(), rows.numpy()
    found = []
    for c in range(len(CLASSES)):
        s = rows[:, 4 + c]
        idx = np.where(s > threshold)[0]
        idx = idx[np.argsort(-s[idx])][:150]
        keep = []
        while len(idx):
            keep.append(idx[0])
            idx = idx[1:][overlaps(boxes[idx[0]], boxes[idx[1:]]) < 0.55]
        found.append([(float(s[i]), boxes[i].tolist()) for i in keep])
    return found


def overlaps(box, others):
    """Intersection over union of one box with each of the others."""
    wh = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0, None)
    inter = wh[:, 0] * wh[:, 1]
    area = lambda b: (b[..., 2] - b[..., 0]) * (b[..., 3] - b[..., 1])
    return inter / (area(box) + area(others) - inter + 1e-6)


def learn(data, net, args):
    """Trains net and gives its running mean; `args.minutes` bound it, and the rate falls with whatever ends first."""
    mean_net = copy.deepcopy(net)
    named = list(net.named_parameters())
    opt = torch.optim.AdamW([{"params": [p for _, p in named if p.ndim == 1], "weight_decay": 0},
                             {"params": [p for _, p in named if p.ndim > 1], "weight_decay": 0.01}], args.rate)
    store = Store([data.pictures[i] for i in data.train])
    rows = [data.rows[i] for i in data.train]
    of = [r["file"].split("/")[0] for r in rows]
    near, turning = (np.array([o in names for o in of]) for names in (NEAR, TURNING))
    plans = Plans(store, [data.targets[i] for i in data.train], weights(rows), near, turning, SIZES, args.batch, args.steps, args.seed)
    saved, first, history, spent = os.path.join(CACHE, f"{args.name}.pt"), 0, [], 0.0
    if os.path.exists(saved):
        state = torch.load(saved, map_location=DEVICE)
        net.load_state_dict(state["net"]), mean_net.load_state_dict(state["mean"]), opt.load_state_dict(state["opt"])
        first, history, spent = state["step"] + 1, state["history"], state["spent"]
    left = torch.utils.data.Subset(plans, range(first, args.steps))
    ahead = {"prefetch_factor": 4} if args.workers else {}
    loader = torch.utils.data.DataLoader(left, batch_size=None, num_workers=args.workers, **ahead)
    grids = {side: [t.to(DEVICE) for t in anchors(side, side)] for side in SIZES}
    few, many = list(mean_net.parameters()), list(net.parameters())
    start, losses, told = time.time(), [], time.time()
    net.train()
    for step, plan in enumerate(loader, first):
        took = spent + time.time() - start
        done = min(1.0, max(step / args.steps, took / (args.minutes * 60)))
        rate = args.rate * min(1, (step + 1) / 200) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * done)))
        for group in opt.param_groups:
            group["lr"] = rate
        with torch.no_grad():
            x = camera(render(store, plan), Chance(args.seed * 1000003 + step)).contiguous(memory_format=torch.channels_last)
        with torch.autocast(DEVICE.type, torch.bfloat16, enabled=DEVICE.type == "cuda"):
            out = net(x)
        raw = torch.cat([o.float().flatten(2) for o in out], 2).permute(0, 2, 1)
        reg, cls, count = loss_of(raw, plan["boxes"].to(DEVICE), plan["ignored"].to(DEVICE), *grids[plan["side"]])
        loss = (reg + cls) / count
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(many, 10.0)
        opt.step()
        losses.append(loss.detach())
        decay = min(0.998, (step + 1) / (step + 10))
        with torch.no_grad():
            torch._foreach_mul_(few, decay)
            torch._foreach_add_(few, many, alpha=1 - decay)
        last = step + 1 == args.steps or took > args.minutes * 60
        if step % 50 == 49 or last:
            mean = float(torch.stack(losses[-50:]).mean())
            progress(step - first, args.steps - first, start, f"loss {mean:.3f}")
            history.append({"epoch": step + 1, "loss": mean})
            if time.time() - told > 45 or last:
                told = time.time()
                print(f"{args.name}: step {step + 1}, {told - start:.0f} s, loss {mean:.3f}", flush=True)
                save({"net": net.state_dict(), "mean": mean_net.state_dict(), "opt": opt.state_dict(), "step": step, "history": history,
                      "spent": took}, saved)
                if args.save:
                    save({"mean": mean_net.state_dict(), "step": step, "history": history, "wide": args.wide}, args.save)
        if last:
            break
    return mean_net.float(), history


def starting(args):
    net = DetectorNet(f"{args.data}/teachers/yolox_nano_coco_416.onnx", len(CLASSES))
    if args.start and args.start.endswith(".onnx"):
        net.start_from(args.start)
    if args.wide > 1:
        net.widen(args.wide)
    if args.start and args.start.endswith(".pt"):
        net.load_state_dict(torch.load(args.start, map_location="cpu")["mean"])
    return net.to(DEVICE)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--batch", type=int, default=64, help="pictures of a batch at 416; fewer at larger sizes")
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--start", help="go on from an earlier version's .onnx or from a .pt that --save wrote")
    parser.add_argument("--wide", type=float, default=1.0, help="makes every layer so many times as wide")
    parser.add_argument("--name", default="detector")
    parser.add_argument("--save", help="also writes the weights alone here, every minute")
    parser.add_argument("--without", nargs="*", default=[], help="places of kitchens/ not to learn from, to see how a new place is met")
    parser.add_argument("--only", nargs="*", help="sets of pictures to learn from")
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() - 1))
    parser.add_argument("--threads", type=int, default=max(1, os.cpu_count() - 1))
    parser.add_argument("--train-only", action="store_true", help="no scores and no export, as on a machine that only lends its GPU")
    parser.add_argument("--export-only", action="store_true")
    args = parser.parse_args()
    seed_all(args.seed)
    torch.set_num_threads(args.threads)
    net, history = starting(args), []
    if not args.export_only:
        data = Pictures(args.data, args.only, args.without)
        print(f"{args.name}: {len(data.train)} to learn from, {len(data.tune)} to tune on, {len(data.report)} for the report", flush=True)
        net, history = learn(data, net, args)
    if args.train_only:
        return
    if history:
        curves(args.name, history)
    export(Shipped(net.cpu()), args.name, torch.zeros(1, 3, 256, 416), manifest(args), {
        "image": {0: "n", 2: "height", 3: "width"}, "rows": {0: "n", 1: "anchors"}}, ("rows",))


def manifest(args):
    """What the programs need to know; thresholds and scores are the file's as it is, until measure.py writes new ones."""
    with open(os.path.join(MODELS, "detector.json")) as file:
        kept = {k: v for k, v in json.load(file).items() if k not in ("name", "file", "sha256")}
    return {**kept, "version": "4", "classes": CLASSES, "aliases": ALIASES, "strides": list(STRIDES),
            "data": ["kitchens (CC BY 4.0)", "overhead (CC BY 4.0)", "hardhats (Public Domain)", "hands (CC BY 4.0)", "gloves (MIT)",
                     "masks (MIT)", "teachers' boxes: YOLOX-nano (Apache-2.0), UltraFace (MIT)"],
            "training": f"./run train detector (seed {args.seed}, {args.minutes:g} minutes of a GPU at batches of {args.batch}, "
                        "from the version before)"}


if __name__ == "__main__":
    main()
