"""The canvas by pointer and keys, with a document but without a session."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.tools.pointer import ToolName
from dalle_studio.ui.canvas import Canvas
from tests.ui.canvas_driver import MIDDLE, RIGHT, FakeDocument, FakeTheme, Hand, synthetic_photo

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def document() -> FakeDocument:
    return FakeDocument()


@pytest.fixture
def canvas(qtbot: QtBot, document: FakeDocument) -> Canvas:
    canvas = Canvas(document, FakeTheme())
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    document.open(synthetic_photo(1200, 800))
    with qtbot.waitExposed(canvas):
        canvas.show()
    canvas.setFocus()
    return canvas


@pytest.fixture
def hand(canvas: Canvas) -> Hand:
    return Hand(canvas)


def key(
    canvas: Canvas, which: Qt.Key, text: str = "", *, down: bool, modifiers: Qt.KeyboardModifier | None = None
) -> None:
    kind = QEvent.Type.KeyPress if down else QEvent.Type.KeyRelease
    QApplication.sendEvent(canvas, QKeyEvent(kind, which, modifiers or Qt.KeyboardModifier.NoModifier, text))


def tap(canvas: Canvas, which: Qt.Key, text: str = "", modifiers: Qt.KeyboardModifier | None = None) -> None:
    key(canvas, which, text, down=True, modifiers=modifiers)
    key(canvas, which, text, down=False, modifiers=modifiers)


# --- identity --------------------------------------------------------------------------------------------------


def test_it_has_its_name_and_takes_focus_but_no_input_method(canvas: Canvas) -> None:
    assert canvas.objectName() == "canvas"
    assert canvas.accessibleName()
    assert canvas.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert not canvas.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)


def test_importing_it_brings_no_numpy() -> None:
    code = "import sys, dalle_studio.ui.canvas, dalle_studio.ui.canvas_drop; print({'numpy', 'cv2'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"


# --- strokes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("percent", [None, 100, 250])
def test_painting_lands_where_photo_to_widget_says(
    canvas: Canvas, document: FakeDocument, hand: Hand, percent: int | None
) -> None:
    if percent is not None:
        canvas.zoom_to(percent)
    hand.drag((600, 400), (640, 400))
    slack = 2 + 100 / canvas.zoom
    painted = document.painted
    assert abs(painted.left - 590) <= slack
    assert abs(painted.right - 650) <= slack
    assert abs(painted.top - 390) <= slack
    assert abs(painted.bottom - 410) <= slack


def test_a_click_paints_a_disc(document: FakeDocument, hand: Hand) -> None:
    hand.drag((300, 300))
    assert document.mask is not None
    assert 250 < np.count_nonzero(document.mask.pixels > 127) < 380
    assert len(document.steps) == 1


def test_a_stroke_leaving_the_photo_is_clipped(document: FakeDocument, hand: Hand) -> None:
    hand.drag((20, 20), (-40, -40), (20, 60))
    assert document.painted.left == 0
    assert document.painted.top == 0


@pytest.mark.parametrize("way", ["right", "alt", "e", "eraser"])
def test_every_way_of_erasing_erases(canvas: Canvas, document: FakeDocument, hand: Hand, way: str) -> None:
    hand.drag((300, 300), (500, 300))
    document.set_brush(13, 1.0)  # soft rims need a little more to be erased completely
    if way == "right":
        hand.drag((300, 300), (500, 300), button=RIGHT)
    elif way == "alt":
        hand.drag((300, 300), (500, 300), modifiers=ALT)
    elif way == "e":
        key(canvas, Qt.Key.Key_E, "e", down=True)
        hand.drag((300, 300), (500, 300))
        key(canvas, Qt.Key.Key_E, "e", down=False)
        assert canvas.tool is ToolName.BRUSH
    else:
        canvas.set_tool(ToolName.ERASER)
        hand.drag((300, 300), (500, 300))
    assert document.mask is not None
    assert document.mask.is_empty


def test_a_tap_on_e_chooses_the_eraser(canvas: Canvas) -> None:
    told: list[ToolName] = []
    canvas.tool_changed.connect(told.append)
    tap(canvas, Qt.Key.Key_E, "e")
    canvas.toggle_erase()
    canvas.toggle_erase()
    assert told == [ToolName.ERASER, ToolName.BRUSH, ToolName.ERASER]


def test_shift_and_click_draws_a_straight_line_from_the_last_point(document: FakeDocument, hand: Hand) -> None:
    hand.drag((200, 200))
    hand.drag((800, 600), modifiers=SHIFT)
    assert document.mask is not None
    assert document.mask.pixels[400, 500] == 255
    assert document.mask.pixels[250, 700] == 0


def test_without_a_last_point_shift_paints_a_dot(document: FakeDocument, hand: Hand) -> None:
    hand.drag((200, 200), modifiers=SHIFT)
    assert document.painted.width < 30


def test_escape_takes_an_open_stroke_back(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    hand.press(hand.at(300, 300))
    hand.move(hand.at(500, 300))
    tap(canvas, Qt.Key.Key_Escape)
    assert not canvas.is_stroking
    hand.move(hand.at(600, 300))
    hand.release(hand.at(600, 300))
    assert document.mask is not None
    assert document.mask.is_empty
    assert document.steps == []


def test_escape_without_a_stroke_is_left_to_the_window(canvas: Canvas) -> None:
    event = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    event.ignore()
    QApplication.sendEvent(canvas, event)
    assert not event.isAccepted()


def test_undoing_the_step_restores_mask_and_sight(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    before = canvas.grab().toImage()
    hand.drag((300, 300), (500, 420), (350, 500))
    canvas.show_pointer(None)
    assert canvas.grab().toImage() != before
    document.undo()
    assert document.mask is not None
    assert document.mask.is_empty
    assert canvas.grab().toImage() == before


def test_opening_another_photo_during_a_stroke_ends_it(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    hand.press(hand.at(300, 300))
    old = document.mask
    document.open(synthetic_photo(500, 400))
    hand.move(hand.at(200, 200))
    hand.release(hand.at(200, 200))
    assert old is not None
    assert not old.is_open
    assert document.steps == []
    assert document.mask is not None
    assert document.mask.is_empty


def test_a_pen_paints_and_its_other_end_erases(canvas: Canvas, document: FakeDocument, hand: Hand) -> None:
    pen(canvas, hand.at(400, 400), QPointingDevice.PointerType.Pen)
    assert not document.painted.is_empty
    document.set_brush(13, 1.0)
    pen(canvas, hand.at(400, 400), QPointingDevice.PointerType.Eraser)
    assert document.painted.is_empty


def pen(canvas: Canvas, where: QPoint, end: QPointingDevice.PointerType) -> None:
    from PySide6.QtGui import QInputDevice

    device = QPointingDevice("pen", 7, QInputDevice.DeviceType.Stylus, end, QInputDevice.Capability.Pressure, 1, 2)
    position = QPointF(where)
    for kind, buttons in (
        (QEvent.Type.TabletPress, Qt.MouseButton.LeftButton),
        (QEvent.Type.TabletRelease, Qt.MouseButton.NoButton),
    ):
        event = QTabletEvent(
            kind,
            device,
            position,
            canvas.mapToGlobal(position),
            0.7,
            0.0,
            0.0,
            0.0,
            0.0,
            0.0,
            Qt.KeyboardModifier.NoModifier,
            Qt.MouseButton.LeftButton,
            buttons,
        )
        QApplication.sendEvent(canvas, event)
        assert event.isAccepted()


def test_without_a_document_nothing_happens(qtbot: QtBot) -> None:
    canvas = Canvas(FakeDocument(), FakeTheme())
    qtbot.addWidget(canvas)
    canvas.resize(400, 300)
    with qtbot.waitExposed(canvas):
        canvas.show()
    hand = Hand(canvas)
    hand.drag((10, 10), (50, 50))
    hand.wheel(QPoint(50, 50), 1)
    canvas.fit()
    canvas.zoom_in()
    assert not canvas.is_stroking


# --- brush by keys ---------------------------------------------------------------------------------------------


def test_brackets_change_size_and_with_shift_hardness(canvas: Canvas, document: FakeDocument) -> None:
    told: list[tuple[float, float]] = []
    canvas.brush_changed.connect(lambda radius, hardness: told.append((radius, hardness)))
    tap(canvas, Qt.Key.Key_BracketRight, "]")
    assert document.brush.radius > 10
    tap(canvas, Qt.Key.Key_BracketLeft, "[")
    assert abs(document.brush.radius - 10) < 0.01
    tap(canvas, Qt.Key.Key_BraceLeft, "{", SHIFT)
    assert document.brush.hardness == 0.9
    assert len(told) == 3


# --- views -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("notches", [1, -1, 5, -3])
def test_the_wheel_zooms_at_the_pointer(canvas: Canvas, hand: Hand, notches: int) -> None:
    where = QPoint(260, 410)
    photo = canvas.widget_to_photo(QPointF(where))
    hand.wheel(where, notches)
    now = canvas.photo_to_widget(*photo)
    assert abs(now.x() - where.x()) <= 2
    assert abs(now.y() - where.y()) <= 2


def test_the_wheel_with_shift_scrolls_sideways(canvas: Canvas, hand: Hand) -> None:
    before, zoom = canvas.photo_to_widget(0, 0), canvas.zoom
    hand.wheel(QPoint(200, 200), 1, SHIFT)
    after = canvas.photo_to_widget(0, 0)
    assert after.x() > before.x()
    assert after.y() == before.y()
    assert canvas.zoom == zoom


def test_wheeling_past_one_hundred_per_cent_stops_there(canvas: Canvas, hand: Hand) -> None:
    canvas.zoom_to(93)
    hand.wheel(QPoint(300, 300), 1)
    assert canvas.zoom == 100


@pytest.mark.parametrize("way", ["space", "middle", "tool"])
def test_every_way_of_panning_moves_the_photo_and_paints_nothing(
    canvas: Canvas, document: FakeDocument, hand: Hand, way: str
) -> None:
    canvas.zoom_to(200)
    start = canvas.photo_to_widget(600, 400)
    if way == "space":
        key(canvas, Qt.Key.Key_Space, " ", down=True)
    elif way == "tool":
        canvas.set_tool(ToolName.PAN)
    hand.press(QPoint(300, 300), MIDDLE if way == "middle" else Qt.MouseButton.LeftButton)
    hand.move(QPoint(340, 260))
    hand.release(QPoint(340, 260))
    assert canvas.photo_to_widget(600, 400) - start == QPoint(40, -40)
    assert document.mask is not None
    assert document.mask.is_empty


def test_the_zoom_tool_zooms_by_clicks(canvas: Canvas, hand: Hand) -> None:
    canvas.set_tool(ToolName.ZOOM)
    before = canvas.zoom
    hand.press(QPoint(300, 300))
    hand.release(QPoint(300, 300))
    assert canvas.zoom > before
    hand.press(QPoint(300, 300), RIGHT)
    hand.release(QPoint(300, 300))
    assert canvas.zoom < 100


def test_a_fitted_photo_stays_fitted_when_the_window_grows(canvas: Canvas) -> None:
    before = canvas.zoom
    canvas.resize(1100, 800)
    assert canvas.zoom > before
    canvas.zoom_to(100)
    canvas.resize(900, 700)
    assert canvas.zoom == 100


def test_a_small_photo_opens_at_one_hundred_per_cent(canvas: Canvas, document: FakeDocument) -> None:
    document.open(synthetic_photo(200, 150))
    assert canvas.zoom == 100
    canvas.fit()
    assert canvas.zoom > 100


def test_the_view_stays_when_a_picture_of_equal_size_replaces(canvas: Canvas, document: FakeDocument) -> None:
    canvas.zoom_to(300, QPointF(100, 100))
    before = canvas.photo_to_widget(50, 60)
    document.open(synthetic_photo(1200, 800))
    assert canvas.zoom == 300
    assert canvas.photo_to_widget(50, 60) == before
    document.open(synthetic_photo(1300, 800))
    assert canvas.zoom < 100


def test_zoom_and_position_are_told(canvas: Canvas, hand: Hand) -> None:
    zooms: list[float] = []
    places: list[tuple[int, int] | None] = []
    canvas.zoom_changed.connect(zooms.append)
    canvas.pointer_moved.connect(places.append)
    canvas.zoom_to(100)
    assert zooms == [100]
    hand.hover(canvas.photo_to_widget(500, 300))
    hand.hover(canvas.photo_to_widget(-5, 300))
    assert places == [(500, 300), None]


def test_a_preview_is_shown_at_the_size_of_the_photo_and_kept_in_place(canvas: Canvas, document: FakeDocument) -> None:
    canvas.set_preview(synthetic_photo(150, 100), Size(3000, 2000))
    zoom = canvas.zoom
    middle = canvas.grab().toImage().pixelColor(450, 350)
    assert middle != canvas.grab().toImage().pixelColor(2, 2)
    document.open(synthetic_photo(3000, 2000))
    assert canvas.zoom == zoom


def test_a_photo_that_can_not_be_opened_leaves_the_open_one_in_its_view(
    canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    canvas.zoom_to(150, QPointF(100, 100))
    before = canvas.grab().toImage()
    document.loading_changed.emit(True)
    canvas.set_preview(synthetic_photo(90, 90), Size(90, 90))
    assert canvas.grab().toImage() != before
    document.loading_changed.emit(False)
    assert canvas.grab().toImage() == before
    hand.drag((300, 300))
    assert not document.painted.is_empty


def test_a_spent_mask_is_hidden_and_the_next_stroke_replaces_it(
    canvas: Canvas, document: FakeDocument, hand: Hand
) -> None:
    bare = canvas.grab().toImage()
    hand.drag((300, 300))
    canvas.show_pointer(None)
    document.mask_spent = True
    document.pixels_changed.emit(Rect(290, 290, 20, 20))
    assert canvas.grab().toImage() == bare
    hand.press(hand.at(800, 600))
    hand.move(hand.at(820, 600))
    tap(canvas, Qt.Key.Key_Escape)  # thought better of it
    canvas.show_pointer(None)
    assert canvas.grab().toImage() == bare
    assert document.painted.left < 300
    hand.drag((800, 600))
    canvas.show_pointer(None)
    assert document.painted.left > 700
    assert canvas.grab().toImage() != bare


def test_another_mask_than_the_session_changed_is_shown(canvas: Canvas, document: FakeDocument) -> None:
    """Clear, invert and import change the mask behind the canvas and tell where."""
    assert document.mask is not None
    before = canvas.grab().toImage()
    document.mask.begin()
    document.mask.writable(Rect(0, 0, 1200, 800))[...] = 255
    document.mask.commit("all")
    document.show((Rect(0, 0, 1200, 800),))
    where = canvas.photo_to_widget(600, 400)
    after = canvas.grab().toImage()
    assert after.pixelColor(where).red() > before.pixelColor(where).red()


@pytest.mark.parametrize("zooms", [lambda canvas: canvas.zoom_to(100), lambda canvas: canvas.fit()], ids=["100", "fit"])
def test_a_stroke_goes_on_where_the_pointer_is_though_a_key_zooms(
    canvas: Canvas, document: FakeDocument, hand: Hand, zooms: Callable[[Canvas], None]
) -> None:
    canvas.zoom_to(60)
    pointer = hand.at(300, 300)
    hand.press(pointer)
    zooms(canvas)
    hand.move(pointer)
    hand.release(pointer)
    assert document.painted.width < 30
    assert document.painted.height < 30
    assert canvas.zoom != pytest.approx(60)
