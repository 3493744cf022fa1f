"""How fast an edit of a large photo is blended anew in the window: a slider's answer, and the exact picture after it.

    python tests/benchmarks/reblend.py [--photo FILE] [--megapixels 24] [--mask 1400] [--times 60] [--json]

The whole program on Qt's offscreen platform at 1600×1000, an edit made by the project's own server. `answer` is from a
slider's new value until the canvas has painted it, in milliseconds of wall time (median, p99, largest), with the
processor time of all threads; `first` is the first one, which measures the answer and lays everything out when nothing
was prepared. `exact` is from letting go until the version is recorded and shown, `map` until the map of changes is.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["DALLE_STUDIO_KEYRING"] = "session"

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer

from dalle_studio import app
from dalle_studio.app import Studio
from dalle_studio.core.geometry import Rect
from dalle_studio.core.records import BlendMode
from dalle_studio.core.resources import resource
from dalle_studio.session.editor import Editor
from dalle_studio.ui.controls import CurvedSlider
from tests.fakes.images_server import KEY, FakeImagesServer

Figures = dict[str, Any]

_VALUES = {"blendFeather": (5, 60), "blendGrow": (-20, 20), "blendColour": (0, 100), "blendOpacity": (10, 100)}
_PATIENCE = 60.0


class Painted(QObject):
    """Counts how often the canvas was painted."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.count = 0
        studio.window.canvas.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def wait(until: Callable[[], bool]) -> None:
    """Run the event loop until it is so."""
    end = time.perf_counter() + _PATIENCE
    loop, ticks = QEventLoop(), QTimer()
    ticks.setInterval(0)  # in turn with the events, so that nothing is missed by more than one of them

    def look() -> None:
        if until() or time.perf_counter() > end:
            loop.quit()

    ticks.timeout.connect(look)
    ticks.start()
    loop.exec()
    if not until():
        raise SystemExit("waited in vain")


def timed(work: Callable[[], None], until: Callable[[], bool]) -> tuple[float, float]:
    """Milliseconds of wall and processor time."""
    cpu, start = time.process_time(), time.perf_counter()
    work()
    wait(until)
    return (time.perf_counter() - start) * 1e3, (time.process_time() - cpu) * 1e3


def summary(found: list[tuple[float, float]]) -> Figures:
    wall, cpu = sorted(one[0] for one in found), [one[1] for one in found]
    return {
        "median": round(statistics.median(wall), 1),
        "p99": round(wall[min(len(wall) - 1, math.ceil(0.99 * len(wall)) - 1)], 1),
        "largest": round(wall[-1], 1),
        "cpu median": round(statistics.median(cpu), 1),
    }


def step_to(studio: Studio, painted: Painted, slider: CurvedSlider, value: int) -> tuple[float, float]:
    before, seen = studio.editor.partial, painted.count
    return timed(lambda: slider.setValue(value), lambda: studio.editor.partial is not before and painted.count > seen)


def answers(studio: Studio, painted: Painted, times: int) -> Figures:
    """Each slider, dragged from one value to the next."""
    figures: Figures = {}
    for which, (low, high) in _VALUES.items():
        slider = studio.window.findChild(CurvedSlider, which)
        assert slider is not None
        slider.setSliderDown(True)
        found = []
        for step in range(times):
            value = (
                low + round((high - low) * (step + 1) / times)
                if step % 2
                else high - round((high - low) * step / times)
            )
            if value != slider.value():
                found.append(step_to(studio, painted, slider, value))
        figures[which] = {"first": round(found[0][0], 1), **summary(found[1:])}
        slider.setSliderDown(False)
        studio.wait_idle(_PATIENCE)
    return figures


def exact(studio: Studio, times: int) -> Figures:
    """From letting go to the recorded version."""
    editor, found = studio.editor, []
    for step in range(times):
        layer, picture = editor.stack[-1].layer, editor.picture
        editor.tune(replace(layer, blend=replace(layer.blend, opacity=0.3 + 0.6 * step / times)), None)
        found.append(timed(editor.keep_tuned, partial(_is_other, editor, picture)))
        studio.wait_idle(_PATIENCE)
    return summary(found)


def _is_other(editor: Editor, picture: object) -> bool:
    return editor.picture is not picture


def heat(studio: Studio, times: int) -> Figures:
    editor, found = studio.editor, []
    for _ in range(times):
        found.append(timed(lambda: editor.show_heat(True), lambda: editor.heat is not None))
        editor.show_heat(False)
        studio.wait_idle(_PATIENCE)
    return summary(found)


def edited(studio: Studio, side: int) -> None:
    """One edit in the middle of the photo."""
    editor = studio.editor
    mask, size = editor.mask, editor.size
    assert mask is not None
    assert size is not None
    spot = np.zeros((side, side), np.uint8)
    cv2.circle(spot, (side // 2, side // 2), side // 2 - 2, 255, -1)
    mask.begin()
    mask.writable(Rect((size.width - side) // 2, (size.height - side) // 2, side, side))[...] = spot
    step = mask.commit("session.step.all")
    assert step is not None
    editor.push_step(step)
    editor.set_prompt("a red balloon")
    editor.set_count(1)
    editor.generate()
    studio.wait_idle(_PATIENCE)


def measure(photo: Path, side: int, times: int) -> Figures:
    studio = app.create([str(photo)])
    studio.window.resize(1600, 1000)
    studio.wait_idle(_PATIENCE)
    painted = Painted(studio)
    edited(studio, side)
    size, record = studio.editor.size, studio.editor.stack[-1].record
    studio.window.lower_side.show_tab("edits")
    studio.wait_idle(_PATIENCE)
    figures: Figures = {"photo": str(size), "crop": str(record.crop.size), "mask": side}
    figures["answer, fitted"] = answers(studio, painted, times)
    studio.window.canvas.zoom_to(100)
    studio.wait_idle(_PATIENCE)
    figures["answer, 100 %"] = answers(studio, painted, times)
    studio.window.canvas.fit()
    layer = studio.editor.stack[-1].layer
    studio.editor.set_layer(replace(layer, blend=replace(layer.blend, mode=BlendMode.POISSON)))
    studio.wait_idle(_PATIENCE)
    figures["answer, fitted, seamless"] = answers(studio, painted, times)
    studio.editor.reset_layer(layer.edit_id)
    studio.wait_idle(_PATIENCE)
    figures["exact"] = exact(studio, max(3, times // 6))
    figures["map"] = heat(studio, max(3, times // 10))
    studio.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", type=Path, default=resource("sample", "dandelions.jpg"))
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--mask", type=int, default=1400, help="diameter of what is edited, in pixels")
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    read = cv2.imdecode(np.frombuffer(options.photo.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if read is None:
        parser.error(f"not a picture: {options.photo}")
    scale = math.sqrt(options.megapixels * 1e6 / (read.shape[0] * read.shape[1]))
    with tempfile.TemporaryDirectory() as folder, FakeImagesServer() as server:
        photo = Path(folder) / "photo.jpg"
        grown = cv2.resize(read, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(photo), grown, [cv2.IMWRITE_JPEG_QUALITY, 92])
        del read, grown
        os.environ |= {"DALLE_STUDIO_DATA_DIR": f"{folder}/data", "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY}
        figures = measure(photo, options.mask, options.times)
        figures["requests while blending"] = len(server.pictures) - 1
    figures["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(json.dumps(figures, indent=1) if options.json else _table(figures))


def _table(figures: Figures, indent: str = "") -> str:
    lines = []
    for key, value in figures.items():
        if isinstance(value, dict) and any(isinstance(one, dict) for one in value.values()):
            lines += [f"{indent}{key}", _table(value, indent + "  ")]
        else:
            shown = "  ".join(f"{name} {one}" for name, one in value.items()) if isinstance(value, dict) else value
            lines.append(f"{indent}{key:24} {shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
