"""The surface of the canvas: it paints a `Scene` and knows how the photo lies on it. GUI thread.

It paints `canvas_layers.LAYERS` into the exposed rectangles only and keeps no pixels of its own: a repaint costs the
same on one megapixel and on a hundred. What is shown, and what pointer and keys do, is the business of `canvas`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from dalle_studio.core.geometry import Rect
from dalle_studio.ui import canvas_view
from dalle_studio.ui.canvas_layers import LAYERS
from dalle_studio.ui.canvas_view import View

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dalle_studio.ui.canvas_scene import Scene

_PADDING: Final = 44  # logical pixels around a fitted photo: room for its name and the badge above it
_ROOM_TO_DRAG: Final = 0.08  # of the canvas, around a photo whose sides can be dragged outwards
_BLUR: Final = 3  # device pixels by which a change of the mask may show beyond its rectangle


class CanvasSurface(QWidget):
    """Shows `scene`. Positions are logical widget pixels unless a name says device or photo."""

    zoom_changed = Signal(float)
    """Per cent."""

    def __init__(self, scene: Scene, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)
        self._scene = scene
        self._fits = True
        self._told_zoom = 0.0
        self._held_at: QPoint | None = None  # the corner in the window when a gesture began
        self._fits_late = False

    def view_changed(self) -> None:
        """For the canvas: the photo lies elsewhere now."""

    def held_position(self) -> QPointF | None:
        """For the canvas: where the pointer is while a gesture lasts, in logical widget pixels."""
        return None

    # --- the view ----------------------------------------------------------------------------------------------

    @property
    def is_fitted(self) -> bool:
        """Whether the whole photo is shown, whatever the size of the window."""
        return self._fits

    @property
    def zoom(self) -> float:
        """Per cent; 100 = one photo pixel on one device pixel."""
        return self._scene.view.scale * 100

    def fit(self) -> None:
        """The whole photo, centred; it stays fitted while the window changes its size."""
        if self._held_at is not None:
            self._fits = self._fits_late = True
        elif self._scene.size is not None:
            self._fit(canvas_view.LARGEST)

    def zoom_to(self, percent: float, anchor: QPointF | None = None) -> None:
        """`anchor` (logical widget pixels; else the held pointer, or the middle) keeps its photo point."""
        if self._scene.size is None:
            return
        if anchor is None:
            anchor = self.held_position()
        at = self._device(anchor if anchor is not None else QPointF(self.width() / 2, self.height() / 2))
        scale = canvas_view.allowed(percent / 100, self._scene.size)
        self._set_view(self._scene.view.zoomed(scale, at.x(), at.y()))

    def zoom_by(self, factor: float, anchor: QPointF) -> None:
        before = self._scene.view.scale
        scale = before * factor
        if before < 1 < scale or scale < 1 < before:
            scale = 1.0  # nobody passes 100 % unseen
        self.zoom_to(scale * 100, anchor)

    def zoom_in(self, anchor: QPointF | None = None) -> None:
        self.zoom_to(canvas_view.step_in(self._scene.view.scale) * 100, anchor)

    def zoom_out(self, anchor: QPointF | None = None) -> None:
        self.zoom_to(canvas_view.step_out(self._scene.view.scale) * 100, anchor)

    def pan_by(self, dx: float, dy: float) -> None:
        """Logical pixels."""
        if self._scene.size is not None:
            self._set_view(self._scene.view.panned(dx * self._scene.dpr, dy * self._scene.dpr))

    def photo_to_widget(self, x: float, y: float) -> QPoint:
        """Photo pixels, fractions allowed, to logical widget pixels."""
        return self._logical(QPointF(*self._scene.view.to_device(x, y))).toPoint()

    def widget_to_photo(self, position: QPointF) -> tuple[float, float]:
        """The other way round, with fractions; may lie outside the photo."""
        at = self._device(position)
        return self._scene.view.to_photo(at.x(), at.y())

    @property
    def sight(self) -> Rect:
        """What of the photo is on the screen, in photo pixels; empty without a photo."""
        scene = self._scene
        if scene.size is None:
            return Rect(0, 0, 0, 0)
        left, top = scene.view.to_photo(0, 0)
        right, bottom = scene.view.to_photo(scene.width, scene.height)
        return Rect.around(left, top, right, bottom).clipped(scene.size)

    def hold_view(self, *, held: bool) -> None:
        """While a gesture lasts the photo stays under the pointer, even when panels around it come and go."""
        self._held_at = self._corner() if held else None
        if not held and self._fits_late:
            self._fits_late = False
            if self._fits:
                self._fit(max(1.0, self._scene.view.scale))

    def update_photo(self, rect: Rect) -> None:
        """Repaint a rectangle of photo pixels."""
        if not rect.is_empty:
            self.update(self._logical_rect(self._scene.place(rect)))

    # --- events ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        scene, dpr = self._scene, self._scene.dpr
        scene.settle()
        rectangles = _rectangles(event.region())
        with QPainter(self) as painter:
            for rect in rectangles:
                if len(rectangles) > 1:  # Qt has clipped to the whole region; a layer must not paint one part twice
                    painter.setClipRect(rect)
                exposed = rect
                if dpr != 1.0:
                    painter.scale(1 / dpr, 1 / dpr)
                    exposed = self._device_rect(rect)
                for layer in LAYERS:
                    layer(painter, scene, exposed)
                painter.resetTransform()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._follow_screen()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measure()
        if self._held_at is not None:
            moved, self._held_at = self._held_at - self._corner(), self._corner()
            dpr = self._scene.dpr
            self._set_view(self._scene.view.panned(moved.x() * dpr, moved.y() * dpr), fits=self._fits)
            self._fits_late = self._fits
        elif self._fits:
            self._fit(max(1.0, self._scene.view.scale))
        elif event.oldSize().isValid():
            grown = (event.size() - event.oldSize()) / 2  # the middle stays in the middle
            self._set_view(self._scene.view.panned(grown.width() * self._scene.dpr, grown.height() * self._scene.dpr))

    def sizeHint(self) -> QSize:
        return QSize(1200, 800)

    # --- inside ------------------------------------------------------------------------------------------------

    def _corner(self) -> QPoint:
        return self.mapTo(self.window(), QPoint())

    def _measure(self) -> None:
        scene = self._scene
        scene.dpr = self.devicePixelRatioF()
        scene.width, scene.height = round(self.width() * scene.dpr), round(self.height() * scene.dpr)
        scene.font = self.font()

    def _fit(self, largest: float) -> None:
        self._measure()
        scene = self._scene
        if scene.size is None:
            return
        grown = scene.margins.around(scene.size)
        padding = round(_PADDING * scene.dpr)
        if scene.extending is not None:
            padding += round(_ROOM_TO_DRAG * min(scene.width, scene.height))
        view = canvas_view.fitted(grown, scene.width, scene.height, padding=padding, largest=largest)
        self._set_view(view.panned(scene.margins.left * view.scale, scene.margins.top * view.scale), fits=True)

    def _set_view(self, view: View, *, fits: bool = False) -> None:
        scene = self._scene
        if scene.size is None:
            return
        scene.view = view if fits else view.kept_in_sight(scene.size, scene.width, scene.height)
        self._fits = fits
        self.view_changed()
        self.update()
        if self._told_zoom != scene.view.scale:
            self._told_zoom = scene.view.scale
            self.zoom_changed.emit(self.zoom)

    def _follow_screen(self) -> None:
        old = self._scene.dpr
        self._measure()
        if self._fits:
            self._fit(max(1.0, self._scene.view.scale))
        elif old != self._scene.dpr:
            view, ratio = self._scene.view, self._scene.dpr / old
            self._set_view(View(canvas_view.quantised(view.scale * ratio), view.x * ratio, view.y * ratio))

    # --- device and logical pixels -----------------------------------------------------------------------------

    def _device(self, position: QPointF) -> QPointF:
        return position * self._scene.dpr

    def _logical(self, position: QPointF) -> QPointF:
        return position / self._scene.dpr

    def _device_rect(self, rect: QRect) -> QRect:
        dpr = self._scene.dpr
        left, top = math.floor(rect.left() * dpr), math.floor(rect.top() * dpr)
        right, bottom = math.ceil((rect.right() + 1) * dpr), math.ceil((rect.bottom() + 1) * dpr)
        return QRect(left, top, right - left, bottom - top)

    def _logical_rect(self, rect: QRect) -> QRect:
        """Large enough for the smoothing at its rim."""
        dpr = self._scene.dpr
        left, top = math.floor((rect.left() - _BLUR) / dpr), math.floor((rect.top() - _BLUR) / dpr)
        right, bottom = math.ceil((rect.right() + 1 + _BLUR) / dpr), math.ceil((rect.bottom() + 1 + _BLUR) / dpr)
        return QRect(left, top, right - left, bottom - top)


def _rectangles(region: QRegion) -> list[QRect]:
    """What to paint: the region's rectangles, or their bounds where that is hardly more."""
    bounds = region.boundingRect()
    rectangles = list(cast("Iterable[QRect]", region))  # PySide6's stubs do not know that regions can be walked
    if len(rectangles) == 1:
        return [bounds]
    area = sum(rectangle.width() * rectangle.height() for rectangle in rectangles)
    return [bounds] if bounds.width() * bounds.height() <= 1.3 * area + 4096 else rectangles
