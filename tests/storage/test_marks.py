from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.errors import BadInput
from dalle_studio.core.marks import NO_MARKS, Label, Marks, names
from dalle_studio.storage.library import StudioLibrary
from tests.storage import material
from tests.storage.conftest import OpenLibrary

ALL = Marks("봄 초안", True, 4, Label.GREEN, "하늘이 더 밝게", ("하늘",), ("표지",))


def test_marks_come_back_in_another_program_and_none_leave_no_row(
    library: StudioLibrary, open_library: OpenLibrary
) -> None:
    original = material.keep(library).original_id
    material.perform(library, "one", original=original)
    assert library.marks.change(["one", original], lambda _: ALL) == {"one": NO_MARKS, original: NO_MARKS}
    assert open_library().marks.all() == {"one": ALL, original: ALL}
    assert open_library().marks.of("two") == NO_MARKS
    old = library.marks.change(["one"], lambda marks: replace(marks, rating=1))
    library.marks.put({**old, "gone": ALL})
    assert library.marks.all()["one"] == ALL
    library.marks.change(["one", original], lambda _: NO_MARKS)
    assert library.marks.all() == {}


def test_a_mark_on_nothing_is_refused_and_nothing_is_marked(library: StudioLibrary) -> None:
    material.perform(library, "one")
    with pytest.raises(BadInput):
        library.marks.change(["one", "nobody"], lambda _: ALL)
    assert library.marks.all() == {}


@pytest.mark.parametrize("text", ["초안", "밝게", "하늘", "표지", "표지 밝게 눈", "closed 하늘", "사진"])
def test_search_looks_through_marks_of_the_edit_and_of_its_photo(library: StudioLibrary, text: str) -> None:
    original = material.keep(library).original_id
    material.perform(library, "one", original=original)
    material.perform(library, "other", prompt="another", prompt_sent=None)
    library.marks.change(["one"], lambda _: replace(ALL, tags=()))
    library.marks.change([original], lambda _: Marks(tags=("하늘",)))
    assert [edit.edit_id for edit in library.search(text)] == ["one"]


def test_marks_go_with_what_they_are_on_and_leave_no_byte(library: StudioLibrary, data_dir: Path) -> None:
    original = material.keep(library).original_id
    material.perform(library, "one", original=original)
    library.marks.change(["one", original], lambda _: ALL)
    library.delete(original)
    assert library.marks.all().keys() == {"one", original}
    library.empty_trash()
    assert library.marks.all() == {}
    everything = b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
    assert ALL.note.encode() not in everything


def test_a_stamp_grows_with_every_change_of_an_edit(library: StudioLibrary, open_library: OpenLibrary) -> None:
    material.perform(library, "still")
    material.perform(library, "one", count=2)
    listing = library.listing
    newest, oldest = listing.stamps()
    assert [edit.edit_id for edit in listing.read([oldest, newest, 99])] == ["one", "still"]
    other = open_library()
    for change in (
        lambda: other.choose("one", 1),
        lambda: other.add_output("one", Path("somewhere.png")),
        lambda: other.store_answer("one", material.answer("again")),
    ):
        before = listing.stamps()
        change()
        after = listing.stamps()
        assert after[newest] > before[newest]
        assert after[oldest] == before[oldest]
    library.delete("one")
    assert listing.stamps().keys() == {oldest}
    assert listing.read([newest]) == []


@given(st.lists(st.text(alphabet=st.characters(exclude_characters=",", exclude_categories=["C", "Z"]), min_size=1)))
def test_names_are_parted_by_commas_and_each_is_once(given_names: list[str]) -> None:
    assert names(" , ".join([*given_names, *given_names])) == tuple(dict.fromkeys(given_names))
