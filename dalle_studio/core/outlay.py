"""What something that leaves may cost, as it is journalled before it leaves. Plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outlay:
    """One request, or the requests of one edit, in the account."""

    outlay_id: str
    host: str
    engine: str
    """An engine's name, or `describe` or `translate`."""
    model: str | None
    pictures: int
    expected_usd: float
    """US dollars it will cost at most; 0 = unknown, or nothing."""
    cap_usd: float | None
    """Dollars that may be spent in a calendar month, this included; None = as many as it takes."""
