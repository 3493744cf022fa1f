"""What was spent this month, and how much may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDoubleSpinBox, QLabel

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import label, name
from dalle_studio.ui.fields import FieldKeys

if TYPE_CHECKING:
    from dalle_studio.session.spending import Spending

_MOST = 100_000.0


def dollars(amount: float) -> str:
    """`$0.13`; less than a cent with four places."""
    return f"${amount:.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.4f}"


def spent_text(words: Words, spent: Spending) -> str:
    """One line a fact: today, this month, what may come on top."""
    lines = [
        words("ui_money.today", usd=dollars(spent.today)),
        words("ui_money.month", usd=dollars(spent.month))
        if spent.cap is None
        else words("ui_money.month_of", usd=dollars(spent.month), cap=dollars(spent.cap)),
    ]
    if spent.maybe > 0:
        lines.append(words("ui_money.maybe", usd=dollars(spent.maybe)))
    return "\n".join(lines)


class CapField(QDoubleSpinBox):
    """Dollars a month; at its lowest: no limit."""

    def __init__(self, words: Words, cap: float | None) -> None:
        super().__init__()
        name(self, "settingMonthlyCap", words("ui_money.cap"))
        self.setRange(-0.01, _MOST)
        self.setDecimals(2)
        self.setSingleStep(1.0)
        self.setSpecialValueText(words("ui_money.no_cap"))
        self.setPrefix("$ ")
        self.setValue(-0.01 if cap is None else cap)
        self.lineEdit().setTextMargins(7, 0, 0, 0)
        FieldKeys.keep(self)

    @property
    def cap(self) -> float | None:
        return None if self.value() < 0 else round(self.value(), 2)


def spent_label(words: Words, spent: Spending) -> QLabel:
    """The same for the settings."""
    shown = label(spent_text(words, spent))
    name(shown, "settingSpent", words("ui_money.spent"))
    return shown
