"""Runs the YOLOX teacher's graph in PyTorch with every weight trainable, so that our detector can start from it."""
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn

PERSON, PHONE = 0, 67


def _attribute(node, name, default=None):
    for a in node.attribute:
        if a.name == name:
            return onnx.helper.get_attribute_value(a)
    return default


class DetectorNet(nn.Module):
    """float[N,3,H,W], BGR, 0–255, H and W multiples of 32 → for each stride (8, 16, 32) raw[N,5+classes,H/s,W/s]."""

    def __init__(self, path, classes):
        super().__init__()
        graph = onnx.load(path).graph
        weights = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
        self.steps, self.outputs = [], []
        self.weights = nn.ParameterDict()
        slot = lambda name: name.replace(".", "_")
        levels = {}
        for node in graph.node:
            if node.op_type == "Conv":
                w, b = weights[node.input[1]], weights[node.input[2]]
                if "cls_preds" in node.input[1]:
                    # Person and phone keep their rows; head, face and hand start from the person's, less sure of themselves.
                    rows = [PERSON, PERSON, PERSON, PERSON, PHONE][:classes]
                    w = w[rows] * torch.tensor([1.0, 0.3, 0.3, 0.3, 1.0])[:classes, None, None, None]
                    b = b[rows] + torch.tensor([0.0, -2.0, -2.0, -2.0, 0.0])[:classes]
                key = slot(node.input[1])
                self.weights[key + "_w"], self.weights[key + "_b"] = nn.Parameter(w), nn.Parameter(b)
                self.steps.append(("conv", node.output[0], node.input[0], key, _attribute(node, "strides", [1, 1])[0],
                                   _attribute(node, "pads", [0, 0, 0, 0])[0], _attribute(node, "group", 1)))
                for kind in ("cls", "reg", "obj"):
                    if f"{kind}_preds" in node.input[1]:
                        levels.setdefault(int(node.input[1].split(".")[2]), {})[kind] = node.output[0]
            elif node.op_type == "Mul":
                self.steps.append(("silu", node.output[0], node.input[0]))
            elif node.op_type == "Add":
                self.steps.append(("add", node.output[0], node.input[0], node.input[1]))
            elif node.op_type == "MaxPool":
                self.steps.append(("pool", node.output[0], node.input[0], _attribute(node, "kernel_shape")[0]))
            elif node.op_type == "Resize":
                self.steps.append(("up", node.output[0], node.input[0]))
            elif node.op_type == "Concat" and not any("preds" in str(i) for i in node.input):
                self.steps.append(("cat", node.output[0], list(node.input)))
        self.levels = [levels[i] for i in sorted(levels)]
        self.focus = next(s[1] for s in self.steps if s[0] == "cat")

    def start_from(self, path):
        """Takes the weights of an earlier version that was exported from this net."""
        shipped = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
        with torch.no_grad():
            for name, weight in self.weights.items():
                given = torch.from_numpy(shipped[f"net.weights.{name}"].copy())
                # A wider version brings its own shapes.
                weight.data = given if given.shape != weight.shape else weight.data.copy_(given)

    def widen(self, factor, noise=0.02):
        """Makes every layer `factor` as wide, at first with the same result: channels get twins, what reads them is shared, noise parts them."""
        last = {step[1] for step in self.steps if step[0] == "conv" and "preds" in step[3]}
        twins = {self.focus: list(range(12))}
        grown = lambda n: list(range(n)) + list(range(round(n * factor) - n))
        for step in self.steps:
            kind, out = step[0], step[1]
            if kind == "cat":
                if out in twins or any(i not in twins for i in step[2]):
                    continue
                joined, start = [], 0
                for i in step[2]:
                    joined += [start + t for t in twins[i]]
                    start += max(twins[i]) + 1
                twins[out] = joined
            elif kind != "conv":
                twins[out] = twins[step[2]]
            else:
                weight, bias = self.weights[step[3] + "_w"], self.weights[step[3] + "_b"]
                read = torch.tensor(twins[step[2]])
                if step[6] > 1:
                    twins[out] = twins[step[2]]
                    w = weight.data[read]
                    self.steps[self.steps.index(step)] = (*step[:6], len(read))
                else:
                    twins[out] = list(range(len(bias))) if out in last else grown(len(bias))
                    share = torch.bincount(read)[read].float()
                    w = weight.data[torch.tensor(twins[out])][:, read] / share[None, :, None, None]
                    w = w * (1 + noise * torch.randn(w.shape))
                weight.data, bias.data = w.contiguous(), bias.data[torch.tensor(twins[out])].contiguous()
        return self

    def walk(self, x, until=None):
        """Every step's output by its name, up to and with `until`."""
        seen = {self.focus: torch.cat((x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]), 1)}
        for step in self.steps:
            if until in seen:
                break
            kind, out = step[0], step[1]
            if out in seen or (kind == "cat" and any(i not in seen for i in step[2])):
                continue
            if kind == "conv":
                seen[out] = F.conv2d(seen[step[2]], self.weights[step[3] + "_w"], self.weights[step[3] + "_b"], step[4], step[5], 1, step[6])
            elif kind == "silu":
                seen[out] = F.silu(seen[step[2]])
            elif kind == "add":
                seen[out] = seen[step[2]] + seen[step[3]]
            elif kind == "pool":
                seen[out] = F.max_pool2d(seen[step[2]], step[3], 1, step[3] // 2)
            elif kind == "up":
                seen[out] = F.interpolate(seen[step[2]], scale_factor=2.0, mode="nearest")
            elif kind == "cat":
                seen[out] = torch.cat([seen[i] for i in step[2]], 1)
        return seen

    def forward(self, x):
        seen = self.walk(x)
        return [torch.cat([seen[level[k]] for k in ("reg", "obj", "cls")], 1) for level in self.levels]


class Shipped(nn.Module):
    """What is exported: rows[N, anchors, 4+classes] = (dx, dy, log w, log h in strides; score = object × class, 0–1)."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        rows = torch.cat([o.flatten(2) for o in self.net(x)], 2).permute(0, 2, 1)
        return torch.cat((rows[..., :4], rows[..., 4:5].sigmoid() * rows[..., 5:].sigmoid()), 2)


class Backbone(nn.Module):
    """float[N,3,H,W], BGR, 0–255 → float[N,448]: what the detector sees at strides 8, 16 and 32, each averaged over the picture."""

    width = 64 + 128 + 256

    def __init__(self, teacher, detector):
        super().__init__()
        self.net = DetectorNet(teacher, 5)
        self.net.start_from(detector)
        made_by = {step[1]: step for step in self.net.steps}
        ups = [step for step in self.net.steps if step[0] == "up"]
        joined = [next(i for c in self.net.steps if c[0] == "cat" and up[1] in c[2] for i in c[2] if i != up[1]) for up in ups]
        # The neck reads the deepest map through one convolution and its activation.
        deepest = made_by[made_by[ups[0][2]][2]][2]
        self.levels = [joined[1], joined[0], deepest]
        used = {f"{step[3]}_{part}" for step in self.net.steps[: [s[1] for s in self.net.steps].index(deepest) + 1] if step[0] == "conv" for part in "wb"}
        for unused in [k for k in self.net.weights if k not in used]:
            del self.net.weights[unused]

    def forward(self, x):
        seen = self.net.walk(x, self.levels[-1])
        return torch.cat([seen[level].mean((2, 3)) for level in self.levels], 1)
