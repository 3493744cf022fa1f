"""What was spent today and in this month, for whoever shows it. Values; `spending` blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dalle_studio.core.local_day import today

if TYPE_CHECKING:
    from dalle_studio.session.house import House


@dataclass(frozen=True, slots=True)
class Spending:
    """US dollars."""

    today: float = 0.0
    month: float = 0.0
    maybe: float = 0.0
    """What may come on top in this month: lost answers, and answers without a price."""
    cap: float | None = None
    """That may be spent in a month."""
    maybe_today: float = 0.0
    """The part of `maybe` that is of today."""

    @property
    def is_nothing(self) -> bool:
        return self.month + self.maybe == 0


def spending(house: House) -> Spending:
    """*Blocking.* By the local calendar."""
    date = today().isoformat()
    day, month = house.library.costs(date), house.library.costs(date[:7])
    return Spending(
        day.known_usd, month.known_usd, month.maybe_usd, house.settings.monthly_cap_usd, maybe_today=day.maybe_usd
    )
