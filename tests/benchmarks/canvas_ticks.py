"""How long the window is held up while a whole mask changes: the longest gap between two ticks of a 1 ms timer.

    python tests/benchmarks/canvas_ticks.py [--megapixels 100] [--json]

The real window with the real session, offscreen, over a synthetic photo. For each operation: `gap_ms`, the longest time
in which the event loop did not come round (repaints are in it); `cpu_ms`, how much of it this thread worked, which is
what to look at while other programs run; and `done_ms`, from the key press until everything is done and shown.
`idle` is the same with nothing happening.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.app import Studio

SIZES = {12: (4242, 2828), 24: (6000, 4000), 100: (12248, 8166)}
Figures = dict[str, Any]


class Ticks:
    """A timer of 1 ms and the longest it had to wait."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(1)
        self._timer.timeout.connect(self._tick)
        self._last = self._last_cpu = 0.0
        self.gap = self.cpu = 0.0

    def start(self) -> None:
        self.gap = self.cpu = 0.0
        self._last, self._last_cpu = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        self._tick()

    def _tick(self) -> None:
        now, cpu = time.perf_counter(), time.thread_time()
        self.gap, self.cpu = max(self.gap, now - self._last), max(self.cpu, cpu - self._last_cpu)
        self._last, self._last_cpu = now, cpu


def photo(path: Path, width: int, height: int) -> None:
    import numpy as np
    import simplejpeg

    from tests.ui.canvas_driver import synthetic_photo

    tile = synthetic_photo(1000, 1000)
    pixels = np.tile(tile, (-(-height // 1000), -(-width // 1000), 1))[:height, :width]
    path.write_bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(pixels), quality=90))


class Hands:
    """Does to the real window what a person does, and notes how long each of it held the window up."""

    def __init__(self, studio: Studio) -> None:
        from tests.ui.canvas_driver import Hand

        self._editor, self._canvas, self._application = studio.editor, studio.window.canvas, studio.application
        self._hand, self._ticks = Hand(studio.window.canvas), Ticks()
        self.result: Figures = {}

    def settle(self) -> None:
        """Until everything is done and painted."""
        while not self._editor.worker.is_idle:
            self._application.processEvents()
            time.sleep(0.0002)
        for _ in range(3):
            self._application.processEvents()

    def timed(self, name: str, act: Callable[[], object]) -> None:
        self.settle()
        self._ticks.start()
        begun = time.perf_counter()
        act()
        self.settle()
        done = time.perf_counter() - begun
        self._ticks.stop()
        figures = {"gap_ms": self._ticks.gap, "cpu_ms": self._ticks.cpu, "done_ms": done}
        self.result.setdefault(name, []).append({key: round(value * 1e3, 1) for key, value in figures.items()})

    def look(self, view: str) -> None:
        if view == "fit":
            self._canvas.fit()
        else:
            self._canvas.zoom_to(100)
        self.settle()

    def round(self, view: str) -> None:
        """Each operation once."""
        from dalle_studio.imaging import morphology

        editor = self._editor
        self.timed(f"{view}: idle", lambda: self._wait(0.3))
        self.timed(f"{view}: all", editor.select_all)
        self.timed(f"{view}: all, undo", editor.undo_step)
        self.timed(f"{view}: all, redo", editor.redo_step)
        self.timed(f"{view}: stroke on all", self._stroke)
        self.timed(f"{view}: stroke on all, undo", editor.undo_step)
        self.timed(f"{view}: invert", editor.invert_mask)
        self.timed(f"{view}: ellipse", self._ellipse)
        self.timed(f"{view}: copy the mask", lambda: editor.encode_mask(lambda _: None))
        self._preview(lambda mask, stop: morphology.grow(mask, 60, stop), f"{view}: grow 60")
        self._preview(lambda mask, stop: morphology.feather(mask, 200, stop), f"{view}: feather 200")
        self._spend()
        self.timed(f"{view}: stroke on a spent mask", self._stroke)
        self.timed(f"{view}: stroke on a spent mask, undo", editor.undo_step)
        self.timed(f"{view}: clear", editor.clear_mask)
        self.timed(f"{view}: clear, undo", editor.undo_step)
        self.timed(f"{view}: clear, redo", editor.redo_step)

    def _wait(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self._application.processEvents()
            time.sleep(0.0002)

    def _preview(self, work: Any, name: str) -> None:
        self.timed(f"{name}, preview", lambda: self._editor.preview_mask(work))
        self.timed(f"{name}, apply", lambda: self._editor.apply_preview("ui.grow"))
        self.timed(f"{name}, undo", self._editor.undo_step)
        self.timed(f"{name}, redo", self._editor.redo_step)

    def _ellipse(self) -> None:
        from dalle_studio.core.geometry import Rect
        from dalle_studio.imaging import shapes
        from dalle_studio.imaging.selection import Combine
        from dalle_studio.tools.selecting import SelectionJob

        size = self._editor.size
        assert size is not None
        whole = Rect.of_size(size)
        self._editor.select(
            SelectionJob("ellipse", Combine.REPLACE, lambda _: shapes.ellipse(size, whole), is_slow=True)
        )

    def _stroke(self) -> None:
        from PySide6.QtCore import QPoint

        middle = QPoint(self._canvas.width() // 2, self._canvas.height() // 2)
        self._hand.press(middle)
        for step in range(20):
            self._hand.move(middle + QPoint(9 * step, 2 * step))
            self._application.processEvents()
        self.settle()
        self._hand.release(middle + QPoint(180, 40))

    def _spend(self) -> None:
        """As an edit leaves the mask: hidden, and gone with the next stroke."""
        assert self._editor._document is not None
        self._editor._document.spent = True
        self._canvas.read_spent()
        self.settle()


def measure(studio: Studio, *, rounds: int) -> Figures:
    """The median of each figure over so many rounds, at fit and at 100 %."""
    hands = Hands(studio)
    for view in ("fit", "100 %"):
        hands.look(view)
        for _ in range(rounds):
            hands.round(view)
    return {
        name: {key: sorted(run[key] for run in runs)[len(runs) // 2] for key in runs[0]}
        for name, runs in hands.result.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=int, default=100, choices=SIZES)
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many counts")
    parser.add_argument("--json", action="store_true", help="print one object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DALLE_STUDIO_DATA_DIR"] = folder
        os.environ["DALLE_STUDIO_KEYRING"] = "session"
        path = Path(folder) / "photo.jpg"
        photo(path, *SIZES[options.megapixels])
        from dalle_studio import app

        studio = app.create([str(path)])
        studio.window.resize(1920, 1080)
        if not studio.wait_idle(120):
            raise RuntimeError("the photo did not open")
        result = measure(studio, rounds=options.rounds)
        studio.close()
    if options.json:
        print(json.dumps(result))
        return
    for name, figures in result.items():
        print(f"{name:<44}" + "".join(f"  {key[:-3]} {value:8.1f}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
