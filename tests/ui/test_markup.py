"""The markup tool: its bar, its gesture, and what it says about sending."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from dalle_studio.core.geometry import Rect
from dalle_studio.core.markup import Mark, MarkKind
from dalle_studio.core.operation import Operation
from dalle_studio.tools.pointer import ToolName
from tests.ui.test_window import open_photo

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dalle_studio.ui.markup_bar import MarkupBar
    from dalle_studio.ui.window import MainWindow
    from tests.ui.fake_editor import FakeEditor


@pytest.fixture
def bar(window: MainWindow, editor: FakeEditor) -> MarkupBar:
    open_photo(editor)
    window.actions_by_id["tool_markup"].trigger()
    assert window.commands.markup.bar is not None
    return window.commands.markup.bar


def why(bar: MarkupBar) -> str:
    label = bar.findChild(QLabel, "markupWhy")
    assert label is not None
    return label.text()


def drag(window: MainWindow, start: tuple[int, int], end: tuple[int, int]) -> None:
    canvas = window.canvas
    first, last = canvas.photo_to_widget(*start), canvas.photo_to_widget(*end)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(canvas, QPoint((first.x() + last.x()) // 2, first.y() + 3))
    QTest.mouseMove(canvas, last)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=last)


def test_an_arrow_is_dragged_and_a_line_keeps_its_way(bar: MarkupBar, window: MainWindow, editor: FakeEditor) -> None:
    drag(window, (100, 100), (300, 200))
    name, mark = editor.calls[-1]
    assert name == "add_mark"
    assert isinstance(mark, Mark)
    assert (mark.pen.kind, len(mark.points)) == (MarkKind.ARROW, 2)
    assert mark.ends[1] == pytest.approx((300, 200), abs=2)
    bar.kind.setCurrentIndex(1)
    drag(window, (100, 100), (300, 200))
    assert len(editor.calls[-1][1].points) > 2


def test_a_note_is_typed_and_put_down(bar: MarkupBar, window: MainWindow, editor: FakeEditor) -> None:
    assert not bar.text.isVisible()
    bar.kind.setCurrentIndex(4)
    assert bar.text.isVisible()
    QTest.keyClicks(bar.text, "here")
    bar.colour.setCurrentIndex(3)
    bar.wide.setValue(20)
    drag(window, (100, 100), (100, 100))
    mark = editor.calls[-1][1]
    assert (mark.pen.text, mark.pen.width, len(mark.points)) == ("here", 20.0, 1)
    assert mark.pen.colour == (59, 130, 246)


def test_a_note_may_be_put_down_first_and_typed_then(
    bar: MarkupBar, window: MainWindow, editor: FakeEditor, qtbot: QtBot
) -> None:
    bar.kind.setCurrentIndex(4)
    drag(window, (100, 100), (100, 100))
    assert all(call[0] != "add_mark" for call in editor.calls)
    qtbot.waitUntil(bar.text.hasFocus)  # or the letters would choose tools
    QTest.keyClicks(bar.text, "red balloon")
    QTest.keyClick(bar.text, Qt.Key.Key_Return)
    name, mark = editor.calls[-1]
    assert (name, mark.pen.text) == ("add_mark", "red balloon")
    assert mark.points[0] == pytest.approx((100, 100), abs=2)
    assert bar.text.text() == ""
    assert window.canvas.tool is ToolName.MARKUP
    qtbot.waitUntil(window.canvas.hasFocus)


def test_alt_takes_a_mark_away(bar: MarkupBar, window: MainWindow, editor: FakeEditor) -> None:
    place = window.canvas.photo_to_widget(100, 100)
    QTest.mouseClick(window.canvas, Qt.MouseButton.RightButton, pos=place)
    assert editor.calls[-1][0] == "remove_mark_at"


def test_it_says_whether_the_drawing_will_be_sent(bar: MarkupBar, editor: FakeEditor) -> None:
    assert editor.mode is Operation.VARY  # with an empty mask nothing is lost by that
    assert "Draw onto" in why(bar)
    editor.markup = (Mark(bar._canvas.pen, ((1.0, 1.0), (99.0, 99.0))),)
    editor.markup_changed.emit()
    assert "goes along" in why(bar)
    editor.set_mode(Operation.EDIT)
    assert "Goes along with Vary" in why(bar)
    editor.takes_markup = False
    editor.choices_changed.emit()
    assert "reads no drawings" in why(bar)
    bar.clear.click()
    assert editor.calls[-1] == ("clear_markup",)


def test_beside_a_mask_one_press_makes_way_for_the_drawing(bar: MarkupBar, editor: FakeEditor) -> None:
    editor.markup = (Mark(bar._canvas.pen, ((1.0, 1.0), (99.0, 99.0))),)
    editor.set_mode(Operation.EDIT)
    editor.paint(Rect(10, 10, 40, 40))
    assert "can't go with a mask" in why(bar)
    assert bar.vary.isVisible()
    assert bar.vary.text() == "Clear the mask"
    bar.vary.click()
    assert ("clear_mask",) in editor.calls
    assert editor.mode is Operation.VARY
    assert not bar.vary.isVisible()
    assert bar.clear.isEnabled()


def test_another_tool_takes_the_bar_away(bar: MarkupBar, window: MainWindow) -> None:
    assert bar.isVisible()
    window.canvas.set_tool(ToolName.BRUSH)
    assert window.commands.markup.bar is None
    assert window.tool_options.isVisible()
    assert not bar.isVisible()


def test_the_crop_follows_with_its_own_bar(bar: MarkupBar, window: MainWindow) -> None:
    window.canvas.set_tool(ToolName.CROP)
    assert window.commands.markup.bar is None
    assert not window.tool_options.isVisible()
