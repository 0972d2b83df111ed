# /// script
# requires-python = ">=3.9"
# dependencies = ["numpy==1.24.2", "torch==1.13.1", "onnx==1.12.0"]
# ///
"""Trains the five folds of the embedded model on tensors of simulated stacks and writes them as ONNX.

    nice -n 10 python3 training/train.py TENSORS OUT START...

The first place's recipe in miniature: a 3-D DenseNet, five folds, one stalled stack in four per draw, flips and noise,
binary cross-entropy, the checkpoint with the best validation AUC. As there, the folds set out from weights made
elsewhere: one run on the START folders, stacks that no fold sees again. Seeded, one thread per fold: the same tensors give the same
weights on the same machine and version of PyTorch. OUT gets fold_0.onnx .. fold_4.onnx, embedded.onnx, which is all five, and
validation.csv, the scores each stack got from the fold that had not seen it.
"""
import csv
import multiprocessing
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SEED = 42
FOLDS = 5
START_EPOCHS = 5
FOLD_EPOCHS = 3
PROCESSES = 2
BATCH = 16
START_RATE = 2.5e-3
FOLD_RATE = 1.5e-3
STALLED_SHARE = 0.25
# Grey levels of tissue, so that the first layer sees numbers around 0.
MEAN, DEVIATION = 0.12, 0.16


class Layer(nn.Module):
    """BN-ReLU-Conv1-BN-ReLU-Conv3, its output joined to its input."""

    def __init__(self, channels, growth, bottleneck):
        super().__init__()
        self.bn1 = nn.BatchNorm3d(channels)
        self.conv1 = nn.Conv3d(channels, bottleneck, 1, bias=False)
        self.bn2 = nn.BatchNorm3d(bottleneck)
        self.conv2 = nn.Conv3d(bottleneck, growth, 3, padding=1, bias=False)

    def forward(self, x):
        new = self.conv2(F.relu(self.bn2(self.conv1(F.relu(self.bn1(x))))))
        return torch.cat([x, new], 1)


def differences(weight):
    """Differences between planes to begin with: whether anything moves is the question, and noise finds it slowly."""
    random = torch.Generator().manual_seed(SEED)
    kernels = torch.tensor([[0.0, -1, 1, 0, 0], [0, 0, -1, 1, 0], [0, -1, 2, -1, 0], [0, 1, 1, 1, 0]])
    weight.zero_()
    for k in range(weight.shape[0]):
        spot = 0.3 * torch.randn(3, 3, generator=random)
        spot[1, 1] += 1
        sign = 1 if (k // len(kernels)) % 2 else -1
        weight[k, 0] = sign * kernels[k % len(kernels)][:, None, None] * spot


class DenseNet(nn.Module):
    """Bytes / 255 of one channel, N × 1 × 32 × 32 × 32 → log-odds of a stall."""

    def __init__(self, stem=16, growth=10, bottleneck=20, blocks=(3, 4, 4)):
        super().__init__()
        # Five frames deep: a stuck cell is one that stays through several.
        layers = [
            nn.Conv3d(1, stem, (5, 3, 3), stride=(1, 2, 2), padding=(2, 1, 1), bias=False),
            nn.BatchNorm3d(stem),
            nn.ReLU(),
            nn.MaxPool3d(2),
        ]
        channels = stem
        for b, depth in enumerate(blocks):
            for _ in range(depth):
                layers.append(Layer(channels, growth, bottleneck))
                channels += growth
            if b + 1 < len(blocks):
                half = channels // 2
                layers += [nn.BatchNorm3d(channels), nn.ReLU(), nn.Conv3d(channels, half, 1, bias=False), nn.AvgPool3d(2)]
                channels = half
        layers += [nn.BatchNorm3d(channels), nn.ReLU()]
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * channels, 1))
        with torch.no_grad():
            differences(self.features[0].weight)

    def forward(self, x):
        x = self.features((x - MEAN) / DEVIATION)
        # A stall may fill a corner of the stack or all of it: the strongest place counts beside the mean.
        pooled = torch.cat([x.mean((2, 3, 4)), x.amax((2, 3, 4))], 1)
        return self.head(pooled)


class Probability(nn.Module):
    """What is exported: log-odds become a probability."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return torch.sigmoid(self.net(x))


def auc(truth, score):
    order = np.argsort(score, kind="stable")
    rank = np.empty(len(score))
    rank[order] = np.arange(1, len(score) + 1)
    stalled = truth == 1
    n1, n0 = stalled.sum(), (~stalled).sum()
    return (rank[stalled].sum() - n1 * (n1 + 1) / 2) / (n1 * n0)


def augmented(batch, random):
    """Flips of D, H and W, quarter turns, noise and gamma, each drawn for the stack."""
    out = np.empty(batch.shape, np.float32)
    for i, stack in enumerate(batch):
        for axis in range(3):
            if random.random() < 0.5:
                stack = np.flip(stack, axis)
        if random.random() < 0.5:
            stack = np.rot90(stack, 1, (1, 2))
        stack = stack.astype(np.float32) / 255
        if random.random() < 0.3:
            stack = stack ** random.uniform(0.7, 1.4)
        if random.random() < 0.3:
            stack = stack + random.uniform(0, 0.03) * random.standard_normal(stack.shape, np.float32)
        out[i] = np.clip(stack, 0, 1)
    return torch.from_numpy(out).unsqueeze(1)


@torch.no_grad()
def scores(net, volumes, rows):
    net.eval()
    parts = [
        net(torch.from_numpy(volumes[rows[i : i + 64]].astype(np.float32) / 255).unsqueeze(1)).squeeze(1)
        for i in range(0, len(rows), 64)
    ]
    return torch.sigmoid(torch.cat(parts)).numpy()


def fit(name, volumes, truth, train, valid, epochs, rate, start=None):
    """Trains on rows `train`; returns the checkpoint with the best AUC on `valid` and its scores there."""
    seed = SEED + sum(map(ord, name))
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    net = DenseNet()
    if start is not None:
        net.load_state_dict(start)
    steps = len(train) // BATCH
    optimiser = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps * epochs, pct_start=0.2)
    stalled, flowing = train[truth[train] == 1], train[truth[train] == 0]
    best = (-1.0, None, None)
    for epoch in range(epochs):
        net.train()
        total = 0.0
        for _ in range(steps):
            is_stalled = random.random(BATCH) < STALLED_SHARE
            rows = np.where(is_stalled, random.choice(stalled, BATCH), random.choice(flowing, BATCH))
            loss = F.binary_cross_entropy_with_logits(
                net(augmented(volumes[rows], random)).squeeze(1), torch.from_numpy(truth[rows]).float()
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        score = scores(net, volumes, valid)
        area = auc(truth[valid], score)
        print(f"{name} epoch {epoch}: loss {total / steps:.3f}, validation AUC {area:.4f}, {time.process_time():.0f} CPU s", flush=True)
        if area > best[0]:
            best = (area, {name: value.clone() for name, value in net.state_dict().items()}, score)
    return best[1], best[2]


def read(tensors):
    volumes = np.load(tensors / "volumes.npy", mmap_mode="r")
    with open(tensors / "stacks.csv") as file:
        table = list(csv.DictReader(file))
    return volumes[: len(table)], [row["stackId"] for row in table], np.array([int(row["truth"]) for row in table])


def fit_fold(job):
    tensors, out, fold, start = job
    torch.set_num_threads(1)
    volumes, stacks, truth = read(tensors)
    order = np.random.default_rng(SEED).permutation(len(truth))
    valid = np.sort(order[fold::FOLDS])
    train = np.setdiff1d(order, valid)
    state, score = fit(f"fold {fold}", volumes, truth, train, valid, FOLD_EPOCHS, FOLD_RATE, start)
    net = DenseNet()
    net.load_state_dict(state)
    torch.onnx.export(
        Probability(net.eval()).eval(),
        torch.zeros(1, 1, *volumes.shape[1:]),
        str(out / f"fold_{fold}.onnx"),
        opset_version=13,
        input_names=["volume"],
        output_names=["probability"],
        dynamic_axes={"volume": {0: "N"}, "probability": {0: "N"}},
    )
    return [(stacks[i], truth[i], s) for i, s in zip(valid, score)]


def main(tensors, out, *begin):
    # One thread: on a busy machine two are slower than one.
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    sets = [read(folder) for folder in begin]
    volumes = np.concatenate([volumes for volumes, _, _ in sets])
    truth = np.concatenate([truth for _, _, truth in sets])
    rows = np.random.default_rng(SEED).permutation(len(truth))
    watched = len(rows) // 10
    start, _ = fit("start", volumes, truth, rows[watched:], rows[:watched], START_EPOCHS, START_RATE)
    torch.save(start, out / "start.pt")
    with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
        folds = pool.map(fit_fold, [(tensors, out, fold, start) for fold in range(FOLDS)], chunksize=1)
    with open(out / "validation.csv", "w") as file:
        file.write("stackId,label,score\n")
        file.writelines(f"{stack},{label},{score:.9g}\n" for stack, label, score in sorted(sum(folds, [])))
    merged = ["model", "merge", "--out", str(out / "embedded.onnx"), *(str(out / f"fold_{k}.onnx") for k in range(FOLDS))]
    subprocess.run(["node", str(Path(__file__).parent.parent / "dist" / "cli.js"), *merged], check=True)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
