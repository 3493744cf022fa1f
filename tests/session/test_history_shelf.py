"""Reading the history again and again, and noticing what other programs do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from dalle_studio.session import history_shelf
from dalle_studio.session.comparing import difference
from dalle_studio.session.history_shelf import HistoryShelf
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.storage import material


@pytest.fixture
def library(data_dir: Path) -> Iterator[StudioLibrary]:
    own = StudioLibrary(Places(data_dir))
    yield own
    own.close()
    own.places.close()


def shown(shelf: HistoryShelf) -> list[str]:
    return sorted(edit.edit_id for edit in shelf.edits)


def test_the_newest_come_first_and_the_rest_in_portions(
    library: StudioLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_shelf, "FIRST", 2)
    monkeypatch.setattr(history_shelf, "PORTION", 3)
    for number in range(6):
        material.perform(library, f"e{number}", original=material.keep(library).original_id)
    shelf = HistoryShelf()
    reading = shelf.read(library)
    assert next(reading) is True
    assert shown(shelf) == ["e4", "e5"]
    assert [original.name for original in shelf.originals] == ["사진.jpg"]
    assert list(reading) == [True, False]
    assert shown(shelf) == [f"e{number}" for number in range(6)]


def test_a_reading_that_begins_during_another_one_knows_what_happened_in_between(
    library: StudioLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_shelf, "FIRST", 1)
    monkeypatch.setattr(history_shelf, "PORTION", 1)
    for number in range(3):
        material.perform(library, f"e{number}", count=2)
    shelf = HistoryShelf()
    slow = shelf.read(library)
    next(slow)
    library.choose("e0", 1)
    material.perform(library, "e3")
    assert list(shelf.read(library))[-1] is False
    assert list(slow)[-1] is False
    assert shown(shelf) == ["e0", "e1", "e2", "e3"]
    assert {edit.edit_id: edit.thumbnail for edit in shelf.edits}["e0"] == library.edit("e0").thumbnail


def test_only_what_changed_is_read_again(library: StudioLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two", "three"):
        material.perform(library, name, count=2)
    shelf = HistoryShelf()
    assert list(shelf.read(library)) == [False]
    read: list[list[int]] = []
    real = library.listing.read
    monkeypatch.setattr(library.listing, "read", lambda wanted: [*map(read.append, [list(wanted)]), *real(wanted)][1:])
    assert list(shelf.read(library)) == [False]
    assert read == []
    library.choose("two", 1)
    library.delete("one")
    assert list(shelf.read(library)) == [False]
    assert [len(wanted) for wanted in read] == [1]
    known = {edit.edit_id: edit.thumbnail for edit in shelf.edits}
    assert known == {name: library.edit(name).thumbnail for name in ("two", "three")}
    library.restore("one")
    assert list(shelf.read(library)) == [False]
    assert shown(shelf) == ["one", "three", "two"]


def test_what_another_program_writes_is_noticed_once_and_own_writing_is_not(
    library: StudioLibrary, data_dir: Path
) -> None:
    assert library.listing.others_wrote() is False
    material.perform(library, "mine")
    assert library.listing.others_wrote() is False
    other = StudioLibrary(Places(data_dir))
    other.edits()
    assert library.listing.others_wrote() is False
    material.perform(other, "theirs")
    assert library.listing.others_wrote() is True
    assert library.listing.others_wrote() is False
    other.close()
    other.places.close()


def test_the_difference_is_where_pixels_differ() -> None:
    first = np.full((10, 20, 3), 100, np.uint8)
    second = first.copy()
    second[2:4, 5:10, 1] += 7
    shown_pixels, changed = difference(first, second)
    assert changed == 10 / 200
    assert shown_pixels[3, 6].tolist() == [0, 28, 0]
    assert shown_pixels[0, 0].tolist() == [0, 0, 0]
