"""How long a stroke event takes on the real canvas until it is painted, by size of the photo; also zoom, pan and undo.

    python tests/benchmarks/canvas.py [--sizes 1,12,24,100] [--events 200] [--rounds 3] [--json]

One process a size and round, the sizes in turn; of several rounds the quietest figure counts. A window of 1920×1080 in
memory (Qt's offscreen platform) gets synthetic pointer events; an event counts from being sent until its repaint is
done. `wall` and `cpu` are milliseconds; on a shared machine compare `cpu`. `floor` is the cheapest widget that copies
the same dirty rectangle from a ready picture. Undo and changes of the whole mask are done as the session does them:
`window_ms` is how long the window is held up (`window_cpu_ms`: worked), `worker_ms` what a worker does before that
where it is much, `paint_ms` the repaint of what is in sight. `picture_error` compares the zoomed picture with an exact
reduction, in levels of 255. Memory comes from `canvas_memory.py`: the real window with a real file. What is asked of
all this, and whether it is met, is in `canvas_bars.py`.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.benchmarks import canvas_bars, canvas_memory  # found by the path above

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH, HEIGHT = 1920, 1080
SIZES = canvas_memory.SIZES
STEPS = 200  # that the undo list must hold
Figures = dict[str, Any]


def statistics(samples: list[float]) -> dict[str, float]:
    ordered = sorted(samples)
    median, late = (ordered[min(len(ordered) - 1, int(share * len(ordered)))] for share in (0.5, 0.99))
    return {"median": round(median, 4), "p99": round(late, 4), "max": round(ordered[-1], 4)}


def timed(
    action: Callable[[Any], object], values: Sequence[Any], settle: Callable[[], object], skip: int = 5
) -> Figures:
    """Do something with each value until it is painted; the first ones warm the caches."""
    wall, cpu = [], []
    for value in values:
        cpu_start, start = time.process_time(), time.perf_counter()
        action(value)
        settle()
        wall.append((time.perf_counter() - start) * 1e3)
        cpu.append((time.process_time() - cpu_start) * 1e3)
    return {"wall": statistics(wall[skip:]), "cpu": statistics(cpu[skip:])}


def path(count: int, width: float, height: float) -> list[tuple[float, float]]:
    """A hand-like walk of about 9 pixels a step within `width` × `height`, centred at 0."""
    angles = [i * 9 / (0.35 * min(width, height)) for i in range(count)]
    return [
        (width * 0.36 * math.cos(a) * math.cos(a / 7), height * 0.36 * math.sin(a) * math.cos(a / 9)) for a in angles
    ]


def measure(megapixels: int, events: int) -> Figures:  # noqa: C901, PLR0915  # a script that reads from top to bottom
    import cv2
    import numpy as np
    from PySide6.QtCore import QPoint, QRect
    from PySide6.QtGui import QImage, QPainter, QPaintEvent
    from PySide6.QtWidgets import QApplication, QWidget

    from dalle_studio.core.geometry import Rect, Region
    from dalle_studio.core.mask import MaskStep
    from dalle_studio.session.qimages import copy_pixels
    from dalle_studio.ui.canvas import Canvas
    from tests.benchmarks.canvas_memory import detailed_photo
    from tests.ui.canvas_driver import LEFT, RIGHT, FakeDocument, FakeTheme, Hand

    cv2.setNumThreads(1)
    application = QApplication([])
    document = FakeDocument()
    canvas = Canvas(document, FakeTheme())
    canvas.resize(WIDTH, HEIGHT)
    canvas.show()
    application.processEvents()
    width, height = SIZES[megapixels]
    photo = detailed_photo(width, height)
    document.open(photo)
    application.processEvents()
    hand = Hand(canvas)
    result: Figures = {"size": f"{width}x{height}"}

    def stroke(radius: float, hardness: float) -> Figures:
        document.set_brush(radius, hardness)
        middle = QPoint(WIDTH // 2, HEIGHT // 2)
        shown_width = min(WIDTH, width * canvas.zoom / 100)
        shown_height = min(HEIGHT, height * canvas.zoom / 100)
        places = [middle + QPoint(round(x), round(y)) for x, y in path(events, shown_width, shown_height)]
        hand.press(places[0])
        application.processEvents()
        figures = timed(hand.move, places[1:], application.processEvents)
        hand.release(places[-1])
        application.processEvents()
        step = document.steps[-1]
        assert isinstance(step, MaskStep)
        step.pack()
        figures["undo_bytes"] = step.size_bytes
        figures["undo"] = swap(step)
        figures["redo"] = swap(step)
        figures["undo again"] = swap(step)
        return figures

    def refresh(region: Region) -> None:
        assert document.view is not None
        for rect in region:
            document.view.mask.refresh(rect)

    def swap(step: MaskStep) -> Figures:
        begun = time.perf_counter()
        if step.is_large:
            step.mask.begin()
            step.prepare()
            refresh(step.region)
            step.mask.release()
        ready, ready_cpu = time.perf_counter(), time.thread_time()
        large = step.is_large
        region = step.swap()
        if not large:
            refresh(region)
        document.mask_changed.emit(region)
        figures = held_up(begun, ready, ready_cpu)
        step.pack()
        return figures

    def held_up(begun: float, ready: float, ready_cpu: float) -> Figures:
        told, told_cpu = time.perf_counter(), time.thread_time()
        application.processEvents()
        spans = {"worker_ms": ready - begun, "window_ms": told - ready, "window_cpu_ms": told_cpu - ready_cpu}
        spans["paint_ms"] = time.perf_counter() - told
        return {name: round(span * 1e3, 2) for name, span in spans.items()}

    def whole(change: Callable[[Any], Any]) -> Figures:
        """Change all of the mask, as the session does it."""
        mask = document.mask
        assert mask is not None
        begun = time.perf_counter()
        mask.begin()
        done = mask.rewrite(Rect.of_size(mask.size), lambda _, present: change(present))
        refresh(mask.region(done.cells))
        ready, ready_cpu = time.perf_counter(), time.thread_time()
        step = mask.end_rewriting("whole", done)
        assert step is not None
        document.mask_changed.emit(step.region)
        mask.coverage  # noqa: B018  # the status bar asks for it
        return held_up(begun, ready, ready_cpu) | {"bytes": step.size_bytes}

    def picture_error(percent: float) -> float:
        """Mean difference between the photo as it is shown and an exact reduction of it."""
        view(percent)
        left, top = (round(value) for value in canvas.photo_to_widget(0, 0).toTuple())
        shown_size = round(width * canvas.zoom / 100), round(height * canvas.zoom / 100)
        exact = np.asarray(cv2.resize(photo, shown_size, interpolation=cv2.INTER_AREA))
        seen = QRect(left, top, *shown_size).intersected(canvas.rect())
        shown = copy_pixels(canvas.grab(seen).toImage())[..., :3]
        part = exact[seen.top() - top :, seen.left() - left :][: seen.height(), : seen.width()]
        return round(float(np.abs(shown.astype(np.int16) - part).mean()), 2)

    def many_strokes() -> Figures:
        """As many as the undo list must hold, each across the photo; what they take when they are packed."""
        whole(np.zeros_like)
        document.steps.clear()
        document.set_brush(80 / fit, 0.5)
        random = np.random.default_rng(1)
        reach = np.array((min(WIDTH, width * fit), min(HEIGHT, height * fit))) * 0.4
        while len(document.steps) < STEPS:
            ends = random.uniform(-1, 1, (2, 2)) * reach + (WIDTH / 2, HEIGHT / 2)
            places = [QPoint(*map(round, ends[0] + (ends[1] - ends[0]) * share)) for share in np.linspace(0, 1, 12)]
            hand.press(places[0], RIGHT if len(document.steps) % 4 == 3 else LEFT)  # the right button erases
            for place in places[1:]:
                hand.move(place)
            hand.release(places[-1])
            if document.steps and isinstance(step := document.steps[-1], MaskStep):
                step.pack()
        return {"steps": len(document.steps), "bytes": sum(step.size_bytes for step in document.steps)}

    def view(percent: float | None) -> None:
        if percent is None:
            canvas.fit()
        else:
            canvas.zoom_to(percent)
        application.processEvents()

    view(None)
    fit = canvas.zoom / 100
    result["fit, r=20 on screen"] = stroke(20 / fit, 1.0)
    result["fit, r=20 on screen, soft"] = stroke(20 / fit, 0.5)
    result["fit, r=80 on screen"] = stroke(80 / fit, 1.0)
    view(100)
    result["100 %, r=20"] = stroke(20, 1.0)
    result["100 %, r=100"] = stroke(100, 1.0)
    result["100 %, r=100, soft"] = stroke(100, 0.5)
    walk = [QPoint(WIDTH // 2 + round(x), HEIGHT // 2 + round(y)) for x, y in path(events, WIDTH, HEIGHT)]
    result["100 %, moving the outline, r=100"] = timed(hand.hover, walk, application.processEvents)
    zooms = [fit * 100 * (0.9 + 0.02 * step) for step in range(24)]
    canvas.show_pointer(None)
    result["zoom frame around fit"] = timed(canvas.zoom_to, zooms, application.processEvents)
    canvas.set_overlay_visible(False)
    result["picture_error"] = max(picture_error(percent) for percent in zooms[::4])
    canvas.set_overlay_visible(True)
    view(100)
    result["pan frame at 100 %"] = timed(
        lambda dx: canvas.pan_by(dx, -dx / 2), [11, -17] * 12, application.processEvents
    )
    result["invert at 100 %"] = whole(np.bitwise_not)
    result["pan frame at 100 %, mask over most"] = timed(
        lambda dx: canvas.pan_by(dx, -dx / 2), [11, -17] * 12, application.processEvents
    )

    view(None)
    result["undo list"] = many_strokes()

    class Floor(QWidget):
        def __init__(self) -> None:
            super().__init__()
            self.ready = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
            self.ready.fill(0)

        def paintEvent(self, event: QPaintEvent) -> None:
            with QPainter(self) as painter:
                painter.drawImage(event.rect(), self.ready, event.rect())

        def mouseMoveEvent(self, event: Any) -> None:
            centre = event.position().toPoint()
            self.update(QRect(centre - QPoint(24, 24), centre + QPoint(24, 24)))

    canvas.hide()
    floor = Floor()
    floor.setMouseTracking(True)
    floor.resize(WIDTH, HEIGHT)
    floor.show()
    application.processEvents()
    over_floor = Hand(floor)
    result["floor, r=20"] = timed(over_floor.hover, walk, application.processEvents)
    floor.deleteLater()
    canvas.deleteLater()
    return result


def child(*words: str) -> Figures:
    """What a script in a process of its own prints."""
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True)
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def quietest(rounds: list[Any]) -> Any:
    """The smallest of each figure: what other programs cost is never negative."""
    first = rounds[0]
    if isinstance(first, dict):
        return {name: quietest([figures[name] for figures in rounds]) for name in first}
    return min(rounds) if isinstance(first, (int, float)) else first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1,12,24,100", help="megapixels, of " + ", ".join(map(str, SIZES)))
    parser.add_argument("--events", type=int, default=200, help="pointer events a stroke")
    parser.add_argument("--rounds", type=int, default=3, help="the quietest of so many counts")
    parser.add_argument("--json", action="store_true", help="print one object")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.events)))
        return
    sizes = options.sizes.split(",")
    rounds: dict[str, list[Figures]] = {size: [] for size in sizes}
    for _ in range(options.rounds):
        for size in sizes:
            rounds[size].append(child(__file__, "--one", size, "--events", str(options.events)))
    results = {size: quietest(figures) for size, figures in rounds.items()}
    for size in sizes:
        results[size]["memory"] = child(canvas_memory.__file__, "--megapixels", size, "--json")
    bars = canvas_bars.judge(results)
    if options.json:
        machine = {"machine": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()}
        print(json.dumps({**machine, "megapixels": results, "bars": bars}, indent=1))
        return
    for name in next(iter(results.values())):
        print(name)
        for megapixels, figures in results.items():
            value: Any = figures[name]
            text = str(value)
            if isinstance(value, dict) and "wall" in value:
                wall, cpu = value["wall"], value["cpu"]
                text = f"wall {wall['median']:8.3f}  p99 {wall['p99']:8.3f}  cpu {cpu['median']:8.3f} ms"
                if "undo" in value:
                    worst = {key: max(value[swap][key] for swap in ("undo", "redo")) for key in value["undo"]}
                    text += "   undo:" + "".join(f" {key[:-3]} {ms:.2f}" for key, ms in worst.items())
                    text += f" ms, {value['undo_bytes']} bytes"
            print(f"  {megapixels:>4} MP  {text}")
    print("bars")
    for bar in bars:
        print(f"  {'met   ' if bar['met'] else 'MISSED'}  {bar['value']:>8} ≤ {bar['limit']:<8} {bar['bar']}")


if __name__ == "__main__":
    main()
