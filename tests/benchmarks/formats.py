"""What it costs to open a photo and to save it after an edit, and what a patched JPEG leaves untouched.

    python tests/benchmarks/formats.py [--megapixels 24] [--formats JPEG,PNG,…] [--json]

Seconds of wall and processor time (the child's included), medians of three. `floor` is decoding and encoding the whole
JPEG. `outside` is how many pixels farther than one MCU from the edit differ after the file was saved and opened again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np
import simplejpeg

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import Picture
from dalle_studio.core.resources import resource
from dalle_studio.formats import saving
from dalle_studio.formats.opening import open_picture

Figures = dict[str, Any]
TIMES = 3


def spent() -> float:
    """Processor time of this process and of the children that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measured(work: Callable[[], object]) -> Figures:
    wall, cpu = [], []
    for _ in range(TIMES):
        cpu_start, start = spent(), time.perf_counter()
        work()
        wall.append(time.perf_counter() - start)
        cpu.append(spent() - cpu_start)
    return {"wall": round(statistics.median(wall), 3), "cpu": round(statistics.median(cpu), 3)}


def large_photo(megapixels: float) -> np.ndarray:
    """The sample enlarged to 3:2, with grain, so that it compresses like a photo."""
    sample = open_picture(resource("sample", "dandelions.jpg").read_bytes(), name="sample").pixels
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    large = cv2.resize(sample, (round(height * 1.5), height), interpolation=cv2.INTER_CUBIC)
    random = np.random.default_rng(1)
    for top in range(0, height, 256):
        band = large[top : top + 256]
        band[:] = np.clip(band + random.normal(0, 5, band.shape), 0, 255)
    return np.ascontiguousarray(large)


def jpeg(pixels: np.ndarray) -> Figures:
    original = simplejpeg.encode_jpeg(pixels, 92, "RGB", "420")
    opened = open_picture(original, name="x")
    rect = Rect(opened.size.width // 3, opened.size.height // 3, 500, 300).clipped(opened.size)
    changed = opened.pixels.copy()
    changed[rect.slices] = changed[rect.slices] // 2 + 60
    edited = replace(opened, pixels=changed)
    data, warnings = saving.encode_picture(edited, "JPEG", original=original)
    differs = (open_picture(data, name="x").pixels != opened.pixels).any(axis=2)
    differs[rect.grown(16).clipped(opened.size).slices] = False
    return {
        "floor": measured(lambda: simplejpeg.encode_jpeg(open_picture(original, name="x").pixels, 92, "RGB", "420")),
        "open": measured(lambda: open_picture(original, name="x")),
        "save patched": measured(lambda: saving.encode_picture(edited, "JPEG", original=original)),
        "save unedited": measured(lambda: saving.encode_picture(opened, "JPEG", original=original)),
        "outside": int(differs.sum()),
        "notices": list(warnings),
    }


def other(pixels: np.ndarray, name: str) -> Figures:
    data = saving.encode_picture(Picture(pixels), name)[0]
    return {
        "save": measured(lambda: saving.encode_picture(Picture(pixels), name)),
        "open": measured(lambda: open_picture(data, name="x")),
        "MB": round(len(data) / 1e6, 1),
    }


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--formats", default="JPEG,PNG,TIFF")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    pixels = large_photo(options.megapixels)
    found = {name: jpeg(pixels) if name == "JPEG" else other(pixels, name) for name in options.formats.split(",")}
    if options.json:
        print(json.dumps(found, indent=1))
    else:
        for name, figures in found.items():
            print(name)
            for key, value in figures.items():
                print(f"  {key:14} {value}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
