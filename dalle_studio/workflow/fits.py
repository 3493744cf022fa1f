"""How answers were found to fit, remembered: measuring takes a second, and no blend setting but one changes it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.workflow.fitting import Fitted

KEPT: Final = 4
"""Answers of the size of a crop: a few megabytes each."""

Key: TypeAlias = tuple[str, int, bool]
"""Edit id, candidate, and whether it was aligned. The ground is that which the engine saw, so it is the same."""


class Fits:
    """The last few. Any thread."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._found: OrderedDict[Key, Fitted] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, measure: Callable[[], Fitted]) -> Fitted:
        """What was found before, or what `measure` finds now."""
        with self._lock:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
                return found
        fitted = measure()
        with self._lock:
            self._found[key] = fitted
            while len(self._found) > self._kept:
                self._found.popitem(last=False)
        return fitted
