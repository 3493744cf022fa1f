"""Start to usable window, against an empty QMainWindow, in one run.

    python tests/benchmarks/start.py [--json] [--rounds N]      (needs a display; offscreen otherwise)

Each start is a process of its own, the two in turn, so that the machine's mood hits both alike. "Painted" is the first
paint event of the window's content; "usable" is when a 1-MP photo lies on the canvas. Times in milliseconds, wall and
CPU, from the start of the interpreter.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

EMPTY = """
import time, sys
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
class Window(QMainWindow):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.clock_gettime(time.CLOCK_MONOTONIC), time.process_time(), flush=True)
        application.quit()
window = Window()
window.resize(1600, 1000)
window.show()
application.exec()
"""

STUDIO = """
import gc, time, sys
gc.disable()  # as __main__ does
from dalle_studio import app
class Studio(app.Studio):
    def start(self):  # called by the first paint, before anything else is loaded
        if not self.is_started:
            print(time.clock_gettime(time.CLOCK_MONOTONIC), time.process_time(), flush=True)
            heavy = [name for name in ("numpy", "cv2", "PIL", "openai", "keyring", "sqlite3") if name in sys.modules]
            print(heavy, flush=True)
        super().start()
app.Studio = Studio
studio = app.create(sys.argv[1:])
studio.wait_idle(60)
print(time.clock_gettime(time.CLOCK_MONOTONIC), time.process_time(), flush=True)
studio.close()
"""


def start(code: str, *words: str, data: Path) -> tuple[list[tuple[float, float]], str]:
    """(wall, CPU) in ms of every moment the child told, and whatever else it said."""
    import time

    environment = os.environ | {
        "DALLE_STUDIO_DATA_DIR": str(data),
        "DALLE_STUDIO_KEYRING": "session",
        "PYTHONPYCACHEPREFIX": str(data.with_name("compiled")),  # an installed program's modules are compiled
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.clock_gettime(time.CLOCK_MONOTONIC)
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, env=environment, timeout=120
    )
    moments, rest = [], ""
    for line in done.stdout.splitlines():
        if line.startswith("["):
            rest = line
            continue
        wall, cpu = map(float, line.split())
        moments.append(((wall - begun) * 1000, cpu * 1000))
    return moments, rest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder, "photo.jpg")
        Image.effect_noise((1224, 816), 60).convert("RGB").save(photo, quality=90)
        data = Path(folder, "data")
        start(EMPTY, data=data)
        start(STUDIO, str(photo), data=data)  # compiles what is not yet
        rows: dict[str, list[tuple[float, float]]] = {"empty painted": [], "studio painted": [], "studio usable": []}
        heavy = ""
        for _ in range(options.rounds):
            rows["empty painted"].append(start(EMPTY, data=data)[0][0])
            moments, heavy = start(STUDIO, str(photo), data=data)
            rows["studio painted"].append(moments[0])
            rows["studio usable"].append(moments[-1])
    medians = {name: [statistics.median(column) for column in zip(*row, strict=True)] for name, row in rows.items()}
    base = medians["empty painted"]
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    result: dict[str, Any] = {
        "machine": machine,
        "rounds": options.rounds,
        "loaded_at_first_paint": heavy,
        "rows": {
            name: {
                "wall_ms": round(wall, 1),
                "cpu_ms": round(cpu, 1),
                "wall_ratio": round(wall / base[0], 2),
                "cpu_ratio": round(cpu / base[1], 2),
            }
            for name, (wall, cpu) in medians.items()
        },
    }
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        print(result["machine"], "· loaded at first paint:", heavy)
        for name, row in result["rows"].items():
            print(f"{name:16} {row['wall_ms']:8.1f} ms wall ×{row['wall_ratio']:<5} {row['cpu_ms']:8.1f} ms CPU")
    return 0


if __name__ == "__main__":
    sys.exit(main())
