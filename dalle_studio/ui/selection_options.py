"""What can be set for the selection tools, in the bar above the canvas."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.imaging.selection import Combine
from dalle_studio.tools.pointer import ToolName
from dalle_studio.tools.selecting import SelectionOptions
from dalle_studio.ui.check import Check
from dalle_studio.ui.controls import ToolButton, by_pointer, name, role
from dalle_studio.ui.numbers import Range, add_number
from dalle_studio.ui.theme import Theme

_WANTS: Final = {
    "antialias": {ToolName.ELLIPSE, ToolName.LASSO, ToolName.WAND},
    "tolerance": {ToolName.WAND},
    "contiguous": {ToolName.WAND},
    "all_channels": {ToolName.WAND},
    "by_strokes": {ToolName.SMART_SELECT},
    "radius": {ToolName.SMART_SELECT},
}
"""Which tools look at which option."""


class SelectionRow(QWidget):
    """New, add, subtract, intersect, and what the tool at hand knows besides."""

    chosen = Signal(object)
    """SelectionOptions."""
    let_go = Signal()
    """As of the bar it is in."""

    def __init__(self, theme: Theme, words: Words) -> None:
        super().__init__()
        role(self, "plain")
        name(self, "selectionOptions", words("ui_tools.combine"))
        self.options = SelectionOptions()
        self._theme = theme
        self._words = words
        self._tool = ToolName.RECTANGLE
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addLayout(self._combine_buttons(theme))
        self._parts: dict[str, QWidget] = {
            "tolerance": self._number(theme, "tolerance", Range(0, 255, "", curve=1.5), self.options.tolerance),
            "contiguous": self._check("contiguous", checked=self.options.contiguous),
            "all_channels": self._check("all_channels", checked=self.options.all_channels),
            "antialias": self._check("antialias", checked=self.options.antialias),
            "by_strokes": self._check("by_strokes", checked=self.options.by_strokes),
            "radius": self._number(theme, "radius", Range(2, 400, "px", curve=2), round(2 * self.options.radius)),
        }
        for part in self._parts.values():
            row.addWidget(part)

    def show_tool(self, tool: ToolName) -> None:
        self._tool = tool
        for key, part in self._parts.items():
            part.setVisible(tool in _WANTS[key] and (key != "radius" or self.options.by_strokes))

    # --- building ----------------------------------------------------------------------------------------------

    def _combine_buttons(self, theme: Theme) -> QHBoxLayout:
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        self._group = QButtonGroup(self)
        for how in Combine:
            text = self._words(f"tools.combine_{how}")
            button = ToolButton(theme, f"combine_{how}", f"combine{how.capitalize()}", text, 28)
            button.setToolTip(text)
            button.setCheckable(True)
            button.setChecked(how is self.options.combine)
            by_pointer(button, self.let_go.emit)
            button.clicked.connect(lambda _=False, how=how: self._choose(combine=how))
            self._group.addButton(button)
            buttons.addWidget(button)
        return buttons

    def _check(self, key: str, *, checked: bool) -> Check:
        box = Check(self._theme, f"selection_{key}", self._words(f"tools.{key}"))
        box.setChecked(checked)
        by_pointer(box, self.let_go.emit)
        box.toggled.connect(lambda now: self._choose(**{key: now}))
        return box

    def _number(self, theme: Theme, key: str, span: Range, start: int) -> QWidget:
        part = QWidget()
        role(part, "plain")
        inner = QHBoxLayout(part)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(8)
        text = self._words("tools.stroke_radius" if key == "radius" else f"tools.{key}")
        slider = add_number(inner, theme, f"selection_{key}", (text, text), span)
        by_pointer(slider, self.let_go.emit)
        slider.setValue(start)
        slider.valueChanged.connect(
            lambda value: self._choose(**({"radius": value / 2} if key == "radius" else {key: value}))
        )
        return part

    def _choose(self, **changes: object) -> None:
        self.options = replace(self.options, **changes)  # type: ignore[arg-type]  # keys and types are those above
        if "by_strokes" in changes:
            self.show_tool(self._tool)
        self.chosen.emit(self.options)
