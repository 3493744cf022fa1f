"""Mouse, pen, wheel and touchpad on the canvas: which gesture is meant, and its samples in photo pixels. GUI thread."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, Protocol

from PySide6.QtCore import QCoreApplication, QPointF, Qt
from PySide6.QtGui import QInputDevice, QMouseEvent, QNativeGestureEvent, QPointingDevice, QTabletEvent, QWheelEvent

from dalle_studio.tools.pointer import PointerEvent, PointerKind, ToolName

_WHEEL_FACTOR: Final = 1.2  # a notch of the wheel
_NOTCH: Final = 120.0  # Qt: angle delta of a notch
_WHEEL_PAN: Final = 72.0  # logical pixels of a notch
_SAME_PLACE: Final = 10.0  # logical pixels between the two presses of a double click, pens included
_SCRUB: Final = 160.0  # logical pixels of dragging that double the zoom


class Gesture(Enum):
    """What a pressed pointer is doing."""

    STROKE = auto()
    PAN = auto()
    ZOOM = auto()


class PointerTarget(Protocol):
    """What gestures act on; the canvas. Positions are logical widget pixels."""

    @property
    def tool(self) -> ToolName: ...

    @property
    def pans_by_key(self) -> bool: ...

    @property
    def erases_by_key(self) -> bool: ...

    @property
    def can_paint(self) -> bool: ...

    def widget_to_photo(self, position: QPointF) -> tuple[float, float]: ...

    def stroke(self, event: PointerEvent) -> None: ...

    def hover(self, event: PointerEvent) -> None:
        """A move without a button held."""
        ...

    def pan_by(self, dx: float, dy: float) -> None: ...

    def zoom_by(self, factor: float, anchor: QPointF) -> None: ...

    def zoom_in(self, anchor: QPointF | None = None) -> None: ...

    def zoom_out(self, anchor: QPointF | None = None) -> None: ...

    def hold_view(self, *, held: bool) -> None:
        """A gesture begins or has ended: until then the photo stays under the pointer."""
        ...

    def show_pointer(self, position: QPointF | None) -> None:
        """The pointer is here now (None: it left): outline, cursor, position in the status bar."""
        ...


class PointerInput:
    """One gesture at a time, from the first button down to that button up."""

    def __init__(self, target: PointerTarget) -> None:
        self._target = target
        self._gesture: Gesture | None = None
        self._button = Qt.MouseButton.NoButton
        self._erases = False
        self._start = QPointF()
        self._last = QPointF()
        self._moved = False

    @property
    def gesture(self) -> Gesture | None:
        return self._gesture

    def be_over(self, *, over: bool) -> None:
        """The pointer came over the canvas or left it.

        Every sample of a stroke counts, and on X11 Qt drops moves that wait for it, even those that came between the
        press and the moment at which the canvas hears of it. Elsewhere it may: it spares a window being resized.
        """
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, not over)

    def is_near_last_press(self, position: QPointF) -> bool:
        """Whether a press there would be the second click on the same place."""
        return (position - self._start).manhattanLength() <= _SAME_PLACE

    def abandon(self) -> None:
        """Forget the gesture: it was cancelled, or its document went away."""
        self._end()

    # --- mouse and pen -----------------------------------------------------------------------------------------

    def press(self, event: QMouseEvent | QTabletEvent) -> None:
        if self._gesture is not None:
            return
        position, button = event.position(), event.button()
        self._start = self._last = position
        self._moved = False
        self._gesture = self._meant(button)
        if self._gesture is None:
            return
        self._button = button
        self._erases = button == Qt.MouseButton.RightButton
        self._target.hold_view(held=True)
        if self._gesture is Gesture.STROKE:
            self._target.stroke(self._sample(PointerKind.PRESS, event))
        self._target.show_pointer(position)

    def move(self, event: QMouseEvent | QTabletEvent) -> None:
        position = event.position()
        delta = position - self._last
        if (position - self._start).manhattanLength() > 3:
            self._moved = True
        if self._gesture is Gesture.STROKE:
            self._target.stroke(self._sample(PointerKind.MOVE, event))
        elif self._gesture is Gesture.PAN:
            self._target.pan_by(delta.x(), delta.y())
        elif self._gesture is Gesture.ZOOM:
            if self._moved:
                self._target.zoom_by(2 ** (delta.x() / _SCRUB), self._start)
        else:
            self._target.hover(self._sample(PointerKind.MOVE, event))
        self._last = position
        self._target.show_pointer(position)

    def release(self, event: QMouseEvent | QTabletEvent) -> None:
        if self._gesture is None or event.button() != self._button:
            return
        gesture = self._gesture
        if gesture is Gesture.STROKE:
            self._target.stroke(self._sample(PointerKind.RELEASE, event))
        elif gesture is Gesture.ZOOM and not self._moved:
            out = self._erases or bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            (self._target.zoom_out if out else self._target.zoom_in)(event.position())
        self._end()
        self._target.show_pointer(event.position())

    def _meant(self, button: Qt.MouseButton) -> Gesture | None:
        if button == Qt.MouseButton.MiddleButton:
            return Gesture.PAN
        if button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return None
        if self._target.pans_by_key:
            return Gesture.PAN
        if self._target.tool is ToolName.PAN:
            return Gesture.PAN
        if self._target.tool is ToolName.ZOOM:
            return Gesture.ZOOM
        return Gesture.STROKE if self._target.can_paint else None

    def _sample(self, kind: PointerKind, event: QMouseEvent | QTabletEvent) -> PointerEvent:
        x, y = self._target.widget_to_photo(event.position())
        pressure, eraser = 1.0, False
        if isinstance(event, QTabletEvent):
            pressure = event.pressure()
            eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
        modifiers = event.modifiers()
        held = bool(modifiers & Qt.KeyboardModifier.AltModifier) or self._target.erases_by_key
        return PointerEvent(
            kind,
            x,
            y,
            pressure,
            erases=held or self._erases or eraser,
            straight=bool(modifiers & Qt.KeyboardModifier.ShiftModifier),
        )

    def _end(self) -> None:
        self._gesture = None
        self._button = Qt.MouseButton.NoButton
        self._erases = False
        self._target.hold_view(held=False)

    # --- wheel and touchpad ------------------------------------------------------------------------------------

    def wheel(self, event: QWheelEvent) -> None:
        """A mouse wheel zooms at the pointer, with Shift it scrolls sideways. Two fingers on a touchpad pan."""
        turn = event.angleDelta()
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            turned = turn.y() or turn.x()  # macOS and some drivers swap the axes themselves
            self._target.pan_by(turned / _NOTCH * _WHEEL_PAN, 0)
        elif _is_touchpad(event) and not modifiers & Qt.KeyboardModifier.ControlModifier:
            by = event.pixelDelta()
            if by.isNull():
                by = turn * (_WHEEL_PAN / _NOTCH)
            self._target.pan_by(by.x(), by.y())
        else:
            turned = turn.y() or turn.x()  # with Alt held, Qt turns a vertical wheel into a horizontal one
            self._target.zoom_by(_WHEEL_FACTOR ** (turned / _NOTCH), event.position())

    def pinch(self, event: QNativeGestureEvent) -> bool:
        """Touchpad gestures. False when it is another one."""
        kind = event.gestureType()
        if kind == Qt.NativeGestureType.ZoomNativeGesture:
            self._target.zoom_by(max(0.5, 1 + event.value()), event.position())
        elif kind == Qt.NativeGestureType.PanNativeGesture:
            self._target.pan_by(event.delta().x(), event.delta().y())
        else:
            return kind in (Qt.NativeGestureType.BeginNativeGesture, Qt.NativeGestureType.EndNativeGesture)
        return True


def _is_touchpad(event: QWheelEvent) -> bool:
    return event.pointingDevice().type() == QInputDevice.DeviceType.TouchPad
