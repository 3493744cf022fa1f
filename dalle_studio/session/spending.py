"""What was spent today and in this month, for whoever shows it. Values; `spending` blocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

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

    @property
    def is_nothing(self) -> bool:
        return self.month + self.maybe == 0


def spending(house: House) -> Spending:
    """*Blocking.* By the local calendar."""
    today = date.today().isoformat()  # noqa: DTZ011 - the user's own day
    month = house.library.costs(today[:7])
    return Spending(
        house.library.costs(today).known_usd, month.known_usd, month.maybe_usd, house.settings.monthly_cap_usd
    )
