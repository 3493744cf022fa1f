"""The program in a process of its own, with a real window: a person's pointer and keys go in, what it shows comes out.

`python -m tests.ui.real_window STATE PATH…` runs the program and writes what a person could see to STATE, a JSON
file, ten times a second. `RealWindow` starts that, and drives the window with xdotool.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

State = dict[str, Any]

_EVERY_MS = 100
_START_SECONDS = 60.0


class RealWindow:
    """One running program. Use as a context manager; it ends the process by its id."""

    def __init__(self, display: str, state: Path, *paths: Path, **environment: str) -> None:
        self._state = state
        self._environment = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", **environment}
        words = [sys.executable, "-m", "tests.ui.real_window", str(state), *map(str, paths)]
        self._process = subprocess.Popen(words, env=self._environment)

    def __enter__(self) -> Self:
        self.wait(lambda state: state["ready"] and not state["busy"], _START_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self.status = self._process.wait(20)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait(20)

    def state(self) -> State:
        """What it showed a moment ago; an empty one while it starts."""
        try:
            found: State = json.loads(self._state.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {"ready": False, "busy": True}
        return found

    def wait(self, until: Callable[[State], bool], seconds: float = 30.0) -> State:
        """The state as soon as it is as wished. AssertionError, with the last one, when that takes too long."""
        end = time.monotonic() + seconds
        while not until(state := self.state()):
            assert self._process.poll() is None, f"the program ended with {self._process.returncode}"
            assert time.monotonic() < end, f"still not so: {state}"
            time.sleep(0.05)
        return state

    def drag(
        self, points: Iterable[tuple[float, float]], button: int = 1, key: str | None = None, *, pause: bool = True
    ) -> None:
        """Press, move and release over photo coordinates, with a key held. Without `pause` faster than any hand."""
        places = [self._on_screen(point) for point in points]
        words = ["mousemove", *places[0], "mousedown", str(button)]
        if not pause:  # a window manager may hold the pointer until it has looked at the press, and X drops moves then
            words += ["sleep", "0.2"]
        for place in places[1:]:
            words += ["mousemove", *place, *(("sleep", "0.02") if pause else ())]
        words += ["mouseup", str(button)]
        if key is not None:
            words = ["keydown", key, *words, "keyup", key]
        self._xdotool(*words)

    def click(self, name: str, down: float = 0.5) -> None:
        """Click the widget of that object name, in its middle or so far `down` in it."""
        x, y, width, height = self.state()["widgets"][name]
        self._xdotool("mousemove", str(x + width // 2), str(round(y + height * down)), "click", "1")

    def slide(self, name: str, start: float, end: float, *, let_go: bool = True) -> None:
        """Drag the handle of the slider of that object name, from one share of its width to another."""
        x, y, width, height = self.state()["widgets"][name]
        shares = [start + (end - start) * step / 8 for step in range(9)]
        places = [(str(round(x + width * share)), str(y + height // 2)) for share in shares]
        words = ["mousemove", *places[0], "mousedown", "1"]
        for place in places[1:]:
            words += ["mousemove", *place, "sleep", "0.03"]
        self._xdotool(*words, *(("mouseup", "1") if let_go else ()))

    def release(self) -> None:
        self._xdotool("mouseup", "1")

    def keys(self, *keys: str) -> None:
        self._xdotool("key", "--delay", "40", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "15", text)

    def _on_screen(self, point: tuple[float, float]) -> tuple[str, str]:
        """A photo coordinate in screen pixels, by two that the window told."""
        (x0, y0), (x1, y1), (width, height) = self.state()["canvas"]
        return (
            str(round(x0 + (x1 - x0) * point[0] / width)),
            str(round(y0 + (y1 - y0) * point[1] / height)),
        )

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._environment, check=True, timeout=60)


def main() -> int:
    """The child: the program as `dalle-studio` runs it, and a timer that tells what it shows."""
    from PySide6.QtCore import QPoint, QTimer
    from PySide6.QtWidgets import QWidget

    from dalle_studio import app
    from dalle_studio.ui import lifetime

    target = Path(sys.argv[1])
    studio = app.create(sys.argv[2:])
    editor, window = studio.editor, studio.window

    def tell() -> None:
        size, canvas = editor.size, window.canvas
        state: State = {
            "ready": studio.is_started and (not studio_paths or editor.has_document),
            "busy": editor.is_busy or editor.is_loading,
            "coverage": editor.mask.coverage if editor.mask is not None else 0.0,
            "edit": editor.current_edit,
            "identical": editor.identical,
            "undo": editor.undo.position if editor.has_document else 0,
            "steps": editor.undo.names,
            "selecting": editor.is_selecting,
            "prompt": editor.prompt,
            "zoom": canvas.zoom if editor.has_document else None,
            "message": window.status.message,
            "dialogs": [type(one).__name__ for one in studio.application.topLevelWidgets() if one.isVisible()],
            "blends": [[item.layer.is_visible, item.layer.blend.opacity] for item in editor.stack],
            "tuning": editor.is_tuning,
            "looks": editor.partial is not None,
            "heat": None if editor.heat is None else [editor.heat.share, editor.heat.stray],
            "widgets": {},
        }
        for widget in window.findChildren(QWidget):
            if widget.objectName() and widget.isVisible():
                corner = widget.mapToGlobal(QPoint(0, 0))
                state["widgets"][widget.objectName()] = [corner.x(), corner.y(), widget.width(), widget.height()]
        if size is not None:
            corners = [
                canvas.mapToGlobal(canvas.photo_to_widget(*place)) for place in ((0, 0), (size.width, size.height))
            ]
            state["canvas"] = [*([corner.x(), corner.y()] for corner in corners), [size.width, size.height]]
        fresh = target.with_suffix(".new")
        fresh.write_text(json.dumps(state), encoding="utf-8")
        fresh.replace(target)

    studio_paths = sys.argv[2:]
    timer = QTimer()
    timer.timeout.connect(tell)
    timer.start(_EVERY_MS)
    window.closed.connect(studio.application.quit)
    with lifetime.quit_on_signals(studio.leave):
        status = studio.application.exec()
        timer.stop()
        studio.close()
    return status


if __name__ == "__main__":
    sys.exit(main())
