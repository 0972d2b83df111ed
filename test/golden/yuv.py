# /// script
# requires-python = ">=3.11"
# ///
"""Checksums of swscale's YUV -> BGR of pseudo-random planes -> yuv.json. Needs ffmpeg 5.1 (Debian 12, x86-64) on PATH.

Bytes: x <- 1664525 x + 1013904223 mod 2^32 from x = seed, byte = x >> 24, over the whole frame (Y, U, V planes).
Luma of limited-range 4:4:4 stops at 235: whiter than white with the bluest blue overflows 32 bits in ffmpeg 5.1, and comes
out black; we do not follow it there. The filter is what cv2.VideoCapture amounts to: it ignores the file's colour-matrix tag.
"""
import hashlib
import json
import subprocess

SHIFTS = {"420": (1, 1), "422": (1, 0), "444": (0, 0)}


def pixels(seed, n):
    x, out = seed, bytearray(n)
    for i in range(n):
        x = (1664525 * x + 1013904223) & 0xFFFFFFFF
        out[i] = x >> 24
    return bytes(out)


cases = []
for chroma, (sx, sy) in SHIFTS.items():
    for full in (False, True):
        for width, height in ((64, 48), (52, 38), (512, 16)):
            seed = len(cases)
            frame = pixels(seed, width * height + 2 * ((width + sx) >> sx) * ((height + sy) >> sy))
            if chroma == "444" and not full:
                frame = bytes(min(byte, 235) for byte in frame[: width * height]) + frame[width * height :]
            name = f"yuv{'j' if full else ''}{chroma}p"
            args = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", name, "-s", f"{width}x{height}", "-i", "-"]
            args += ["-vf", "scale=in_color_matrix=bt601", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
            bgr = subprocess.run(args, input=frame, stdout=subprocess.PIPE, check=True).stdout
            cases.append({"format": name, "seed": seed, "width": width, "height": height, "shiftX": sx, "shiftY": sy,
                          "full": full, "sha256": hashlib.sha256(bgr).hexdigest()})
version = subprocess.run(["ffmpeg", "-version"], stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")[0]
print(json.dumps({"how_produced": "test/golden/yuv.py", "version": version, "cases": cases}, indent=1))
