"""Two pictures under one zoom: side by side, behind a slider, in turn, or their difference. GUI thread.

The view is in pixels of the first one; the second lies on it as `Comparison` says.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from dalle_studio.core.geometry import Size
from dalle_studio.ui import canvas_view
from dalle_studio.ui.canvas_view import View
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.session.comparing import Comparison
    from dalle_studio.session.document_view import PictureLevels

_BLINK_MS: Final = 600
_PADDING: Final = 24
_GRIP: Final = 10
_STEP: Final = 60


class CompareMode(StrEnum):
    """How two versions are laid against each other."""

    SIDE = "side"
    SLIDER = "slider"
    BLINK = "blink"
    DIFFERENCE = "difference"


class ComparePane(QWidget):
    """Wheel zooms at the pointer, dragging pans, in both pictures at once; the slider follows the pointer."""

    zoom_changed = Signal(float)
    """Per cent."""
    turned = Signal(int)
    """Which one is shown while they blink: 0 or 1."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._comparison: Comparison | None = None
        self.mode = CompareMode.SLIDER
        self.split = 0.5
        """Where the slider stands, as a share of the width."""
        self._view = View()
        self._fits = True
        self._turn = 0
        self._held: QPointF | None = None
        self._slides = False
        self._blink = QTimer(self)
        self._blink.setInterval(_BLINK_MS)
        self._blink.timeout.connect(self.turn)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(320, 200)

    # --- what is shown -----------------------------------------------------------------------------------------

    def show_comparison(self, comparison: Comparison) -> None:
        before, self._comparison = self._comparison, comparison
        if self._fits or before is None or _bounds(before) != _bounds(comparison):
            self.fit()
        self.update()

    def set_mode(self, mode: CompareMode) -> None:
        """What is in the middle stays there."""
        before = self._room()
        self.mode = mode
        self._turn = 0
        self._set_view(self._view.panned((self._room()[0] - before[0]) / 2, 0), fits=self._fits)
        if mode is CompareMode.BLINK:
            self._blink.start()
        else:
            self._blink.stop()
        if self._fits:
            self.fit()
        self.turned.emit(self._turn)
        self.update()

    def turn(self) -> None:
        """The other one, while they blink."""
        self._turn = 1 - self._turn
        self.turned.emit(self._turn)
        self.update()

    @property
    def zoom(self) -> float:
        return self._view.scale * 100

    def fit(self) -> None:
        """The whole picture; it stays fitted while the window changes its size."""
        if self._comparison is None:
            return
        width, height = self._room()
        bounds = _bounds(self._comparison)
        largest = 4.0 / min(1.0, self._comparison.scale)  # of the finer one
        view = canvas_view.fitted(_size(bounds), width, height, padding=_PADDING, largest=largest)
        self._set_view(view.panned(-bounds.left() * view.scale, -bounds.top() * view.scale), fits=True)

    def zoom_to(self, percent: float, at: QPointF | None = None) -> None:
        """`at` keeps its photo point; the middle of a picture by default."""
        if self._comparison is None:
            return
        width, height = self._room()
        ratio = self.devicePixelRatioF()
        x, y = (width / 2, height / 2) if at is None else (at.x() * ratio % width, at.y() * ratio)
        scale = canvas_view.allowed(percent / 100, _size(_bounds(self._comparison)))
        self._set_view(self._view.zoomed(scale, x, y), fits=False)

    def zoom_in(self) -> None:
        self.zoom_to(canvas_view.step_in(self._view.scale) * 100)

    def zoom_out(self) -> None:
        self.zoom_to(canvas_view.step_out(self._view.scale) * 100)

    def _set_view(self, view: View, *, fits: bool) -> None:
        comparison = self._comparison
        if comparison is None:
            return
        self._fits = fits
        bounds = _bounds(comparison)
        left, top = bounds.left() * view.scale, bounds.top() * view.scale
        self._view = view.panned(left, top).kept_in_sight(_size(bounds), *self._room()).panned(-left, -top)
        self.zoom_changed.emit(self.zoom)
        self.update()

    def _room(self) -> tuple[int, int]:
        """Of one picture, in device pixels."""
        ratio = self.devicePixelRatioF()
        width = self.width() // 2 if self.mode is CompareMode.SIDE else self.width()
        return max(1, round(width * ratio)), max(1, round(self.height() * ratio))

    # --- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.tokens.canvas))
        both, whole = self._comparison, self.rect()
        if both is None:
            painter.end()
            return
        if self.mode is CompareMode.SIDE:
            left = QRect(0, 0, self.width() // 2, self.height())
            self._draw(painter, both.first, left)
            self._draw_second(painter, left.translated(left.width(), 0), left.width())
            self._line(painter, left.width())
        elif self.mode is CompareMode.SLIDER:
            at = round(self.split * self.width())
            self._draw(painter, both.first, QRect(0, 0, at, self.height()))
            self._draw_second(painter, QRect(at, 0, self.width() - at, self.height()))
            self._line(painter, at)
            self._handle(painter, at)
        elif self.mode is CompareMode.BLINK:
            if self._turn:
                self._draw_second(painter, whole)
            else:
                self._draw(painter, both.first, whole)
        elif both.difference is not None:
            self._draw(painter, both.difference, whole, corner=both.difference_corner)
        painter.end()

    def _draw_second(self, painter: QPainter, part: QRect, offset: int = 0) -> None:
        both = self._comparison
        if both is not None:
            self._draw(painter, both.second, part, offset, both.corner, both.scale)

    def _draw(
        self,
        painter: QPainter,
        picture: PictureLevels,
        part: QRect,
        offset: int = 0,
        corner: tuple[float, float] = (0, 0),
        size: float = 1.0,
    ) -> None:
        """`part` of the widget, of a picture `size` times as large whose corner lies there on the first one; all of
        it `offset` to the right.
        """
        ratio, view = self.devicePixelRatioF(), self._view
        scale = view.scale * size
        level = picture.level_for(scale)
        image = picture.image(level)
        shrunk = 1 << level
        place = QRectF(
            offset + (view.left + corner[0] * view.scale) / ratio,
            (view.top + corner[1] * view.scale) / ratio,
            image.width() * shrunk * scale / ratio,
            image.height() * shrunk * scale / ratio,
        )
        painter.save()
        painter.setClipRect(part)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 2)
        shown = place.intersected(QRectF(part))
        if not shown.isEmpty():
            factor = image.width() / place.width()
            source = QRectF(
                (shown.left() - place.left()) * factor,
                (shown.top() - place.top()) * factor,
                shown.width() * factor,
                shown.height() * factor,
            )
            painter.drawImage(shown, image, source)
        painter.restore()

    def _line(self, painter: QPainter, x: int) -> None:
        painter.fillRect(QRect(x - 1, 0, 2, self.height()), QColor(self._theme.tokens.accent))

    def _handle(self, painter: QPainter, x: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor("#ffffff"), 1.5))
        painter.setBrush(QColor(self._theme.tokens.ground))
        middle = QPointF(x, self.height() / 2)
        painter.drawEllipse(middle, 11, 11)
        for side in (-1, 1):
            tip = middle + QPointF(side * 6, 0)
            painter.drawPolyline([tip + QPointF(-side * 3, -3.5), tip, tip + QPointF(-side * 3, 3.5)])

    # --- pointer and keys --------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / 120
        self.zoom_to(self.zoom * 1.25**steps, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        near = abs(event.position().x() - self.split * self.width()) <= _GRIP
        self._slides = self.mode is CompareMode.SLIDER and near and event.button() == Qt.MouseButton.LeftButton
        self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        near = abs(event.position().x() - self.split * self.width()) <= _GRIP
        grips = self.mode is CompareMode.SLIDER and (near or self._slides)
        self.setCursor(Qt.CursorShape.SplitHCursor if grips else Qt.CursorShape.OpenHandCursor)
        if self._held is None:
            return
        if self._slides:
            self.slide_to(event.position().x() / max(1, self.width()))
            return
        ratio = self.devicePixelRatioF()
        moved = (event.position() - self._held) * ratio
        self._held = event.position()
        self._set_view(self._view.panned(moved.x(), moved.y()), fits=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._held, self._slides = None, False

    def slide_to(self, share: float) -> None:
        """Put the slider there, 0 to 1."""
        self.split = min(1.0, max(0.0, share))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, far = event.key(), 0.01 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0.05
        arrows = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        if self.mode is CompareMode.SLIDER and key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self.slide_to(self.split + (far if key == Qt.Key.Key_Right else -far))
        elif key in arrows:
            dx, dy = arrows[Qt.Key(key)]
            self._set_view(self._view.panned(dx * _STEP, dy * _STEP), fits=False)
        elif key == Qt.Key.Key_Space and self.mode is CompareMode.BLINK:
            self._blink.stop()  # from now on by hand
            self.turn()
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal}:
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fits:
            self.fit()


def _bounds(comparison: Comparison) -> QRectF:
    """Of both pictures, in pixels of the first one."""
    first, second = comparison.first.size, comparison.second.size
    placed = QRectF(*comparison.corner, second.width * comparison.scale, second.height * comparison.scale)
    return placed.united(QRectF(0, 0, first.width, first.height))


def _size(bounds: QRectF) -> Size:
    return Size(math.ceil(bounds.width()), math.ceil(bounds.height()))
