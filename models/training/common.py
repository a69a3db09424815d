"""What the trainers share: the cache, splits by origin, ONNX export with manifest and checksum, and curves as pictures."""
import hashlib
import inspect
import json
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import torch

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODELS = os.path.join(ROOT, "models")
CACHE = os.environ.get("BRIGHTKITCHEN_TRAINING", os.path.expanduser("~/.cache/brightkitchen/training"))


def seed_all(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def dhash(bgr):
    grey = cv2.resize(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), (9, 8), interpolation=cv2.INTER_AREA)
    return (grey[:, 1:] > grey[:, :-1]).flatten()


def split_by_origin(hashes, parts=10, distance=6):
    """Gives each picture a part 0…parts-1 such that near-duplicates (dHash within `distance` bits) share one."""
    bits = np.array(hashes, dtype=np.float32)
    n = len(bits)
    parent = list(range(n))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i in range(n):
        for j in np.where(np.abs(bits[i + 1 :] - bits[i]).sum(1) <= distance)[0]:
            a, b = root(i), root(i + 1 + int(j))
            if a != b:
                parent[max(a, b)] = min(a, b)
    digest = lambda i: int(hashlib.sha256(np.packbits(bits[root(i)] > 0.5).tobytes()).hexdigest()[:8], 16)
    return np.array([digest(i) % parts for i in range(n)])


def stem(path):
    """A picture's name, which stays when a copy is packed smaller, as its SHA-256 does not."""
    return os.path.basename(path).split(".")[0]


def originals(data):
    """By name: [SHA-256, width, height] of pictures that were packed smaller than they came (DIR/originals.json); labels tell of those."""
    path = os.path.join(data, "originals.json")
    return json.load(open(path)) if os.path.exists(path) else {}


def kept_apart():
    """Part of each picture that is not learnt from: "tune" (thresholds) or "report" (looked at once); see split.py."""
    with open(os.path.join(MODELS, "labels", "split.json")) as file:
        split = json.load(file)
    return {name: part for part in ("tune", "report") for names in split[part].values() for name in names}


def read_all(data, rows):
    """Every row's picture; OpenCV decodes outside of Python's lock."""
    with ThreadPoolExecutor(min(16, os.cpu_count())) as pool:
        return list(pool.map(lambda r: cv2.imread(os.path.join(data, r["file"])), rows))


def save(state, path):
    """Whoever reads the file finds a whole one."""
    torch.save(state, path + ".new")
    os.replace(path + ".new", path)


def teacher_rows():
    path = os.path.join(CACHE, "teachers.jsonl")
    if not os.path.exists(path):
        sys.exit(f"{path} is missing: run './run train labels' first.")
    with open(path) as lines:
        return [json.loads(line) for line in lines]


def progress(step, total, start, text):
    done = (step + 1) / total
    left = (time.time() - start) / done * (1 - done)
    if not sys.stderr.isatty() and (step + 1) % 50 and step + 1 != total:
        return
    bar = "#" * int(done * 30)
    sys.stderr.write(f"\r[{bar:<30}] {step + 1}/{total} {text} {left:5.0f} s left ")
    if step + 1 == total:
        sys.stderr.write("\n")
    sys.stderr.flush()


def curves(name, history):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    keys = [k for k in history[0] if k != "epoch"]
    fig, axes = plt.subplots(1, len(keys), figsize=(4 * len(keys), 3))
    for ax, key in zip(np.atleast_1d(axes), keys):
        ax.plot([h["epoch"] for h in history], [h[key] for h in history], color="#1a9c5b")
        ax.set_title(key)
        ax.grid(alpha=0.3)
    fig.tight_layout()
    os.makedirs(os.path.join(MODELS, "curves"), exist_ok=True)
    fig.savefig(os.path.join(MODELS, "curves", f"{name}.png"), dpi=80)
    plt.close(fig)


def wilson(k, n, z=1.96):
    """95 % interval of a share."""
    if n == 0:
        return [0.0, 1.0]
    p = k / n
    mid, half = (p + z * z / 2 / n), z * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    return [round(float((mid - half) / (1 + z * z / n)), 4), round(float((mid + half) / (1 + z * z / n)), 4)]


def export(net, name, example, manifest, dynamic_axes=None, outputs=("scores",)):
    """Writes models/NAME.onnx with its decoder's name inside, and models/NAME.json beside it."""
    import onnx

    path = os.path.join(MODELS, f"{name}.onnx")
    # Newer versions of PyTorch have another exporter, which writes other names.
    classic = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(net.eval(), example, path, input_names=["image"], output_names=list(outputs),
                      dynamic_axes=dynamic_axes, opset_version=13, do_constant_folding=True, **classic)
    graph = onnx.load(path)
    entry = graph.metadata_props.add()
    entry.key, entry.value = "decoder", manifest["decoder"]
    graph.doc_string = ""
    for node in graph.graph.node:
        node.doc_string = ""
    onnx.save(graph, path)
    data = open(path, "rb").read()
    manifest = {"name": name, "file": f"{name}.onnx", "sha256": hashlib.sha256(data).hexdigest(), **manifest}
    with open(os.path.join(MODELS, f"{name}.json"), "w") as out:
        json.dump(manifest, out, indent=2, ensure_ascii=False)
        out.write("\n")
    print(f"{name}: {len(data) / 1e6:.2f} MB", file=sys.stderr)
