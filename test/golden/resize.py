# /// script
# requires-python = "==3.11.*"
# dependencies = ["numpy==1.24.2", "scipy==1.10.1", "opencv-python-headless==4.6.0.66"]
# ///
"""Checksums of OpenCV's and scipy's resizes of pseudo-random bytes -> resize.json (run with Debian 12's packages).

Bytes of a case: x <- 1664525 x + 1013904223 mod 2^32 from x = seed, byte = x >> 24, in C order of (depth, height,
width, channels).
"""
import hashlib
import json
import random
import sys

import cv2
import numpy as np
import scipy
from scipy import ndimage


def pixels(seed, shape):
    x, out = seed, bytearray(int(np.prod(shape)))
    for i in range(len(out)):
        x = (1664525 * x + 1013904223) & 0xFFFFFFFF
        out[i] = x >> 24
    return np.frombuffer(bytes(out), np.uint8).reshape(shape)


def planes(volume, size, how):
    frames = [cv2.resize(frame, (size[1], size[0]), interpolation=how) for frame in volume]
    return np.stack([frame.reshape(size[0], size[1], -1) for frame in frames])


def zoomed(volume, to):
    factors = [t / n for t, n in zip(to, volume.shape)]
    return np.stack([ndimage.zoom(volume[..., c], factors, order=1) for c in range(volume.shape[3])], axis=-1)


def plane_cases():
    rng = random.Random(20201001)
    sizes = [
        ((88, 82), (160, 160), "enlarging"), ((26, 31), (160, 160), "tiny"), ((320, 320), (160, 160), "2:1"),
        ((160, 160), (160, 160), "equal"), ((320, 160), (160, 160), "2:1 on one axis"), ((335, 448), (160, 160), "shrinking"),
        ((161, 159), (160, 160), "nearly equal"), ((1, 1), (4, 5), "one pixel"), ((1, 7), (3, 3), "one row"),
        ((224, 224), (112, 112), "2:1"), ((336, 336), (112, 112), "3:1"), ((448, 336), (112, 112), "4:1 and 3:1"),
        ((224, 112), (112, 112), "2:1 and 1:1"), ((113, 112), (112, 112), "barely fractional"),
        ((300, 250), (112, 112), "fractional"), ((200, 33), (112, 112), "one axis grows"), ((33, 200), (112, 112), "the other grows"),
        ((64, 92), (112, 112), "enlarging"), ((56, 56), (112, 112), "1:2"), ((335, 448), (112, 112), "shrinking"),
    ]
    for _ in range(40):
        sizes.append(((rng.randint(1, 260), rng.randint(1, 260)), (rng.randint(1, 130), rng.randint(1, 130)), "random"))
    for n, (size, to, why) in enumerate(sizes):
        for channels in (1, 3):
            yield n, (2, *size, channels), to, why


def zoom_cases():
    rng = random.Random(96)
    # 50, 60, 99, 106, 112 blacken the last plane; 54, 96 and 1 do not.
    for n, depth in enumerate([1, 2, 17, 20, 37, 50, 54, 60, 95, 96, 97, 99, 106, 112]):
        yield n, (depth, rng.randint(5, 20), rng.randint(5, 20), 1), (96, 128, 128), "winner"
    yield 100, (50, 9, 11, 3), (96, 128, 128), "three channels"
    for n in range(60):
        shape = tuple(rng.randint(1, 14) for _ in range(3))
        to = tuple(rng.randint(2, 33) for _ in range(3))
        yield 200 + n, (*shape, rng.choice((1, 2, 3))), to, "random"


def main():
    cases = []

    def add(method, seed, shape, to, why, out):
        sha256 = hashlib.sha256(np.ascontiguousarray(out).tobytes()).hexdigest()
        cases.append({"method": method, "why": why, "seed": seed, "shape": shape, "to": to, "sha256": sha256})

    for seed, shape, to, why in plane_cases():
        volume = pixels(seed, shape)
        add("linear", seed, shape, to, why, planes(volume, to, cv2.INTER_LINEAR))
        add("area", seed, shape, to, why, planes(volume, to, cv2.INTER_AREA))
    for seed, shape, to, why in zoom_cases():
        add("zoomTrilinear", seed, shape, to, why, zoomed(pixels(seed, shape), to))
    versions = {"cv2": cv2.__version__, "scipy": scipy.__version__, "numpy": np.__version__, "python": sys.version.split()[0]}
    print(json.dumps({"how_produced": "test/golden/resize.py, Debian 12 packages", "versions": versions, "cases": cases}, indent=1))


main()
