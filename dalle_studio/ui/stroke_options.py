"""How strokes come out: flow, smoothing, spacing, and what pressure does. A small window by its button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from dalle_studio.tools.pointer import MOST_SPACING, Pressure
from dalle_studio.ui.controls import Segments, label, name, role
from dalle_studio.ui.numbers import Range, coupled

if TYPE_CHECKING:
    from dalle_studio.core.words import Words
    from dalle_studio.session.editor import Editor
    from dalle_studio.ui.controls import CurvedSlider
    from dalle_studio.ui.theme import Theme

_FLOW: Final = Range(1, 100, "%")
_SMOOTHING: Final = Range(0, 100, "px", curve=1.6)
_SPACING: Final = Range(0, round(100 * MOST_SPACING), "%", curve=1.6)


class StrokeOptions(QFrame):
    """Goes away with a click elsewhere or Esc. What is chosen counts at once."""

    def __init__(self, theme: Theme, words: Words, editor: Editor, owner: QWidget) -> None:
        super().__init__(owner, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        role(self, "popup")
        name(self, "strokeOptions", words("ui_stroke.title"))
        self._theme, self._words, self._editor, self._owner = theme, words, editor, owner
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(14, 10, 10, 14)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        brush = editor.brush
        self.flow = self._slider(0, "brushFlow", "ui.brushFlow", _FLOW, round(100 * brush.flow))
        self.smoothing = self._slider(1, "stroke_smoothing", "ui_stroke.smoothing", _SMOOTHING, round(brush.smoothing))
        self.spacing = self._slider(2, "stroke_spacing", "ui_stroke.spacing", _SPACING, round(100 * brush.spacing))
        self._pressure = brush.pressure
        self.pressure = Segments(words("ui_stroke.pressure"))
        for which in (Pressure.SIZE, Pressure.FLOW, Pressure.NONE):
            text, tip = words(f"ui_stroke.pressure.{which}"), words(f"ui_stroke.pressure.{which}.tip")
            self.pressure.add(which, f"pressure_{which}", text, tip)
        self.pressure.choose(brush.pressure)
        self.pressure.chosen.connect(self._choose_pressure)
        self._grid.setRowMinimumHeight(3, 30)
        self._grid.addWidget(label(words("ui_stroke.pressure"), "second"), 3, 0, 1, 3, Qt.AlignmentFlag.AlignBottom)
        self._grid.addWidget(self.pressure, 4, 0, 1, 3)

    def pop_up(self, by: QWidget) -> None:
        """Below `by`, or in the owner's corner where that is hidden."""
        at = by.mapToGlobal(by.rect().bottomLeft()) if by.isVisible() else self._owner.mapToGlobal(QPoint(0, 0))
        self.adjustSize()
        self.move(at)
        self.show()
        self.flow.setFocus()

    def _slider(self, row: int, object_name: str, text: str, span: Range, start: int) -> CurvedSlider:
        """`text` is the id of the label; with `.accessible` behind it, of what a screen reader says."""
        slider, number = coupled(self._theme, object_name, self._words(f"{text}.accessible"), span)
        for column, part in enumerate((label(self._words(text), "second"), slider, number)):
            self._grid.addWidget(part, row, column)
        slider.setValue(start)
        slider.valueChanged.connect(self._tell)
        return slider

    def _choose_pressure(self, which: str) -> None:
        self._pressure = Pressure(which)
        self._tell()

    def _tell(self) -> None:
        self._editor.set_flow(self.flow.value() / 100)
        self._editor.set_stroke(
            spacing=self.spacing.value() / 100, smoothing=self.smoothing.value(), pressure=self._pressure
        )
