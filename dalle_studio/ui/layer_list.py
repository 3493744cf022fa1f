"""The edits of a photo, the uppermost first: choose, hide, move.

The eye of a row hides it, and so does the space bar; where an edit can't be hidden there is no eye.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QToolTip, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.session.stack_model import LayerRole, StackModel
from dalle_studio.ui.controls import ToolButton, label, name, role
from dalle_studio.ui.history_row import HEIGHT, RowPainter
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QHelpEvent, QMouseEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from dalle_studio.session.editor import Editor
    from dalle_studio.workflow.stack import Fixed

_MOST_ROWS: Final = 4
_SETTINGS: Final = 320  # pixels that the settings and the buttons take
_EYE: Final = 34  # pixels at a row's right end that are its eye


class LayerPainter(RowPainter):
    """As the rows of the history, with an eye."""

    def __init__(self, theme: Theme, words: Words) -> None:
        super().__init__(theme)
        self._words = words

    def mark(self, index: QModelIndex | QPersistentModelIndex) -> tuple[str, str] | None:
        tokens = self._theme.tokens
        if not index.data(LayerRole.CAN_HIDE):
            return None
        return ("eye", tokens.text) if index.data(LayerRole.VISIBLE) else ("hidden", tokens.second)

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        if event.type() == QEvent.Type.ToolTip and index.data(LayerRole.CAN_HIDE) and _on_eye(view, event.pos()):
            text = self._words("reblend.hide" if index.data(LayerRole.VISIBLE) else "reblend.show")
            QToolTip.showText(event.globalPos(), text, view)
            return True
        return super().helpEvent(event, view, option, index)


class LayerList(QWidget):
    """Follows the editor's stack."""

    def __init__(self, theme: Theme, words: Words, editor: Editor) -> None:
        super().__init__()
        role(self, "plain")
        self._words = words
        self._editor = editor
        self._most = _MOST_ROWS
        self.model = StackModel(words, editor.load_thumbnail, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.list = QListView()
        name(self.list, "layers", words("reblend.layers"))
        self.list.setModel(self.model)
        self._painter = LayerPainter(theme, words)
        self.list.setItemDelegate(self._painter)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.selectionModel().currentChanged.connect(self._choose)
        self.list.viewport().installEventFilter(self)
        self.list.installEventFilter(self)
        column.addWidget(self.list)
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 14, 0)
        row.setSpacing(2)
        self.up = ToolButton(theme, "up", "layerUp", words("reblend.up"), 28)
        self.down = ToolButton(theme, "down", "layerDown", words("reblend.down"), 28)
        for part, do in ((self.up, self.raise_layer), (self.down, self.lower_layer)):
            part.clicked.connect(do)
            row.addWidget(part)
        self._why = label("", "small")
        self._why.setWordWrap(True)
        name(self._why, "layerFixed", "")
        row.addSpacing(8)
        row.addWidget(self._why, 1)
        column.addLayout(row)

    # --- what can be done --------------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Hide the chosen edit or show it again."""
        self._editor.toggle_layer(self._editor.layer_at)

    def raise_layer(self) -> None:
        self._editor.lift(self._editor.layer_at)

    def lower_layer(self) -> None:
        self._editor.lift(self._editor.layer_at - 1)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self._editor.choose_layer(self.model.at(index))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """A click on an eye is no choice of the row."""
        if watched is self.list:
            key = event.key() if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress else None
            if key == Qt.Key.Key_Space:
                self.toggle()
            return key == Qt.Key.Key_Space
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            mouse: QMouseEvent = event  # type: ignore[assignment]  # by its type
            place = mouse.position().toPoint()
            index = self.list.indexAt(place)
            if index.data(LayerRole.CAN_HIDE) and _on_eye(self.list, place):
                self._editor.toggle_layer(self.model.at(index))
                return True
        return False

    def set_room(self, height: int) -> None:
        """As many rows as leave room, of `height` pixels, for the settings below; one at least."""
        most = max(1, min(_MOST_ROWS, (height - _SETTINGS) // HEIGHT))
        if most != self._most:
            self._most = most
            self._fit()

    def _fit(self) -> None:
        self.list.setFixedHeight(HEIGHT * max(1, min(self._most, self.model.rowCount())))
        self.list.scrollTo(self.list.currentIndex())

    # --- showing -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what the editor says now."""
        editor = self._editor
        items, at = editor.stack, editor.layer_at
        self.model.show(items, at)
        self._fit()
        if at < 0:
            return
        if self.list.currentIndex() != self.model.index_of(at):
            self.list.setCurrentIndex(self.model.index_of(at))
        from dalle_studio.workflow import stack

        cause, up, down = (
            stack.why_not_hidden(items, at),
            stack.why_not_lifted(items, at),
            stack.why_not_lifted(items, at - 1),
        )
        for part, reason in ((self.up, up), (self.down, down)):
            part.setEnabled(editor.can_tune and reason is None)
        self._why.setText(self._reason(cause, up, down))
        self._why.setAccessibleName(self._why.text())

    def _reason(self, cause: Fixed | None, up: Fixed | None, down: Fixed | None) -> str:
        """One sentence for what can't be done; a single edit has nowhere to go and needs none."""
        words = self._words
        if self._editor.is_busy:
            return words("reblend.fixed.busy")
        if cause is not None:
            return words(f"reblend.fixed.{cause}")
        if "overlap" in (up, down):
            return words("reblend.fixed.overlap")
        if "frame" in (up, down) or "whole" in (up, down):
            return words("reblend.fixed.next_to_frame")
        return ""


def _on_eye(view: QAbstractItemView, place: QPoint) -> bool:
    """Whether a place in the view, in its pixels, lies where the rows have their eyes."""
    return place.x() > view.viewport().width() - _EYE
