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
_PLACES = 6
_STEP = 10**-_PLACES


def dollars(amount: float) -> str:
    """`$0.13`; less than a cent with four places."""
    return f"${amount:.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.4f}"


def today_text(words: Words, spent: Spending) -> str:
    """What today cost; where answers were lost or have no price, what it cost at the most, too."""
    if spent.maybe_today <= 0:
        return words("ui_money.today", usd=dollars(spent.today))
    return words("ui_money.today_to", usd=dollars(spent.today), most=dollars(spent.today + spent.maybe_today))


def spent_text(words: Words, spent: Spending) -> str:
    """One line a fact: today, this month, what may come on top."""
    lines = [
        today_text(words, spent),
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
        self.setDecimals(_PLACES)  # first: the range is rounded to them
        self.setRange(-_STEP, _MOST)
        self.setSingleStep(1.0)
        self.setSpecialValueText(words("ui_money.no_cap"))
        self.setPrefix("$ ")
        self.setValue(-_STEP if cap is None else cap)
        self.lineEdit().setTextMargins(7, 0, 0, 0)
        FieldKeys.keep(self)

    def textFromValue(self, value: float) -> str:
        """Cents, and what is below a cent where there is any."""
        point = self.locale().decimalPoint()
        whole, _, places = super().textFromValue(value).partition(point)
        return f"{whole}{point}{places[:2]}{places[2:].rstrip('0')}"

    @property
    def cap(self) -> float | None:
        return None if self.value() < 0 else round(self.value(), _PLACES)


def spent_label(words: Words, spent: Spending) -> QLabel:
    """The same for the settings."""
    shown = label(spent_text(words, spent))
    name(shown, "settingSpent", words("ui_money.spent"))
    return shown
