"""How one row of the history is painted: thumbnail, two lines, a check mark, and a line for the current one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath
from PySide6.QtWidgets import QStyledItemDelegate

from dalle_studio.core.marks import Label, Marks
from dalle_studio.session.history_model import Role
from dalle_studio.ui import icons
from dalle_studio.ui.theme import Theme, sized

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QStyleOptionViewItem

COLOURS: Final = {
    Label.RED: "#e5484d",
    Label.ORANGE: "#e58a3c",
    Label.YELLOW: "#d9b83a",
    Label.GREEN: "#4fa86b",
    Label.BLUE: "#5b8def",
    Label.PURPLE: "#9a6dd7",
}

HEIGHT: Final = 50
_INDENT: Final = 18
_DEEPEST: Final = 3
"""Edits on edits on edits … stop moving right here: the words need the room."""
_THUMBNAIL: Final = QSize(54, 38)


class RowPainter(QStyledItemDelegate):
    """Paints everything by itself; the view's style would draw its own selection."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        from PySide6.QtWidgets import QStyle  # not before there are rows: it brings enough enums for 25 ms

        tokens = self._theme.tokens
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        font = option.font
        # Of the item model itself: through Qt, each question lets go of the interpreter and then waits for it.
        told = partial(index.model().data, index)
        painter.save()
        if told(Role.IS_HEADING):
            self._paint_heading(painter, rect, font, str(told()))
            painter.restore()
            return
        current = bool(told(Role.CURRENT))
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if current:
            painter.fillRect(rect, QColor(tokens.current))
            painter.fillRect(QRect(rect.left(), rect.top(), 2, rect.height()), QColor(tokens.accent))
        elif selected or state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(tokens.hover))
        if state & QStyle.StateFlag.State_HasFocus and state & QStyle.StateFlag.State_KeyboardFocusChange:
            painter.setPen(QColor(tokens.accent))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        left = rect.left() + 10 + _INDENT * min(int(told(Role.DEPTH)), _DEEPEST)
        frame = QRect(left, rect.top() + (HEIGHT - _THUMBNAIL.height()) // 2, *_THUMBNAIL.toTuple())
        self._paint_thumbnail(painter, frame, told(Qt.ItemDataRole.DecorationRole))
        right = rect.right() - 12
        mark = self.mark(index)
        if mark is not None:
            place = QRectF(right - 13, rect.center().y() - 7, 15, 15)
            icons.draw(painter, mark[0], place, QColor(mark[1]), 1.8)
            right -= 20
        right = self._paint_marks(painter, told(Role.MARKS), rect, right)
        text_left = frame.right() + 11
        room = right - text_left
        lines = (
            (str(told()), sized(font, 13), tokens.text, rect.top() + 7),
            (
                str(told(Role.SECOND)),
                sized(font, 11),
                tokens.second_on_raised if current else tokens.second,
                rect.top() + 25,
            ),
        )
        for text, line_font, colour, top in lines:
            painter.setFont(line_font)
            painter.setPen(QColor(colour))
            shown = QFontMetrics(line_font).elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QRect(text_left, top, room, 19), Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def mark(self, index: QModelIndex | QPersistentModelIndex) -> tuple[str, str] | None:
        """The icon at the right end, and its colour."""
        return ("check", self._theme.tokens.verified) if index.model().data(index, Role.VERIFIED) else None

    def _paint_heading(self, painter: QPainter, rect: QRect, font: QFont, text: str) -> None:
        """What the rows below have in common."""
        tokens = self._theme.tokens
        inside = rect.adjusted(14, 0, -14, -7)
        line_font = sized(font, 11, QFont.Weight.DemiBold)
        painter.setFont(line_font)
        painter.setPen(QColor(tokens.second))
        shown = QFontMetrics(line_font).elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_marks(self, painter: QPainter, marks: Marks | None, rect: QRect, right: int) -> int:
        """A star and a dot of colour, from the right; returns where the room for words ends."""
        if marks is None:
            return right
        middle = rect.center().y()
        if marks.favourite:
            icons.draw(painter, "star", QRectF(right - 13, middle - 7, 14, 14), QColor(self._theme.tokens.warning), 1.6)
            right -= 19
        if marks.label:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(COLOURS[marks.label]))
            painter.drawEllipse(QRectF(right - 9, middle - 4, 8, 8))
            right -= 15
        return right

    def _paint_thumbnail(self, painter: QPainter, frame: QRect, image: object) -> None:
        path = QPainterPath()
        path.addRoundedRect(QRectF(frame), 4, 4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if isinstance(image, QImage) and not image.isNull():
            painter.setClipPath(path)
            painter.drawImage(frame, image, _middle(image.size(), frame.size()))
        else:
            painter.fillPath(path, QColor(self._theme.tokens.line))
        painter.restore()


def _middle(picture: QSize, frame: QSize) -> QRect:
    """The largest part of the picture, from its middle, that has the frame's shape."""
    part = frame.scaled(picture, Qt.AspectRatioMode.KeepAspectRatio)
    return QRect((picture.width() - part.width()) // 2, (picture.height() - part.height()) // 2, *part.toTuple())


def dot(colour: str) -> QIcon:
    """A round one, for a menu."""
    from PySide6.QtGui import QIcon, QPen, QPixmap  # not before a menu is opened: Qt's icon classes are slow to load

    picture = QPixmap(32, 32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("#8b8d94"), 2))  # black and white are seen on every menu
    painter.setBrush(QColor(colour))
    painter.drawEllipse(7, 7, 18, 18)
    painter.end()
    return QIcon(picture)
