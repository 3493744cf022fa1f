"""A library of ten thousand edits: start, first page, search as you type, scrolling, memory.

    python -m tests.benchmarks.library [--edits 10000] [--keep FOLDER] [--rounds 5] [--json]

Fills a library with edits cut from the sample photo (every thumbnail another picture), then measures in processes of
their own, empty and full library in turn. Times in milliseconds. Nothing is synced while filling: it is made to be
looked at, not to be kept. `--keep FOLDER` fills that folder once and leaves it there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.conftest import ROOT

if TYPE_CHECKING:
    from dalle_studio.app import Studio
    from dalle_studio.storage.library import StudioLibrary
    from dalle_studio.ui.history_panel import HistoryPanel

SAMPLE: Final = ROOT / "resources" / "sample" / "dandelions.jpg"
_NOUNS: Final = (
    "하늘",
    "구름",
    "고양이",
    "빨간 돛단배",
    "꽃",
    "창문",
    "a lighthouse",
    "a red kite",
    "fog",
    "two swans",
)
_DOINGS: Final = ("더 밝게", "없애기", "수채화처럼", "노을빛으로", "at dusk", "in watercolour", "gone", "made of glass")
_WORDS: Final = ("하늘", "돛단배", "lighthouse", "고양이 밝게", "glass fog", "없는말", "photo 37")


def fill(folder: Path, edits: int) -> None:
    """A photo for each hundred edits; every third edit stands on another one."""
    import cv2

    from dalle_studio.core.geometry import Rect, Size
    from dalle_studio.core.marks import Marks
    from dalle_studio.core.ports import ComposedCandidate
    from dalle_studio.core.records import Operation, State
    from dalle_studio.storage.library import StudioLibrary
    from dalle_studio.storage.places import Places
    from tests.storage import material

    library = StudioLibrary(Places(folder))
    photo = cv2.imread(str(SAMPLE))
    assert photo is not None
    dice = random.Random(1)

    def crop(width: int, height: int, suffix: str) -> bytes:
        x, y = dice.randrange(photo.shape[1] - width), dice.randrange(photo.shape[0] - height)
        part = cv2.convertScaleAbs(photo[y : y + height, x : x + width], alpha=dice.uniform(0.7, 1.2))
        return bytes(cv2.imencode(suffix, part)[1])

    originals = []
    for number in range(-(-edits // 100)):
        data = crop(400, 300, ".jpg")
        small = crop(256, 192, ".jpg")
        for blob in (data, small):
            _plant(library, blob)
        originals.append(library.keep_original(None, data, Size(400, 300), small, f"photo {number}.jpg").original_id)
    with library._database.writing() as connection:
        connection.execute("DELETE FROM edits")
        ids: list[str] = []
        for number in range(edits):
            edit_id, original = f"{number:08x}", originals[number * len(originals) // edits]
            prompt = f"{dice.choice(_NOUNS)} {dice.choice(_DOINGS)} {number}"
            parent = dice.choice(ids[-20:]) if ids and number % 3 == 0 and number % 100 > 20 else None
            intent = material.intent(
                edit_id,
                original=original,
                parent=parent,
                prompt=prompt,
                mask_png=None,
                operation=dice.choice([Operation.EDIT, Operation.EDIT, Operation.REMOVE]),
            )
            ids.append(edit_id)
            kept = _plant(library, crop(256, 192, ".jpg"))
            library._insert(connection, intent, State.DONE, {})
            sequence = connection.execute("SELECT last_insert_rowid()").fetchone()[0]
            one = ComposedCandidate(0, b"", Rect(10, 20, 30, 40), b"")
            library._add_candidate(connection, sequence, one, kept, kept, answer=kept)
            connection.execute(
                """
                INSERT INTO answers (edit, candidate, blob, warnings, has_usage, input_tokens, output_tokens, cost_usd)
                VALUES (?, 0, ?, '', 1, 400, 200, 0.01)
                """,
                (sequence, kept),
            )
            if number % 4 == 0:
                path = f"/home/me/photo {number // 100}-edit.jpg".encode()
                connection.execute("INSERT INTO outputs (edit, path) VALUES (?, ?)", (sequence, path))
        for number in range(0, edits, 7):
            marks = Marks(favourite=True, rating=number % 6, note=f"note {number}")
            from dalle_studio.storage import marks as store

            store._write(connection, ids[number], marks)
    library.close()
    library.places.close()


def _plant(library: StudioLibrary, data: bytes) -> str:
    """A blob, without waiting for the disk."""
    blob_id = hashlib.sha256(data).hexdigest()
    path = library._blobs.path(blob_id)
    library.places.prepare()
    path.parent.mkdir(0o700, exist_ok=True)
    path.write_bytes(data)
    return blob_id


# --- in a process of its own -----------------------------------------------------------------------------------------


def resident_mib() -> float:
    """Resident memory of this process (Linux)."""
    with suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def measure(*, start_only: bool) -> dict[str, Any]:
    """One start with the present data folder, and what the panel does then."""
    begun = time.perf_counter()
    from PySide6.QtCore import QEventLoop

    from dalle_studio import app

    studio = app.create([])
    panel, application, ticks = studio.window.history_panel, studio.application, Ticks()
    shown: list[float] = []
    panel.model.rowsInserted.connect(lambda: shown.append(time.perf_counter()))
    while not studio.is_started:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
    painted, painted_cpu, of_window = time.perf_counter(), time.process_time(), time.thread_time()
    ticks.start()
    if not studio.wait_idle(120):
        raise RuntimeError("it does not become idle")
    result: dict[str, Any] = {
        "painted_ms": 1000 * (painted - begun),
        "painted_cpu_ms": 1000 * painted_cpu,
        "everything_ms": 1000 * (time.perf_counter() - begun),
        "everything_cpu_ms": 1000 * time.process_time(),
        "window_cpu_ms": 1000 * (time.thread_time() - of_window),
        "start_gap_max_ms": ticks.stop()[-1],
        "rows": panel.model.rowCount(),
    }
    if shown:
        result["page_there_ms"] = 1000 * (shown[0] - painted)
    if start_only:
        studio.close()
        return result

    result |= first_page()
    result |= search(panel)
    result |= scroll(studio)
    result |= looks(studio)
    studio.close()
    return result


def first_page() -> dict[str, float]:
    """Reading and arranging it, as the worker does after the start."""
    from dalle_studio.assembly import House
    from dalle_studio.session.history_rows import arrange
    from dalle_studio.session.history_shelf import HistoryShelf
    from dalle_studio.storage.places import Places, data_folder

    house = House(Places(data_folder(None, os.environ)), {}, None)
    wall, cpu = [], []
    for _ in range(20):
        shelf = HistoryShelf()
        at, at_cpu = time.perf_counter(), time.thread_time()
        next(shelf.read(house.library))
        arrange(shelf.originals, shelf.edits, shelf.marks, looks=shelf.looks)
        wall.append(1000 * (time.perf_counter() - at))
        cpu.append(1000 * (time.thread_time() - at_cpu))
    house.close()
    return {"first_page_ms": statistics.median(wall), "first_page_cpu_ms": statistics.median(cpu)}


def search(panel: HistoryPanel) -> dict[str, float]:
    """From the key to the painted list: wall and CPU of the window's thread."""
    wall, cpu = [], []
    for word in _WORDS:
        for text in [*(word[: length + 1] for length in range(len(word))), ""]:
            at, at_cpu = time.perf_counter(), time.thread_time()
            panel.search.setText(text)
            panel.list.viewport().repaint()
            wall.append(1000 * (time.perf_counter() - at))
            cpu.append(1000 * (time.thread_time() - at_cpu))
    return {
        "search_median_ms": statistics.median(wall),
        "search_max_ms": max(wall),
        "search_cpu_median_ms": statistics.median(cpu),
        "search_cpu_max_ms": max(cpu),
    }


def looks(studio: Studio) -> dict[str, float]:
    """Finding out how all pictures look, which happens once; then each colour and a few similar pictures."""
    from dalle_studio.core.look import Colour
    from dalle_studio.session.history_filter import Filter

    panel, ticks = studio.window.history_panel, Ticks()
    begun = time.perf_counter()
    ticks.start()
    panel.editor.look_through()
    studio.wait_idle(300)
    gaps, seconds = ticks.stop(), time.perf_counter() - begun
    pictures = [row.look for row in panel.model.everything[::500] if row.look]
    wanted = [Filter(colour=colour) for colour in Colour] + [Filter(like=look.bits) for look in pictures]
    wall, cpu = [], []
    for one in [each for asked in wanted for each in (asked, Filter())]:
        at, at_cpu = time.perf_counter(), time.thread_time()
        panel.model.narrow(one)
        panel.list.viewport().repaint()
        wall.append(1000 * (time.perf_counter() - at))
        cpu.append(1000 * (time.thread_time() - at_cpu))
    return {
        "looking_seconds": seconds,
        "looking_gap_max_ms": gaps[-1],
        "look_search_median_ms": statistics.median(wall),
        "look_search_max_ms": max(wall),
        "look_search_cpu_median_ms": statistics.median(cpu),
        "look_search_cpu_max_ms": max(cpu),
    }


class Ticks:
    """The longest times that the event loop did not come round, while it runs."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.gaps: list[float] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self.gaps = []
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> list[float]:
        """In order, milliseconds."""
        self._timer.stop()
        return sorted(self.gaps) or [0.0]

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self._last = now


def scroll(studio: Studio) -> dict[str, float]:
    """From one end to the other, twice; and what one more edit costs the window."""
    bar, ticks = studio.window.history_panel.list.verticalScrollBar(), Ticks()
    cpu: list[float] = []
    """The most that one turn of the event loop took, of each step."""

    def through(steps: int) -> None:
        for step in range(steps):
            bar.setValue(round(bar.maximum() * step / steps))
            end, most = time.perf_counter() + 0.016, 0.0
            while time.perf_counter() < end:
                at = time.thread_time()
                studio.application.processEvents()
                most = max(most, time.thread_time() - at)
            cpu.append(1000 * most)
        studio.wait_idle(60)

    memory = resident_mib()
    ticks.start()
    through(600)
    gaps = ticks.stop()
    once = resident_mib()
    through(600)
    twice = resident_mib()
    ticks.start()
    studio.editor.library_changed.emit()
    studio.wait_idle(60)
    reload = ticks.stop()
    return {
        "scroll_gap_median_ms": gaps[len(gaps) // 2],
        "scroll_gap_p99_ms": gaps[int(len(gaps) * 0.99)],
        "scroll_gap_max_ms": gaps[-1],
        "scroll_cpu_median_ms": statistics.median(cpu),
        "scroll_cpu_max_ms": max(cpu),
        "memory_mib": once,
        "memory_growth_mib": once - memory,
        "memory_growth_again_mib": twice - once,
        "reload_gap_max_ms": reload[-1],
    }


def run(folder: Path, *words: str) -> dict[str, Any]:
    """`measure` in a process of its own."""
    environment = {**os.environ, "DALLE_STUDIO_DATA_DIR": str(folder), "DALLE_STUDIO_KEYRING": "session"}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    command = [sys.executable, "-m", "tests.benchmarks.library", "--measure", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--start-only", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(start_only=options.start_only)))
        return 0
    with tempfile.TemporaryDirectory() as name:
        full, empty = options.keep or Path(name) / "full", Path(name) / "empty"
        if not (full / "library.sqlite").exists():
            fill(full, options.edits)
        starts: dict[str, list[dict[str, Any]]] = {"empty": [], "full": []}
        for _ in range(options.rounds):
            for which, folder in (("empty", empty), ("full", full)):
                starts[which].append(run(folder, "--start-only"))
        result = run(full)
        for field in ("painted_ms", "painted_cpu_ms", "everything_ms", "everything_cpu_ms", "start_gap_max_ms"):
            medians = {which: statistics.median(one[field] for one in found) for which, found in starts.items()}
            result[f"start_{field}"] = medians | {"ratio": medians["full"] / medians["empty"]}
        result["page_there_ms"] = statistics.median(one["page_there_ms"] for one in starts["full"])
    rounded = json.loads(json.dumps(result), parse_float=lambda text: round(float(text), 2))
    print(json.dumps(rounded, indent=2) if options.json else rounded)
    return 0


if __name__ == "__main__":
    sys.exit(main())
