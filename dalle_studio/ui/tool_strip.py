"""The strip on the left: one button a tool that exists."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dalle_studio.ui.actions import Actions
from dalle_studio.ui.controls import ToolButton, role
from dalle_studio.ui.theme import Theme

TOOLS: Final = ("brush", "eraser", "pan", "zoom")


class ToolStrip(QWidget):
    """Buttons that mirror the tool actions; the action says which tool is chosen."""

    def __init__(self, theme: Theme, actions: Actions) -> None:
        super().__init__()
        role(self, "strip")
        self.setObjectName("toolStrip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(48)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 8, 5, 8)
        column.setSpacing(4)
        for tool in TOOLS:
            action = actions[f"tool_{tool}"]
            button = ToolButton(theme, tool, f"tool{tool.capitalize()}", action.text())
            button.setCheckable(True)
            button.setChecked(action.isChecked())
            button.setToolTip(actions.tip(f"tool_{tool}"))
            button.clicked.connect(action.trigger)
            action.toggled.connect(button.setChecked)
            column.addWidget(button)
        column.addStretch(1)
