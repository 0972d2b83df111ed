# /// script
# requires-python = ">=3.11"
# dependencies = ["pillow==9.4.0"]
# ///
"""Two pages as libtiff packs them -> tiff.json. Run with Debian's python 3.11, pillow 9.4.0 (libtiff 4.5.0).

Page 0 is noise: x <- 1664525 x + 1013904223 mod 2^32 from x = 7, byte = x >> 24; long enough that LZW widens its codes to
12 bits and starts its table anew. Page 1 is smooth: byte i = (i // 9 + i // 120) mod 256.
"""
import base64
import io
import json
import struct

from PIL import Image, features

WIDTH, HEIGHT = 40, 41
SIZE = WIDTH * HEIGHT * 3


def noise():
    x, out = 7, bytearray(SIZE)
    for i in range(SIZE):
        x = (1664525 * x + 1013904223) & 0xFFFFFFFF
        out[i] = x >> 24
    return bytes(out)


def stored(data):
    """Compression, predictor and number of strips, page by page, as written: what was asked for may be ignored."""
    at, found = struct.unpack("<I", data[4:8])[0], []
    while at:
        rows = struct.unpack("<H", data[at : at + 2])[0]
        entries = [struct.unpack("<HHIHH", data[at + 2 + 12 * i : at + 14 + 12 * i]) for i in range(rows)]
        tags = {tag: value for tag, _, _, value, _ in entries}
        counts = {tag: count for tag, _, count, _, _ in entries}
        found.append([tags[259], tags.get(317, 1), counts[273]])
        at = struct.unpack("<I", data[at + 2 + 12 * rows : at + 6 + 12 * rows])[0]
    return found


smooth = bytes((i // 9 + i // 120) % 256 for i in range(SIZE))
pages = [Image.frombytes("RGB", (WIDTH, HEIGHT), data) for data in (noise(), smooth)]
cases = []
for name, compression, info in (
    ("LZW", "tiff_lzw", {}),
    ("LZW of differences", "tiff_lzw", {317: 2}),
    ("Deflate", "tiff_adobe_deflate", {}),
    ("Deflate of differences", "tiff_deflate", {317: 2}),
    ("PackBits", "packbits", {}),
    ("no compression", "raw", {}),
):
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:], compression=compression, tiffinfo=info)
    cases.append({"name": name, "stored": stored(out.getvalue()), "base64": base64.b64encode(out.getvalue()).decode()})
about = {"how_produced": "test/golden/tiff.py", "libtiff": features.version("libtiff"), "width": WIDTH, "height": HEIGHT}
print(json.dumps({**about, "cases": cases}, indent=1))
