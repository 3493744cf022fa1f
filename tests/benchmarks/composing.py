"""How long it takes to put an answer back: alignment, matching, grain, blending, and blending again.

    python tests/benchmarks/composing.py [--photo FILE] [--megapixels 24] [--crops 1.5,3.6,8.2] [--times 5] [--json]

Milliseconds of wall and processor time, medians over repetitions, on crops sent at scale 1 that come back shifted,
zoomed, tinted and soft. `ring` is how much of the low-pass error the answer had is gone, in percent. `peak` is what
the process needed beyond the open photo while it composed, in bytes per pixel of the photo.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture
from dalle_studio.core.plan import FreeSizes
from dalle_studio.core.records import BlendMode, BlendSettings, EditRequest, Operation
from dalle_studio.core.resources import resource
from dalle_studio.formats.codec import StudioCodec
from dalle_studio.imaging import matching, planning, registration
from dalle_studio.workflow import composing, fitting, payload
from tests.imaging.rerender import Bytes, grown, low_pass_error, rerender

Figures = dict[str, Any]


def measured(work: Callable[[], object], times: int) -> Figures:
    work()
    wall, cpu = [], []
    for _ in range(times):
        cpu_start, start = time.process_time(), time.perf_counter()
        work()
        wall.append((time.perf_counter() - start) * 1e3)
        cpu.append((time.process_time() - cpu_start) * 1e3)
    return {"wall": round(statistics.median(wall), 1), "cpu": round(statistics.median(cpu), 1)}


def peak_of(work: Callable[[], object]) -> int:
    """Bytes that the process grew by at most while it worked (Linux; else 0)."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        before = status("VmRSS")
        work()
        return status("VmHWM") - before
    except OSError:
        return 0


def status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def measure(photo: Bytes, megapixels: float, times: int) -> Figures:
    height, width = photo.shape[:2]
    bounds = math.sqrt(megapixels * 1e6 / 1.5)
    mask = np.zeros((height, width), np.uint8)
    cv2.ellipse(mask, (width // 2, height // 2), (int(bounds * 0.42), int(bounds * 0.28)), 0, 0, 360, 255, -1)
    request = EditRequest(Operation.EDIT, Picture(photo), FrozenMask.of(mask))
    canvas, codec, blend = payload.lay_canvas(request), StudioCodec(), BlendSettings()
    context = int(bounds * 0.29)
    plan = planning.make_plan(canvas.picture.size, canvas.mask.bounds, FreeSizes(), context=context)
    before = canvas.picture.cut(plan.crop)
    keep = ~grown(mask, 8)[plan.crop.slices]
    sent: Bytes = np.ascontiguousarray(before).astype(np.uint8)
    answer = rerender(
        sent, mask[plan.crop.slices], shift=(3.4, -2.1), zoom=1.005, gain=0.95, offset=-6.0, blur=0.8, noise=0.5
    )
    peak = peak_of(lambda: composing.compose(canvas, plan, answer, codec, blend))
    fitted = fitting.fit(canvas, plan, answer, codec)
    moved = registration.warp(answer, registration.register(sent, answer, keep).matrix)
    after = fitted.draw(Rect.of_size(plan.crop.size))
    gone = 100 * (1 - low_pass_error(sent, after, keep) / low_pass_error(sent, answer, keep))

    def again(**settings: object) -> Callable[[], object]:
        other = BlendSettings(**settings)  # type: ignore[arg-type]  # of its fields
        return lambda: composing.compose(canvas, plan, answer, codec, other, fitted=fitted)

    return {
        "sent": f"{plan.sent} scale {plan.scale:g}",
        "ring": round(gone, 1),
        "peak": round(peak / (width * height), 2),
        "align": measured(lambda: registration.register(sent, answer, keep), times),
        "match": measured(lambda: matching.measure(sent, moved, keep), times),
        "fit (both and grain)": measured(lambda: fitting.fit(canvas, plan, answer, codec), times),
        "compose": measured(lambda: composing.compose(canvas, plan, answer, codec, blend), times),
        "blend again": measured(again(feather=40), times),
        "blend again, gradient": measured(again(mode=BlendMode.POISSON), times),
        "an untouched ring": measured(lambda: composing.compose(canvas, plan, sent, codec, blend), times),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", type=Path, default=resource("sample", "dandelions.jpg"))
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--crops", default="1.5,3.6,8.2", help="megapixels that are sent")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    read = cv2.imdecode(np.frombuffer(options.photo.read_bytes(), np.uint8), cv2.IMREAD_COLOR_RGB)
    if read is None:
        parser.error(f"not a picture: {options.photo}")
    scale = math.sqrt(options.megapixels * 1e6 / (read.shape[0] * read.shape[1]))
    photo = cv2.resize(read, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    del read
    figures: Figures = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "photo": f"{photo.shape[1]}x{photo.shape[0]}",
    }
    for megapixels in (float(one) for one in options.crops.split(",")):
        figures[f"{megapixels:g} MP"] = measure(photo, megapixels, options.times)
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for name, values in figures.items():
        if isinstance(values, str):
            print(f"{name:8} {values}")
            continue
        for key, value in values.items():
            shown = f"wall {value['wall']:>8}  cpu {value['cpu']:>8}" if isinstance(value, dict) else value
            print(f"{name:8} {key:24} {shown}")


if __name__ == "__main__":
    main()
