"""Dragging a picture over the window, as the window system tells it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QPlainTextEdit

from dalle_studio.core.words import Words
from dalle_studio.ui.canvas_drop import DropZones, Zone
from tests.ui.canvas_driver import FakeTheme

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

LEFT, NONE, COPY = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.DropAction.CopyAction


class Drag:
    """A drag with one file over a window whose whole area is a text field."""

    def __init__(self, qtbot: QtBot, file: Path, *, has_document: bool = True) -> None:
        self.window = QMainWindow()
        self.field = QPlainTextEdit()
        self.window.setCentralWidget(self.field)
        self.window.setFixedSize(900, 600)
        self.zones = DropZones(self.window, Words("en"), FakeTheme(), lambda: has_document)
        self.dropped: list[tuple[Path, str]] = []
        self.zones.file_dropped.connect(lambda path, zone: self.dropped.append((path, zone)))
        qtbot.addWidget(self.window)
        self.window.show()
        self.data = QMimeData()
        self.data.setUrls([QUrl.fromLocalFile(str(file))])

    def enter(self, where: QPoint) -> None:
        self._send(QDragEnterEvent(where, COPY, self.data, LEFT, NONE))

    def move(self, where: QPoint) -> bool:
        event = QDragMoveEvent(where, COPY, self.data, LEFT, NONE)
        self._send(event)
        return event.isAccepted()

    def drop(self, where: QPoint) -> None:
        self._send(QDropEvent(QPointF(where), COPY, self.data, LEFT, NONE))

    def leave(self) -> None:
        self._send(QDragLeaveEvent())

    def _send(self, event: QDragMoveEvent | QDropEvent | QDragLeaveEvent) -> None:
        QApplication.sendEvent(self.window.windowHandle(), event)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "사진.png"
    path.write_bytes(b"anything: the session says what can't be opened")
    return path


@pytest.mark.parametrize("zone", list(Zone))
def test_each_zone_says_what_the_file_is_for(qtbot: QtBot, file: Path, zone: Zone) -> None:
    drag = Drag(qtbot, file)
    drag.enter(QPoint(5, 5))
    assert drag.zones.isVisible()
    where = drag.zones.zones()[zone].center()
    assert drag.move(where)
    drag.drop(where)
    assert drag.dropped == [(file, zone.value)]
    assert not drag.zones.isVisible()
    assert drag.field.toPlainText() == ""


def test_without_a_document_it_can_only_be_opened(qtbot: QtBot, file: Path) -> None:
    drag = Drag(qtbot, file, has_document=False)
    drag.enter(QPoint(5, 5))
    assert list(drag.zones.zones()) == [Zone.OPEN]


def test_leaving_takes_the_zones_away(qtbot: QtBot, file: Path) -> None:
    drag = Drag(qtbot, file)
    drag.enter(QPoint(5, 5))
    drag.leave()
    assert not drag.zones.isVisible()
    assert drag.dropped == []


def test_between_the_zones_nothing_is_taken(qtbot: QtBot, file: Path) -> None:
    drag = Drag(qtbot, file)
    drag.enter(QPoint(5, 5))
    assert not drag.move(QPoint(5, 5))
    drag.drop(QPoint(5, 5))
    assert drag.dropped == []


def test_text_and_missing_files_are_left_to_the_fields(qtbot: QtBot, tmp_path: Path) -> None:
    drag = Drag(qtbot, tmp_path / "gone.png")
    drag.enter(QPoint(50, 50))
    assert not drag.zones.isVisible()
