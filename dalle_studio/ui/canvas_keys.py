"""Keys that mean something on the canvas while they are held, and the brush keys. GUI thread.

The window's actions are shortcuts; a shortcut only knows that a key went down. What lasts as long as a key is held is
taken here, before the shortcuts, and given back when the key was just tapped (E).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import Qt

from dalle_studio.tools.pointer import ToolName

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

_WON: Final = "₩"  # what Korean keyboards may print with the backslash key
_PLAIN: Final = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.KeypadModifier,
    Qt.KeyboardModifier.AltModifier,
)
_OF_OUTLINES: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Backspace)
"""While an outline is open: close it, or take back its last point."""


_PANS: Final = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_PAN: Final = 64.0  # logical pixels, the photo as seen through a window that moves in the arrow's direction
_PAN_FAR: Final = 320.0  # with Shift


class KeyTarget(Protocol):
    """What the keys act on; the canvas."""

    @property
    def is_stroking(self) -> bool: ...

    def cancel_gesture(self) -> bool:
        """Take back an open stroke or outline. False when there is none."""
        ...

    @property
    def is_selecting(self) -> bool:
        """A gesture of a selection tool is open."""
        ...

    def finish_selection(self) -> None: ...

    def step_selection_back(self) -> bool: ...

    def set_tool(self, tool: ToolName) -> None: ...

    def set_before_shown(self, shown: bool) -> None: ...

    def pan_by(self, dx: float, dy: float) -> None:
        """Logical pixels."""
        ...

    def step_brush_size(self, direction: int) -> None: ...

    def step_brush_hardness(self, direction: int) -> None: ...

    def held_keys_changed(self) -> None:
        """Pan or erase by key began or ended: the cursor may look different."""
        ...


class CanvasKeys:
    """Which keys are held. Losing the focus releases all."""

    def __init__(self, target: KeyTarget) -> None:
        self._target = target
        self.pan = False
        """Space."""
        self.erase = False
        """E. (Alt is read from each pointer event: window managers hide its presses.)"""
        self.erase_used = False
        """A stroke was made meanwhile, so E was held and not tapped."""
        self.before = False

    def wants(self, event: QKeyEvent) -> bool:
        """Whether the canvas takes this key before the window's shortcuts do."""
        if event.key() == Qt.Key.Key_Escape:
            return self._target.is_stroking or self._target.is_selecting
        if self._target.is_selecting and event.key() in _OF_OUTLINES:
            return _is_plain(event)
        return _is_plain(event) and (event.key() in (Qt.Key.Key_Space, Qt.Key.Key_E) or _is_backslash(event))

    def press(self, event: QKeyEvent) -> bool:
        """False when the key means nothing here."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            return self._target.cancel_gesture()
        if not _is_plain(event):
            return False
        if self._target.is_selecting and key in _OF_OUTLINES:
            if key == Qt.Key.Key_Backspace:
                self._target.step_selection_back()
            else:
                self._target.finish_selection()
            return True
        if key in (Qt.Key.Key_Space, Qt.Key.Key_E) or _is_backslash(event):
            if not event.isAutoRepeat():
                self._hold(event)
            return True
        return self._step(event)

    def release(self, event: QKeyEvent) -> bool:
        if event.isAutoRepeat():
            return event.key() in (Qt.Key.Key_Space, Qt.Key.Key_E) or _is_backslash(event)
        if event.key() == Qt.Key.Key_Space and self.pan:
            self.pan = False
        elif event.key() == Qt.Key.Key_E and self.erase:
            self.erase = False
            if not self.erase_used:
                self._target.set_tool(ToolName.ERASER)
        elif _is_backslash(event) and self.before:
            self.before = False
            self._target.set_before_shown(False)
        else:
            return False
        self._target.held_keys_changed()
        return True

    def release_all(self) -> None:
        if self.before:
            self._target.set_before_shown(False)
        self.pan = self.erase = self.before = False
        self._target.held_keys_changed()

    def _hold(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self.pan = True
        elif event.key() == Qt.Key.Key_E:
            self.erase, self.erase_used = True, False
        else:
            self.before = True
            self._target.set_before_shown(True)
        self._target.held_keys_changed()

    def _step(self, event: QKeyEvent) -> bool:
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_BraceLeft, Qt.Key.Key_BraceRight) or (
            shift and key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight)
        ):
            self._target.step_brush_hardness(-1 if key in (Qt.Key.Key_BraceLeft, Qt.Key.Key_BracketLeft) else 1)
        elif key in _PANS and not event.modifiers() & Qt.KeyboardModifier.AltModifier:
            dx, dy = _PANS[Qt.Key(key)]
            far = _PAN_FAR if shift else _PAN
            self._target.pan_by(dx * far, dy * far)
        elif key in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self._target.step_brush_size(-1 if key == Qt.Key.Key_BracketLeft else 1)
        else:
            return False
        return True


def _is_plain(event: QKeyEvent) -> bool:
    return event.modifiers() in _PLAIN


def _is_backslash(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Backslash or event.text() == _WON
