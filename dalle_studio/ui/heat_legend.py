"""What the colours of the map of changes mean, with the numbers that matter. Lies over the lower left of the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import ToolButton, label, name, role
from dalle_studio.ui.status import percent
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.session.heat import Heat

_SCALE: Final = 8


class _Scale(QWidget):
    """The colours, from the smallest difference to the largest."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(_SCALE)
        self.setMinimumWidth(180)

    def paintEvent(self, event: QPaintEvent) -> None:
        from dalle_studio.session.heat import STOPS

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ramp = QLinearGradient(0, 0, self.width(), 0)
        for place, colour in STOPS:
            ramp.setColorAt(place, QColor(*colour))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ramp)
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
        painter.end()


class HeatLegend(QFrame):
    """Shown while the map is."""

    def __init__(self, theme: Theme, words: Words, parent: QWidget, close: Callable[[], None]) -> None:
        super().__init__(parent)
        role(self, "notice")
        name(self, "heatLegend", words("reblend.heat"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._words = words
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 8, 12)
        column.setSpacing(5)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(words("reblend.heat"), "strong"))
        head.addStretch(1)
        shut = ToolButton(theme, "close", "heatClose", words("reblend.heat.close"), 24)
        shut.clicked.connect(close)
        head.addWidget(shut)
        column.addLayout(head)
        column.addWidget(_Scale())
        ends = QHBoxLayout()
        ends.addWidget(label(words("reblend.heat.small"), "small"))
        ends.addStretch(1)
        ends.addWidget(label(words("reblend.heat.large"), "small"))
        column.addLayout(ends)
        self._facts = label("", "second")
        self._proof = label("", "verified")
        for part in (self._facts, self._proof):
            column.addWidget(part)
        self.hide()

    def show_heat(self, shown: bool, heat: Heat | None) -> None:
        """The numbers of a map, or that it is being made."""
        words = self._words
        if heat is None:
            self._facts.setText(words("reblend.heat.working"))
            self._proof.setText("")
        elif heat.share == 0:
            self._facts.setText(words("reblend.heat.none"))
            self._proof.setText("")
        else:
            self._facts.setText(words("reblend.heat.facts", share=percent(heat.share), largest=heat.largest))
            stray = words("reblend.heat.stray", count=f"{heat.stray:,}")
            self._proof.setText(words("reblend.heat.clean") if heat.stray == 0 else stray)
        self._proof.setVisible(bool(self._proof.text()))
        self.setAccessibleDescription(f"{self._facts.text()} {self._proof.text()}".strip())
        self.setVisible(shown)
        self.adjustSize()
