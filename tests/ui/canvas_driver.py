"""A document for the canvas without a session behind it, and a hand that moves the pointer over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from dalle_studio.core.geometry import Margins, Rect, Region, Size
from dalle_studio.core.markup import Mark
from dalle_studio.core.mask import Mask
from dalle_studio.core.picture import Picture
from dalle_studio.core.words import Words
from dalle_studio.imaging import selection
from dalle_studio.session.document_view import DocumentView, MaskLevels
from dalle_studio.tools.pointer import Brush
from dalle_studio.ui.canvas import Canvas
from dalle_studio.ui.theme import DARK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dalle_studio.core.picture import Pixels
    from dalle_studio.core.plan import Plan
    from dalle_studio.core.ports import Progress
    from dalle_studio.core.undo import Step
    from dalle_studio.session.document import Patch
    from dalle_studio.tools.selecting import SelectionJob
    from dalle_studio.ui.theme import Tokens

NONE = Qt.KeyboardModifier.NoModifier
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton


class FakeTheme(QObject):
    """Implements `ui.canvas_model.CanvasTheme` without restyling the whole application."""

    changed = Signal()

    def __init__(self, tokens: Tokens = DARK) -> None:
        super().__init__()
        self.tokens = tokens


class FakeDocument(QObject):
    """Implements `ui.canvas_model.CanvasModel`."""

    document_changed = Signal()
    loading_changed = Signal(bool)
    pixels_changed = Signal(object)
    mask_changed = Signal(object)
    mask_preview_changed = Signal()
    selecting_changed = Signal(bool)
    room_made = Signal(object)
    markup_changed = Signal()
    markup: tuple[Mark, ...] = ()
    preview_changed = Signal()
    plan_changed = Signal()
    heat_changed = Signal()
    heat = tuned_heat = None
    shows_heat = False

    def add_mark(self, mark: Mark) -> None:
        self.markup = (*self.markup, mark)
        self.markup_changed.emit()

    def remove_mark_at(self, x: float, y: float, near: float) -> None:
        self.markup = tuple(mark for mark in self.markup if mark.distance(x, y) > near)
        self.markup_changed.emit()

    def __init__(self, language: str = "en") -> None:
        super().__init__()
        self.words = Words(language)
        self.keep_view = False
        self.view: DocumentView | None = None
        self.picture: Picture | None = None
        self.mask: Mask | None = None
        self.mask_preview: MaskLevels | None = None
        self.mask_spent = False
        self.brush = Brush(radius=10, hardness=1.0)
        self.plan: Plan | None = None
        self.more_plans: tuple[Plan, ...] = ()
        self.host: str | None = "api.openai.com"
        self.margins = Margins()
        self.partial: Progress | None = None
        self.before: Patch | None = None
        self.steps: list[Step] = []

    @property
    def plans(self) -> tuple[Plan, ...]:
        return () if self.plan is None else (self.plan, *self.more_plans)

    def open(self, pixels: Pixels) -> None:
        self.picture = Picture(pixels)
        self.mask = Mask(Size(pixels.shape[1], pixels.shape[0]))
        self.view = DocumentView.build(pixels, self.mask)
        self.document_changed.emit()

    def set_brush(self, radius: float, hardness: float) -> None:
        self.brush = Brush(radius, hardness)

    def settle_mask(self) -> bool:
        return True

    def begin_stroke(self, *, erases: bool) -> Region:
        assert self.mask is not None
        used = self.mask.filled if self.mask_spent and not erases else ()
        self.mask.begin()
        for rect in used:
            self.mask.writable(rect)[...] = 0
        return used

    def select(self, job: SelectionJob) -> None:
        """At once, as the session does with what is quick."""
        assert self.mask is not None
        self.mask.begin()
        selection.apply(self.mask, job.work(lambda: False), job.combine)
        step = self.mask.commit(job.name)
        if step is not None:
            self.steps.append(step)
            self.show(step.region)

    def push_step(self, step: Step) -> None:
        self.mask_spent = False
        self.steps.append(step)

    def undo(self) -> None:
        self.show(self.steps[-1].swap())

    def show(self, region: Region) -> None:
        """The mask was changed there by something else than a stroke."""
        assert self.view is not None
        for rect in region:
            self.view.mask.refresh(rect)
        self.mask_changed.emit(region)

    @property
    def painted(self) -> Rect:
        """Bounds of everything in the mask."""
        assert self.mask is not None
        return self.mask.bounds


def synthetic_photo(width: int, height: int) -> NDArray[np.uint8]:
    """(height, width, 3): gradients with fine texture, so that nothing looks like its neighbour."""
    rows, columns = np.ogrid[0:height, 0:width]
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[..., 0] = (columns * 200 // width + (rows % 7) * 5).astype(np.uint8)
    pixels[..., 1] = (rows * 200 // height + (columns % 5) * 9).astype(np.uint8)
    pixels[..., 2] = ((columns * 3 + rows * 5) % 251).astype(np.uint8)
    return pixels


class Hand:
    """Sends pointer events to a widget; what speaks of photo positions needs a canvas."""

    def __init__(self, canvas: QWidget) -> None:
        self._canvas = canvas
        self._button = LEFT

    def at(self, x: float, y: float) -> QPoint:
        assert isinstance(self._canvas, Canvas)
        return self._canvas.photo_to_widget(x, y)

    def press(self, where: QPoint, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self._button = button
        self._send(QEvent.Type.MouseButtonPress, where, button, button, modifiers)

    def move(self, where: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self._send(QEvent.Type.MouseMove, where, Qt.MouseButton.NoButton, self._button, modifiers)

    def release(self, where: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self._send(QEvent.Type.MouseButtonRelease, where, self._button, Qt.MouseButton.NoButton, modifiers)

    def hover(self, where: QPoint) -> None:
        self._send(QEvent.Type.MouseMove, where, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, NONE)

    def drag(
        self,
        *points: tuple[float, float],
        button: Qt.MouseButton = LEFT,
        modifiers: Qt.KeyboardModifier = NONE,
    ) -> None:
        """Press at the first photo point, move through the others, release at the last."""
        where = [self.at(*point) for point in points]
        self.press(where[0], button, modifiers)
        for place in where[1:]:
            self.move(place, modifiers)
        self.release(where[-1], modifiers)

    def wheel(self, where: QPoint, notches: float, modifiers: Qt.KeyboardModifier = NONE) -> None:
        event = QWheelEvent(
            QPointF(where),
            self._canvas.mapToGlobal(QPointF(where)),
            QPoint(),
            QPoint(0, round(notches * 120)),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self._canvas, event)

    def _send(
        self,
        kind: QEvent.Type,
        where: QPoint,
        button: Qt.MouseButton,
        buttons: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier,
    ) -> None:
        position = QPointF(where)
        event = QMouseEvent(kind, position, self._canvas.mapToGlobal(position), button, buttons, modifiers)
        QApplication.sendEvent(self._canvas, event)
