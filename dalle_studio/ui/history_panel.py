"""The lower right: search, and originals with their edits. A click (or Return) brings one back onto the canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.session.history_filter import Filter
from dalle_studio.session.history_model import HistoryModel, Role
from dalle_studio.session.history_rows import Grouping, HistoryRow, versions_of
from dalle_studio.ui.controls import ToolButton, label, name, role
from dalle_studio.ui.fields import FieldKeys
from dalle_studio.ui.history_list import HistoryList
from dalle_studio.ui.history_looking import LookingBar
from dalle_studio.ui.history_row import RowPainter
from dalle_studio.ui.history_search import SearchField
from dalle_studio.ui.history_trash import Trash, TrashBar
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent

    from dalle_studio.session.editor import Editor
    from dalle_studio.ui.window_house import WindowHouse


class HistoryPanel(QWidget):
    """A search field over the list; organising lives in the context menu and its keys."""

    deleted = Signal(tuple)
    """Edits and photos went to the trash (their ids)."""
    trash_left = Signal()
    """What lay in the trash does not any more: it was put back, or is gone for good."""

    def __init__(self, theme: Theme, words: Words, editor: Editor, house: WindowHouse) -> None:
        super().__init__()
        role(self, "plain")
        self.setObjectName("historyPanel")
        self.words = words
        self.editor = editor
        self._theme = theme
        self._grouping = Grouping.PHOTO
        self._trash = Trash(self, editor, house)
        self._pattern = ""  # the version that similar ones are searched for, until its look is known
        self.model = HistoryModel(words, editor.load_thumbnail, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(6)

        self.search = SearchField(theme)
        name(self.search, "historySearch", words("ui.history.search"))
        self.search.setPlaceholderText(words("ui.history.search"))
        FieldKeys.keep(self.search)
        self.search.typed.connect(self._search)
        self.funnel = ToolButton(theme, "funnel", "historyFilter", words("ui_history.filter"), side=28)
        self.funnel.setToolTip(words("ui_history.filter"))
        self.funnel.setCheckable(True)
        self.funnel.clicked.connect(self.show_filter)
        padded = QHBoxLayout()
        padded.setContentsMargins(14, 0, 10, 0)
        padded.setSpacing(4)
        padded.addWidget(self.search, 1)
        padded.addWidget(self.funnel)
        column.addLayout(padded)
        self.trash_bar = TrashBar(self)
        column.addWidget(self.trash_bar)
        column.addWidget(LookingBar(words, editor))

        self.list = HistoryList()
        name(self.list, "history", words("ui.history"))
        self.list.setModel(self.model)
        self.list.setItemDelegate(self._painter(theme))
        self.list.menu_asked.connect(self._offer)
        self.list.chosen.connect(lambda index: self.restore(index.data(Role.KEY)))
        self.list.key_pressed.connect(self._take_key)
        self.search.done.connect(lambda: self.list.setFocus(Qt.FocusReason.TabFocusReason))
        column.addWidget(self.list, 1)
        self._nothing = label("", "small")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._nothing.setParent(self.list)
        self.model.rowsInserted.connect(self._say_when_empty)
        self.model.rowsRemoved.connect(self._say_when_empty)
        self._say_when_empty()

        editor.first_page_read.connect(self._show_history)
        editor.library_changed.connect(self.load)
        for changed in (editor.document_changed, editor.edit_finished, editor.pixels_changed):
            changed.connect(self._mark)

    def _painter(self, theme: Theme) -> RowPainter:
        painter = RowPainter(theme)
        painter.setParent(self)
        return painter

    def load(self) -> None:
        """Read the history, or the trash, again."""
        if self.shows_trash:
            self._trash.load(self._show)
        else:
            self.editor.load_history(self._show_history, self._grouping)

    def _show_history(self, rows: list[HistoryRow]) -> None:
        if not self.shows_trash:  # it was asked for before the trash was
            self._show(rows)

    def _show(self, rows: list[HistoryRow]) -> None:
        before = {row.key for row in self._picked()}
        current = self.list.currentIndex().data(Role.KEY)
        self.model.show(rows)
        self._select_again(before, current)
        look = next((row.look for row in rows if row.key == self._pattern), None) if self._pattern else None
        if look is not None:
            self._pattern = ""
            self.narrow(replace(self.model.filter, like=look.bits))
        self._mark()

    def _select_again(self, keys: set[str], current: str | None) -> None:
        """A row that has changed was put in anew, and Qt has gone to the one beside it."""
        picked, flags = self.list.selectionModel(), QItemSelectionModel.SelectionFlag
        lost = keys - {row.key for row in self._picked()}
        again = QItemSelection()
        for first, last in _runs(row for row in map(self.model.row_of, lost) if row >= 0):
            again.append(QItemSelectionRange(self.model.index(first), self.model.index(last)))
        if not again.isEmpty():  # at once: each row by itself is compared with all that are selected
            picked.select(again, flags.Select | flags.Rows)
        row = -1 if current is None else self.model.row_of(current)
        if row >= 0:
            picked.setCurrentIndex(self.model.index(row), flags.NoUpdate)
        if self.list.hasFocus():
            self.list.choose_something()

    def _mark(self) -> None:
        key = self.editor.current_edit or self.editor.original_id
        self.model.set_current(key)
        row = self.model.row_of(key) if key else -1
        if row >= 0 and not self.list.hasFocus():
            self.list.choose(self.model.index(row))

    def _search(self, text: str, begun: str) -> None:
        self.model.search(text, begun)
        self._say_when_empty()

    def _say_when_empty(self) -> None:
        empty = "ui_history.trash_empty" if self.shows_trash else "ui.history.empty"
        said = "ui.history.not_found" if self.model.is_searching else empty
        self._nothing.setVisible(self.model.rowCount() == 0)
        self._nothing.setText(self.words(said))
        self._nothing.setGeometry(24, 12, 300, 48)

    # --- what is shown -----------------------------------------------------------------------------------------

    def show_filter(self) -> None:
        """The menu behind the funnel."""
        from dalle_studio.ui.history_filter import FilterMenu

        rows = self.model.everything
        menu = FilterMenu(self, self.words, self.model.filter, self._grouping, rows, self.narrow, self.group)
        menu.addSeparator()
        bin_shown = menu.addAction(self.words("ui_history.trash"))
        bin_shown.setObjectName("filterTrash")
        bin_shown.setCheckable(True)
        bin_shown.setChecked(self.shows_trash)
        bin_shown.triggered.connect(self.show_trash)
        menu.exec(self.funnel.mapToGlobal(self.funnel.rect().bottomLeft()))
        menu.deleteLater()
        self._show_funnel()

    def narrow(self, wanted: Filter) -> None:
        """Show only what the filter lets through; the words stay those in the field."""
        if wanted.colour and wanted.colour is not self.model.filter.colour:
            self.editor.look_through()
        self.model.narrow(wanted)
        self._show_funnel()
        self._say_when_empty()

    def find_similar(self, key: str) -> None:
        """Show only what looks like that version."""
        self._pattern = key
        self.editor.look_through()

    def show_everything(self) -> None:
        """Nothing is hidden any more, but for the words in the search field."""
        self._pattern = ""
        self.narrow(Filter(text=self.model.filter.text, begun=self.model.filter.begun))

    def group(self, grouping: Grouping) -> None:
        """Put the rows together by something else."""
        self._grouping = grouping
        self.load()
        self._show_funnel()

    def _show_funnel(self) -> None:
        """It stands out while something is hidden, or grouped in another way."""
        self.funnel.setChecked(not self.model.filter.is_open or self._grouping is not Grouping.PHOTO)

    # --- what is done with rows --------------------------------------------------------------------------------

    def selected(self) -> list[HistoryRow]:
        """The selected versions, from the top; headings are none."""
        return [row for row in self._picked() if not row.is_heading]

    def _picked(self) -> list[HistoryRow]:
        """With headings. By ranges: of ten thousand selected rows, each of Qt's indices would be made and asked."""
        parts = [(part.top(), part.bottom()) for part in self.list.selectionModel().selection().toList()]
        return [row for first, last in sorted(parts) for row in self.model.between(first, last)]

    def restore(self, key: str) -> None:
        """Bring a version onto the canvas."""
        if self.shows_trash:
            return
        if self.model.rows_of([key]) and not self.model.index(self.model.row_of(key)).data(Role.IS_HEADING):
            self.editor.restore(key)

    def _take_key(self, event: QKeyEvent) -> None:
        from dalle_studio.ui import history_menu

        event.setAccepted(history_menu.take_key(self, event))

    def _offer(self, at: QPoint) -> None:
        """What can be done with the row under the pointer, or with all that are selected when it is one of them."""
        index = self.list.indexAt(at)
        if not index.isValid() or index.data(Role.IS_HEADING):
            return
        if index not in self.list.selectedIndexes():
            self.list.choose(index)
        rows = self.selected()
        if rows:
            from dalle_studio.ui.history_menu import HistoryMenu

            menu = HistoryMenu(self, rows)
            menu.exec(self.list.viewport().mapToGlobal(at))
            menu.deleteLater()

    def pair_of(self, rows: list[HistoryRow]) -> tuple[HistoryRow, HistoryRow] | None:
        """What is compared, the older one first: two rows, or one with what is on the canvas."""
        pair = list(rows)
        current = self.model.current
        if len(pair) == 1 and not pair[0].stands_for(current):
            pair += [row for row in self.model.everything if row.stands_for(current)][:1]
        if len(pair) != 2:
            return None
        first, second = sorted(pair, key=lambda row: -1 if row.edit is None else row.edit.sequence)
        return first, second

    def compare(self, first: HistoryRow, second: HistoryRow) -> None:
        """Lay two versions against each other."""
        from dalle_studio.ui.history_compare import compare

        compare(self, self._theme, (first.key, second.key), (self.model.title(first), self.model.title(second)))

    def compare_variants(self, edit_id: str) -> None:
        """Lay what one request brought side by side."""
        from dalle_studio.ui.history_compare import compare_variants

        self.editor.look_up((edit_id,), lambda found: compare_variants(self, self._theme, found[0]))

    def use_as_reference(self, rows: list[HistoryRow]) -> None:
        """The pictures of versions go along with the next edit."""
        for row in rows:
            self.editor.use_as_reference(row.key, self.model.title(row))

    def reveal(self, rows: list[HistoryRow]) -> None:
        """Show the files of versions in the system's file manager."""
        edits = [row.key for row in rows if row.edit is not None and row.edit.is_saved]
        photos = [row.original.path for row in rows if row.original is not None and row.original.path is not None]

        def show(files: list[Path]) -> None:
            from dalle_studio.ui.reveal import reveal

            if files:
                reveal(*files)
            else:
                words = self.words
                self.editor.message.emit("warning", words("ui_library.file_gone"), words("ui_library.file_gone.hint"))

        self.editor.find_files(edits, photos, show)

    def export(self) -> None:
        """What is selected, to files."""
        from pathlib import Path

        from dalle_studio.ui.export_dialog import ExportDialog

        rows, path = self.selected(), self.editor.path
        if rows:
            folder = Path.home() if path is None else path.parent
            dialog = ExportDialog(self, self._theme, self.words, tuple(row.key for row in rows), folder)
            if dialog.exec():
                self.editor.export(dialog.wanted())
            dialog.deleteLater()

    def export_sheet(self) -> None:
        """What is selected, as small pictures on pages."""
        from pathlib import Path

        from dalle_studio.ui import file_dialogs

        keys = tuple(row.key for row in self.selected())
        folder = Path.home() if self.editor.path is None else self.editor.path.parent
        title, proposed = self.words("ui_history.sheet"), folder / self.words("ui_history.sheet_name")
        path, kind = file_dialogs.to_save(self, title, proposed, "PDF (*.pdf)", "PNG (*.png)")
        if keys and path is not None:
            if path.suffix.lower() not in {".pdf", ".png"}:
                path = path.with_name(f"{path.name}{'.png' if 'png' in kind else '.pdf'}")
            self.editor.export_sheet(keys, path)

    def ask_marks(self) -> None:
        """Name, tags, projects and note of what is selected."""
        from dalle_studio.ui.mark_dialog import MarkDialog

        rows = self.selected()
        if rows:
            known = (row.marks for row in self.model.everything)
            dialog = MarkDialog(self, self.words, [row.marks for row in rows], known)
            if dialog.exec():
                self.editor.mark([row.key for row in rows], dialog.change())
            dialog.deleteLater()

    def to_search(self) -> None:
        """To the search field, what stands there ready to be written over."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # --- the trash ---------------------------------------------------------------------------------------------

    @property
    def shows_trash(self) -> bool:
        """Whether the list shows what was put away."""
        return not self.trash_bar.isHidden()

    def show_trash(self, shown: bool = True) -> None:
        """What was put away, in place of the history."""
        self.trash_bar.setVisible(shown)
        self.show_everything()
        self.model.show([])
        self.load()
        self._say_when_empty()

    def can_delete(self, row: HistoryRow) -> bool:
        """Not what is on the canvas, nor the photo that is open."""
        return not row.stands_for(self.model.current) and row.key != self.editor.original_id

    def delete(self, rows: list[HistoryRow]) -> None:
        """To the trash, a photo with all its edits; files that were saved stay. A row takes along what it stands for.

        What edits are built on stays readable for them until the trash is emptied, and then, too.
        """
        wanted = [row for row in rows if self.can_delete(row)]
        if wanted:
            self._trash.put(versions_of(wanted), away=True)
        elif rows:
            self.editor.message.emit("warning", self.words("ui_library.is_open"), self.words("ui_library.is_open.hint"))

    def bring_back(self, *version_ids: str) -> None:
        """Out of the trash again."""
        self._trash.put(version_ids, away=False)

    def empty_trash(self) -> None:
        """Delete for good what lies in the trash, when the user says so."""
        self._trash.empty()


def _runs(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Rows as stretches, first and last of each."""
    first = last = -2
    for row in sorted(rows):
        if row != last + 1:
            if first >= 0:
                yield first, last
            first = row
        last = row
    if first >= 0:
        yield first, last
