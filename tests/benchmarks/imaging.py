"""How long planning, strokes, pyramids, blending and the local fill take, and what the fill's texture is worth.

    python tests/benchmarks/imaging.py [--only plan,stroke,pyramid,blend,fill] [--photo FILE] [--json]

Milliseconds of wall and processor time, medians over repetitions (the fill: once, in seconds). `texture` is the fine
detail of the fill divided by that of the pixels that were there; 1 is right. Without a photo, the sample is used.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.plan import FreeSizes
from dalle_studio.core.resources import resource
from dalle_studio.imaging import blending, planning, strokes
from dalle_studio.imaging.fill import fill
from dalle_studio.imaging.pyramid import MaskPyramid, PicturePyramid

Figures = dict[str, Any]


def measured(work: Callable[[], object], times: int = 9) -> Figures:
    work()
    wall, cpu = [], []
    for _ in range(times):
        cpu_start, start = time.process_time(), time.perf_counter()
        work()
        wall.append((time.perf_counter() - start) * 1e3)
        cpu.append((time.process_time() - cpu_start) * 1e3)
    return {"wall": round(statistics.median(wall), 4), "cpu": round(statistics.median(cpu), 4)}


def plan(_: np.ndarray) -> Figures:
    photo = Size(6000, 4000)
    places = {"small": Rect(2000, 1500, 500, 300), "large": Rect(300, 300, 5000, 3000), "whole": Rect.of_size(photo)}
    return {
        name: measured(lambda place=place: planning.make_plan(photo, place, FreeSizes()))  # type: ignore[misc]  # bound now
        for name, place in places.items()
    }


def stroke(_: np.ndarray) -> Figures:
    mask = np.zeros((4000, 6000), np.uint8)
    start, end = (2000.3, 1500.6), (2010.1, 1507.9)
    out: Figures = {}
    for radius in (10.0, 20.0, 100.0, 300.0):
        for hardness in (1.0, 0.5):
            rect = strokes.segment_rect(*start, *end, radius)

            def draw(radius: float = radius, hardness: float = hardness, rect: Rect = rect) -> None:
                view = mask[rect.slices]
                strokes.stamp_segment(view, (rect.x, rect.y), start, end, radius=radius, hardness=hardness)

            out[f"r{radius:g} h{hardness:g}"] = measured(draw, 200)
    return out


def pyramid(_: np.ndarray) -> Figures:
    picture, mask = np.zeros((4000, 6000, 3), np.uint8), np.zeros((4000, 6000), np.uint8)
    levels = MaskPyramid(mask)
    out: Figures = {"build 24 MP": measured(lambda: PicturePyramid(picture))}
    for radius in (20, 100):
        rect = Rect(2001, 1503, 2 * radius + 13, 2 * radius + 9)
        out[f"refresh r{radius}"] = measured(lambda rect=rect: levels.update(rect), 200)  # type: ignore[misc]  # bound now
    return out


def blend(_: np.ndarray) -> Figures:
    rng = np.random.default_rng(0)
    photo, answer = (rng.integers(0, 256, (2048, 3072, 3), np.uint8) for _ in range(2))
    mask = np.zeros((2048, 3072), np.uint8)
    mask[700:1300, 1000:2000] = 255
    alpha = blending.alpha_for(mask, 48)
    out = blending.blend(photo, answer, alpha)
    return {
        "alpha": measured(lambda: blending.alpha_for(mask, 48)),
        "blend": measured(lambda: blending.blend(photo, answer, alpha)),
        "check": measured(lambda: blending.outside_identical(photo, out, alpha)),
    }


def detail(picture: np.ndarray, where: np.ndarray) -> float:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float((grey - cv2.GaussianBlur(grey, (0, 0), 1.5))[where].std())


def filled(picture: np.ndarray, hole: np.ndarray) -> Figures:
    cpu_start, start = time.process_time(), time.perf_counter()
    result = fill(picture, hole, seed=1)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    inner = cv2.erode(hole, np.ones((9, 9), np.uint8)) > 0
    texture = detail(result, inner) / max(detail(picture, inner), 1e-3)
    return {"wall": round(wall, 2), "cpu": round(cpu, 2), "texture": round(texture, 2)}


def fill_holes(photo: np.ndarray) -> Figures:
    scale = (4e6 / photo.shape[0] / photo.shape[1]) ** 0.5
    four = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = four.shape[:2]
    out: Figures = {}
    for name, share in (("1 % of 4 MP", 0.01), ("5 % of 4 MP", 0.05)):
        side = int((share * height * width) ** 0.5)
        hole = np.zeros((height, width), np.uint8)
        hole[(height - side) // 2 :][:side, (width - side) // 2 :][:, :side] = 255
        out[name] = filled(four, hole)
    large = cv2.resize(photo, (5000, 4000), interpolation=cv2.INTER_CUBIC)
    frame = np.full((4000, 5000), 255, np.uint8)
    frame[500:-500, 500:-500] = 0
    out["500 px around 4000x3000"] = filled(large, frame)
    return out


PARTS = {"plan": plan, "stroke": stroke, "pyramid": pyramid, "blend": blend, "fill": fill_holes}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--photo", type=Path, default=resource("sample", "dandelions.jpg"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    read = cv2.imdecode(np.frombuffer(options.photo.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if read is None:
        parser.error(f"not a picture: {options.photo}")
    photo = np.ascontiguousarray(read[..., ::-1])
    figures = {name: PARTS[name](photo) for name in options.only.split(",")}
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for part, rows in figures.items():
        for name, values in rows.items():
            print(f"{part:8} {name:26} " + "  ".join(f"{key} {value:>9}" for key, value in values.items()))


if __name__ == "__main__":
    main()
