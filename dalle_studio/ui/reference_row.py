"""The pictures that go along, below the prompt: small, in their order, to be dragged elsewhere and taken away."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QMenu, QToolTip, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui import icons
from dalle_studio.ui.controls import headline, label, link, name
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.core.reference import Reference
    from dalle_studio.session.editor import Editor

_SIDE: Final = 36
_PITCH: Final = 40
_IN_A_LINE: Final = 8
_CLOSE: Final = 14
_DRAG: Final = 6


class ReferenceStrip(QWidget):
    """The tiles. A press on the cross of one takes it away; Delete does that from the keyboard, Alt with an arrow
    key moves the current one.
    """

    def __init__(self, theme: Theme, words: Words, editor: Editor) -> None:
        super().__init__()
        self._theme = theme
        self._words = words
        self._editor = editor
        self._images: dict[str, QImage] = {}
        self._current = 0
        self._over = -1
        self._pressed: tuple[int, QPoint] | None = None
        self._goal = -1
        name(self, "references", words("ui_words.references"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def refresh(self) -> None:
        references = self._editor.references
        lines = -(-len(references) // _IN_A_LINE)
        self.setFixedHeight(max(1, lines) * _PITCH)
        self._current = min(self._current, max(0, len(references) - 1))
        known = {one.sha256 for one in references}
        for gone in self._images.keys() - known:
            del self._images[gone]
        for one in references:
            if one.sha256 not in self._images:
                self._images[one.sha256] = QImage()
                self._editor.load_reference(one, partial(self._show, one))
        self.setAccessibleDescription(", ".join(self._title(at) for at in range(len(references))))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_IN_A_LINE * _PITCH, _PITCH)

    def tile(self, at: int) -> QRect:
        """Where the picture of that number lies."""
        return QRect(at % _IN_A_LINE * _PITCH, at // _IN_A_LINE * _PITCH, _SIDE, _SIDE)

    def _show(self, reference: Reference, image: QImage) -> None:
        if reference.sha256 in self._images:
            self._images[reference.sha256] = image
            self.update()

    def _title(self, at: int) -> str:
        shown = self._editor.references[at].name or self._words("ui.pasted")
        title = self._words("ui_words.references.one", number=at + 1, name=shown)
        return title if at < self._editor.sent_references else self._words("references.stays", picture=title)

    def _at(self, place: QPoint) -> int:
        return next((at for at in range(len(self._editor.references)) if self.tile(at).contains(place)), -1)

    def _cross(self, at: int) -> QRect:
        tile = self.tile(at)
        return QRect(tile.right() - _CLOSE + 1, tile.top(), _CLOSE, _CLOSE)

    # --- pointer and keys --------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        at = self._at(place)
        if event.button() != Qt.MouseButton.LeftButton or at < 0:
            return
        if self._cross(at).contains(place):
            self._editor.remove_reference(at)
        else:
            self._current, self._pressed = at, (at, place)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._pressed is not None and (place - self._pressed[1]).manhattanLength() > _DRAG:
            self._goal = self._at(place)
        self._over = self._at(place)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, goal = self._pressed, self._goal
        self._pressed, self._goal = None, -1
        if pressed is not None and goal >= 0:
            self._move(pressed[0], goal)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = -1
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key))
        if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._editor.remove_reference(self._current)
        elif step is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._move(self._current, self._current + step)
        else:
            self._current = min(max(0, self._current + step), len(self._editor.references) - 1)
            self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self._at(event.pos())
            QToolTip.showText(event.globalPos(), self._title(at) if at >= 0 else "", self)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # Alt and the arrow keys step through candidates elsewhere, Delete may clear a mask.
            own = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Delete, Qt.Key.Key_Backspace}
            if event.key() in own:
                event.accept()
                return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        at = self._current if by_key else self._at(event.pos())
        if not 0 <= at < len(self._editor.references):
            return
        menu = QMenu(self)
        words = self._words
        menu.addAction(words("ui_words.references.first")).triggered.connect(lambda: self._move(at, 0))
        menu.addAction(words("ui_words.references.remove")).triggered.connect(lambda: self._editor.remove_reference(at))
        menu.exec(event.globalPos())
        menu.deleteLater()

    def _move(self, at: int, to: int) -> None:
        if at != to and 0 <= to < len(self._editor.references):
            self._current = to
            self._editor.move_reference(at, to)

    # --- painting ----------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        for at, reference in enumerate(self._editor.references):
            self._paint(painter, at, self._images.get(reference.sha256, QImage()))
        painter.end()

    def _paint(self, painter: QPainter, at: int, image: QImage) -> None:
        tokens, tile = self._theme.tokens, QRectF(self.tile(at))
        path = QPainterPath()
        path.addRoundedRect(tile.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.save()
        painter.fillPath(path, QColor(tokens.field))
        painter.setClipPath(path)
        if at >= self._editor.sent_references:
            painter.setOpacity(0.35)  # it does not go along
        if not image.isNull():
            side = min(image.width(), image.height())
            part = QRectF((image.width() - side) / 2, (image.height() - side) / 2, side, side)
            painter.drawImage(tile, image, part)
        painter.restore()
        chosen = (at == self._current and self.hasFocus()) or at == self._goal
        painter.setPen(QPen(QColor(tokens.accent if chosen else tokens.line), 2 if chosen else 1))
        painter.drawPath(path)
        if at == self._over and self._pressed is None:
            cross = QRectF(self._cross(at))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.panel))
            painter.drawEllipse(cross)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            inner = QRectF(cross.topLeft() + QPointF(3, 3), cross.bottomRight() - QPointF(3, 3))
            icons.draw(painter, "close", inner, QColor(tokens.text))


class ReferenceRow(QWidget):
    """The tiles with a line above them that says how many go along."""

    def __init__(self, theme: Theme, words: Words, editor: Editor) -> None:
        super().__init__()
        self._words = words
        self._editor = editor
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        self._title = label("")
        self._title.setObjectName("referencesTitle")
        self.more = link(words("ui_words.references.more"), "addReference")
        self.more.setToolTip(words("ui_words.references.add.tip"))
        column.addLayout(headline(self._title, self.more))
        self.strip = ReferenceStrip(theme, words, editor)
        column.addWidget(self.strip)
        self.refresh()

    def refresh(self) -> None:
        editor, words = self._editor, self._words
        count, most = len(editor.references), editor.max_references
        self.setVisible(count > 0)
        if not count:
            return
        if most == 0:
            text = words("ui_words.references.none")
        elif most is not None and count > most:
            text = words("references.too_many", most=most, numbers=left_out(editor))
        else:
            text = words("ui_words.references.count", count=count)
        self._title.setText(text)
        self.more.setEnabled(most is None or count < most)
        self.strip.refresh()


def left_out(editor: Editor) -> str:
    """The numbers of those that do not go along: `3`, `3–5`."""
    first, last = editor.sent_references + 1, len(editor.references)
    return str(first) if first == last else f"{first}–{last}"
