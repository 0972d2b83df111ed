"""What the winners ran: OpenCV decodes and masks, scipy or OpenCV resizes, numpy normalises.

Reads `PRESET PATH` lines, answers each with one JSON line: processor and wall seconds of decoding and of the rest, shape
and SHA-256 of the tensor.
Started by `pipelines.mjs`; needs OpenCV, scipy and numpy.
"""
import hashlib
import json
import sys
import time

import cv2
import numpy as np
import scipy
from scipy.ndimage import zoom

LOW, HIGH = (9, 13, 104), (98, 143, 255)


def frames_of(path):
    video = cv2.VideoCapture(path)
    frames = []
    while True:
        ok, frame = video.read()
        if not ok:
            return frames
        frames.append(frame)


def boxes_of(frames):
    """Row and column starts, extents, frame by frame."""
    boxes = []
    for frame in frames:
        points = np.argwhere(cv2.inRange(frame, LOW, HIGH) > 0).astype(np.float32)
        boxes.append(cv2.boundingRect(points))
    return np.array(boxes)


def zfturbo(frames):
    boxes = boxes_of(frames)
    r0, c0 = boxes[:, :2].min(0)
    r1, c1 = (boxes[:, :2] + boxes[:, 2:]).max(0)
    cube = np.stack([frame[r0:r1, c0:c1] for frame in frames])
    factors = [want / have for want, have in zip((96, 128, 128), cube.shape)]
    small = np.stack([zoom(cube[..., c], factors, order=1) for c in range(3)], -1)
    tensor = small.astype(np.float32) / np.float32(255)
    for c, (mean, deviation) in enumerate(zip((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))):
        tensor[..., c] -= np.float32(mean)
        tensor[..., c] /= np.float32(deviation)
    return tensor


def kbrodt(frames):
    boxes = boxes_of(frames)
    (r0, c0), (h, w) = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    small = np.stack([cv2.resize(np.ascontiguousarray(f[r0:r0 + h, c0:c0 + w, 2]), (160, 160),
                                 interpolation=cv2.INTER_LINEAR) for f in frames])
    return (small.astype(np.float32) / np.float32(255))[None]


def laura(frames):
    blue, green, red = (frames[0][..., c] for c in range(3))
    rows, cols = np.nonzero((red >= 200) & (green <= 150) & (blue <= 150))
    height, width = red.shape
    r0, r1 = max(0, rows.min() - 5), min(height, rows.max() + 5)
    c0, c1 = max(0, cols.min() - 5), min(width, cols.max() + 5)
    small = np.stack([cv2.resize(f[r0:r1, c0:c1], (112, 112), interpolation=cv2.INTER_AREA) for f in frames])
    tensor = small.astype(np.float32) / np.float32(255)
    tensor -= np.float32((0.43216, 0.394666, 0.37645))
    tensor /= np.float32((0.22803, 0.22145, 0.216989))
    return np.ascontiguousarray(tensor.transpose(3, 0, 1, 2))


PRESETS = {"zfturbo": zfturbo, "kbrodtAlone": kbrodt, "lauraOnacBot": laura}


def timed(work, *of):
    cpu, wall = time.process_time(), time.perf_counter()
    value = work(*of)
    return value, {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def main():
    print(json.dumps({"cv2": cv2.__version__, "scipy": scipy.__version__, "numpy": np.__version__}), flush=True)
    for line in sys.stdin:
        preset, path = line.rstrip("\n").split(" ", 1)
        frames, decode = timed(frames_of, path)
        tensor, prepare = timed(PRESETS[preset], frames)
        sha = hashlib.sha256(np.ascontiguousarray(tensor)).hexdigest()
        print(json.dumps({"decode": decode, "prepare": prepare, "shape": tensor.shape, "sha256": sha}), flush=True)


main()
