"""The user's glossary as the lines it is kept in. The file is read and written on the worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout

from dalle_studio.core.glossary import Glossary, wrong_lines
from dalle_studio.ui.controls import label
from dalle_studio.ui.controls import name as names
from dalle_studio.ui.fields import FieldKeys

if TYPE_CHECKING:
    from dalle_studio.core.errors import StudioError
    from dalle_studio.session.worker import Tell
    from dalle_studio.ui.window import MainWindow

_NAMED: Final = 5
"""Wrong lines that are named at once."""


class GlossaryDialog(QDialog):
    """One field. What is no term is pointed at while it is typed, and kept all the same."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._words = words = window.words
        self._is_open = True
        names(self, "glossaryDialog", words("ui_words.glossary.title"))
        self.setWindowTitle(words("ui_words.glossary.title"))
        self.setMinimumSize(480, 380)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        what = label(words("ui_words.glossary.what"), "second")
        what.setWordWrap(True)
        column.addWidget(what)
        self.field = QPlainTextEdit()
        names(self.field, "glossaryText", words("ui_words.glossary.field"))
        self.field.setPlaceholderText(words("ui_words.glossary.placeholder"))
        self.field.setTabChangesFocus(False)  # a tab parts a term from its English, as a spreadsheet gives it
        self.field.setEnabled(False)
        FieldKeys.keep(self.field)
        column.addWidget(self.field, 1)
        self._state = label("", "second")
        self._state.setObjectName("glossaryState")
        self._state.setWordWrap(True)
        self._where = label(words("ui_words.glossary.where", path=str(window.house.places.glossary)), "small")
        self._where.setWordWrap(True)
        column.addWidget(self._state)
        column.addWidget(self._where)
        box = QDialogButtonBox()
        self.keep_button = box.addButton(words("ui_words.glossary.keep"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.keep_button.setObjectName("glossaryKeep")
        self.keep_button.setEnabled(False)
        close = box.addButton(words("ui.close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.setObjectName("close")
        close.setAutoDefault(False)
        box.accepted.connect(self._keep)
        box.rejected.connect(self.reject)
        column.addWidget(box)
        self.field.textChanged.connect(self._look)
        self.finished.connect(self._forget)
        self._load()

    def _load(self) -> None:
        places, lanes = self._window.house.places, self._window.editor.worker.lanes

        async def load(_: Tell) -> str:
            from dalle_studio.storage import glossary

            return await lanes.disk(glossary.load_text, places)

        self._window.editor.worker.submit("load glossary", load, on_done=self._loaded, on_error=self._fail)

    def _loaded(self, text: str) -> None:
        if self._is_open:
            self.field.setPlainText(text)
            self.field.setEnabled(True)
            self.keep_button.setEnabled(True)
            self.field.setFocus()

    def _look(self) -> None:
        text = self.field.toPlainText()
        wrong = wrong_lines(text)
        if wrong:
            numbers = ", ".join(map(str, wrong[:_NAMED])) + (" …" if len(wrong) > _NAMED else "")
            self._state.setText(self._words("ui_words.glossary.wrong", lines=numbers))
        else:
            self._state.setText(self._words("ui_words.glossary.count", count=len(Glossary.parse(text).terms)))

    def _keep(self) -> None:
        text = self.field.toPlainText()
        text = text if not text or text.endswith("\n") else f"{text}\n"
        places, lanes = self._window.house.places, self._window.editor.worker.lanes

        async def keep(_: Tell) -> int:
            from dalle_studio.storage import glossary

            await lanes.disk(glossary.save_text, places, text)
            return len(Glossary.parse(text).terms)

        self._window.editor.worker.submit("keep glossary", keep, on_done=self._kept, on_error=self._fail)

    def _kept(self, count: int) -> None:
        self._window.editor.glossary_changed()
        self._window.status.show_message(self._words("ui_words.glossary.kept", count=count))
        if self._is_open:
            self.accept()

    def _fail(self, error: StudioError) -> None:
        if self._is_open:
            self._state.setText(" ".join(part for part in self._words.of(error) if part))

    def _forget(self) -> None:
        self._is_open = False
