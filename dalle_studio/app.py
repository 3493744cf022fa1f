"""The window's composition root: builds everything, wires it, runs it.

The order is the point: words, look, window, first paint; and only then, on the worker, numpy, the library and the
engines (performance: start-up). Nothing here loads them earlier, and a test looks at `sys.modules` to prove it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from dalle_studio.assembly import EngineChoice, House
from dalle_studio.core.operation import Operation
from dalle_studio.core.words import LANGUAGES
from dalle_studio.session.editor import Editor
from dalle_studio.storage.places import Places, data_folder
from dalle_studio.ui import lifetime
from dalle_studio.ui.canvas import Canvas
from dalle_studio.ui.theme import Theme
from dalle_studio.ui.window import MainWindow

PROGRAM = "dalle-studio"


class Studio:
    """The program, built and shown, its event loop not started."""

    def __init__(
        self, application: QApplication, window: MainWindow, editor: Editor, house: House, path: Path | None
    ) -> None:
        self.application = application
        self.window = window
        self.editor = editor
        self.house = house
        self.is_started = False
        self._is_closed = False
        self._path = path

    def start(self) -> None:
        """Load what the first paint did without, and the photo: the one named, or the one that was left open."""
        if not self.is_started and not self._is_closed:
            self.is_started = True
            gc.freeze()
            gc.enable()  # __main__ starts without
            self.editor.start()
            self.window.finish()
            self._speak()
            if self._path is not None:
                self.editor.open(self._path)
            elif not (self.editor.has_document or self.editor.is_loading):
                self.editor.resume()

    def _speak(self) -> None:
        """Qt's own words are needed by what opens later."""
        from dalle_studio.ui import qt_words

        qt_words.speak(self.application, self.house.words)

    def wait_idle(self, seconds: float) -> bool:
        """Run the event loop until the start is over and nothing is loading or running; False after `seconds`."""
        end = time.monotonic() + seconds
        while not self.is_started and time.monotonic() < end:
            self.application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        return self.is_started and self.editor.wait_idle(max(0.0, end - time.monotonic()))

    def close(self) -> None:
        """End without asking, in under three seconds; a file or a version that is being written is finished first.

        An edit that runs is recorded as possibly billed.
        """
        if self._is_closed:
            return
        self._is_closed = True
        self.window.leaving.silent = True
        self.window.close()
        self.window.leaving.finish()
        self.editor.shutdown()
        self._keep_place()
        self.house.close()

    def leave(self) -> None:
        """Somebody who can't be asked wants the program to end."""
        self.window.leaving.silent = True  # or the window would ask before it lets itself be closed
        self.application.quit()

    def _keep_place(self) -> None:
        """Remember where the window was. A folder that can't be written to is no reason to complain at the end."""
        place = self.window.last_place
        if place is not None and place != self.house.settings.window_geometry:
            from dalle_studio.core.errors import StorageProblem
            from dalle_studio.storage.settings import change

            with contextlib.suppress(StorageProblem):
                self.house.settings = change(self.house.places, window_geometry=place)


def create(argv: Sequence[str]) -> Studio:
    """Build and show everything. `argv` are the arguments, with or without the program's name in front.

    Raises StorageProblem when there is no place for the data folder.
    """
    options = _options(argv)
    house = House(Places(data_folder(options.data_dir, os.environ)), dict(os.environ), options.lang)
    words = house.words
    words.hint_area = "ui"

    application = QApplication.instance()
    if not isinstance(application, QApplication):
        # As an argument: asking for the style by call hands out a QStyle, whose enums take 10 ms to make.
        application = QApplication([PROGRAM, "-style", "Fusion"])
    application.setApplicationName(PROGRAM)
    application.setApplicationDisplayName(words("ui.program"))
    application.setDesktopFileName(PROGRAM)
    application.setQuitOnLastWindowClosed(False)  # a hidden window may be waiting for its answer

    editor = Editor(house, _choose, words)
    theme = Theme(application, house.settings.theme, words.language)
    window = MainWindow(editor, Canvas(editor, theme), theme, house)
    studio = Studio(application, window, editor, house, options.paths[0] if options.paths else None)
    lifetime.once_painted(window.canvas, studio.start)
    theme.dress(window)
    window.show()
    return studio


def run(argv: Sequence[str]) -> int:
    """Open the window and stay until it is closed. Returns the exit status."""
    lifetime.keep_no_core_files()
    studio = create(argv)
    window, application = studio.window, studio.application
    window.closed.connect(application.quit)
    studio.editor.bug_met.connect(lambda problem: studio.house.log_bug(problem.cause))
    # Where the session ends the process may be killed as soon as this returns.
    application.commitDataRequest.connect(lambda _: window.leaving.finish())
    with lifetime.quit_on_signals(studio.leave), lifetime.bugs_told(studio.house.log_bug, window.news.tell_bug):
        status = application.exec()
        studio.close()
    return status


def _choose(operation: Operation, engine: str | None, model: str | None) -> EngineChoice:
    return EngineChoice(operation, engine, model, partial_images=1)  # somebody looks while it is painted


@dataclass(frozen=True, slots=True)
class _Options:
    paths: tuple[Path, ...] = ()
    data_dir: Path | None = None
    lang: str | None = None


def _options(argv: Sequence[str]) -> _Options:
    words = list(argv)
    if words and (words[0] == sys.argv[0] or Path(words[0]).stem in {PROGRAM, "dalle_studio", "__main__"}):
        del words[0]
    if not any(word.startswith("-") for word in words):
        return _Options(tuple(map(Path, words)))
    import argparse  # only for those who use options: it costs as much as a panel

    parser = argparse.ArgumentParser(prog=PROGRAM)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--lang", choices=LANGUAGES)
    found = parser.parse_args(words)
    return _Options(tuple(found.paths), found.data_dir, found.lang)
