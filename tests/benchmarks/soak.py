"""Paint without a pause, and see whether anything breaks or grows.

    python tests/benchmarks/soak.py [--minutes 10] [--json]

Drives the real window with synthetic pointer events on the sample photo: strokes with changing brushes, erasing, undo,
redo, zooming and panning, and a removal now and then. Tells events, memory, open files and references to None (PySide6
6.12.0 on Python 3.11 lost one of them with nearly every call, and aborted after a few thousand paints).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def resident_mib() -> float:
    """Resident memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DALLE_STUDIO_DATA_DIR"] = folder
        os.environ["DALLE_STUDIO_KEYRING"] = "session"
        result = paint(options.minutes * 60)
    print(json.dumps(result, indent=2) if options.json else result)
    return 0


def paint(seconds: float) -> dict[str, Any]:
    """Paint for so long; the figures."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    from dalle_studio import app

    studio = app.create([str(ROOT / "resources" / "sample" / "dandelions.jpg")])
    if not studio.wait_idle(60):
        raise RuntimeError("the sample photo did not open")
    editor, canvas = studio.editor, studio.window.canvas
    dice = random.Random(1)
    left = Qt.MouseButton.LeftButton
    events = strokes = edits = 0
    memory_early = 0.0
    nones = sys.getrefcount(None)
    end = time.monotonic() + seconds
    begun = time.monotonic()
    while time.monotonic() < end:
        editor.set_brush(dice.uniform(3, 120), dice.random())
        at = QPoint(dice.randrange(canvas.width()), dice.randrange(canvas.height()))
        modifiers = dice.choice([Qt.KeyboardModifier.NoModifier] * 3 + [Qt.KeyboardModifier.AltModifier])
        QTest.mousePress(canvas, left, modifiers, at)
        for _ in range(dice.randrange(5, 60)):
            at = QPoint(at.x() + dice.randrange(-12, 13), at.y() + dice.randrange(-12, 13))
            QTest.mouseMove(canvas, at)
            events += 1
        QTest.mouseRelease(canvas, left, modifiers, at)
        strokes += 1
        if strokes % 5 == 0:
            editor.undo_step()
        if strokes % 10 == 0:
            editor.redo_step()
        if strokes % 17 == 0:
            canvas.zoom_in()
        if strokes % 29 == 0:
            canvas.fit()
        if strokes % 50 == 0:
            editor.clear_mask()
        if strokes % 200 == 1:
            editor.remove()
            edits += 1
            studio.wait_idle(60)
        studio.application.processEvents()
        if not memory_early and time.monotonic() - begun > seconds / 5:
            memory_early = resident_mib()
    result = {
        "minutes": round((time.monotonic() - begun) / 60, 2),
        "pointer_events": events,
        "strokes": strokes,
        "edits": edits,
        "memory_mib_after_a_fifth": round(memory_early),
        "memory_mib_at_the_end": round(resident_mib()),
        "open_files": len(list(Path("/proc/self/fd").iterdir())),
        "references_to_none_gained": sys.getrefcount(None) - nones,
    }
    studio.close()
    return result


if __name__ == "__main__":
    sys.exit(main())
