"""The canvas: shows the document of the session and turns pointer and keys into strokes and views. GUI thread.

Painting and zooming are the surface's (`canvas_surface`), following the session is in `canvas_document`, gestures are
in `canvas_pointer`, keys in `canvas_keys`. A stroke goes pointer → tool (`canvas_strokes`) → mask → pyramid → repaint
of the dirty rectangle. numpy and OpenCV stay out until a photo is open.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QTabletEvent,
    QWheelEvent,
)

from dalle_studio.tools.pointer import PointerEvent, PointerKind, ToolName
from dalle_studio.ui.canvas_document import CanvasDocument
from dalle_studio.ui.canvas_frame import FrameInput
from dalle_studio.ui.canvas_keys import CanvasKeys
from dalle_studio.ui.canvas_markup import MarkupInput
from dalle_studio.ui.canvas_pointer import Gesture, PointerInput
from dalle_studio.ui.canvas_selection import SelectionInput
from dalle_studio.ui.canvas_strokes import StrokeInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from dalle_studio.core.geometry import Rect
    from dalle_studio.core.markup import Pen
    from dalle_studio.core.mask import Mask
    from dalle_studio.core.picture import Picture
    from dalle_studio.tools.crop import CropTool
    from dalle_studio.tools.selecting import SelectionJob, SelectionOptions
from dalle_studio.ui.canvas_model import CanvasModel, CanvasTheme

_SMALLEST_BRUSH: Final = 0.5
_LARGEST_BRUSH: Final = 2000.0  # radius in photo pixels
_BRUSH_STEP: Final = 1.15
_HARDNESS_STEP: Final = 0.1
_PATIENCE_MS: Final = 150  # until the pointer says that something takes its time


class Canvas(CanvasDocument):
    """Shows `model`. Everything a person does to the mask goes through its tools."""

    pointer_moved = Signal(object)
    """(x, y) of the photo pixel under the pointer, or None."""
    brush_changed = Signal(float, float)
    """Radius in photo pixels and hardness 0–1, changed by keys on the canvas."""
    tool_changed = Signal(object)
    """ToolName."""
    words_wanted = Signal(object)
    """A note was put down without any: a `Mark`."""
    tool_pressed = Signal()
    """A tool is about to work on the mask."""
    crop_changed = Signal()
    """The frame that is being set is another one, or none."""
    margins_dragged = Signal(object)
    """Margins, while a side of the canvas is dragged."""
    margins_set = Signal(object, object)
    """Margins before and after such a drag."""

    def __init__(self, model: CanvasModel, theme: CanvasTheme, parent: QWidget | None = None) -> None:
        super().__init__(model, theme, parent)
        self.setObjectName("canvas")
        self.setAccessibleName(model.words("ui_canvas.name"))
        self.setAccessibleDescription(model.words("ui_canvas.description"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        # A Hangul input method would swallow letter shortcuts.
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self._pointer = PointerInput(self)
        self._keys = CanvasKeys(self)
        self._tool = ToolName.BRUSH
        self._strokes = StrokeInput(model, self._show_mask_change)
        self._selection = SelectionInput(self)
        self._frames = FrameInput(self, self._scene)
        self._markup = MarkupInput(model, self._scene, self.words_wanted.emit)
        model.markup_changed.connect(self.show_markup)
        self._pick: Callable[[PointerEvent], None] | None = None
        self._finishes = False  # the press was a double click: its release ends an outline
        self._is_busy = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE_MS)
        self._patience.timeout.connect(lambda: self._show_busy(busy=True))
        self._position: QPointF | None = None  # of the pointer, logical pixels
        model.selecting_changed.connect(self._show_selecting)
        model.room_made.connect(self._go_on_with_stroke)
        self._update_cursor()

    def show_brush(self) -> None:
        """The brush was changed elsewhere: its outline with it."""
        self._place_outline(self._position)

    # --- tools -------------------------------------------------------------------------------------------------

    @property
    def tool(self) -> ToolName:
        return self._tool

    def set_tool(self, tool: ToolName) -> None:
        if tool is self._tool:
            return
        self.cancel_gesture()
        self._tool = tool
        self._frames.follow(tool, self._scene.size)
        self._place_outline(self._position)
        self._update_cursor()
        self.tool_changed.emit(tool)

    def toggle_erase(self) -> None:
        """Brush to eraser and back."""
        self.set_tool(ToolName.BRUSH if self._tool is ToolName.ERASER else ToolName.ERASER)

    def step_brush_size(self, direction: int) -> None:
        """By a share of the size, at least half a pixel."""
        old = self._model.brush.radius
        new = old * _BRUSH_STEP**direction
        new = max(new, old + 0.5) if direction > 0 else min(new, old - 0.5)
        self._set_brush(min(_LARGEST_BRUSH, max(_SMALLEST_BRUSH, new)), self._model.brush.hardness)

    def step_brush_hardness(self, direction: int) -> None:
        hardness = self._model.brush.hardness + direction * _HARDNESS_STEP
        self._set_brush(self._model.brush.radius, min(1.0, max(0.0, round(hardness, 3))))

    @property
    def is_stroking(self) -> bool:
        return self._strokes.is_open and not self._strokes.is_waiting

    @property
    def is_selecting(self) -> bool:
        return self._selection.is_open

    @property
    def selection_options(self) -> SelectionOptions:
        return self._selection.options

    def set_selection_options(self, options: SelectionOptions) -> None:
        self._selection.options = options
        self._place_outline(self._position)

    def set_picker(self, pick: Callable[[PointerEvent], None] | None) -> None:
        """Presses go to `pick` instead of a tool; None = to the tool again."""
        self.cancel_gesture()
        self._pick = pick
        self._place_outline(self._position)
        self._update_cursor()

    @property
    def crop(self) -> CropTool | None:
        """The frame that is being set, to be shown by `show_crop` when it was changed elsewhere."""
        return self._frames.crop

    def show_crop(self) -> None:
        self._frames.show()
        self._update_cursor()

    def set_extending(self, extending: bool) -> None:
        """Whether the sides of the canvas can be dragged outwards."""
        if extending is not (self._scene.extending is not None):
            self._frames.extend(self._scene.size, self._model.margins if extending else None)
            self.fit_again()

    def fit_again(self) -> None:
        if self._fits:
            self._fit(max(1.0, self._scene.view.scale))

    def finish_selection(self) -> None:
        self._selection.finish()

    def step_selection_back(self) -> bool:
        return self._selection.step_back()

    def cancel_gesture(self) -> bool:
        """Take back an open stroke, outline or drag. False when there is none."""
        if self._selection.cancel() or self._frames.cancel():
            self._pointer.abandon()
            return True
        return self.cancel_stroke()

    def cancel_stroke(self) -> bool:
        """Take back an open stroke. False when none was open."""
        if not self._strokes.is_open:
            return False
        self._show_mask_change(self._drop_stroke())
        return True

    # --- what pointer and keys ask for -------------------------------------------------------------------------

    @property
    def pans_by_key(self) -> bool:
        return self._keys.pan

    @property
    def erases_by_key(self) -> bool:
        return self._keys.erase

    @property
    def can_paint(self) -> bool:
        return self._model.mask is not None and self._scene.mask is not None and self._scene.before is None

    def stroke(self, event: PointerEvent) -> None:
        """Hand one sample to the tool and repaint what it changed."""
        if self._frames.handle(event):
            return
        if self._markup.handle(self._tool, event, self.pixels_per_photo_pixel):
            self.show_markup()
            return
        if self._pick is not None:
            if event.kind is PointerKind.PRESS:
                self._pick(event)
            return
        if event.kind is PointerKind.PRESS:
            self.tool_pressed.emit()
        if self._tool.selects:
            self._keys.erase_used |= self._keys.erase
            self._selection.handle(self._tool, event)
            return
        if self._strokes.handle(self._tool, event, self.pixels_per_photo_pixel):
            self._keys.erase_used |= self._keys.erase
            if event.kind is not PointerKind.MOVE:
                self.read_spent()

    def _go_on_with_stroke(self, mask: Mask) -> None:
        self._strokes.go_on(mask)
        self.read_spent()

    def hover(self, event: PointerEvent) -> None:
        if self._selection.is_open:
            self._selection.handle(self._tool, event)

    @property
    def selection_ground(self) -> tuple[Picture, Mask] | None:
        picture, mask = self._model.picture, self._model.mask
        if picture is None or mask is None or self._model.mask_preview is not None:
            return None
        return picture, mask

    @property
    def pixels_per_photo_pixel(self) -> float:
        return self._scene.view.scale / self._scene.dpr

    def take_selection(self, job: SelectionJob) -> None:
        self._model.select(job)
        self.read_spent()

    def show_pointer(self, position: QPointF | None) -> None:
        self._place_outline(position)
        self._update_cursor()
        if position is None or self._scene.size is None:
            self.pointer_moved.emit(None)
            return
        x, y = (math.floor(value) for value in self.widget_to_photo(position))
        inside = 0 <= x < self._scene.size.width and 0 <= y < self._scene.size.height
        self.pointer_moved.emit((x, y) if inside else None)

    def view_changed(self) -> None:
        self._place_outline(self._position)

    def held_position(self) -> QPointF | None:
        return None if self._pointer.gesture is None else self._position

    def held_keys_changed(self) -> None:
        self._place_outline(self._position)
        self._update_cursor()

    # --- events ------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._keys.wants(event):
            event.accept()
            return True
        if kind == QEvent.Type.NativeGesture and isinstance(event, QNativeGestureEvent) and self._pointer.pinch(event):
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pointer.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._pointer.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pointer.release(event)
        if self._finishes:
            self._finishes = False
            self._selection.finish()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        same_place = self._pointer.is_near_last_press(event.position())  # Qt looks at the time alone now and then
        self._pointer.press(event)
        self._finishes = same_place and self._selection.is_open

    def tabletEvent(self, event: QTabletEvent) -> None:
        kind = event.type()
        if kind == QEvent.Type.TabletPress:
            self.setFocus(Qt.FocusReason.MouseFocusReason)  # Qt does so for the mouse only
            self._pointer.press(event)
        elif kind == QEvent.Type.TabletMove:
            self._pointer.move(event)
        elif kind == QEvent.Type.TabletRelease:
            self._pointer.release(event)
        event.accept()  # else Qt sends the same again as a mouse event

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._pointer.wheel(event)
        event.accept()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._pointer.be_over(over=True)

    def leaveEvent(self, event: QEvent) -> None:
        self._pointer.be_over(over=False)
        self.show_pointer(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not self._frames.step(event.key(), far=far) and not self._keys.press(event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._keys.release(event):
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._keys.release_all()
        super().focusOutEvent(event)

    # --- following the session ---------------------------------------------------------------------------------

    def end_gestures(self) -> None:
        self._drop_stroke()
        self._selection.cancel()
        self._markup.cancel()

    @property
    def pen(self) -> Pen:
        """What the markup tool draws with."""
        return self._markup.pen

    @pen.setter
    def pen(self, pen: Pen) -> None:
        self._markup.pen = pen

    def show_markup(self) -> None:
        """The drawing is another one."""
        self._scene.markup = self._model.markup
        self.update()

    def document_shown(self) -> None:
        self.show_markup()
        self._strokes.forget()
        self._frames.follow(self._tool, self._scene.size if self._model.view is not None else None)
        self.show_pointer(self._position)

    def _show_selecting(self, selecting: bool) -> None:
        if selecting:
            self._patience.start()
        else:
            self._patience.stop()
            self._show_busy(busy=False)

    def _show_busy(self, *, busy: bool) -> None:
        self._is_busy = busy
        self._update_cursor()

    # --- inside ------------------------------------------------------------------------------------------------

    def _set_brush(self, radius: float, hardness: float) -> None:
        self._model.set_brush(radius, hardness)
        self.show_brush()
        self.brush_changed.emit(radius, hardness)

    def _drop_stroke(self) -> Rect:
        """End an open stroke, restoring its mask. Returns what changed back."""
        if self._strokes.is_open:
            self._pointer.abandon()
        dirty = self._strokes.drop()
        self.read_spent()
        return dirty

    def _place_outline(self, position: QPointF | None) -> None:
        """Move the brush outline, repainting only where it was and is."""
        outline, scene = self._scene.outline, self._scene
        old = outline.region(whole=self.is_stroking)
        self._position = position
        radius = self._shown_radius()
        if position is None or scene.mask is None or radius is None:
            outline.hide()
        else:
            outline.place(self._device(position), max(0.5, radius * scene.view.scale), scene.dpr)
        changed = old.united(outline.region(whole=self.is_stroking))
        if not changed.isEmpty():
            self.update(changed)

    def _shown_radius(self) -> float | None:
        """Of the circle around the pointer, in photo pixels; None without one."""
        if self._keys.pan or self._pick is not None or self._pointer.gesture not in (None, Gesture.STROKE):
            return None
        if not self.is_stroking and self._frame_cursor() is not None:
            return None
        if self._tool.paints:
            return self._model.brush.radius
        if self._tool is not ToolName.SMART_SELECT or not self._selection.options.by_strokes:
            return None
        return self._selection.options.radius

    def _frame_cursor(self) -> Qt.CursorShape | None:
        if self._position is None or self._scene.size is None:
            return None
        return self._frames.cursor_at(*self.widget_to_photo(self._position))

    def _update_cursor(self) -> None:
        gesture = self._pointer.gesture
        if gesture is Gesture.PAN:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._is_busy:
            shape = Qt.CursorShape.BusyCursor
        elif self._scene.mask is None:
            shape = Qt.CursorShape.ArrowCursor
        elif self._keys.pan or self._tool is ToolName.PAN:
            shape = Qt.CursorShape.OpenHandCursor
        elif (held := self._frame_cursor()) is not None:
            shape = held
        elif self._pick is not None or self._shown_radius() is None:
            shape = Qt.CursorShape.CrossCursor
        else:
            shape = Qt.CursorShape.BlankCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)
