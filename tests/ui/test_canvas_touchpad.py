"""Touchpads and keys move the photo about: pinching, two fingers, arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dalle_studio.ui.canvas import Canvas
from tests.ui.canvas_driver import FakeDocument, FakeTheme, synthetic_photo

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
AT = QPoint(300, 250)


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    document = FakeDocument()
    canvas = Canvas(document, FakeTheme())
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    document.open(synthetic_photo(3000, 2000))
    with qtbot.waitExposed(canvas):
        canvas.show()
    canvas.zoom_to(50)
    return canvas


@pytest.fixture
def touchpad() -> QPointingDevice:
    return QPointingDevice(
        "touchpad",
        9,
        QInputDevice.DeviceType.TouchPad,
        QPointingDevice.PointerType.Finger,
        QInputDevice.Capability.Position,
        5,
        1,
    )


def two_fingers(canvas: Canvas, touchpad: QPointingDevice, by: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
    where, phase = QPointF(AT), Qt.ScrollPhase.ScrollUpdate
    turn = (by, by, Qt.MouseButton.NoButton, modifiers, phase, False, Qt.MouseEventSource.MouseEventNotSynthesized)
    QApplication.sendEvent(canvas, QWheelEvent(where, canvas.mapToGlobal(where), *turn, touchpad))


def gesture(canvas: Canvas, touchpad: QPointingDevice, kind: Qt.NativeGestureType, value: float, by: QPointF) -> None:
    where = QPointF(AT)
    places = (where, where, canvas.mapToGlobal(where))
    QApplication.sendEvent(canvas, QNativeGestureEvent(kind, touchpad, 2, *places, value, by))


def test_pinching_zooms_around_the_fingers(canvas: Canvas, touchpad: QPointingDevice) -> None:
    held = canvas.widget_to_photo(QPointF(AT))
    for _ in range(4):
        gesture(canvas, touchpad, Qt.NativeGestureType.ZoomNativeGesture, 0.1, QPointF())
    assert canvas.zoom == pytest.approx(50 * 1.1**4, rel=0.001)
    assert canvas.widget_to_photo(QPointF(AT)) == pytest.approx(held, abs=1.5)
    for _ in range(4):
        gesture(canvas, touchpad, Qt.NativeGestureType.ZoomNativeGesture, 1 / 1.1 - 1, QPointF())
    assert canvas.zoom == pytest.approx(50, rel=0.001)


def test_two_fingers_move_the_photo_and_with_ctrl_zoom(canvas: Canvas, touchpad: QPointingDevice) -> None:
    start = canvas.photo_to_widget(1500, 1000)
    two_fingers(canvas, touchpad, QPoint(30, -50))
    assert canvas.photo_to_widget(1500, 1000) == start + QPoint(30, -50)
    assert canvas.zoom == 50
    gesture(canvas, touchpad, Qt.NativeGestureType.PanNativeGesture, 0, QPointF(-30, 50))
    assert canvas.photo_to_widget(1500, 1000) == start
    two_fingers(canvas, touchpad, QPoint(0, 120), CTRL)
    assert canvas.zoom > 50


@pytest.mark.parametrize(
    ("key", "by"),
    [
        (Qt.Key.Key_Left, QPoint(64, 0)),
        (Qt.Key.Key_Right, QPoint(-64, 0)),
        (Qt.Key.Key_Up, QPoint(0, 64)),
        (Qt.Key.Key_Down, QPoint(0, -64)),
    ],
)
def test_arrows_move_the_view_and_with_shift_farther(canvas: Canvas, key: Qt.Key, by: QPoint) -> None:
    start = canvas.photo_to_widget(1500, 1000)
    QTest.keyClick(canvas, key)
    assert canvas.photo_to_widget(1500, 1000) == start + by
    QTest.keyClick(canvas, key, SHIFT)
    assert canvas.photo_to_widget(1500, 1000) == start + by * 6
