"""The two heavy presets' networks at their true size, with random weights: speed does not depend on what they learned.

    python3 bench/speed/nets.py OUT      (torch 1.13, onnx 1.12; about 10 s and 400 MB)

Writes densenet121_3d.onnx (first place, NDHWC), r2plus1d_18.onnx and mc3_18.onnx (third place, any depth; its BatchNorm
in training mode at N = 1 is InstanceNorm) and resnet101_3d.onnx (second place).
"""
import sys
from pathlib import Path

import torch
from torch import nn

OPSET = 13


class DenseLayer(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.net = nn.Sequential(
            nn.BatchNorm3d(channels, eps=1.001e-5), nn.ReLU(), nn.Conv3d(channels, 128, 1, bias=False),
            nn.BatchNorm3d(128, eps=1.001e-5), nn.ReLU(), nn.Conv3d(128, 32, 3, padding=1, bias=False),
        )

    def forward(self, x):
        return torch.cat([x, self.net(x)], 1)


class DenseNet121(nn.Module):
    """keras-applications DenseNet121 made 3-D, channels last at the door."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv3d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm3d(64, eps=1.001e-5), nn.ReLU(),
                  nn.MaxPool3d(3, stride=2, padding=1)]
        channels = 64
        for block, depth in enumerate((6, 12, 24, 16)):
            for _ in range(depth):
                layers.append(DenseLayer(channels))
                channels += 32
            if block < 3:
                layers += [nn.BatchNorm3d(channels, eps=1.001e-5), nn.ReLU(),
                           nn.Conv3d(channels, channels // 2, 1, bias=False), nn.AvgPool3d(2)]
                channels //= 2
        self.features = nn.Sequential(*layers, nn.BatchNorm3d(channels, eps=1.001e-5), nn.ReLU())
        self.classification = nn.Linear(channels, 512)
        self.prediction = nn.Linear(512, 1)

    def forward(self, x):
        x = self.features(x.permute(0, 4, 1, 2, 3)).mean((2, 3, 4))
        return torch.sigmoid(self.prediction(torch.sigmoid(self.classification(x))))


def norm(channels):
    return nn.InstanceNorm3d(channels, eps=1e-5, affine=True)


class Plain(nn.Sequential):
    """MC3's convolution without time."""

    def __init__(self, cin, cout, _mid, stride):
        super().__init__(nn.Conv3d(cin, cout, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False))
        self.shortcut = (1, stride, stride)


class Full(nn.Sequential):
    def __init__(self, cin, cout, _mid, stride):
        super().__init__(nn.Conv3d(cin, cout, 3, stride, 1, bias=False))
        self.shortcut = (stride,) * 3


class Split(nn.Sequential):
    """R(2+1)D: space, then time."""

    def __init__(self, cin, cout, mid, stride):
        super().__init__(nn.Conv3d(cin, mid, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False), norm(mid), nn.ReLU(),
                         nn.Conv3d(mid, cout, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False))
        self.shortcut = (stride,) * 3


class Basic(nn.Module):
    def __init__(self, conv, cin, cout, stride):
        super().__init__()
        mid = (cin * cout * 27) // (cin * 9 + 3 * cout)
        first = conv(cin, cout, mid, stride)
        self.net = nn.Sequential(first, norm(cout), nn.ReLU(), conv(cout, cout, mid, 1), norm(cout))
        changes = stride != 1 or cin != cout
        self.short = (nn.Sequential(nn.Conv3d(cin, cout, 1, first.shortcut, bias=False), norm(cout))
                      if changes else nn.Identity())

    def forward(self, x):
        return torch.relu(self.net(x) + self.short(x))


class VideoResNet(nn.Module):
    def __init__(self, stem, convs):
        super().__init__()
        blocks, cin = [], 64
        for stage, (conv, cout) in enumerate(zip(convs, (64, 128, 256, 512))):
            blocks += [Basic(conv, cin, cout, 1 if stage == 0 else 2), Basic(conv, cout, cout, 1)]
            cin = cout
        self.net = nn.Sequential(stem, *blocks)
        self.fc = nn.Linear(512, 1)

    def forward(self, x):
        return torch.sigmoid(self.fc(self.net(x).mean((2, 3, 4))))


def plain_stem():
    return nn.Sequential(nn.Conv3d(3, 64, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False), norm(64), nn.ReLU())


def split_stem():
    return nn.Sequential(nn.Conv3d(3, 45, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False), norm(45), nn.ReLU(),
                         nn.Conv3d(45, 64, (3, 1, 1), padding=(1, 0, 0), bias=False), norm(64), nn.ReLU())


class Bottleneck(nn.Module):
    def __init__(self, cin, c, stride):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv3d(cin, c, 1, bias=False), nn.BatchNorm3d(c), nn.ReLU(),
            nn.Conv3d(c, c, 3, stride, 1, bias=False), nn.BatchNorm3d(c), nn.ReLU(),
            nn.Conv3d(c, 4 * c, 1, bias=False), nn.BatchNorm3d(4 * c))
        changes = stride != 1 or cin != 4 * c
        self.short = (nn.Sequential(nn.Conv3d(cin, 4 * c, 1, stride, bias=False), nn.BatchNorm3d(4 * c))
                      if changes else nn.Identity())

    def forward(self, x):
        return torch.relu(self.net(x) + self.short(x))


class ResNet101(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv3d(1, 64, 7, (1, 2, 2), 3, bias=False), nn.BatchNorm3d(64), nn.ReLU(), nn.MaxPool3d(3, 2, 1)]
        cin = 64
        for stage, (depth, c) in enumerate(zip((3, 4, 23, 3), (64, 128, 256, 512))):
            for i in range(depth):
                layers.append(Bottleneck(cin, c, 2 if stage > 0 and i == 0 else 1))
                cin = 4 * c
        self.net = nn.Sequential(*layers)
        self.fc = nn.Linear(2048, 1)

    def forward(self, x):
        return self.fc(self.net(x).mean((2, 3, 4)))


def write(out, name, net, example, axes, expected):
    path = out / f"{name}.onnx"
    net.eval()
    count = sum(p.numel() for p in net.parameters())
    assert count == expected, f"{name}: expected {expected} parameters, got {count}"
    torch.onnx.export(net, example, str(path), opset_version=OPSET, input_names=["stack"], output_names=["stalled"],
                      dynamic_axes={"stack": axes, "stalled": {0: "n"}})
    print(f"{path}  {path.stat().st_size / 1e6:.1f} MB, {count:,} parameters")


def main():
    torch.manual_seed(20201004)
    torch.set_grad_enabled(False)
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    small = torch.rand(1, 3, 8, 112, 112)
    depth = {0: "n", 2: "frames"}
    write(out, "densenet121_3d", DenseNet121(), torch.rand(1, 96, 128, 128, 3), {0: "n"}, 11_811_841)
    write(out, "r2plus1d_18", VideoResNet(split_stem(), [Split] * 4), small, depth, 31_300_638)
    write(out, "mc3_18", VideoResNet(plain_stem(), [Full] + [Plain] * 3), small, depth, 11_490_753)
    write(out, "resnet101_3d", ResNet101(), torch.rand(1, 1, 16, 160, 160), depth, 85_203_265)


main()
