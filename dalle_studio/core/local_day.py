"""The user's own day: by it money is counted, and engine models end."""

from __future__ import annotations

from datetime import date, datetime


def today() -> date:
    """By the clock and the time zone of this computer."""
    return datetime.now().astimezone().date()
