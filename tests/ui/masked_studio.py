"""The program on a photo with a red rectangle, driven by its actions, buttons and pointer."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QSlider, QWidget

from dalle_studio.app import Studio
from dalle_studio.core.geometry import Rect
from dalle_studio.core.mask import Mask
from dalle_studio.ui.mask_adjust import AdjustBar

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
RED = Rect(150, 100, 250, 150)


def mask_of(studio: Studio) -> Mask:
    assert studio.editor.mask is not None
    return studio.editor.mask


def find(studio: Studio, object_name: str) -> QWidget:
    found = studio.window.findChild(QWidget, object_name)
    assert isinstance(found, QWidget), object_name
    return found


def press(studio: Studio, object_name: str) -> None:
    button = find(studio, object_name)
    assert isinstance(button, QAbstractButton)
    button.click()
    assert studio.wait_idle(20)


def do(studio: Studio, action_id: str) -> None:
    studio.window.actions_by_id[action_id].trigger()
    assert studio.wait_idle(20)


def at(studio: Studio, x: float, y: float) -> QPoint:
    return studio.window.canvas.photo_to_widget(x, y)


def click(studio: Studio, x: float, y: float, modifiers: Qt.KeyboardModifier = NONE) -> None:
    QTest.mouseClick(studio.window.canvas, LEFT, modifiers, at(studio, x, y))
    assert studio.wait_idle(20)


def paint(studio: Studio, rect: Rect) -> None:
    mask = mask_of(studio)
    studio.editor.begin_stroke()
    mask.writable(rect)[...] = 255
    step = mask.commit("ui_canvas.step_paint")
    assert step is not None
    studio.editor.push_step(step)
    assert studio.wait_idle(20)


def bar_of(studio: Studio) -> AdjustBar:
    bar = studio.window.commands.mask._bar
    assert bar is not None
    return bar


def set_amount(studio: Studio, value: int) -> None:
    slider = find(studio, "maskAdjustAmount")
    assert isinstance(slider, QSlider)
    slider.setValue(value)
    bar_of(studio)._preview()
    assert studio.wait_idle(20)
