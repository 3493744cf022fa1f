"""What the history lists of an edit is what the edit's own record says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dalle_studio.core.records import EditRecord, Operation, Usage
from dalle_studio.core.reshape import Reshape
from dalle_studio.storage import listing
from dalle_studio.storage.library import StudioLibrary
from tests.fakes.records import listed
from tests.storage import material


def add(library: StudioLibrary, edit_id: str, costs: tuple[float | None, ...] = (), **changes: Any) -> EditRecord:
    """An edit with an answer for each cost."""
    library.begin(material.intent(edit_id, count=len(costs), **changes))
    for index, cost in enumerate(costs):
        library.store_answer(edit_id, material.answer(edit_id, index, Usage(1, 2, "{}", cost)))
    candidates = tuple(material.composed(edit_id, index) for index in range(len(costs)))
    return library.finish(edit_id, candidates, feather=5, seconds={"wait": 1.5, "save": 0.25})


def test_an_edit_is_listed_as_its_record_says(library: StudioLibrary) -> None:
    original = material.keep(library).original_id
    add(library, "priced", (0.25, 0.5), original=original)
    add(library, "half known", (0.25, None), original=original, parent="priced")
    turned = material.intent("made here", reshape=Reshape(mirrored=True), engine="local", model=None, prompt="")
    library.record(turned, None, b"small picture")
    add(library, "with others", (None,), references=(b"one", b"two"), operation=Operation.VARY)
    library.choose("priced", 1)
    library.add_output("priced", Path("돛단배.png"))
    material.perform(library, "without usage")
    records = library.edits()
    rows = library.listing.read(library.listing.stamps())
    for row, record in zip(rows, records, strict=True):
        wanted = listed(record)
        assert row == wanted._replace(stamp=row.stamp, seconds_json=row.seconds_json, canvas_json=row.canvas_json)
        assert (row.seconds, row.canvas) == (sum(record.seconds.values()), record.canvas)
        assert (row.reshape, row.references) == (record.reshape, record.references)
    assert [row.cost_usd for row in rows] == [None, None, None, None, 0.75]


@pytest.mark.parametrize("gone", ["one", "two"])
def test_the_trash_is_listed_apart(library: StudioLibrary, gone: str) -> None:
    records = {name: material.perform(library, name) for name in ("one", "two")}
    library.delete(gone)
    (row,) = library.listing.trashed()
    assert row == listed(records[gone])._replace(stamp=row.stamp)
    assert [one.edit_id for one in library.listing.read(library.listing.stamps())] == [*(records.keys() - {gone})]


def test_many_are_read_in_one_run_and_only_those(library: StudioLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        material.perform(library, f"e{number}")
    library.delete("e2")
    sequences = [*library.listing.stamps()]
    few = [library.listing.read(wanted) for wanted in (sequences, sequences[1:4], sequences[::2], [])]
    monkeypatch.setattr(listing, "_MANY", 1)
    assert [library.listing.read(wanted) for wanted in (sequences, sequences[1:4], sequences[::2], [])] == few
    assert [edit.edit_id for edit in few[0]] == ["e5", "e4", "e3", "e1", "e0"]
