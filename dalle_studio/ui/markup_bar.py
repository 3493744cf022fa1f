"""The bar that takes the tool options' place while somebody draws: what, in which colour, how wide. GUI thread."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from dalle_studio.core.markup import Mark, MarkKind
from dalle_studio.core.operation import Operation
from dalle_studio.ui.controls import Choice, CurvedSlider, button, label, name, role
from dalle_studio.ui.fields import FieldKeys

if TYPE_CHECKING:
    from dalle_studio.core.words import Words
    from dalle_studio.session.editor import Editor
    from dalle_studio.ui.canvas import Canvas
    from dalle_studio.ui.theme import Theme

COLOURS: Final = {
    "red": (235, 64, 64),
    "yellow": (250, 204, 21),
    "green": (34, 197, 94),
    "blue": (59, 130, 246),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}


class MarkupBar(QWidget):
    """Follows the canvas' pen; says why a drawing would not go along."""

    def __init__(self, theme: Theme, words: Words, editor: Editor, canvas: Canvas) -> None:
        super().__init__()
        role(self, "bar")
        name(self, "markupBar", words("markup.bar"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(40)
        self._words = words
        self._editor = editor
        self._canvas = canvas
        self._wordless: Mark | None = None  # a note that was put down, and gets its words now
        pen = canvas.pen
        row = QHBoxLayout(self)
        row.setContentsMargins(60, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(label(words("markup.bar"), "strong"))
        self.kind = Choice(theme, "markupKind", words("markup.kind"))
        self.kind.fill([(words(f"markup.kind.{kind}"), kind) for kind in MarkKind], pen.kind)
        self.kind.setFixedWidth(104)
        self.colour = Choice(theme, "markupColour", words("markup.colour"))
        self.colour.fill([(words(f"markup.colour.{one}"), COLOURS[one]) for one in COLOURS], pen.colour)
        self.colour.setFixedWidth(88)
        self.wide = CurvedSlider(theme, 2, 100, 2.0)
        name(self.wide, "markupWidth", words("markup.width"))
        self.wide.setToolTip(words("markup.width"))
        self.wide.setValue(round(pen.width))
        self.text = QLineEdit(pen.text)
        name(self.text, "markupText", words("markup.text"))
        self.text.setPlaceholderText(words("markup.text"))
        self.text.setFixedWidth(170)
        FieldKeys.keep(self.text)
        self.clear = button(words("markup.clear"), "flat", "markupClear")
        self._why = label("", "second")
        name(self._why, "markupWhy", words("markup.bar"))
        self.vary = button(words("markup.vary"), "flat", "markupVary")
        for part in (self.kind, self.colour, self.wide, self.text, self.clear, self._why, self.vary):
            row.addWidget(part)
        row.addStretch(1)
        self.kind.currentIndexChanged.connect(self._choose)
        self.colour.currentIndexChanged.connect(self._choose)
        self.wide.valueChanged.connect(self._choose)
        self.text.textChanged.connect(self._choose)
        self.text.returnPressed.connect(self._put_down)
        canvas.words_wanted.connect(self._ask_for_words)
        self.clear.clicked.connect(editor.clear_markup)
        self.vary.clicked.connect(self._send_the_drawing)
        for signal in (
            editor.request_changed,
            editor.choices_changed,
            editor.plan_changed,
            editor.markup_changed,
            editor.mask_changed,
        ):
            signal.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Which controls count, and whether what is drawn will be sent."""
        editor, words = self._editor, self._words
        self.text.setVisible(self._canvas.pen.kind is MarkKind.NOTE)
        self.clear.setEnabled(bool(editor.markup))
        if editor.takes_markup is False:
            why = "markup.why.engine"
        elif str(editor.mode) != "vary":
            why = "markup.why.mask" if self._is_masked else "markup.why.mode"
        else:
            why = "markup.why.sent" if editor.markup else "markup.why.draw"
        self._why.setText(words(why))
        self.vary.setVisible(why in {"markup.why.mask", "markup.why.mode"})
        self.vary.setText(words("markup.clear_mask" if self._is_masked else "markup.vary"))
        self.vary.setAccessibleName(self.vary.text())
        self.vary.setToolTip(words("markup.clear_mask.tip") if self._is_masked else "")

    @property
    def _is_masked(self) -> bool:
        """Whether painting stands in the drawing's way."""
        mask = self._editor.mask
        return mask is not None and not mask.is_empty

    def _send_the_drawing(self) -> None:
        """The mask gives way; undo brings it back."""
        if self._is_masked:
            self._editor.clear_mask()
        self._editor.set_mode(Operation.VARY)

    def _ask_for_words(self, mark: Mark) -> None:
        """As an image editor does: click, type, Return."""
        self._wordless = mark
        self.text.setFocus()

    def _put_down(self) -> None:
        mark, self._wordless = self._wordless, None
        if mark is not None and self.text.text().strip():
            self._editor.add_mark(replace(mark, pen=self._canvas.pen))
            self.text.clear()
        self._canvas.setFocus()

    def _choose(self) -> None:
        self._canvas.pen = replace(
            self._canvas.pen,
            kind=MarkKind(self.kind.currentData()),
            colour=tuple(self.colour.currentData()),
            width=float(self.wide.value()),
            text=self.text.text(),
        )
        self.refresh()
