"""The rows of the history as one sees them: a flat list that shows the tree by indenting."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from dalle_studio.ui.history_row import HEIGHT


class HistoryList(QTableView):
    """A flat list that shows the tree by indenting. Return restores; the menu's keys work on what is selected.

    A table of one column, since a QListView asks the item model about each of ten thousand rows, twice, whenever one
    of them changes: 25 ms where this takes one.
    """

    chosen = Signal(QModelIndex)
    """A row was asked for: by a click without modifiers, or by Return."""
    menu_asked = Signal(QPoint)
    key_pressed = Signal(QKeyEvent)
    """Whoever takes it accepts the event."""

    def __init__(self) -> None:
        super().__init__()
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setMinimumSectionSize(0)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(HEIGHT)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setMinimumHeight(HEIGHT)
        self.activated.connect(self.chosen)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:  # a table's Home and End stay within a row
        last = self.model().rowCount() - 1
        if last >= 0 and action in {QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd}:
            return self.model().index(0 if action is QAbstractItemView.CursorAction.MoveHome else last, 0)
        return super().moveCursor(action, modifiers)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """By keys one comes to a row that is selected: what they do is done with that one."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self.choose_something()

    def choose_something(self) -> None:
        """The current row, or else the first one, unless something is selected."""
        if not self.selectionModel().hasSelection():
            index = self.currentIndex()
            self.choose(index if index.isValid() else self.model().index(0, 0))

    def choose(self, index: QModelIndex) -> None:
        """Select that row alone, whatever keys are held at this moment."""
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        index = self.indexAt(event.position().toPoint())
        if plain and event.button() == Qt.MouseButton.LeftButton and index.isValid() and index == self.currentIndex():
            self.chosen.emit(index)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:  # Qt says the middle of the list then
            at = self.visualRect(self.currentIndex()).center()
        else:
            at = event.pos()
        self.menu_asked.emit(at)

    def event(self, event: QEvent) -> bool:
        # Digits, F, Delete and Ctrl+A are the list's own while it has the focus, not shortcuts of the window.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.ignore()
        self.key_pressed.emit(event)
        if not event.isAccepted():
            super().keyPressEvent(event)


def _is_own(event: QKeyEvent) -> bool:
    return event.text().isprintable() or event.matches(QKeySequence.StandardKey.SelectAll)
