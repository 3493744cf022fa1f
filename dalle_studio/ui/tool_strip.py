"""The strip on the left: one button a tool that exists."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dalle_studio.ui.actions import Actions
from dalle_studio.ui.controls import ToolButton, by_pointer, role
from dalle_studio.ui.theme import Theme

TOOLS: Final = (
    ("brush", "eraser"),
    ("rectangle", "ellipse", "lasso", "wand", "smart_select"),
    ("crop", "markup", "pan", "zoom"),
)
"""In groups, with a little room between them."""


class ToolStrip(QWidget):
    """Buttons that mirror the tool actions; the action says which tool is chosen."""

    let_go = Signal()
    """A button was clicked: the canvas wants the keys now."""

    def __init__(self, theme: Theme, actions: Actions) -> None:
        super().__init__()
        role(self, "strip")
        self.setObjectName("toolStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(48)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 8, 5, 8)
        column.setSpacing(4)
        for group in TOOLS:
            if group is not TOOLS[0]:
                column.addSpacing(6)
            for tool in group:
                button = _button(theme, actions, tool)
                by_pointer(button, self.let_go.emit)
                column.addWidget(button)
        column.addStretch(1)


def _button(theme: Theme, actions: Actions, tool: str) -> ToolButton:
    action = actions[f"tool_{tool}"]
    object_name = "tool" + "".join(part.capitalize() for part in tool.split("_"))
    button = ToolButton(theme, tool, object_name, action.text())
    button.setCheckable(True)
    button.setChecked(action.isChecked())
    button.setToolTip(actions.tip(f"tool_{tool}"))
    button.clicked.connect(action.trigger)
    action.toggled.connect(button.setChecked)
    return button
