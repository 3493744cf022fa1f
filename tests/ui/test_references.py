"""The row of pictures that go along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from dalle_studio.core.records import Operation
from dalle_studio.core.reference import Reference
from dalle_studio.ui.window import MainWindow
from tests.ui.fake_editor import FakeEditor

if TYPE_CHECKING:
    from dalle_studio.ui.reference_row import ReferenceStrip


@pytest.fixture
def strip(window: MainWindow, editor: FakeEditor) -> ReferenceStrip:
    put(editor, 3)
    return window.prompt_panel.references.strip


def put(editor: FakeEditor, count: int, most: int | None = 15) -> None:
    editor.references = tuple(Reference.of(f"{number}.png", bytes([number])) for number in range(count))
    editor.max_references = most
    editor.sent_references = count if most is None else min(count, most)
    editor.references_changed.emit()


def title(window: MainWindow) -> str:
    label = window.prompt_panel.references.findChild(QLabel, "referencesTitle")
    assert label is not None
    return label.text()


def test_without_references_there_is_a_link_and_no_row(window: MainWindow, editor: FakeEditor) -> None:
    panel = window.prompt_panel
    assert not panel.references.isVisible()
    assert panel.add_reference.isVisible()
    put(editor, 2)
    assert panel.references.isVisible()
    assert not panel.add_reference.isVisible()
    assert title(window) == "References: 2"


def test_it_says_when_they_are_not_sent_or_not_all(window: MainWindow, editor: FakeEditor) -> None:
    put(editor, 3, most=2)
    assert "3 stay" in title(window)
    put(editor, 5, most=2)
    assert "3–5 stay (at most 2 go)" in title(window)
    put(editor, 3, most=0)
    assert "not sent" in title(window)
    assert not window.prompt_panel.references.more.isEnabled()


def test_a_new_picture_is_not_said_to_come_of_words_alone(window: MainWindow, editor: FakeEditor) -> None:
    editor.set_mode(Operation.GENERATE)
    put(editor, 0)
    sent = window.sent_panel
    assert "Only your words" in sent.accessibleDescription()
    put(editor, 3)
    assert "Only" not in sent.accessibleDescription()
    assert "references: 3" in sent.accessibleDescription()


def test_the_cross_takes_one_away_and_dragging_moves_it(strip: ReferenceStrip, editor: FakeEditor) -> None:
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.tile(1).topRight() + QPoint(-4, 4))
    assert editor.calls[-1:] == [("remove_reference", 1)]
    start, end = strip.tile(2).center(), strip.tile(0).center()
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(strip, end)
    QTest.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=end)
    assert editor.calls[-1:] == [("move_reference", 2, 0)]


def test_keys_move_and_remove(strip: ReferenceStrip, editor: FakeEditor) -> None:
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Right)
    QTest.keyClick(strip, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert editor.calls[-1:] == [("move_reference", 1, 0)]
    QTest.keyClick(strip, Qt.Key.Key_Delete)
    assert editor.calls[-1:] == [("remove_reference", 0)]
    assert "0.png" in strip.accessibleDescription()


def test_sixteen_take_two_lines(window: MainWindow, editor: FakeEditor) -> None:
    put(editor, 16, most=16)
    strip = window.prompt_panel.references.strip
    assert strip.tile(15).bottom() < strip.height() <= 2 * strip.tile(8).top()
    assert strip.tile(7).right() <= strip.width()


def test_a_dropped_picture_becomes_a_reference(window: MainWindow, editor: FakeEditor) -> None:
    window.drops.file_dropped.emit(Path("x.png"), "reference")
    assert editor.calls[-1] == ("add_reference", Path("x.png"))


def test_a_picture_pasted_into_the_prompt_is_a_reference_and_text_is_text(
    window: MainWindow, editor: FakeEditor
) -> None:
    data = QMimeData()
    data.setData("image/png", b"bytes")
    QGuiApplication.clipboard().setMimeData(data)
    window.prompt_panel.prompt.paste()
    assert editor.calls[-1] == ("add_reference_bytes", b"bytes", "Pasted picture")
    QGuiApplication.clipboard().setText("a boat")
    window.prompt_panel.prompt.paste()
    assert editor.prompt == "a boat"
