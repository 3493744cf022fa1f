"""What an open photo takes in memory: the real window with a real JPEG, over the same window without a photo.

    python tests/benchmarks/canvas_memory.py [--megapixels 100] [--json]

The window is measured when a small photo was opened and closed again, so that every module is loaded and every cache
warm; then the photo is opened from its file. `bytes_per_pixel` is the resident memory that came with it, `painted` the
same after strokes over all of it, `peak` the most that opening took.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dalle_studio.app import Studio

SIZES: Final = {1: (1224, 816), 12: (4242, 2828), 24: (6000, 4000), 50: (8660, 5774), 100: (12248, 8166)}
_SMALL: Final = (640, 480)
_SAMPLE: Final = Path(__file__).resolve().parents[2] / "resources" / "sample" / "dandelions.jpg"


def detailed_photo(width: int, height: int) -> NDArray[np.uint8]:
    """(height, width, 3): the sample photo at half its size, so sharp in every pixel, with a camera's grain; mirrored
    side by side until it is large enough.
    """
    import cv2
    import numpy as np

    found = cv2.imread(str(_SAMPLE), cv2.IMREAD_REDUCED_COLOR_2)
    assert found is not None
    grain = np.random.default_rng(1).normal(0, 4, found.shape)
    part = np.clip(found + grain, 0, 255).astype(np.uint8)
    tile = np.concatenate((part, part[:, ::-1]), axis=1)
    tile = np.concatenate((tile, tile[::-1]), axis=0)
    photo = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, tile.shape[0]):
        for left in range(0, width, tile.shape[1]):
            place = photo[top : top + tile.shape[0], left : left + tile.shape[1]]
            place[...] = tile[: place.shape[0], : place.shape[1]]
    return photo


def write_photo(path: Path, width: int, height: int) -> None:
    import simplejpeg

    path.write_bytes(simplejpeg.encode_jpeg(detailed_photo(width, height), quality=90))


def status_bytes(which: str) -> int:
    """A line of /proc/self/status: VmRSS is what is resident now, VmHWM the most so far."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(which):
            return int(line.split()[1]) * 1024
    return 0


def resident(studio: Studio) -> int:
    """When everything has come to rest."""
    if not studio.wait_idle(120):
        raise RuntimeError("something does not end")
    for _ in range(3):
        studio.application.processEvents()
    gc.collect()
    return status_bytes("VmRSS")


def paint_over(studio: Studio) -> None:
    """Strokes in rows over the whole photo, as it fits the window."""
    from PySide6.QtCore import QPoint

    from tests.ui.canvas_driver import Hand

    canvas, editor = studio.window.canvas, studio.editor
    size = editor.size
    assert size is not None
    hand = Hand(canvas)
    corner, end = canvas.photo_to_widget(0, 0), canvas.photo_to_widget(size.width, size.height)
    editor.set_brush(30 / canvas.zoom * 100, 0.8)
    for y in range(corner.y() + 40, end.y(), 90):
        hand.press(QPoint(corner.x() + 20, y))
        for x in range(corner.x() + 20, end.x() - 20, 12):
            hand.move(QPoint(x, y))
        hand.release(QPoint(end.x() - 20, y))
        studio.application.processEvents()


def measure(folder: Path, megapixels: int) -> dict[str, float]:
    from dalle_studio import app

    width, height = SIZES[megapixels]
    studio = app.create([])
    studio.window.resize(1920, 1080)
    studio.wait_idle(120)
    studio.editor.open(folder / "small.jpg")
    resident(studio)
    paint_over(studio)
    resident(studio)
    studio.editor.close_document()
    empty = resident(studio)
    studio.editor.open(folder / "photo.jpg")
    opened = resident(studio)
    most = status_bytes("VmHWM")
    paint_over(studio)
    painted = resident(studio)
    studio.close()
    figures = {"bytes_per_pixel": opened, "painted": painted, "peak": max(most, opened)}
    return {name: round((value - empty) / (width * height), 2) for name, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=int, default=100, choices=SIZES)
    parser.add_argument("--json", action="store_true", help="print one object")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write is not None:
        write_photo(options.write / "small.jpg", *_SMALL)
        write_photo(options.write / "photo.jpg", *SIZES[options.megapixels])
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["DALLE_STUDIO_DATA_DIR"] = str(folder / "data")
        os.environ["DALLE_STUDIO_KEYRING"] = "session"
        # In a process of its own: what making the photo takes would count as the empty window's.
        command = [sys.executable, __file__, "--megapixels", str(options.megapixels), "--write", name]
        subprocess.run(command, check=True)
        figures = measure(folder, options.megapixels)
    print(json.dumps(figures) if options.json else "\n".join(f"{key} {value}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
