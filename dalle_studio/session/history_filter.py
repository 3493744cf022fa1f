"""Which rows of the history are shown: words that must occur, and what the edits must be. No Qt, any thread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dalle_studio.core.hangul import begun
from dalle_studio.core.marks import Label
from dalle_studio.session.history_rows import HistoryRow, plain

if TYPE_CHECKING:
    from dalle_studio.core.look import Colour, Look
    from dalle_studio.core.operation import Operation


@dataclass(frozen=True, slots=True)
class Filter:
    """All of it must hold; as it is made, everything is shown."""

    text: str = ""
    begun: str = ""
    """What an input method is still composing at the end of the text."""
    favourite: bool = False
    rating: int = 0
    """At least so many stars."""
    label: Label = Label.NONE
    operation: Operation | None = None
    engine: str = ""
    """An engine model, or an engine's name where it has none."""
    paid: bool = False
    """Only what cost money, or may have."""
    colour: Colour | None = None
    """Only pictures in which there is much of it."""
    like: int | None = None
    """Only pictures that look like this one (`Look.bits`)."""

    @property
    def is_open(self) -> bool:
        """Whether everything is shown, apart from the words searched for."""
        return self == Filter(text=self.text, begun=self.begun)

    def accepts(self, row: HistoryRow) -> bool:
        """Apart from the words."""
        marks, edit = row.marks, row.edit
        if (self.favourite and not marks.favourite) or marks.rating < self.rating:
            return False
        if self.label and marks.label is not self.label:
            return False
        if (self.colour or self.like is not None) and not self._shows(row.look):
            return False
        if edit is None:  # a photo, or a heading: of itself it is found by its words and marks only
            return not (self.operation or self.engine or self.paid or row.original is None)
        if self.operation is not None and edit.operation != self.operation:
            return False
        if self.engine and self.engine != engine_of(row):
            return False
        return not self.paid or bool(edit.cost_usd or edit.maybe_billed)

    def _shows(self, look: Look | None) -> bool:
        if look is None or (self.colour and self.colour not in look.colours):
            return False
        return self.like is None or look.resembles(self.like)


def engine_of(row: HistoryRow) -> str:
    """What `Filter.engine` is compared with."""
    return "" if row.edit is None else row.edit.model or row.edit.engine


def _wanted(wish: Filter) -> tuple[list[str], re.Pattern[str] | None]:
    """The finished words, and what the last one may become while it is composed."""
    if not wish.begun.strip():
        return plain(wish.text).split(), None
    *words, last = plain(wish.text + wish.begun).split()
    return words, re.compile(re.escape(last[:-1]) + begun(last[-1]))


def found(rows: list[HistoryRow], wanted: Filter | str) -> list[HistoryRow]:
    """The rows that the filter accepts and whose words contain every word of its text, with what they hang on."""
    wish = Filter(text=wanted) if isinstance(wanted, str) else wanted
    words, unfinished = _wanted(wish)
    if not (words or unfinished) and wish.is_open:
        return rows
    kept: list[HistoryRow] = []
    path: list[HistoryRow] = []
    shown = 0  # how much of the path stands in `kept` already
    anything = wish.is_open
    for row in rows:  # ten thousand times with every key: what can be done outside is done outside
        depth = row.depth
        if depth < len(path):
            del path[depth:]
            shown = min(shown, depth)
        path.append(row)
        haystack = row.haystack
        for word in words:
            if word not in haystack:
                break
        else:
            if (unfinished is None or unfinished.search(haystack)) and (anything or wish.accepts(row)):
                kept.extend(path[shown:])
                shown = len(path)
    return kept
