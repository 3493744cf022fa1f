"""The signals that ask the command line to end: Ctrl+C, SIGTERM, and SIGHUP of a terminal that is closed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

ENDING: Final = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Windows has no SIGHUP."""


def heeded() -> tuple[signal.Signals, ...]:
    """Those of `ENDING` that are not ignored: what runs under `nohup` goes on when its terminal is closed."""
    return tuple(number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN)


@contextmanager
def kept() -> Iterator[None]:
    """Whoever listens to them listens again afterwards: an event loop that ends leaves none but Ctrl+C."""
    before = {number: signal.getsignal(number) for number in ENDING}
    try:
        yield
    finally:
        with suppress(ValueError):  # not on the main thread
            for number, listener in before.items():
                if listener is not None:  # None: it is not Python's
                    signal.signal(number, listener)


@contextmanager
def raised() -> Iterator[None]:
    """All of them raise KeyboardInterrupt inside, as Ctrl+C does, so that what is under way can say how it ended."""
    with kept():
        with suppress(ValueError):
            for number in heeded():
                signal.signal(number, signal.default_int_handler)
        yield
