#!/usr/bin/env python3
"""Writes models/embedding.onnx: the detector's backbone, pooled at three depths, for zones that are taught on site.   Usage: train_embedding.py --data DIR
Nothing is learnt here: it is what the detector learnt. Run it again after the detector.
"""
import argparse
import os

import torch
from torch import nn

from common import MODELS, export
from onnx_net import Backbone

SIZE = 128


class Embedding(nn.Module):
    """float[N,3,128,128], BGR, 0–255 → float[N,448]; each depth counts alike, whatever the size of its numbers."""

    def __init__(self, backbone):
        super().__init__()
        self.backbone = backbone

    def forward(self, x):
        depths = self.backbone(x).split((64, 128, 256), 1)
        return torch.cat([d / d.norm(dim=1, keepdim=True).clamp(min=1e-6) for d in depths], 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    args = parser.parse_args()
    backbone = Backbone(f"{args.data}/teachers/yolox_nano_coco_416.onnx", os.path.join(MODELS, "detector.onnx"))
    export(Embedding(backbone), "embedding", torch.zeros(1, 3, SIZE, SIZE), {
        "version": "1", "decoder": "embedding", "about": "Numbers that are near for regions that look alike, for zones that are taught on site.",
        "input": {"name": "image", "width": SIZE, "height": SIZE, "layout": "NCHW", "colour": "BGR", "mean": 0.0, "scale": 1.0},
        "size": Backbone.width, "classes": [], "threshold": 0.0, "licence": "MIT; the detector's backbone, started from YOLOX-nano (Megvii, Apache-2.0), all layers trained on",
        "data": ["as the detector"], "training": "./run train embedding",
    }, None, ("embedding",))
