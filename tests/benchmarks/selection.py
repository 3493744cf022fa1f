"""How long selections and mask operations take, by size of the photo.

    python tests/benchmarks/selection.py [--sizes 12,100] [--repeat 3] [--json]

The sample photo enlarged; no window. Milliseconds, the best of `repeat` runs: `wall`, and `cpu` of all threads, which
is what to compare on a shared machine. `apply` is what happens on the GUI thread: joining a selection to the mask, as a
step that can be undone, and undoing it. Masks are a wavy lasso over 40 % of the photo.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from dalle_studio.core.mask import FrozenMask, MaskStep

SIZES = {1: (1224, 816), 12: (4242, 2828), 24: (6000, 4000), 50: (8660, 5774), 100: (12248, 8166)}
Figures = dict[str, Any]


def timed(work: Callable[[], object], repeat: int) -> Figures:
    wall, cpu = math.inf, math.inf
    for _ in range(repeat):
        cpu_start, start = time.process_time(), time.perf_counter()
        work()
        wall = min(wall, time.perf_counter() - start)
        cpu = min(cpu, time.process_time() - cpu_start)
    return {"wall": round(wall * 1e3, 1), "cpu": round(cpu * 1e3, 1)}


def measure(megapixels: int, repeat: int) -> Figures:
    import cv2

    from dalle_studio.core.geometry import Rect, Size
    from dalle_studio.core.mask import Mask
    from dalle_studio.imaging import colour_range, morphology, shapes, smart_select, wand
    from dalle_studio.imaging.selection import Combine, apply
    from tests.imaging.masks import read

    width, height = SIZES[megapixels]
    size, scale = Size(width, height), width / 3200
    sample = read(ROOT / "resources" / "sample" / "dandelions.jpg")
    pixels = cast("NDArray[np.uint8]", cv2.resize(sample, (width, height)))
    pixels.flags.writeable = False

    def at(x: float, y: float) -> tuple[float, float]:
        return (x * scale, y * scale)

    def rect(x: float, y: float, across: float, down: float) -> Rect:
        return Rect(*(round(value * scale) for value in (x, y, across, down)))

    angles = [i * 2 * math.pi / 6000 for i in range(6000)]
    wave = [height * (0.43 + 0.025 * math.sin(40 * angle)) for angle in angles]
    outline = [(width / 2 + r * math.cos(a), height / 2 + r * math.sin(a)) for r, a in zip(wave, angles, strict=True)]
    lasso = shapes.polygon(size, outline)
    everything = shapes.rectangle(size, Rect.of_size(size))
    stroke = [smart_select.Stroke([at(600, 400), at(900, 300), at(1200, 500)], 20 * scale)]
    x, y = (round(value) for value in at(1700, 100))
    works: dict[str, Callable[[], object]] = {
        "ellipse, whole photo": lambda: shapes.ellipse(size, Rect.of_size(size)),
        "lasso, 6000 points": lambda: shapes.polygon(size, outline),
        "wand, everything": lambda: wand.wand(pixels, width // 2, height // 2, 255),
        "wand, sky": lambda: wand.wand(pixels, x, y, 40),
        "wand, not contiguous": lambda: wand.wand(pixels, x, y, 40, contiguous=False),
        "colour range": lambda: colour_range.colour_range(pixels, [(200, 180, 120)], 40),
        "channel": lambda: colour_range.from_channel(pixels, colour_range.Channel.LUMINANCE),
        "smart select, box": lambda: smart_select.select_in_box(pixels, rect(380, 110, 1120, 920)),
        "smart select, whole photo": lambda: smart_select.select_in_box(pixels, Rect.of_size(size)),
        "smart select, stroke": lambda: smart_select.select_by_strokes(pixels, stroke),
        "grow 4": lambda: morphology.grow(lasso, 4),
        "grow 40": lambda: morphology.grow(lasso, 40),
        "grow 200": lambda: morphology.grow(lasso, 200),
        "shrink 40": lambda: morphology.shrink(lasso, 40),
        "feather 20": lambda: morphology.feather(lasso, 20),
        "feather 200": lambda: morphology.feather(lasso, 200),
        "smooth 10": lambda: morphology.smooth(lasso, 10),
        "fill holes": lambda: morphology.fill_holes(lasso),
        "fill holes up to 500": lambda: morphology.fill_holes(lasso, 500),
        "remove specks under 50": lambda: morphology.remove_specks(lasso, 50),
        "remove specks under 500": lambda: morphology.remove_specks(lasso, 500),
        "invert": lambda: morphology.invert(lasso),
    }
    figures = {name: timed(work, repeat) for name, work in works.items()}
    mask = Mask(size)
    mask.touch_pages()
    steps: list[MaskStep | None] = []

    def join(chosen: FrozenMask, how: Combine) -> None:
        mask.begin()
        apply(mask, chosen, how)
        steps.append(mask.commit("benchmark"))

    for name, chosen, how in (
        ("apply, lasso to an empty mask", lasso, Combine.REPLACE),
        ("apply, all added", everything, Combine.ADD),
        ("apply, lasso subtracted", lasso, Combine.SUBTRACT),
    ):
        figures[name] = timed(partial(join, chosen, how), 1)
        step = steps[-1]
        assert step is not None
        figures[f"{name}, undone"] = timed(step.swap, 1)
        step.swap()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="12,100", help=f"megapixels, of {', '.join(map(str, SIZES))}")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    result: Figures = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "megapixels": {size: measure(size, options.repeat) for size in sizes},
    }
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(result["machine"])
    for name in result["megapixels"][sizes[0]]:
        cells = "  ".join("{wall:8.1f} wall {cpu:8.1f} cpu".format(**result["megapixels"][s][name]) for s in sizes)
        print(f"{name:40} {cells}")


if __name__ == "__main__":
    main()
