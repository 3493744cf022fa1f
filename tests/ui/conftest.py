"""A window on a fake editor: state can be set freely, and what it calls is noted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication

from dalle_studio.app import Studio, create
from dalle_studio.ui.canvas import Canvas
from dalle_studio.ui.theme import Theme
from dalle_studio.ui.window import MainWindow
from tests.fakes.images_server import KEY, FakeImagesServer
from tests.session.conftest import write_png
from tests.ui.fake_editor import FakeEditor, FakeHouse
from tests.ui.masked_studio import RED

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

MakeWindow = Callable[..., MainWindow]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeImagesServer]:
    """The service on this computer, with its key: the program that is started after it goes there, in English."""
    with FakeImagesServer() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("LANG", "en_US.UTF-8")
        yield running


@pytest.fixture(autouse=True)
def empty_clipboard() -> Iterator[None]:
    """What a test copied is gone after it: offscreen, Qt would free it after Python has ended, and crash."""
    yield
    if QGuiApplication.instance() is not None:
        QGuiApplication.clipboard().clear()


@pytest.fixture
def make_window(qtbot: QtBot, qapp: QApplication, data_dir: Path) -> Iterator[MakeWindow]:
    """`make_window(language="en", theme="dark", size=(1280, 800))`, shown."""
    editors: list[FakeEditor] = []

    def make(language: str = "en", theme: str = "dark", size: tuple[int, int] = (1280, 800)) -> MainWindow:
        editor = FakeEditor(language)
        editors.append(editor)
        look = Theme(qapp, theme, language)
        window = MainWindow(editor, Canvas(editor, look), look, FakeHouse(data_dir))  # type: ignore[arg-type]  # a fake
        qtbot.addWidget(window, before_close_func=_close_silently)
        look.dress(window)
        window.resize(*size)
        window.show()
        window.finish()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    yield make
    for editor in editors:
        editor.worker.shutdown()


def _close_silently(window: MainWindow) -> None:
    window.leaving.silent = True


@pytest.fixture
def window(make_window: MakeWindow) -> MainWindow:
    return make_window()


@pytest.fixture
def editor(window: MainWindow) -> FakeEditor:
    return cast("FakeEditor", window.editor)


@pytest.fixture
def studio(qtbot: QtBot, data_dir: Path, tmp_path: Path) -> Iterator[Studio]:
    """The program with a dark photo of 600×400 in which there is a red rectangle."""
    pixels = np.full((400, 600, 3), 40, np.uint8)
    pixels[RED.slices] = (220, 30, 20)
    path = tmp_path / "photo.png"
    write_png(path, pixels)
    made = create([])
    made.window.show()
    made.editor.open(path)
    assert made.wait_idle(60)
    made.window.canvas.zoom_to(100)
    yield made
    made.window.leaving.silent = True
    made.close()
