"""How long pixel work is told to give up: it asks a callable now and then, on its own thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from dalle_studio.core.errors import Cancelled

ShouldStop: TypeAlias = Callable[[], bool]


def never() -> bool:
    """The `should_stop` of whoever waits to the end."""
    return False


def check(should_stop: ShouldStop) -> None:
    """Raise Cancelled when it is time to stop."""
    if should_stop():
        raise Cancelled("errors.cancelled")
