"""How versions of the history become files: where, under which names, in which format and size, with what metadata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QHBoxLayout, QLineEdit, QSpinBox, QVBoxLayout

from dalle_studio.formats.suffixes import SUFFIXES
from dalle_studio.session.wanted_export import FIELDS, TEMPLATE, Wanted
from dalle_studio.ui.controls import Choice, button, label, name
from dalle_studio.ui.fields import FieldKeys

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from dalle_studio.core.words import Words
    from dalle_studio.ui.theme import Theme


class ExportDialog(QDialog):
    """`versions` are the ids; `folder` is where it begins."""

    def __init__(self, parent: QWidget, theme: Theme, words: Words, versions: tuple[str, ...], folder: Path) -> None:
        super().__init__(parent)
        self._words, self._versions = words, versions
        title = words("ui_history.export_title", count=len(versions))
        name(self, "exportDialog", title)
        self.setWindowTitle(title)
        self.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(6)
        self.place = QLineEdit(str(folder))
        self.template = QLineEdit(TEMPLATE)
        self.format = Choice(theme, "exportFormat", words("ui_history.export_format"))
        same = words("ui_history.export_same")
        endings = (
            ending for ending, kind in SUFFIXES.items() if ending.removeprefix(".") not in {"jpeg", "jpe", "tiff"}
        )
        kinds = [(ending.removeprefix(".").upper(), ending) for ending in reversed(list(endings))]
        self.format.fill([(same, ""), *kinds], "")
        self.longest = QSpinBox()
        self.longest.setRange(0, 100_000)
        self.longest.setSingleStep(256)
        self.longest.setSuffix(" px")
        self.longest.lineEdit().setTextMargins(8, 0, 0, 0)
        self.longest.setSpecialValueText(words("ui_history.export_full"))
        self.metadata = QCheckBox(words("ui_history.export_metadata"))
        self.metadata.setObjectName("exportMetadata")
        self.metadata.setChecked(True)
        choose = button(words("ui_history.export_choose"), "link", "exportChoose")
        choose.clicked.connect(self._choose_folder)
        where = QHBoxLayout()
        where.addWidget(self.place, 1)
        where.addWidget(choose)
        column.addWidget(label(words("ui_history.export_folder"), "small"))
        column.addLayout(where)
        for which, field in (("template", self.template), ("format", self.format), ("longest", self.longest)):
            column.addSpacing(6)
            column.addWidget(label(words(f"ui_history.export_{which}"), "small"))
            column.addWidget(field)
            if which == "template":
                fields = label(" ".join(f"{{{field}}}" for field in FIELDS), "second")
                fields.setWordWrap(True)
                column.addWidget(fields)
        for which, field in (("folder", self.place), ("template", self.template), ("longest", self.longest)):
            name(field, f"export_{which}", words(f"ui_history.export_{which}"))
            FieldKeys.keep(field)
        column.addSpacing(8)
        column.addWidget(self.metadata)
        column.addSpacing(10)
        column.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        words = self._words
        box = QDialogButtonBox()
        keep = box.addButton(words("ui_history.export_go"), QDialogButtonBox.ButtonRole.AcceptRole)
        keep.setObjectName("exportGo")
        keep.setDefault(True)
        box.addButton(words("ui_history.cancel"), QDialogButtonBox.ButtonRole.RejectRole).setObjectName("exportCancel")
        box.accepted.connect(self.accept)
        box.rejected.connect(self.reject)
        return box

    def wanted(self) -> Wanted:
        """What the fields say."""
        return Wanted(
            self._versions,
            Path(self.place.text()).expanduser(),
            self.template.text().strip() or TEMPLATE,
            str(self.format.currentData() or ""),
            self.longest.value() or None,
            metadata=self.metadata.isChecked(),
        )

    def _choose_folder(self) -> None:
        from PySide6.QtWidgets import QFileDialog

        chosen = QFileDialog.getExistingDirectory(self, self._words("ui_history.export_folder"), self.place.text())
        if chosen:
            self.place.setText(chosen)
