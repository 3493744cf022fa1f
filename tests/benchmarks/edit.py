"""The local part of an edit, from a JPEG to a JPEG, against its bars: decode and encode of the same file are the floor.

    python tests/benchmarks/edit.py [--megapixels 24,100] [--times 5] [--json]

A 1.5-megapixel crop is sent and comes back shifted, zoomed, tinted and soft. `local` is everything this program does
around the request but what is told apart: open, plan, cut, encode the crop, decode the answer, blend it, put it in,
encode the photo. Told apart: `align and match` (with grain: measuring, and drawing the answer so), and `block-wise
save`, which codes only what was touched. Everything is judged by processor time, that of ended children included, for
the machine may be shared; wall time stands beside it. Memory is the most that this process and its children held
together (PSS, Linux), beyond the imports.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import os
import platform
import resource as resource_use
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import cv2
import numpy as np
import simplejpeg

from dalle_studio.core.geometry import Rect
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture
from dalle_studio.core.plan import FreeSizes, Plan
from dalle_studio.core.records import BlendSettings, EditRequest, Operation
from dalle_studio.core.resources import resource
from dalle_studio.formats import jpeg, saving
from dalle_studio.formats.codec import StudioCodec
from dalle_studio.formats.opening import open_picture
from dalle_studio.imaging import planning
from dalle_studio.workflow import composing, fitting, payload
from dalle_studio.workflow.composing import Composition
from dalle_studio.workflow.fitting import Fitted
from dalle_studio.workflow.payload import Canvas
from tests.imaging.rerender import rerender

Figures = dict[str, Any]
CODEC, BLEND = StudioCodec(), BlendSettings()
PLAIN = BlendSettings(align=False, match=0.0, grain=0.0)
LOCAL_SHARE, ALIGN_SECONDS, SAVE_SECONDS, BYTES_A_PIXEL = 1.3, 1.0, 1.5, 6.0


def spent() -> float:
    """Processor time of this process, to the microsecond, and of the children that ended."""
    children = resource_use.getrusage(resource_use.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def measured(work: Callable[[], object], times: int) -> Figures:
    return measured_in_turn({"": work}, times)[""]


def measured_in_turn(works: dict[str, Callable[[], object]], times: int) -> dict[str, Figures]:
    """Several that are compared take turns, so that a busy minute of the machine hits them alike."""
    wall: dict[str, list[float]] = {name: [] for name in works}
    cpu: dict[str, list[float]] = {name: [] for name in works}
    for number in range(times + 1):
        for name, work in works.items():
            cpu_start, start = spent(), time.perf_counter()
            work()
            if number:  # the first warms up
                wall[name].append(time.perf_counter() - start)
                cpu[name].append(spent() - cpu_start)
    return {
        name: {"wall": round(statistics.median(wall[name]), 3), "cpu": round(statistics.median(cpu[name]), 4)}
        for name in works
    }


def make_file(megapixels: float) -> bytes:
    """The sample enlarged, with grain, so that it compresses as a photo does."""
    read = cv2.imdecode(np.frombuffer(resource("sample", "dandelions.jpg").read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    height = round(math.sqrt(megapixels * 1e6 / 1.5))
    large = cv2.resize(read, (round(height * 1.5), height), interpolation=cv2.INTER_CUBIC)
    random = np.random.default_rng(1)
    for top in range(0, height, 256):
        band = large[top : top + 256]
        band[:] = np.clip(band + random.normal(0, 4, band.shape), 0, 255)
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(large), 92, "BGR", "420"))


@dataclass
class Scene:
    """One file, the mask of the edit and the answer that comes back."""

    data: bytes

    @cached_property
    def mask(self) -> FrozenMask:
        height, width = open_picture(self.data, name="x").pixels.shape[:2]
        mask = np.zeros((height, width), np.uint8)
        cv2.ellipse(mask, (width // 2, height // 2), (420, 280), 0, 0, 360, 255, -1)
        return FrozenMask.of(mask)

    def laid(self, picture: Picture) -> tuple[Canvas, Plan]:
        canvas = payload.lay_canvas(EditRequest(Operation.EDIT, picture, self.mask))
        plan = planning.make_plan(picture.size, self.mask.bounds, FreeSizes(), context=290)
        return canvas, plan

    @cached_property
    def answer(self) -> bytes:
        picture = open_picture(self.data, name="x")
        _, plan = self.laid(picture)
        sent = np.ascontiguousarray(picture.cut(plan.crop)).astype(np.uint8)
        came = rerender(
            sent,
            self.mask.cut(plan.crop),
            shift=(3.4, -2.1),
            zoom=1.005,
            gain=0.95,
            offset=-6.0,
            blur=0.8,
            noise=0.5,
        )
        return CODEC.encode_png(came)

    @cached_property
    def fitted(self) -> Fitted:
        canvas, plan = self.laid(open_picture(self.data, name="x"))
        return fitting.fit(canvas, plan, CODEC.decode_answer(self.answer), CODEC, align=False)

    def floor(self) -> object:
        pixels = simplejpeg.decode_jpeg(self.data, "RGB")
        return simplejpeg.encode_jpeg(pixels, 92, "RGB", "420")

    def edited(self, blend: BlendSettings = BLEND, fitted: Fitted | None = None) -> tuple[Picture, Composition]:
        picture = open_picture(self.data, name="x")
        canvas, plan = self.laid(picture)
        payload.build(canvas, plan, EditRequest(Operation.EDIT, picture, self.mask), _info(), CODEC)
        answer = CODEC.decode_answer(self.answer)
        one = composing.compose(canvas, plan, answer, CODEC, blend, fitted=fitted)
        return picture, one

    def local(self) -> object:
        return self.encoded(*self.edited(PLAIN, self.fitted))

    def encoded(self, picture: Picture, one: Composition) -> object:
        with composing.laid_on(picture, one) as whole:
            return jpeg.encode(whole.pixels.astype(np.uint8, copy=False), jpeg.recipe_of(self.data))

    def save(self, picture: Picture) -> object:
        return saving.encode_picture(picture, "JPEG", original=self.data)


def _info() -> Any:
    from dalle_studio.core.ports import EngineInfo

    return EngineInfo("openai", "m", "api.openai.com", FreeSizes(), frozenset(Operation))


def speed(scene: Scene, times: int) -> Figures:
    picture = open_picture(scene.data, name="x")
    canvas, plan = scene.laid(picture)
    answer = CODEC.decode_answer(scene.answer)

    def align_and_match() -> None:
        fitted = fitting.fit(canvas, plan, answer, CODEC)
        composing.overlay(canvas, plan, answer, CODEC, BLEND, fitted)

    edited = composing.apply(*_rect_and_patch(*scene.edited()))
    found = {
        **measured_in_turn({"floor": scene.floor, "local": scene.local}, 3 * times),
        "align and match": measured(align_and_match, times),
        "block-wise save": measured(lambda: scene.save(edited), min(times, 3)),
    }
    return {"sent": str(plan.sent), **found}


class Watch:
    """The most memory that this process and its children held together, sampled a hundred times a second."""

    def __init__(self) -> None:
        self.most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.01):
            self.most = max(self.most, held())


def held() -> int:
    """Bytes of this process and its children (proportional set size)."""
    own = os.getpid()
    children = Path(f"/proc/{own}/task/{own}/children").read_text(encoding="ascii").split()
    for thread in Path(f"/proc/{own}/task").iterdir():  # a child belongs to the thread that began it
        children += (thread / "children").read_text(encoding="ascii").split()
    return sum(_pss(one) for one in {str(own), *children})


def _pss(process: str) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def memory(scene: Scene, part: str) -> float:
    """Bytes a pixel beyond the imports: of the edit to its encoded JPEG, or to its block-wise saved one."""
    assert scene.answer
    area = scene.mask.size.area
    gc.collect()
    before = held()
    with Watch() as watch:
        picture, one = scene.edited()
        if part == "edit":
            scene.encoded(picture, one)
        else:
            with composing.laid_on(picture, one) as whole:
                scene.save(whole)
    return round((watch.most - before) / area, 2)


def _rect_and_patch(picture: Picture, one: Composition) -> tuple[Picture, Rect, Any]:
    return picture, one.rect, one.patch


def judged(figures: Figures, megapixels: float) -> list[Figures]:
    share = figures["local"]["cpu"] / figures["floor"]["cpu"]
    bars = [
        ("local part / decode + encode, CPU", share, LOCAL_SHARE),
        ("align and match 1.5 MP, s CPU", figures["align and match"]["cpu"], ALIGN_SECONDS),
        ("peak of the edit, bytes a pixel", figures["peak edit"], BYTES_A_PIXEL),
        ("peak of the block-wise save, bytes a pixel", figures["peak save"], BYTES_A_PIXEL),
    ]
    if megapixels <= 24:
        bars.insert(2, ("block-wise save, s CPU", figures["block-wise save"]["cpu"], SAVE_SECONDS))
    return [{"bar": name, "is": round(value, 2), "at most": most, "met": value <= most} for name, value, most in bars]


def main() -> int:
    """Measure, judge, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", default="24,100")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peak", choices=("edit", "save"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak:
        print(memory(Scene(make_file(float(options.megapixels))), options.peak))
        return 0
    found: Figures = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"}
    for megapixels in (float(one) for one in options.megapixels.split(",")):
        figures = speed(Scene(make_file(megapixels)), options.times)
        for part in ("edit", "save"):
            words = [sys.executable, __file__, "--megapixels", str(megapixels), "--peak", part]
            figures[f"peak {part}"] = float(subprocess.run(words, capture_output=True, check=True).stdout)
        found[f"{megapixels:g} MP"] = {**figures, "bars": judged(figures, megapixels)}
    if options.json:
        print(json.dumps(found, indent=1))
        return 0
    print(found.pop("machine"))
    for name, figures in found.items():
        for part in ("floor", "local", "align and match", "block-wise save"):
            print(f"{name:8} {part:42} wall {figures[part]['wall']:>7} s  cpu {figures[part]['cpu']:>7} s")
        for bar in figures["bars"]:
            met = "met" if bar["met"] else "MISSED"
            print(f"{name:8} {bar['bar']:42} {bar['is']:>7} of {bar['at most']:<5} {met}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
