"""The lower right: search, and originals with their edits. A click (or Return) brings one back onto the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPainter
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QListView, QMenu, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.session.history_model import HistoryModel, HistoryRow, Role
from dalle_studio.ui import icons
from dalle_studio.ui.controls import label, name, role
from dalle_studio.ui.fields import FieldKeys
from dalle_studio.ui.history_row import HEIGHT, RowPainter
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPoint
    from PySide6.QtGui import QPaintEvent

    from dalle_studio.core.errors import StudioError
    from dalle_studio.session.editor import Editor
    from dalle_studio.session.worker import Tell
    from dalle_studio.ui.window_house import WindowHouse


class SearchField(QLineEdit):
    """With a magnifying glass in front."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setTextMargins(20, 0, 0, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        place = QRectF(9, (self.height() - 16) / 2, 16, 16)
        icons.draw(painter, "search", place, QColor(self._theme.tokens.second))
        painter.end()


class HistoryPanel(QWidget):
    """A search field over a flat list that shows the tree by indenting."""

    deleted = Signal(str)
    """An edit went to the trash (its id)."""

    def __init__(self, theme: Theme, words: Words, editor: Editor, house: WindowHouse) -> None:
        super().__init__()
        role(self, "plain")
        self._house = house
        self.setObjectName("historyPanel")
        self._words = words
        self._editor = editor
        self._theme = theme
        self.model = HistoryModel(words, editor.load_thumbnail, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(6)

        self.search = SearchField(theme)
        name(self.search, "historySearch", words("ui.history.search"))
        self.search.setPlaceholderText(words("ui.history.search"))
        FieldKeys.keep(self.search)
        self.search.textChanged.connect(self._search)
        padded = QVBoxLayout()
        padded.setContentsMargins(14, 0, 14, 0)
        padded.addWidget(self.search)
        column.addLayout(padded)

        self.list = QListView()
        name(self.list, "history", words("ui.history"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._painter(theme))
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._offer)
        self.list.clicked.connect(self._restore)
        self.list.activated.connect(self._restore)
        self.list.setMinimumHeight(HEIGHT)
        column.addWidget(self.list, 1)
        self._nothing = label("", "small")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._nothing.setParent(self.list)
        self.model.rowsInserted.connect(self._say_when_empty)
        self.model.rowsRemoved.connect(self._say_when_empty)
        self._say_when_empty()

        editor.library_changed.connect(self._load)
        editor.document_changed.connect(self._mark)
        editor.edit_finished.connect(self._mark)
        editor.pixels_changed.connect(self._mark)

    def _painter(self, theme: Theme) -> RowPainter:
        painter = RowPainter(theme)
        painter.setParent(self)
        return painter

    def _load(self) -> None:
        self._editor.load_history(self._show)

    def _show(self, rows: list[HistoryRow]) -> None:
        self.model.show(rows)
        self._mark()

    def _mark(self) -> None:
        key = self._editor.current_edit or self._editor.original_id
        self.model.set_current(key)
        row = self.model.row_of(key) if key else -1
        if row >= 0 and not self.list.hasFocus():
            self.list.setCurrentIndex(self.model.index(row))

    def _search(self, text: str) -> None:
        self.model.search(text)
        self._say_when_empty()

    def _say_when_empty(self) -> None:
        self._nothing.setVisible(self.model.rowCount() == 0)
        self._nothing.setText(self._words("ui.history.not_found" if self.model.is_searching else "ui.history.empty"))
        self._nothing.setGeometry(24, 12, 300, 48)

    def _restore(self, index: QModelIndex) -> None:
        self._editor.restore(index.data(Role.KEY))

    def _offer(self, at: QPoint) -> None:
        """What can be done with the row under the pointer, or with the current one from the keyboard."""
        index = self.list.indexAt(at)
        if not index.isValid():
            return
        words, editor, key = self._words, self._editor, index.data(Role.KEY)
        menu = QMenu(self)
        menu.addAction(words("ui.history.restore")).triggered.connect(lambda: editor.restore(key))
        prompt = index.data(Role.PROMPT)
        if prompt:
            copy = menu.addAction(words("ui.history.copy_prompt"))
            copy.triggered.connect(lambda: QGuiApplication.clipboard().setText(prompt))
            use = menu.addAction(words("ui.history.use_prompt"))
            use.triggered.connect(lambda: editor.set_prompt(prompt))
        record = index.data(Role.RECORD)
        if record is not None and record.references:
            along = menu.addAction(words("ui_words.references.again", count=len(record.references)))
            along.triggered.connect(lambda: editor.use_references_of(key))
        if record is not None and not index.data(Role.CURRENT):
            menu.addSeparator()
            menu.addAction(words("ui.history.delete")).triggered.connect(lambda: self.delete(key))
        menu.exec(self.list.viewport().mapToGlobal(at))
        menu.deleteLater()

    def delete(self, edit_id: str) -> None:
        """To the trash, with what stands on it; files that were saved stay."""
        self._put(edit_id, away=True)

    def bring_back(self, edit_id: str) -> None:
        """Out of the trash again."""
        self._put(edit_id, away=False)

    def _put(self, edit_id: str, *, away: bool) -> None:
        editor, house = self._editor, self._house

        async def put(_: Tell) -> None:
            library = house.library
            await editor.worker.lanes.disk(library.delete if away else library.restore, edit_id)

        def done(_: None) -> None:
            self._load()
            if away:
                self.deleted.emit(edit_id)

        def failed(error: StudioError) -> None:
            editor.message.emit("error", *self._words.of(error))

        editor.worker.submit("trash", put, on_done=done, on_error=failed)
