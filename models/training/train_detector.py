#!/usr/bin/env python3
"""Trains models/detector.onnx: person, head, face, hand, phone on the whole frame, all layers, from the YOLOX-nano teacher's weights.

Usage: train_detector.py --data DIR [--minutes M] [--seed N]   (resumable: the state is saved every few minutes)
Boxes come from the data sets where they have them (helmets, hands), else from teachers that are sure. What a data set does not label is not
counted against the detector: each picture says per class where silence means absence (see `targets`).
"""
import argparse
import os
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from common import CACHE, curves, dhash, export, progress, seed_all, split_by_origin, teacher_rows
from onnx_net import DetectorNet, Shipped

CLASSES = ["person", "head", "face", "hand", "phone"]
PERSON, HEAD, FACE, HAND, PHONE = range(5)
ALIASES = {
    "people": "person", "worker": "person", "human": "person", "man": "person", "pedestrian": "person", "bare-hand": "hand", "glove":
    "hand", "gloves": "hand", "hands": "hand", "heads": "head", "faces": "face", "cell_phone": "phone", "cellphone": "phone",
    "mobile": "phone"}
SIZE, STRIDES = 416, (8, 16, 32)


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


def targets(data, row):
    """(boxes [[class,x1,y1,x2,y2]…], ignored [[class,x1,y1,x2,y2]…]); an ignored region of a class teaches nothing about that class."""
    boxes, ignored = [], []
    everywhere = [0, 0, row["w"], row["h"]]
    persons = [p for p in row["person"] if p[4] >= 0.45]
    boxes += [[PERSON, *p[:4]] for p in persons]
    ignored += [[PERSON, *p[:4]] for p in row["person"] if p[4] < 0.45]
    boxes += [[PHONE, *p[:4]] for p in row["phone"] if p[4] >= 0.5]
    ignored += [[PHONE, *p[:4]] for p in row["phone"] if p[4] < 0.5]
    faces = []
    for f in sorted(row["face"] + row["masked_face"], key=lambda f: -f[4]):
        if all(overlap(f, g) < 0.5 and overlap(g, f) < 0.5 for g in faces):
            faces.append(f)
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
    if row["file"].startswith("hands/"):
        boxes += [[HAND, *b] for _, b in yolo_boxes(data, row)]
        ignored += [[PERSON, *b] for _, b in yolo_boxes(data, row)]
    elif persons:
        ignored += [[HAND, *p[:4]] for p in row["person"]]
    else:
        ignored.append([HAND, *everywhere])
    return boxes, ignored


class Pictures:
    def __init__(self, data):
        self.data, self.rows = data, teacher_rows()
        self.pictures = [cv2.imread(os.path.join(data, r["file"])) for r in self.rows]
        part = split_by_origin([dhash(p) for p in self.pictures])
        self.train, self.test = np.where(part != 0)[0], np.where(part == 0)[0]
        self.targets = [targets(data, r) for r in self.rows]
        weight = {"masks": 0.45, "hardhats": 1.3, "hands": 3.0}
        p = np.array([weight[self.rows[i]["file"].split("/")[0]] for i in self.train])
        self.p = p / p.sum()

    def place(self, i, canvas, boxes, ignored, region, scale, rng, centre=True):
        """Draws picture i into region (x1,y1,x2,y2) of canvas at scale; boxes go along, cut at the region."""
        bgr = self.pictures[i]
        if scale < 0.6:
            bgr, pre = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), scale
        else:
            pre = 1.0
        x1, y1, x2, y2 = region
        w, h = self.rows[i]["w"] * scale, self.rows[i]["h"] * scale
        ox = x1 + ((x2 - x1 - w) * (rng.random() if rng else 0))
        oy = y1 + ((y2 - y1 - h) * (rng.random() if rng else 0))
        flip = rng is not None and rng.random() < 0.5
        s = scale / pre
        m = np.array([[-s if flip else s, 0, ox - x1 + (w if flip else 0)], [0, s, oy - y1]], np.float32)
        canvas[y1:y2, x1:x2] = cv2.warpAffine(bgr, m, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR, borderValue=(114, 114, 114))
        for source, out in zip(self.targets[i], (boxes, ignored)):
            for c, a, b, cc, d in source:
                a, cc = (w - cc * scale, w - a * scale) if flip else (a * scale, cc * scale)
                full = (cc - a) * (d - b) * scale
                box = [max(a + ox, x1), max(b * scale + oy, y1), min(cc + ox, x2), min(d * scale + oy, y2)]
                bw, bh = box[2] - box[0], box[3] - box[1]
                if bw < 2 or bh < 2:
                    continue
                if out is boxes and (bw * bh < 0.45 * full or min(bw, bh) < 4):
                    ignored.append([c, *box])
                else:
                    out.append([c, *box])

    def sample(self, rng):
        canvas, boxes, ignored = np.full((SIZE, SIZE, 3), 114, np.uint8), [], []
        pick = lambda: int(rng.choice(self.train, p=self.p))
        kind = rng.random()
        if kind < 0.45:
            i = pick()
            fit = SIZE / max(self.rows[i]["w"], self.rows[i]["h"])
            self.place(i, canvas, boxes, ignored, (0, 0, SIZE, SIZE), fit * rng.uniform(0.5, 1.35), rng)
        else:
            cx, cy = (int(v) for v in rng.uniform(0.3, 0.7, 2) * SIZE)
            for region in ((0, 0, cx, cy), (cx, 0, SIZE, cy), (0, cy, cx, SIZE), (cx, cy, SIZE, SIZE)):
                i = pick()
                fit = max(region[2] - region[0], region[3] - region[1]) / max(self.rows[i]["w"], self.rows[i]["h"])
                self.place(i, canvas, boxes, ignored, region, fit * rng.uniform(0.45, 1.25), rng)
        out = canvas.astype(np.float32) * rng.uniform(0.6, 1.4) + rng.uniform(-20, 20)
        if rng.random() < 0.6:
            grey = out.mean(2, keepdims=True)
            out = grey + (out - grey) * rng.uniform(0.0, 1.4)
        out = out * rng.uniform(0.92, 1.08, 3)
        if rng.random() < 0.2:
            out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.5))
        if rng.random() < 0.3:
            out += rng.normal(0, rng.uniform(2, 10), out.shape)
        return np.clip(out, 0, 255).astype(np.float32), np.array(boxes, np.float32).reshape(-1, 5), np.array(ignored, np.float32).reshape(-1, 5)


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


def pair_iou(a, b):
    lt, rb = torch.max(a[:, None, :2], b[None, :, :2]), torch.min(a[:, None, 2:], b[None, :, 2:])
    inter = (rb - lt).clamp(min=0).prod(2)
    area = lambda t: (t[:, 2:] - t[:, :2]).prod(1)
    return inter / (area(a)[:, None] + area(b)[None] - inter + 1e-6)


def loss_of(raw, boxes, ignored, grid, stride):
    """SimOTA assignment, IoU loss, and quality-focal loss on object × class, masked where the labels are silent."""
    pred = decode(raw, grid, stride)
    score = (raw[:, 4:5].sigmoid() * raw[:, 5:].sigmoid()).clamp(1e-6, 1 - 1e-6)
    point = (grid + 0.5) * stride
    target, mask = torch.zeros_like(score), torch.ones_like(score)
    for c, x1, y1, x2, y2 in ignored.tolist():
        inside = (point[:, 0] > x1) & (point[:, 0] < x2) & (point[:, 1] > y1) & (point[:, 1] < y2)
        mask[inside, int(c)] = 0
    reg = raw.new_zeros(())
    positives = 0.0
    if len(boxes):
        gt, cls = boxes[:, 1:], boxes[:, 0].long()
        with torch.no_grad():
            ious = pair_iou(gt, pred)
            centre = (gt[:, :2] + gt[:, 2:]) / 2
            near = ((point[None] - centre[:, None]).abs().amax(2) < 2.5 * stride[None, :, 0])
            within = (point[None, :, 0] > gt[:, None, 0]) & (point[None, :, 0] < gt[:, None, 2]) & (point[None, :, 1] > gt[:, None, 1]) & (point[None, :, 1] < gt[:, None, 3])
            tiny = (gt[:, 2:] - gt[:, :2]).amin(1) < 16
            near &= within | tiny[:, None]
            cost = -score[:, cls].t().log() - 3 * (ious + 1e-6).log() + 1e5 * (~near)
            k = ious.topk(min(10, ious.shape[1]), 1)[0].sum(1).int().clamp(min=1)
            match = torch.zeros_like(cost, dtype=torch.bool)
            for g in range(len(gt)):
                match[g, cost[g].topk(int(k[g]), largest=False)[1]] = True
            match &= cost < 1e4
            many = match.sum(0) > 1
            if many.any():
                # One anchor may answer for a head and its face; of two boxes of one class it takes the cheaper.
                for c in cls.unique():
                    rows = torch.where(cls == c)[0]
                    if len(rows) > 1:
                        twice = match[rows].sum(0) > 1
                        best = cost[rows].argmin(0)
                        for r in range(len(rows)):
                            match[rows[r], twice & (best != r)] = False
                # The box branch is shared by the classes, so an anchor answers for one box only.
                twice = match.sum(0) > 1
                best = cost.argmin(0)
                match[:, twice] = F.one_hot(best[twice], len(gt)).t().bool()
        g, a = torch.where(match)
        if len(g):
            p, t = pred[a], gt[g]
            lt, rb = torch.max(p[:, :2], t[:, :2]), torch.min(p[:, 2:], t[:, 2:])
            inter = (rb - lt).clamp(min=0).prod(1)
            union = (p[:, 2:] - p[:, :2]).prod(1) + (t[:, 2:] - t[:, :2]).prod(1) - inter + 1e-6
            hull = (torch.max(p[:, 2:], t[:, 2:]) - torch.min(p[:, :2], t[:, :2])).prod(1) + 1e-6
            iou = inter / union
            reg = (1 - iou + (hull - union) / hull).sum()
            target[a, cls[g]] = iou.detach().clamp(0.3, 1)
            mask[a, cls[g]] = 1
            positives = float(len(g))
    focal = (target - score).abs().detach() ** 2
    cls_loss = (F.binary_cross_entropy(score, target, reduction="none") * mask * torch.where(target > 0, torch.ones_like(focal), focal)).sum()
    return 2.0 * reg, cls_loss, max(positives, 1.0)


def detect(net, bgr, size=SIZE, threshold=0.02):
    ratio = size / max(bgr.shape[:2])
    small = cv2.resize(bgr, None, fx=ratio, fy=ratio)
    h, w = (-(-v // 32) * 32 for v in small.shape[:2])
    canvas = np.full((h, w, 3), 114, np.float32)
    canvas[: small.shape[0], : small.shape[1]] = small
    with torch.no_grad():
        rows = Shipped(net)(torch.from_numpy(canvas.transpose(2, 0, 1)[None].copy()))[0]
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


def average_precision(net, data, idx):
    """AP50 per class; a find in an ignored region counts neither way."""
    hits = [[] for _ in CLASSES]
    count = [0] * len(CLASSES)
    for i in idx:
        found = detect(net, data.pictures[i])
        boxes, ignored = data.targets[i]
        for c in range(len(CLASSES)):
            gt = [b[1:] for b in boxes if b[0] == c]
            count[c] += len(gt)
            free = set(range(len(gt)))
            for s, b in found[c]:
                left = sorted(free)
                ious = overlaps(np.array(b), np.array([gt[g] for g in left]).reshape(-1, 4))
                best = (float(ious.max()), left[int(ious.argmax())]) if left else (0, -1)
                if best[0] >= 0.5:
                    free.discard(best[1])
                    hits[c].append((s, 1))
                elif not any(r[0] == c and overlap(b, r[1:]) > 0.5 for r in ignored):
                    hits[c].append((s, 0))
    result = {}
    for c, name in enumerate(CLASSES):
        h = sorted(hits[c], reverse=True)
        tp = np.cumsum([x[1] for x in h]) if h else np.zeros(0)
        precision = tp / np.arange(1, len(tp) + 1) if len(tp) else tp
        for k in range(len(precision) - 2, -1, -1):
            precision[k] = max(precision[k], precision[k + 1])
        ap = sum(precision[k] for k in range(len(h)) if h[k][1]) / count[c] if count[c] else None
        result[name] = {"ap50": None if ap is None else round(float(ap), 4), "n": count[c]}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--minutes", type=float, default=100)
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--start", help="go on from an earlier version's .onnx instead of the teacher's weights")
    parser.add_argument("--threads", type=int, default=max(1, os.cpu_count() - 1))
    parser.add_argument("--export-only", action="store_true", help="score and export the last saved state")
    args = parser.parse_args()
    seed_all(args.seed)
    torch.set_num_threads(args.threads)
    data = Pictures(args.data)
    print(f"{len(data.train)} to learn from, {len(data.test)} held out")
    teacher = os.path.join(args.data, "teachers", "yolox_nano_coco_416.onnx")
    net, mean_net = DetectorNet(teacher, len(CLASSES)), DetectorNet(teacher, len(CLASSES))
    if args.start:
        net.start_from(args.start), mean_net.start_from(args.start)
    decay_no = [p for n, p in net.named_parameters() if p.ndim == 1]
    decay_yes = [p for n, p in net.named_parameters() if p.ndim > 1]
    opt = torch.optim.AdamW([{"params": decay_no, "weight_decay": 0}, {"params": decay_yes, "weight_decay": 0.01}], 1e-3)
    grid, stride = anchors(SIZE, SIZE)
    saved, first, history = os.path.join(CACHE, "detector.pt"), 0, []
    if os.path.exists(saved):
        state = torch.load(saved)
        net.load_state_dict(state["net"]), mean_net.load_state_dict(state["mean"]), opt.load_state_dict(state["opt"])
        first, history = state["step"] + 1, state["history"]
    start, losses = time.time(), []
    for step in range(first, args.steps if not args.export_only else first):
        done = step / args.steps
        rate = args.rate * min(1, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * done)))
        for group in opt.param_groups:
            group["lr"] = rate
        rng = np.random.default_rng(args.seed * 100000 + step)
        samples = [data.sample(rng) for _ in range(args.batch)]
        x = torch.from_numpy(np.stack([s[0] for s in samples]).transpose(0, 3, 1, 2).copy())
        net.train()
        raw = torch.cat([o.flatten(2) for o in net(x)], 2).permute(0, 2, 1)
        parts = [loss_of(raw[i], torch.from_numpy(s[1]), torch.from_numpy(s[2]), grid, stride) for i, s in enumerate(samples)]
        n = sum(p[2] for p in parts)
        loss = (sum(p[0] for p in parts) + sum(p[1] for p in parts)) / n
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        opt.step()
        losses.append(loss.item())
        decay = min(0.998, (step + 1) / (step + 10))
        with torch.no_grad():
            for a, b in zip(mean_net.parameters(), net.parameters()):
                a.mul_(decay).add_(b, alpha=1 - decay)
        progress(step - first, args.steps - first, start, f"loss {np.mean(losses[-100:]):.3f}")
        if step % 200 == 199 or step + 1 == args.steps:
            if step % 1000 == 999:
                ap = average_precision(mean_net, data, data.test[::4])
                history.append({"epoch": step + 1, "loss": float(np.mean(losses[-200:])), **{k: v["ap50"] or 0 for k, v in ap.items()}})
                print(f"\nstep {step + 1}: {history[-1]}", flush=True)
            torch.save({"net": net.state_dict(), "mean": mean_net.state_dict(), "opt": opt.state_dict(), "step": step, "history": history}, saved + ".new")
            os.replace(saved + ".new", saved)
        if time.time() - start > args.minutes * 60:
            break
    if history:
        curves("detector", history)
    scores = average_precision(mean_net, data, data.test)
    print(scores)
    export(Shipped(mean_net), "detector", torch.zeros(1, 3, 256, 416), {
        "version": "3", "decoder": "grid-boxes", "about": "Finds persons, heads, faces, hands and phones on a whole frame.",
        "input": {"name": "image", "width": SIZE, "height": 0, "layout": "NCHW", "colour": "BGR", "mean": 0.0, "scale": 1.0},
        "strides": list(STRIDES), "classes": CLASSES, "aliases": ALIASES, "threshold": 0.35, "weakThreshold": 0.12, "nmsIou": 0.5, "neverNested": ["head", "face", "hand", "phone"], "licence": "MIT; started from YOLOX-nano (Megvii, Apache-2.0), all layers trained on",
        "data": ["hardhats (Public Domain)", "hands (CC BY 4.0)", "masks (MIT)", "teachers' boxes: YOLOX-nano (Apache-2.0), UltraFace (MIT)"],
        "training": f"./run train detector (seed {args.seed}, {args.steps} steps of {args.batch}{', from the version before' if args.start else ''})", "scores": scores,
    }, {"image": {0: "n", 2: "height", 3: "width"}, "rows": {0: "n", 1: "anchors"}}, ("rows",))


if __name__ == "__main__":
    main()
