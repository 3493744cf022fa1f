"""What a person wants to keep in mind about versions: a name, tags, projects, a note."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QDialog, QDialogButtonBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from dalle_studio.core.marks import Marks, names
from dalle_studio.ui.controls import label, name
from dalle_studio.ui.fields import FieldKeys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dalle_studio.core.words import Words


class MarkDialog(QDialog):
    """`known` are the marks there are, for what is offered while typing. Of several versions only tags, projects and
    a note are asked for, and only what was filled in is changed.
    """

    def __init__(self, parent: QWidget, words: Words, marks: list[Marks], known: Iterable[Marks]) -> None:
        super().__init__(parent)
        self._one = len(marks) == 1
        present = marks[0] if self._one else Marks()
        title = words("ui_history.about_title") if self._one else words("ui_history.about_many", count=len(marks))
        name(self, "markDialog", title)
        self.setWindowTitle(title)
        self.setMinimumWidth(420)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(6)
        self.name_field = QLineEdit(present.name)
        self.tags = QLineEdit(", ".join(present.tags))
        self.projects = QLineEdit(", ".join(present.projects))
        self.note = QPlainTextEdit(present.note)
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(84)
        all_marks = list(known)
        self._offer(self.tags, {tag for one in all_marks for tag in one.tags})
        self._offer(self.projects, {project for one in all_marks for project in one.projects})
        fields: list[tuple[str, QWidget]] = [
            ("name", self.name_field),
            ("tags", self.tags),
            ("projects", self.projects),
            ("note", self.note),
        ]
        for which, field in fields if self._one else fields[1:]:
            text = words(f"ui_history.{which}")
            name(field, f"mark_{which}", text)
            FieldKeys.keep(field)
            if column.count():
                column.addSpacing(6)
            column.addWidget(label(text, "small"))
            column.addWidget(field)
        for field in (self.tags, self.projects):
            field.setPlaceholderText(words("ui_history.by_commas"))
        column.addSpacing(10)
        box = QDialogButtonBox()
        keep = box.addButton(words("ui_history.keep"), QDialogButtonBox.ButtonRole.AcceptRole)
        keep.setObjectName("keepMarks")
        keep.setDefault(True)
        box.addButton(words("ui_history.cancel"), QDialogButtonBox.ButtonRole.RejectRole).setObjectName("cancelMarks")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        column.addWidget(box)

    def change(self) -> Callable[[Marks], Marks]:
        """What the fields say, for the marks of each version."""
        tags, projects, note = names(self.tags.text()), names(self.projects.text()), self.note.toPlainText().strip()
        if self._one:
            named = " ".join(self.name_field.text().split())
            return lambda marks: replace(marks, name=named, tags=tags, projects=projects, note=note)
        return lambda marks: replace(
            marks,
            tags=_with(marks.tags, tags),
            projects=_with(marks.projects, projects),
            note=note or marks.note,
        )

    def _offer(self, field: QLineEdit, offers: set[str]) -> None:
        if offers:
            completer = QCompleter(sorted(offers), field)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            field.setCompleter(completer)


def _with(present: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*present, *more)))
