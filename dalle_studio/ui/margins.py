"""How far the canvas grows (mode Extend): four sides, and the size that comes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QGridLayout, QSpinBox, QWidget

from dalle_studio.core.geometry import Margins
from dalle_studio.core.words import Words
from dalle_studio.ui.controls import name
from dalle_studio.ui.fields import FieldKeys

if TYPE_CHECKING:
    from dalle_studio.session.editor import Editor

_LARGEST: Final = 20_000
_LEAST: Final = 60


class MarginsRow(QWidget):
    """Four sides and, coupled with them, width and height; a wanted size is shared out evenly."""

    def __init__(self, words: Words, editor: Editor) -> None:
        super().__init__()
        self._words = words
        self._editor = editor
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        self.left = self._number("marginLeft", "left")
        self.right = self._number("marginRight", "right")
        self.top = self._number("marginTop", "top")
        self.bottom = self._number("marginBottom", "bottom")
        self.width_wanted = self._number("extendWidth", "width")
        self.height_wanted = self._number("extendHeight", "height")
        rows = ((self.left, self.right, self.width_wanted), (self.top, self.bottom, self.height_wanted))
        for row, numbers in enumerate(rows):
            for column, number in enumerate(numbers):
                grid.addWidget(number, row, column)
                grid.setColumnStretch(column, 1)
        for number in (self.left, self.top, self.right, self.bottom):
            number.valueChanged.connect(self._tell)
        self.width_wanted.valueChanged.connect(self._share_out)
        self.height_wanted.valueChanged.connect(self._share_out)
        editor.document_changed.connect(self.refresh)
        editor.request_changed.connect(self.refresh)
        self.refresh()

    def _number(self, object_name: str, which: str) -> QSpinBox:
        number = QSpinBox()
        text = self._words(f"ui.margin.{which}")
        name(number, object_name, text)
        number.setToolTip(self._words(f"ui.margin.{which}.tip"))
        number.setPrefix(f"{text}  ")
        number.setRange(0, _LARGEST)
        number.setSingleStep(16)
        number.setMinimumWidth(_LEAST)  # three in a row: by themselves they would be wider than the panel
        number.setKeyboardTracking(False)
        number.lineEdit().setTextMargins(7, 0, 0, 0)
        FieldKeys.keep(number)
        return number

    def refresh(self) -> None:
        """Show the editor's margins and the size they lead to."""
        margins, size = self._editor.margins, self._editor.size
        _put(self.left, margins.left)
        _put(self.top, margins.top)
        _put(self.right, margins.right)
        _put(self.bottom, margins.bottom)
        for number in (self.width_wanted, self.height_wanted):
            number.setEnabled(size is not None)
        if size is not None:
            grown = margins.around(size)
            _put(self.width_wanted, grown.width, size.width)
            _put(self.height_wanted, grown.height, size.height)

    def _tell(self) -> None:
        self._change(Margins(self.left.value(), self.top.value(), self.right.value(), self.bottom.value()))

    def _share_out(self) -> None:
        """A wanted width or height: half of what is missing goes to each of the two sides."""
        size, old = self._editor.size, self._editor.margins
        if size is None:
            return
        grown = old.around(size)
        left, right = old.left, old.right
        top, bottom = old.top, old.bottom
        if self.width_wanted.value() != grown.width:
            across = max(0, self.width_wanted.value() - size.width)
            left, right = across // 2, across - across // 2
        if self.height_wanted.value() != grown.height:
            down = max(0, self.height_wanted.value() - size.height)
            top, bottom = down // 2, down - down // 2
        self._change(Margins(left, top, right, bottom))

    def _change(self, margins: Margins) -> None:
        self._editor.change_margins(self._editor.margins, margins, typed=True)


def _put(number: QSpinBox, value: int, low: int = 0) -> None:
    blocked = number.blockSignals(True)
    number.setRange(low, low + 2 * _LARGEST)
    number.setValue(value)
    number.blockSignals(blocked)
