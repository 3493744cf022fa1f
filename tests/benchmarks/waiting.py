"""How smooth the window is while an answer is awaited: the longest gap between two ticks of a 1 ms timer.

    python tests/benchmarks/waiting.py [--seconds 30] [--partials 3] [--json]

The real window with the real session, offscreen unless there is a display, over the sample photo; the tests' fake
server trickles partial pictures and then the answer over the given time. `gap_ms` is the longest time in which the
event loop did not come round (repaints are in it), `cpu_ms` how much of it this thread worked, which is what to look
at while other programs run; `idle_gap_ms` is the same with nothing happening, for as long. The composed answer being
put in place is part of it.
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

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
if "DISPLAY" not in os.environ:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    from dalle_studio.app import Studio


def wait(studio: Studio, seconds: float) -> dict[str, Any]:
    """One edit from the press to the picture, measured while it is awaited and while its result is put in place."""
    from dalle_studio.core.geometry import Rect
    from tests.benchmarks.canvas_ticks import Ticks
    from tests.session.conftest import paint

    editor, application = studio.editor, studio.application
    paint(editor, Rect(1400, 700, 300, 200))
    editor.set_prompt("a red balloon")
    editor.wait_idle(30)
    seen: list[bool] = []
    editor.preview_changed.connect(lambda: seen.append(editor.partial is not None))
    idle = Ticks()
    idle.start()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        application.processEvents()
        time.sleep(0.0002)
    idle.stop()
    ticks, begun = Ticks(), time.perf_counter()
    ticks.start()
    editor.generate()
    while editor.is_busy and time.perf_counter() - begun < seconds * 3 + 60:
        application.processEvents()
        time.sleep(0.0002)
    ticks.stop()
    return {
        "waited_s": round(time.perf_counter() - begun, 1),
        "partials_seen": sum(seen),
        "gap_ms": round(ticks.gap * 1e3, 1),
        "cpu_ms": round(ticks.cpu * 1e3, 1),
        "idle_gap_ms": round(idle.gap * 1e3, 1),
        "done": editor.current_edit is not None,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=30.0)
    options.add_argument("--partials", type=int, default=3)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    from tests.fakes.images_server import KEY, FakeImagesServer

    pieces = 3 * (given.partials + 1)  # the server sends each event in three pieces
    with tempfile.TemporaryDirectory() as data, FakeImagesServer() as server:
        server.script.append({"trickle": given.seconds / pieces, "partials": given.partials})
        os.environ |= {"DALLE_STUDIO_DATA_DIR": data, "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY}
        from dalle_studio import app

        studio = app.create([str(ROOT / "resources" / "sample" / "dandelions.jpg")])
        try:
            if not studio.wait_idle(60):
                sys.exit("the window did not come to rest")
            figures = wait(studio, given.seconds)
        finally:
            studio.close()
    if given.json:
        print(json.dumps(figures))
    else:
        print("  ".join(f"{name} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
