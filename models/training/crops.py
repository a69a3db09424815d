"""Crops as VisionModels cuts them, how they are varied for training (on the GPU where there is one), and one trainer for every classifier."""
import json
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn

from batches import DEVICE, Chance, compress, light, smooth
from common import CACHE, MODELS, curves, export, kept_apart, progress, save, seed_all, stem, wilson
from onnx_net import Backbone
from pseudo_label import Graph

GREY = (114, 114, 114)
NONE_SHARE = 0.35


@dataclass
class Example:
    """One labelled box of a picture; `part` is "train", "tune" or "report" (see split.py), `source` its data set."""
    bgr: np.ndarray
    box: tuple
    label: int
    part: str
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


# What is kept of a picture for one example: a square of CONTEXT × the box's longer side, PATCH pixels wide.
CONTEXT, PATCH = 2.6, 192


def patch(example, number):
    """Padding tells which data set a crop is from; it must not, so that it is of three kinds."""
    border = [cv2.BORDER_CONSTANT, cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT][number % 3]
    return crop(example.bgr, example.box, PATCH, CONTEXT, border=border)


def near(example):
    """The same example on a small picture of its own, so that drawing on it is cheap."""
    b, (h, w) = example.box, example.bgr.shape[:2]
    x1, y1 = max(0, int(b[0] - 1.2 * (b[2] - b[0]))), max(0, int(b[1] - 1.2 * (b[3] - b[1])))
    x2, y2 = min(w, int(b[2] + 1.2 * (b[2] - b[0])) + 1), min(h, int(b[3] + 1.2 * (b[3] - b[1])) + 1)
    if x2 <= x1 or y2 <= y1:
        return example
    return replace(example, bgr=example.bgr[y1:y2, x1:x2], box=(b[0] - x1, b[1] - y1, b[2] - x1, b[3] - y1))


def drawn(examples, change, seed, times=12, most=3):
    """What `change(example, rng)` makes of the examples, at most so many times each; None is no change."""
    def of(number, example):
        rng = np.random.default_rng([seed, number])
        small, made = near(example), []
        for _ in range(times):
            changed = change(small, rng) if len(made) < most else None
            if changed:
                made.append(replace(example, bgr=changed[0], box=tuple(changed[1]), label=changed[2], source=f"{example.source}, drawn on"))
        return made

    with ThreadPoolExecutor(min(8, os.cpu_count())) as pool:
        return sum(pool.map(of, range(len(examples)), examples), [])


def vary(patches, scale, chance, smallest, turning, size):
    """Crops as another camera would have shown them: nearer or farther, tilted, of fewer pixels, in other light, compressed, partly hidden."""
    n = len(patches)
    turn = np.radians(chance.rng.normal(0, 12, n))
    turn += np.where(chance.rng.random(n) < turning, chance.rng.uniform(-np.pi, np.pi, n), 0)
    part = scale / CONTEXT * np.exp(chance.rng.normal(0, 0.13, n))
    flip = np.where(chance.rng.random(n) < 0.5, -1.0, 1.0)
    theta = np.stack([np.cos(turn) * part * flip, -np.sin(turn) * part, chance.rng.normal(0, 0.06, n) * part * 2,
                      np.sin(turn) * part * flip, np.cos(turn) * part, chance.rng.normal(0, 0.06, n) * part * 2], 1).reshape(n, 2, 3)
    grid = F.affine_grid(torch.from_numpy(theta.astype(np.float32)).to(DEVICE), (n, 3, size, size), align_corners=False)
    x = F.grid_sample(patches.float(), grid, "bilinear", "border", False)
    # The order of a batch is by chance, so that eighths of it stand for any examples; every other one gets few pixels.
    for some in torch.arange(n, device=DEVICE).chunk(8)[::2]:
        pixels = int(round(scale * np.exp(chance.rng.uniform(np.log(smallest * 0.9), np.log(64)))))
        few = F.adaptive_avg_pool2d(x[some], min(size, pixels))
        if chance.rng.random() < 0.6:
            room = -(-few.shape[3] // 16) * 16 - few.shape[3]
            whole = compress(F.pad(few, (0, room, 0, room), mode="replicate"), chance.uniform(20, 85, len(some)))
            few = whole[..., : few.shape[2], : few.shape[3]]
        x[some] = F.interpolate(few, size=(size, size), mode="bilinear", align_corners=False)
    x = light(x, chance, cast=0.12)
    some = chance.some(n, 0.2)
    x[some] = smooth(x[some], chance.uniform(0.5, 2.5, len(some)))
    some = chance.some(n, 0.3)
    x[some] = x[some] + chance.noise(x[some]) * chance.uniform(2, 12, len(some), 1, 1, 1)
    some = chance.some(n, 0.25)
    at = torch.arange(size, device=DEVICE)
    low = chance.uniform(0, 0.75 * size, 2, len(some), 1)
    high = low + chance.uniform(size / 10, size / 3, 2, len(some), 1)
    rows, columns = (at >= low) & (at < high)
    hidden = rows[:, None, :, None] & columns[:, None, None, :]
    x[some] = torch.where(hidden, chance.uniform(0, 255, len(some), 3, 1, 1), x[some])
    return x.clamp(0, 255)


class CropNet(nn.Module):
    """float[N,3,S,S], BGR, 0–255 → logits[N,classes]: the detector's backbone, pooled at three depths, and one linear layer."""

    def __init__(self, teacher, classes):
        super().__init__()
        self.backbone = Backbone(teacher, os.path.join(MODELS, "detector.onnx"))
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(self.backbone.width, classes)

    def forward(self, x):
        return self.head(self.drop(self.backbone(x)))


    def start_from(self, path):
        """Takes the weights of an earlier version that was exported from such a net."""
        given = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in onnx.load(path).graph.initializer}
        self.load_state_dict({name: given[f"0.{name}"] for name in self.state_dict()})
        return self


class Both(nn.Module):
    """An earlier version beside the new one: logits weighed, so that each vetoes what it is sure is wrong."""

    def __init__(self, new, old, share):
        super().__init__()
        self.new, self.old, self.share = new, old, share

    def forward(self, x):
        return self.share * self.new(x) + (1 - self.share) * self.old(x)


def tensor(crops):
    return torch.from_numpy(np.ascontiguousarray(np.stack(crops).transpose(0, 3, 1, 2), dtype=np.float32))


def predict(net, crops):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(tensor(crops[i : i + 128]).to(DEVICE)).softmax(1).cpu() for i in range(0, len(crops), 128)]).numpy()


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


def with_negatives(examples, data, label, number):
    """The examples and what is none of it, as class `number`."""
    part = kept_apart()
    return examples + [Example(picture, box, number, part.get(stem(file), "train"), "none")
                       for file, picture, box in negatives(data, label)]


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


def chances(learn, mass, classes):
    """How often each example is shown: a source's mass (1 where none is told) is shared by its examples; `classes` tells the classes' shares."""
    weight = np.zeros(len(learn))
    label, source = np.array([e.label for e in learn]), np.array([e.source for e in learn])
    own = np.array([e.weight for e in learn])
    for c in set(label):
        for s in set(source[label == c]):
            some = (label == c) & (source == s)
            weight[some] = own[some] * mass.get(s, 1.0) / own[some].sum()
        weight[label == c] *= classes[c] / weight[label == c].sum()
    return weight / weight.sum()


def train(name, examples, classes, args, *, size, scale, smallest, sure, manifest, change=None, mass=None, shares=None, turning=0.1):
    """Trains, scores by source and exports models/NAME.onnx; `change(example, rng)` may give a changed (bgr, box, label) for an example.

    `mass` tells how much each source counts within its class, `shares` the classes' shares, `turning` how many lie at any angle.
    """
    seed_all(args.seed)
    torch.set_num_threads(args.threads)
    least = [manifest.get("thresholds", {}).get(c, sure) for c in classes]
    learn = [e for e in examples if e.part == "train"]
    none = classes.index("none") if "none" in classes else None
    net, mean_net = (CropNet(f"{args.data}/teachers/yolox_nano_coco_416.onnx", len(classes)).to(DEVICE) for _ in range(2))
    mean_net.load_state_dict(net.state_dict())
    history, first, spent = [], 0, 0.0
    if args.start:
        for one in (net, mean_net):
            one.load_state_dict(torch.load(args.start, map_location=DEVICE)["mean"])
    if not args.export_only:
        if change:
            learn = learn + drawn(learn, change, args.seed)
        counts = Counter(f"{e.source}/{classes[e.label]}" for e in learn)
        print(f"{name}: {len(learn)} to learn from, of " + ", ".join(f"{k} {v}" for k, v in sorted(counts.items())), flush=True)
        weight = chances(learn, mass or {}, shares or [1.0 if c != none else NONE_SHARE for c in range(len(classes))])
        with ThreadPoolExecutor(min(8, os.cpu_count())) as pool:
            patches = torch.from_numpy(np.stack(list(pool.map(patch, learn, range(len(learn))))))
        patches = patches.permute(0, 3, 1, 2).contiguous().to(DEVICE)
        label = torch.tensor([e.label for e in learn], device=DEVICE)
        opt = torch.optim.AdamW([{"params": list(part.parameters())} for part in (net.backbone, net.head)], args.rate, weight_decay=0.03)
        saved = os.path.join(CACHE, f"{name}.pt")
        if os.path.exists(saved):
            state = torch.load(saved, map_location=DEVICE)
            for part, key in ((net, "net"), (mean_net, "mean"), (opt, "opt")):
                part.load_state_dict(state[key])
            history, first, spent = state["history"], state["step"] + 1, state["spent"]
        start, losses, told = time.time(), [], time.time()
        few, many = list(mean_net.parameters()), list(net.parameters())
        net.train()
        for step in range(first, args.steps):
            took = spent + time.time() - start
            done = min(1.0, max(step / args.steps, took / (args.minutes * 60)))
            rate = args.rate * min(1, (step + 1) / 200) * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * done)))
            for group, times in zip(opt.param_groups, (1, 3)):
                group["lr"] = rate * times
            chance = Chance(args.seed * 1000003 + step)
            chosen = torch.from_numpy(chance.rng.choice(len(learn), args.batch, p=weight)).to(DEVICE)
            with torch.no_grad():
                x = vary(patches[chosen], scale, chance, smallest, turning, size)
            with torch.autocast(DEVICE.type, torch.bfloat16, enabled=DEVICE.type == "cuda"):
                logits = net(x)
            loss = F.cross_entropy(logits.float(), label[chosen], label_smoothing=0.03)
            opt.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(many, 5.0)
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
            if time.time() - told > 30 or last:
                told = time.time()
                print(f"{name}: step {step + 1}, {told - start:.0f} s, loss {mean:.3f}", flush=True)
                save({"net": net.state_dict(), "mean": mean_net.state_dict(), "opt": opt.state_dict(), "history": history, "step": step,
                      "spent": took}, saved)
                if args.save:
                    save({"mean": mean_net.state_dict(), "history": history, "step": step}, args.save)
            if last:
                break
        if not args.train_only:
            curves(name, history)
    scores = {}
    if args.beside:
        old = CropNet(f"{args.data}/teachers/yolox_nano_coco_416.onnx", len(classes)).start_from(args.beside).to(DEVICE)
        mean_net = Both(mean_net, old, args.share)
    for part in ("tune", "report") if not args.train_only else ():
        held = [e for e in examples if e.part == part]
        p, truth = predict(mean_net, [crop(e.bgr, e.box, size, scale) for e in held]), np.array([e.label for e in held])
        of = np.array([e.source for e in held])
        scores[part] = {s: report(p[of == s], truth[of == s], least, none) for s in sorted(set(of))}
        scores[part]["all"] = report(p, truth, least, none)
        print(part, json.dumps(scores[part]))
        if part == "tune":
            for at in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
                print(f"sure from {at}: {report(p, truth, at, none)}")
    if args.answers:
        answers(mean_net, name, [e for e in examples if e.part != "train"], size, scale, args.answers)
    if args.train_only:
        return
    export(nn.Sequential(mean_net.cpu(), nn.Softmax(1)), name, torch.zeros(1, 3, size, size), {
        "decoder": "softmax", "input": {"name": "image", "width": size, "height": size, "layout": "NCHW", "colour": "BGR", "mean": 0.0, "scale": 1.0},
        "cropScale": scale, "minPixels": smallest, "classes": classes, "rejects": ["none"] if none is not None else [], "threshold": sure, **manifest,
        "training": f"./run train {name} (seed {args.seed}, {args.minutes:g} minutes of a GPU at batches of {args.batch})", "scores": scores,
    }, {"image": {0: "n"}, "scores": {0: "n"}})


def answers(net, name, held, size, scale, path):
    """Writes what the net and the shipped one say of each example that is kept apart, for choosing thresholds without asking them again."""
    crops = [crop(e.bgr, e.box, size, scale) for e in held]
    graph = Graph(os.path.join(MODELS, f"{name}.onnx"))
    shipped = [graph(np.ascontiguousarray(c.transpose(2, 0, 1)[None], dtype=np.float32))[0][0] for c in crops]
    with open(path, "w") as out:
        for e, new, old in zip(held, predict(net, crops), shipped):
            pixels = round(float(max(e.box[2] - e.box[0], e.box[3] - e.box[1])), 1)
            said = {"new": [round(float(v), 4) for v in new], "old": [round(float(v), 4) for v in old]}
            out.write(json.dumps({"part": e.part, "source": e.source, "label": e.label, "pixels": pixels, **said}) + "\n")


def arguments(about, rate=1e-3):
    import argparse

    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--data", required=True)
    parser.add_argument("--minutes", type=float, default=2.5)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--batch", type=int, default=384)
    parser.add_argument("--rate", type=float, default=rate)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=max(1, os.cpu_count() - 1))
    parser.add_argument("--start", help="weights to begin with (or to export), a .pt that --save wrote")
    parser.add_argument("--save", help="also writes the weights alone here, every half minute")
    parser.add_argument("--beside", help="an earlier version's .onnx that answers beside the new one")
    parser.add_argument("--share", type=float, default=0.6, help="how much the new one counts beside it")
    parser.add_argument("--answers", help="writes what the new and the shipped net say of each example that is kept apart")
    parser.add_argument("--train-only", action="store_true", help="no scores and no export, as on a machine that only lends its GPU")
    parser.add_argument("--export-only", action="store_true")
    return parser.parse_args()
