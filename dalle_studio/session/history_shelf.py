"""What the history shows, kept in memory and brought up to date at the price of what changed. The disk's lane only.

The first reading of a large library comes in portions, newest first, so that the first page is there at once and
nothing else in the lane waits long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dalle_studio.core.look import Look
    from dalle_studio.core.marks import Marks
    from dalle_studio.core.records import EditRecord, Original
    from dalle_studio.session.house import WindowLibrary

FIRST: Final = 60
"""Edits of the first portion: more than a screen."""
PORTION: Final = 400


class HistoryShelf:
    """Edits by sequence, each with the stamp it was read at."""

    def __init__(self) -> None:
        self._edits: dict[int, EditRecord] = {}
        self._stamps: dict[int, int] = {}
        self.originals: list[Original] = []
        self.marks: Mapping[str, Marks] = {}
        self.looks: dict[str, Look | None] = {}
        """Thumbnail's blob → how it looks, as far as that is known; None of one that can't be read."""
        self._asked: set[str] = set()

    @property
    def edits(self) -> list[EditRecord]:
        """In no order."""
        return list(self._edits.values())

    @property
    def unseen(self) -> list[str]:
        """Thumbnails that nobody has looked at, newest first."""
        edits = (self._edits[sequence].thumbnail for sequence in sorted(self._edits, reverse=True))
        photos = (original.thumbnail for original in self.originals)
        return [blob for blob in dict.fromkeys((*edits, *photos)) if blob and blob not in self.looks]

    def read(self, library: WindowLibrary) -> Iterator[bool]:
        """Take in what has changed by now, a portion with each step. The steps are True until the last.

        What changes meanwhile is for the next reading.
        """
        stamps = library.listing.stamps()
        for gone in self._edits.keys() - stamps.keys():
            del self._edits[gone], self._stamps[gone]
        stale = [sequence for sequence, stamp in stamps.items() if self._stamps.get(sequence) != stamp]
        first = FIRST if not self._edits else PORTION
        while len(stale) > first:
            portion, stale = stale[:first], stale[first:]
            self._take(library, portion, stamps)
            if not self.originals:
                self._take_photos(library)
            yield True
            first = PORTION
        self._take(library, stale, stamps)
        self._take_photos(library)
        asked = set(self.unseen) - self._asked
        if asked:
            self._asked |= asked
            self.looks |= library.looks.of(asked)
        yield False

    def _take(self, library: WindowLibrary, wanted: list[int], stamps: Mapping[int, int]) -> None:
        # Another reading may have been faster; it knows what happened later.
        missing = [sequence for sequence in wanted if self._stamps.get(sequence, -1) < stamps[sequence]]
        if missing:
            for edit in library.listing.read(missing):
                self._edits[edit.sequence] = edit
                self._stamps[edit.sequence] = stamps[edit.sequence]

    def _take_photos(self, library: WindowLibrary) -> None:
        self.originals = library.originals()
        self.marks = library.marks.all()
