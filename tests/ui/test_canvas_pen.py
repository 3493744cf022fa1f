"""A graphics tablet on the real canvas: pressure, smoothing and spacing, as they are chosen in the window."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from dalle_studio.tools.pointer import Brush, Pressure
from dalle_studio.ui.canvas import Canvas
from dalle_studio.ui.controls import CurvedSlider
from dalle_studio.ui.stroke_options import StrokeOptions
from tests.ui.canvas_driver import FakeDocument, FakeTheme, Hand, synthetic_photo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytestqt.qtbot import QtBot

    from dalle_studio.ui.window import MainWindow
    from tests.ui.fake_editor import FakeEditor

Sample = tuple[float, float, float]
"""Place in the photo and pressure, 0 to 1."""


@pytest.fixture
def document() -> FakeDocument:
    document = FakeDocument()
    document.brush = Brush(radius=40, hardness=1.0)
    return document


@pytest.fixture
def canvas(qtbot: QtBot, document: FakeDocument) -> Canvas:
    canvas = Canvas(document, FakeTheme())
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    document.open(synthetic_photo(800, 600))
    with qtbot.waitExposed(canvas):
        canvas.show()
    canvas.zoom_to(100)
    return canvas


def draw(canvas: Canvas, samples: Iterable[Sample], end: str = "Pen") -> None:
    """Press the pen at the first sample, move it through the others, lift it at the last."""
    device = QPointingDevice(
        "pen",
        7,
        QInputDevice.DeviceType.Stylus,
        QPointingDevice.PointerType[end],
        QInputDevice.Capability.Pressure,
        1,
        2,
    )
    samples = list(samples)
    kinds = [QEvent.Type.TabletPress, *[QEvent.Type.TabletMove] * (len(samples) - 1), QEvent.Type.TabletRelease]
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, (x, y, pressure) in zip(kinds, [*samples, samples[-1]], strict=True):
        where = QPointF(canvas.photo_to_widget(x, y))
        button = none if kind == QEvent.Type.TabletMove else left
        held = none if kind == QEvent.Type.TabletRelease else left
        shared = (canvas.mapToGlobal(where), pressure, 0.0, 0.0, 0.0, 0.0, 0.0)
        event = QTabletEvent(kind, device, where, *shared, Qt.KeyboardModifier.NoModifier, button, held)
        QApplication.sendEvent(canvas, event)
        assert event.isAccepted()


def stroke(pressures: list[float]) -> list[Sample]:
    """From left to right through the middle of the photo."""
    return [(100 + 600 * i / (len(pressures) - 1), 300, pressure) for i, pressure in enumerate(pressures)]


def widths(document: FakeDocument) -> list[int]:
    """How thick the stroke is near its beginning, in its middle and near its end."""
    assert document.mask is not None
    return [int(np.count_nonzero(document.mask.pixels[:, x] > 127)) for x in (110, 400, 690)]


def test_pressure_makes_the_stroke_wider(canvas: Canvas, document: FakeDocument) -> None:
    draw(canvas, stroke([i / 20 for i in range(1, 21)]))
    thin, middle, wide = widths(document)
    assert thin < 12
    assert abs(middle - 42) < 6
    assert wide > 72


def test_a_stroke_of_changing_pressure_has_no_steps(canvas: Canvas, document: FakeDocument) -> None:
    draw(canvas, stroke([0.2, 1.0]))  # two samples: everything between is the program's own
    assert document.mask is not None
    heights = np.count_nonzero(document.mask.pixels[:, 150:650] > 127, axis=0)
    assert np.diff(heights.astype(int)).max() <= 7


def test_pressure_can_make_it_stronger_instead(canvas: Canvas, document: FakeDocument) -> None:
    document.brush = replace(document.brush, pressure=Pressure.FLOW)
    draw(canvas, stroke([i / 20 for i in range(1, 21)]))
    assert document.mask is not None
    faint, middle, strong = (int(document.mask.pixels[300, x]) for x in (110, 400, 690))
    assert faint < 60 < middle < 200 < strong
    assert np.count_nonzero(document.mask.pixels[:, 110]) > 70  # as wide as ever


def test_pressure_can_be_switched_off_and_a_mouse_has_none(canvas: Canvas, document: FakeDocument) -> None:
    document.brush = replace(document.brush, pressure=Pressure.NONE)
    draw(canvas, stroke([0.3, 0.3, 0.3]))
    assert document.mask is not None
    by_pen = document.mask.pixels.copy()
    document.undo()
    document.brush = replace(document.brush, pressure=Pressure.SIZE)
    Hand(canvas).drag(*((x, y) for x, y, _ in stroke([1, 1, 1])))
    assert np.array_equal(by_pen, document.mask.pixels)


def test_the_eraser_end_erases_by_pressure(canvas: Canvas, document: FakeDocument) -> None:
    draw(canvas, stroke([1, 1]))
    draw(canvas, stroke([0.5, 0.5]), end="Eraser")
    assert document.mask is not None
    column = document.mask.pixels[:, 400]
    assert column[300] == 0
    assert column[270] == column[330] == 255


def test_smoothing_leaves_the_tremor_behind_and_still_ends_at_the_pointer(
    canvas: Canvas, document: FakeDocument
) -> None:
    document.brush = Brush(radius=4, hardness=1.0, smoothing=30)
    places = [(100 + 4 * i, 300 + 12 * math.sin(i * 2.5)) for i in range(150)]
    draw(canvas, [(x, y, 1.0) for x, y in places])
    assert document.mask is not None
    smoothed = document.painted
    assert document.mask.pixels[round(places[-1][1]), round(places[-1][0])] > 0
    document.undo()
    document.brush = replace(document.brush, smoothing=0)
    draw(canvas, [(x, y, 1.0) for x, y in places])
    rough = document.painted
    assert rough.height >= 30
    assert smoothed.height <= rough.height - 8
    assert abs(smoothed.right - rough.right) <= 1


def test_spacing_sets_the_dabs_apart(canvas: Canvas, document: FakeDocument) -> None:
    document.brush = Brush(radius=10, hardness=1.0, spacing=2.0)
    draw(canvas, stroke([1.0] * 30))
    assert document.mask is not None
    row = (document.mask.pixels[300] > 127).astype(int)
    begins = np.flatnonzero(np.diff(row) == 1)
    assert len(begins) == 16  # 600 pixels, one every 40
    assert np.ptp(np.diff(begins)) <= 1


def test_a_pen_takes_the_focus_as_a_mouse_does(qtbot: QtBot, canvas: Canvas) -> None:
    other = QPushButton(canvas.parentWidget())
    qtbot.addWidget(other)
    canvas.clearFocus()
    draw(canvas, stroke([1, 1]))
    assert QApplication.focusWidget() is canvas or canvas.window().focusWidget() is canvas


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_strokes_are_set_in_the_tool_options(qtbot: QtBot, window: MainWindow, editor: FakeEditor) -> None:
    button = window.findChild(QPushButton, "stroke_options_button")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    options = window.findChild(StrokeOptions, "strokeOptions")
    assert options is not None
    qtbot.waitUntil(options.isVisible)
    smoothing, spacing = (options.findChild(CurvedSlider, f"stroke_{which}") for which in ("smoothing", "spacing"))
    assert smoothing is not None
    assert spacing is not None
    smoothing.setValue(25)
    spacing.setValue(150)
    flow = options.findChild(QToolButton, "pressure_flow")
    assert flow is not None
    QTest.mouseClick(flow, Qt.MouseButton.LeftButton)
    assert editor.brush == replace(editor.brush, smoothing=25, spacing=1.5, pressure=Pressure.FLOW)
    QTest.keyClick(options, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.findChild(StrokeOptions, "strokeOptions") is None)
