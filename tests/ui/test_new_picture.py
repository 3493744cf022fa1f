"""A picture made from words shows while it is painted, where there is nothing else to look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dalle_studio.app import Studio, create
from dalle_studio.core.operation import Operation
from tests.fakes.images_server import FakeImagesServer

if TYPE_CHECKING:
    from PySide6.QtGui import QColor
    from pytestqt.qtbot import QtBot


@pytest.fixture
def empty_studio(qtbot: QtBot, data_dir: Path, server: FakeImagesServer) -> Iterator[Studio]:
    """The program without a photo."""
    made = create([])
    made.window.show()
    assert made.wait_idle(60)
    yield made
    made.window.leaving.silent = True
    made.close()


def centre(studio: Studio) -> QColor:
    shown = studio.window.canvas.grab().toImage()
    return shown.pixelColor(shown.width() // 2, shown.height() // 2)


@pytest.mark.parametrize("ending", ["done", "cut"])
def test_the_partial_picture_is_seen_and_goes_where_it_comes_to_nothing(
    empty_studio: Studio, server: FakeImagesServer, qtbot: QtBot, ending: str
) -> None:
    editor, empty = empty_studio.editor, centre(empty_studio)
    server.script.append({"trickle": 0.25, **({"stream": "incomplete"} if ending == "cut" else {})})
    editor.set_mode(Operation.GENERATE)
    editor.set_prompt("a red balloon")
    editor.generate()
    qtbot.waitUntil(lambda: editor.partial is not None, timeout=20_000)
    assert centre(empty_studio) != empty
    assert empty_studio.wait_idle(30)
    assert editor.has_document is (ending == "done")
    assert (centre(empty_studio) != empty) is (ending == "done")
