"""Where the window opens: as large as wished, where it was left, and never beyond the screen. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRect, QSize

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

WISH: Final = QSize(1600, 1000)
_FRAME: Final = QSize(16, 40)
"""What a desktop puts around a window. It isn't known before the window is shown; this much suffices commonly."""


def fitted(wanted: QRect, screen: QRect) -> QRect:
    """`wanted`, made small enough for `screen` with a frame around it, and moved into it."""
    size = wanted.size().boundedTo(screen.size() - _FRAME)
    room = screen.adjusted(_FRAME.width() // 2, _FRAME.height() - _FRAME.width() // 2, 0, 0)
    room.setSize(screen.size() - _FRAME)
    left = min(max(wanted.left(), room.left()), room.left() + room.width() - size.width())
    top = min(max(wanted.top(), room.top()), room.top() + room.height() - size.height())
    return QRect(left, top, size.width(), size.height())


def put(window: QWidget, kept: str | None) -> None:
    """Give a window that isn't shown yet the place that `describe` kept, as far as there is a screen for it."""
    place = _read(kept)
    if place is None:
        window.resize(fitted(QRect(window.pos(), WISH), window.screen().availableGeometry()).size())
        return
    rect, maximized = place
    from PySide6.QtGui import QGuiApplication

    screen = QGuiApplication.screenAt(rect.center()) or window.screen()
    window.setGeometry(fitted(rect, screen.availableGeometry()))
    if maximized:
        from PySide6.QtCore import Qt

        window.setWindowState(Qt.WindowState.WindowMaximized)


def describe(window: QWidget) -> str:
    """The window's place, to be kept in the settings."""
    rect = window.normalGeometry()
    if rect.isEmpty():
        rect = window.geometry()
    kind = "maximized" if window.isMaximized() else "normal"
    return f"{rect.x()} {rect.y()} {rect.width()} {rect.height()} {kind}"


def _read(kept: str | None) -> tuple[QRect, bool] | None:
    """None when nothing was kept, or something else was."""
    try:
        *numbers, kind = (kept or "").split()
        x, y, width, height = (max(-100_000, min(int(number), 100_000)) for number in numbers)
    except ValueError:
        return None
    rect = QRect(x, y, width, height)
    return None if rect.isEmpty() else (rect, kind == "maximized")
