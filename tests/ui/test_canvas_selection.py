"""Selection tools on the canvas: gestures, modifiers, keys, and the outline that is drawn meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dalle_studio.core.geometry import Rect
from dalle_studio.imaging.selection import Combine
from dalle_studio.session.mask_look import MaskLook
from dalle_studio.tools.pointer import ToolName
from dalle_studio.ui.canvas import Canvas
from tests.ui.canvas_driver import LEFT, NONE, FakeDocument, FakeTheme, Hand

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def document() -> FakeDocument:
    return FakeDocument()


@pytest.fixture
def canvas(qtbot: QtBot, document: FakeDocument) -> Iterator[Canvas]:
    """A photo of 600×400: dark, with a light rectangle in it."""
    canvas = Canvas(document, FakeTheme())
    qtbot.addWidget(canvas)
    canvas.resize(800, 600)
    canvas.show()
    photo = np.full((400, 600, 3), 40, np.uint8)
    photo[100:250, 150:400] = (220, 200, 60)
    document.open(photo)
    canvas.zoom_to(100)
    canvas.setFocus()
    yield canvas
    canvas.set_picker(None)


@pytest.fixture
def hand(canvas: Canvas) -> Hand:
    return Hand(canvas)


def double_click(canvas: Canvas, hand: Hand, x: float, y: float) -> None:
    """As Qt sends it: press, release, double click in place of the second press, release."""
    where = hand.at(x, y)
    hand.press(where)
    hand.release(where)
    at = QPointF(where)
    event = QMouseEvent(QEvent.Type.MouseButtonDblClick, at, canvas.mapToGlobal(at), LEFT, LEFT, NONE)
    QApplication.sendEvent(canvas, event)
    hand.release(where)


def test_rectangles_replace_add_subtract_and_intersect_by_the_keys_held(
    canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    canvas.set_tool(ToolName.RECTANGLE)
    hand.drag((100, 100), (150, 150), (200, 180))
    assert document.painted == Rect(100, 100, 100, 80)
    hand.drag((300, 100), (320, 130), modifiers=SHIFT)
    assert document.painted == Rect(100, 100, 220, 80)
    hand.drag((250, 50), (400, 300), modifiers=ALT)
    assert document.painted == Rect(100, 100, 100, 80)
    hand.drag((150, 0), (400, 300), modifiers=SHIFT | ALT)
    assert document.painted == Rect(150, 100, 50, 80)
    hand.drag((10, 10), (20, 30))
    assert document.painted == Rect(10, 10, 10, 20)
    assert [step.name for step in document.steps] == ["tools.step_rectangle"] * 5


def test_the_buttons_of_the_tool_options_say_how_without_keys(
    canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    canvas.set_tool(ToolName.ELLIPSE)
    hand.drag((100, 100), (200, 200))
    canvas.set_selection_options(replace(canvas.selection_options, combine=Combine.SUBTRACT))
    hand.drag((90, 90), (210, 150))
    assert document.mask is not None
    assert document.mask.pixels[120, 150] == 0
    assert document.mask.pixels[190, 150] == 255
    assert document.mask.pixels[199, 100] == 0, "an ellipse has no corners"


def test_a_free_lasso_closes_when_the_button_is_let_go(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    canvas.set_tool(ToolName.LASSO)
    hand.drag((100, 100), (300, 100), (300, 300), (100, 300))
    assert document.painted == Rect(100, 100, 200, 200)
    assert not canvas.is_selecting


def test_a_polygon_is_clicked_and_follows_the_pointer_until_it_is_closed(
    canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    canvas.set_tool(ToolName.LASSO)
    for corner in ((100, 100), (300, 100), (300, 250)):
        hand.drag(corner)
    before = canvas.grab().toImage()
    hand.hover(hand.at(120, 280))
    assert canvas.grab().toImage() != before
    hand.drag((50, 250))
    hand.drag((40, 390))
    QTest.keyClick(canvas, Qt.Key.Key_Backspace)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert not canvas.is_selecting
    assert document.painted == Rect(50, 100, 250, 150)


def test_a_double_click_or_a_click_on_the_first_point_closes_a_polygon(
    canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    canvas.set_tool(ToolName.LASSO)
    hand.drag((100, 100))
    hand.drag((200, 100))
    double_click(canvas, hand, 200, 200)
    assert document.painted == Rect(100, 100, 100, 100)
    for corner in ((300, 100), (400, 100), (400, 200), (302, 101)):
        hand.drag(corner)
    assert document.painted == Rect(300, 100, 100, 100)
    assert not canvas.is_selecting


def test_quick_clicks_apart_are_corners_even_where_qt_tells_of_a_double_click(
    canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    canvas.set_tool(ToolName.LASSO)
    for x, y in ((100, 100), (200, 100), (200, 200)):
        at = QPointF(hand.at(x, y))
        event = QMouseEvent(QEvent.Type.MouseButtonDblClick, at, canvas.mapToGlobal(at), LEFT, LEFT, NONE)
        QApplication.sendEvent(canvas, event)
        hand.release(at.toPoint())
    assert canvas.is_selecting
    hand.drag((100, 200))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert document.painted == Rect(100, 100, 100, 100)


@pytest.mark.parametrize("tool", [ToolName.RECTANGLE, ToolName.LASSO, ToolName.SMART_SELECT])
def test_escape_and_another_tool_drop_an_open_outline(
    canvas: Canvas, document: FakeDocument, hand: Hand, tool: ToolName
) -> None:
    bare = canvas.grab().toImage()
    canvas.set_tool(tool)
    for by_key in (True, False):
        canvas.set_tool(tool)
        hand.press(hand.at(100, 100))
        hand.move(hand.at(200, 200))
        assert canvas.grab().toImage() != bare
        if by_key:
            QTest.keyClick(canvas, Qt.Key.Key_Escape)
        else:
            canvas.set_tool(ToolName.PAN)
        hand.release(hand.at(220, 220))
        assert not canvas.is_selecting
        assert document.mask is not None
        assert document.mask.is_empty
        assert not document.steps
    canvas.show_pointer(None)
    assert canvas.grab().toImage() == bare


def test_the_wand_selects_what_is_like_the_pixel_clicked(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    canvas.set_tool(ToolName.WAND)
    canvas.set_selection_options(replace(canvas.selection_options, antialias=False))
    hand.drag((200, 200))
    assert document.painted == Rect(150, 100, 250, 150)


def test_smart_select_finds_the_edge_in_a_box(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    canvas.set_tool(ToolName.SMART_SELECT)
    hand.drag((130, 80), (300, 200), (420, 270))
    assert document.mask is not None
    truth = np.zeros((400, 600), np.bool_)
    truth[100:250, 150:400] = True
    found = document.mask.pixels > 127
    assert (found & truth).sum() / (found | truth).sum() > 0.97


def test_an_outline_repaints_only_around_itself(canvas: Canvas, hand: Hand) -> None:
    canvas.set_tool(ToolName.RECTANGLE)
    hand.press(hand.at(100, 100))
    hand.move(hand.at(300, 250))
    shown = canvas.grab().toImage()
    canvas.update()
    assert canvas.grab().toImage() == shown, "what was painted in parts is what is painted at once"
    hand.release(hand.at(300, 250))


def test_clicks_go_to_a_picker_instead_of_the_tool(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    picked: list[tuple[float, float]] = []
    canvas.set_picker(lambda event: picked.append((event.x, event.y)))
    hand.drag((200.0, 120.0), (210.0, 130.0))
    assert len(picked) == 1
    assert abs(picked[0][0] - 200) <= 1
    canvas.set_picker(None)
    hand.drag((200, 120), (210, 130))
    assert len(picked) == 1
    assert document.steps


def test_the_mask_can_be_looked_at_in_other_ways(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    hand.drag((200, 150), (220, 170))
    canvas.show_pointer(None)
    seen = [canvas.grab().toImage()]
    canvas.set_mask_look(MaskLook.ALONE)
    seen.append(canvas.grab().toImage())
    assert seen[1].pixelColor(canvas.photo_to_widget(210, 160)).lightness() == 255
    assert seen[1].pixelColor(canvas.photo_to_widget(20, 20)).lightness() == 0
    canvas.set_mask_look(MaskLook.OVERLAY)
    canvas.set_overlay_inverted(True)
    seen.append(canvas.grab().toImage())
    canvas.set_overlay_inverted(False)
    canvas.set_overlay_colour((0, 200, 0))
    seen.append(canvas.grab().toImage())
    inside = canvas.photo_to_widget(210, 160)
    assert seen[3].pixelColor(inside).green() > seen[0].pixelColor(inside).green()
    canvas.set_overlay_colour(None)
    assert canvas.grab().toImage() == seen[0]


def test_dashes_march_while_something_is_outlined(
    qtbot: QtBot, canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    hand.drag((200, 150), (220, 170))
    canvas.show_pointer(None)
    canvas.set_mask_look(MaskLook.OUTLINE)
    first = canvas.grab().toImage()
    qtbot.waitUntil(lambda: canvas.grab().toImage() != first)
    canvas.set_mask_look(MaskLook.OVERLAY)
    assert not canvas._march.isActive()


def test_a_preview_is_shown_instead_of_the_mask(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    from dalle_studio.session.document_view import MaskLevels

    hand.drag((200, 150), (220, 170))
    canvas.show_pointer(None)
    bare = canvas.grab().toImage()
    document.mask_preview = MaskLevels(np.full((400, 600), 255, np.uint8))
    document.mask_preview_changed.emit()
    corner = canvas.photo_to_widget(20, 20)
    assert canvas.grab().toImage().pixelColor(corner).red() > bare.pixelColor(corner).red()
    document.mask_preview = None
    document.mask_preview_changed.emit()
    assert canvas.grab().toImage() == bare
