"""What a dragged picture may become: three labelled zones over the whole window while it is dragged. GUI thread."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFont,
    QPainter,
    QPen,
    QWindow,
)
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QPaintEvent

    from dalle_studio.core.words import Words
    from dalle_studio.ui.canvas_model import CanvasTheme

_EDGE: Final = 48
_GAP: Final = 16
_TALLEST: Final = 320


class Zone(StrEnum):
    """What the dropped file is for."""

    OPEN = "open"
    MASK = "mask"
    REFERENCE = "reference"


class DropZones(QWidget):
    """Covers `window` from the moment a file is dragged into it until it is dropped or gone.

    `has_document` decides whether the file can be anything but a photo to open.
    """

    file_dropped = Signal(object, str)
    """(Path, value of Zone)"""

    def __init__(self, window: QWidget, words: Words, theme: CanvasTheme, has_document: Callable[[], bool]) -> None:
        super().__init__(window)
        self.setObjectName("dropZones")
        self.setAcceptDrops(True)
        self._window = window
        self._words = words
        self._theme = theme
        self._has_document = has_document
        self._over: Zone | None = None
        self._watched: QWindow | None = None
        self.hide()
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def zones(self) -> dict[Zone, QRect]:
        """Where each zone lies in the window."""
        shown = tuple(Zone) if self._has_document() else (Zone.OPEN,)
        width = (self.width() - 2 * _EDGE - (len(shown) - 1) * _GAP) // len(shown)
        height = max(80, min(_TALLEST, self.height() - 2 * _EDGE))
        top = (self.height() - height) // 2
        return {zone: QRect(_EDGE + i * (width + _GAP), top, width, height) for i, zone in enumerate(shown)}

    # --- drags, seen on the native window first: a text field would take the file's name as text ----------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if watched is self._window and kind in (QEvent.Type.Show, QEvent.Type.WinIdChange):
            self._watch(self._window.windowHandle())
        elif watched is self._watched and isinstance(event, QDragEnterEvent):
            if _file_of(event.mimeData()) is not None:
                self._appear()
        elif watched is self._watched and kind == QEvent.Type.DragLeave:
            self.hide()
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # Between the zones as well: a widget that refuses the entry is told of no move.
        self._hover(event.position().toPoint())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.setAccepted(_file_of(event.mimeData()) is not None)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self._hover(event.position().toPoint())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.setAccepted(self._over is not None and _file_of(event.mimeData()) is not None)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._hover(event.position().toPoint())
        zone, paths = self._over, _files_of(event.mimeData())
        self.hide()
        if zone is not None and paths:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            for path in paths if zone is Zone.REFERENCE else paths[:1]:
                self.file_dropped.emit(path, zone.value)

    def _watch(self, window: QWindow | None) -> None:
        if window is not None and window is not self._watched:
            self._watched = window
            window.installEventFilter(self)

    def _appear(self) -> None:
        self._over = None
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()

    def _hover(self, position: QPoint) -> None:
        over = next((zone for zone, rect in self.zones().items() if rect.contains(position)), None)
        if over is not self._over:
            self._over = over
            self.update()

    # --- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        veil = QColor(tokens.canvas)
        veil.setAlphaF(0.92)
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), veil)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for zone, rect in self.zones().items():
                over = zone is self._over
                painter.setPen(QPen(QColor(tokens.accent if over else tokens.line), 2 if over else 1))
                painter.setBrush(QColor(tokens.raised if over else tokens.panel))
                painter.drawRoundedRect(QRectF(rect).adjusted(1, 1, -1, -1), 9, 9)
                self._write(painter, zone, rect)

    def _write(self, painter: QPainter, zone: Zone, rect: QRect) -> None:
        tokens = self._theme.tokens
        title, second = QFont(self.font()), QFont(self.font())
        title.setPixelSize(17)
        title.setWeight(QFont.Weight.DemiBold)
        second.setPixelSize(13)
        room = rect.adjusted(16, 0, -16, 0)
        middle = room.center().y()
        centre = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.setFont(title)
        painter.setPen(QColor(tokens.text))
        painter.drawText(
            QRect(room.left(), middle - 60, room.width(), 56),
            centre | Qt.AlignmentFlag.AlignBottom,
            self._words(f"ui_canvas.drop_{zone}"),
        )
        painter.setFont(second)
        painter.setPen(QColor(tokens.second_on_raised))
        painter.drawText(
            QRect(room.left(), middle + 4, room.width(), 60),
            centre | Qt.AlignmentFlag.AlignTop,
            self._words(f"ui_canvas.drop_{zone}.hint"),
        )


def _files_of(data: QMimeData) -> list[Path]:
    """The local files of a drag."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.is_file()]


def _file_of(data: QMimeData) -> Path | None:
    """The first of them."""
    return next(iter(_files_of(data)), None)
