"""A small depthwise net for crops: inverted residuals with squeeze-excite, about 200,000 parameters."""
from torch import nn


class Block(nn.Module):
    def __init__(self, cin, cout, stride, grow=3):
        super().__init__()
        mid = cin * grow
        self.body = nn.Sequential(
            nn.Conv2d(cin, mid, 1, bias=False), nn.BatchNorm2d(mid), nn.Hardswish(),
            nn.Conv2d(mid, mid, 3, stride, 1, groups=mid, bias=False), nn.BatchNorm2d(mid), nn.Hardswish())
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(mid, mid // 4, 1), nn.ReLU(), nn.Conv2d(mid // 4, mid, 1), nn.Hardsigmoid())
        self.out = nn.Sequential(nn.Conv2d(mid, cout, 1, bias=False), nn.BatchNorm2d(cout))
        self.skip = stride == 1 and cin == cout

    def forward(self, x):
        y = self.body(x)
        y = self.out(y * self.gate(y))
        return x + y if self.skip else y


class AttributeNet(nn.Module):
    """float[N,3,64,64], RGB, (v-127.5)/127.5 → logits[N,classes]."""

    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24), nn.Hardswish(),
            Block(24, 24, 1, 2), Block(24, 40, 2), Block(40, 40, 1), Block(40, 72, 2), Block(72, 72, 1), Block(72, 96, 2), Block(96, 96, 1),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(1), nn.Dropout(0.2))
        self.head = nn.Linear(96, classes)

    def forward(self, x):
        return self.head(self.features(x))
