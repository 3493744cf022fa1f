"""What the history shows, kept in memory and brought up to date at the price of what changed. The disk's lane only.

The first reading of a large library comes in portions, newest first, so that the first page is there at once and
nothing else in the lane waits long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dalle_studio.core.listed import Listed
    from dalle_studio.core.look import Look
    from dalle_studio.core.marks import Marks
    from dalle_studio.core.records import Original
    from dalle_studio.session.history_rows import HistoryRow
    from dalle_studio.session.house import WindowLibrary

FIRST: Final = 60
"""Edits of the first portion: more than a screen."""
PORTION: Final = 2500
"""10 to 20 ms."""


class HistoryShelf:
    """Edits by sequence."""

    def __init__(self) -> None:
        self._edits: dict[int, Listed] = {}
        self.originals: list[Original] = []
        self.marks: Mapping[str, Marks] = {}
        self.looks: dict[str, Look | None] = {}
        """Thumbnail's blob → how it looks, as far as that is known and was asked for; None of what can't be read."""
        self.rows: dict[str, HistoryRow] = {}
        """As they were arranged last; a row that is still right is used again."""
        self._asked: dict[str, None] = {}

    @property
    def edits(self) -> list[Listed]:
        """In no order."""
        return list(self._edits.values())

    @property
    def unseen(self) -> list[str]:
        """Thumbnails that nobody has looked at, of those whose looks were recalled."""
        return [blob for blob in self._asked if blob not in self.looks]

    def prompts(self, limit: int) -> list[str]:
        """The latest ones, newest first, each once."""
        found: dict[str, None] = {}
        for sequence in sorted(self._edits, reverse=True):
            prompt = self._edits[sequence].prompt
            if prompt:
                found[prompt] = None
            if len(found) == limit:
                break
        return list(found)

    def read(self, library: WindowLibrary) -> Iterator[bool]:
        """Take in what has changed by now, a portion with each step. The steps are True until the last.

        What changes meanwhile is for the next reading.
        """
        stamps = library.listing.stamps()
        for gone in self._edits.keys() - stamps.keys():
            del self._edits[gone]
        known = self._edits
        stale = [
            sequence for sequence, stamp in stamps.items() if sequence not in known or known[sequence].stamp != stamp
        ]
        self.originals, self.marks = library.originals(), library.marks.all()
        first = FIRST if not self._edits else PORTION
        new = stale[:FIRST]
        while len(stale) > first:
            portion, stale = stale[:first], stale[first:]
            self._take(library, portion, stamps)
            yield True
            first = PORTION
        self._take(library, stale, stamps)
        edits = (self._edits[sequence].thumbnail for sequence in new if sequence in self._edits)
        self._recall(library, (*edits, *(original.thumbnail for original in self.originals[:FIRST])))
        yield False

    def recall_looks(self, library: WindowLibrary) -> None:
        """Of all pictures, as far as anybody has looked at them."""
        edits = (self._edits[sequence].thumbnail for sequence in sorted(self._edits, reverse=True))
        self._recall(library, (*edits, *(original.thumbnail for original in self.originals)))

    def _take(self, library: WindowLibrary, wanted: list[int], stamps: Mapping[int, int]) -> None:
        # Another reading may have been faster; it knows what happened later.
        known = self._edits
        missing = [one for one in wanted if one not in known or known[one].stamp < stamps[one]]
        if missing:
            self._edits |= {edit.sequence: edit for edit in library.listing.read(missing)}

    def _recall(self, library: WindowLibrary, blobs: Iterable[str | None]) -> None:
        asked = dict.fromkeys(blob for blob in blobs if blob and blob not in self._asked)
        if asked:
            self._asked |= asked
            self.looks |= library.looks.of(asked)
