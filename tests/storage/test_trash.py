from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.upkeep import DamageKind
from tests.storage import material
from tests.storage.conftest import OpenLibrary

if TYPE_CHECKING:
    import pytest


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_deleted_edit_is_gone_from_the_history_and_can_be_restored(library: StudioLibrary) -> None:
    kept = material.perform(library, "one")
    library.delete("one")
    assert library.edits() == library.search("closed") == []
    assert [edit.edit_id for edit in library.trashed()] == ["one"]
    library.restore("one")
    assert library.edits() == [kept]
    assert library.trashed() == []


def test_a_photo_without_edits_is_deleted_too(library: StudioLibrary, data_dir: Path) -> None:
    original = material.keep(library, b"PHOTO-BYTES", "private-name.jpg")
    library.delete(original.original_id)
    assert library.originals() == []
    assert library.trashed_originals() == [original]
    library.restore(original.original_id)
    assert library.originals() == [original]
    library.delete(original.original_id)
    assert library.empty_trash().originals == 1
    assert library.trashed_originals() == []
    library.close()
    assert b"PHOTO-BYTES" not in everything_in(data_dir)
    assert b"private-name" not in everything_in(data_dir)


def test_a_photo_comes_back_with_its_edits(library: StudioLibrary) -> None:
    original = material.keep(library).original_id
    edits = [material.perform(library, name, original=original) for name in ("one", "two")]
    library.delete(original)
    assert library.edits() == []
    library.restore(original)
    assert library.edits() == edits[::-1]


def test_after_emptying_the_trash_no_byte_is_left(
    library: StudioLibrary, open_library: OpenLibrary, data_dir: Path
) -> None:
    other = open_library()
    original = material.keep(library, b"PHOTO-BYTES", "private-name.jpg").original_id
    kept = material.perform(other, "kept", original=material.keep(other).original_id)
    material.perform(
        library,
        "secret",
        original=original,
        prompt="비밀 프롬프트",
        prompt_sent="secret prompt",
        mask_png=b"MASK-BYTES",
    )
    places = library.places
    places.drafts.mkdir()
    for name in (original, "secret"):
        (places.drafts / f"{name}.json").write_text(f"painted on {name}: DRAFT-BYTES")
    (places.drafts / "kept.json").write_text("painted on what is kept")
    traces = [
        b"DRAFT-BYTES",
        b"PHOTO-BYTES",
        b"private-name",
        "비밀 프롬프트".encode(),
        b"secret prompt",
        b"MASK-BYTES",
        material.answer("secret").data,
        material.composed("secret").patch_png,
        material.composed("secret").thumbnail,
    ]
    before = everything_in(data_dir)
    assert all(trace in before for trace in traces)
    library.delete("secret")
    emptied = library.empty_trash()
    assert (emptied.edits, emptied.originals, emptied.kept) == (1, 1, 0)
    after = everything_in(data_dir)
    assert [trace for trace in traces if trace in after] == []
    assert b"painted on what is kept" in after
    assert other.edits() == [kept]
    assert other.verify().damaged == ()


def test_a_whole_original_can_be_deleted(library: StudioLibrary, data_dir: Path) -> None:
    original = material.keep(library, b"PHOTO-BYTES").original_id
    material.perform(library, "one", original=original)
    material.perform(library, "two", original=original, parent="one")
    library.delete(original)
    assert library.originals() == []
    assert library.edits() == []
    assert library.empty_trash().edits == 2
    assert b"PHOTO-BYTES" not in everything_in(data_dir)


def test_an_original_that_was_only_opened_stays(library: StudioLibrary) -> None:
    opened = material.keep(library)
    library.empty_trash()
    assert library.originals() == [opened]


def test_the_photo_that_is_open_outlives_its_last_edit(library: StudioLibrary) -> None:
    opened = material.keep(library).original_id
    material.perform(library, "tried", original=opened)
    library.places.drafts.mkdir()
    draft = library.places.drafts / f"{opened}.json"
    draft.write_text("a mask for the next edit")
    library.delete("tried")
    assert library.empty_trash(opened).edits == 1
    assert draft.exists()
    material.perform(library, "again", original=opened)
    library.delete(opened)
    emptied = library.empty_trash(opened)
    assert (emptied.edits, emptied.originals) == (1, 1)
    assert not draft.exists()


def test_what_a_living_edit_stands_on_is_kept_until_that_goes_too(library: StudioLibrary) -> None:
    original = material.keep(library).original_id
    first = material.perform(library, "first", original=original)
    material.perform(library, "second", original=original, parent="first")
    material.perform(library, "third", original=original, parent="second")
    library.delete("first")
    library.delete("second")
    emptied = library.empty_trash()
    assert (emptied.edits, emptied.kept) == (0, 2)
    assert first.candidate is not None
    assert library.blob(first.candidate.patch) == material.composed("first").patch_png
    library.delete("third")
    assert library.empty_trash().edits == 3


def test_an_edit_still_on_its_way_is_not_emptied(library: StudioLibrary, open_library: OpenLibrary) -> None:
    library.begin(material.intent("one"))
    library.delete("one")
    assert open_library().empty_trash().edits == 0
    library.store_answer("one", material.answer("one"))
    library.finish("one", (material.composed("one"),), feather=0, seconds={})
    assert open_library().empty_trash().edits == 1


def test_opening_a_photo_again_takes_it_out_of_the_trash(library: StudioLibrary) -> None:
    original = material.keep(library)
    library.delete(original.original_id)
    assert material.keep(library) == original
    library.empty_trash()
    assert library.originals() == [original]


def test_what_was_spent_and_sent_stays_counted(library: StudioLibrary) -> None:
    material.perform(library, "one")
    library.delete("one")
    library.empty_trash()
    assert library.sent_counts_today() == {"api.openai.com": 1}


def test_a_collection_removes_what_nobody_refers_to_and_nothing_else(library: StudioLibrary) -> None:
    material.perform(library, "one", original=material.keep(library).original_id)
    library._blobs.put(b"an orphan")
    collected = library.gc()
    assert (collected.blobs, collected.size_bytes) == (1, len(b"an orphan"))
    assert library.gc().blobs == 0
    assert library.verify().damaged == ()


def test_a_blob_collected_by_another_process_meanwhile_is_put_again(
    library: StudioLibrary, open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window between putting a blob and writing its row."""
    other = open_library()
    put = library._blobs.put

    def put_then_collected(data: bytes) -> str:
        blob_id = put(data)
        monkeypatch.setattr(library._blobs, "put", put)  # once only
        other.gc()
        return blob_id

    library.begin(material.intent("one"))
    monkeypatch.setattr(library._blobs, "put", put_then_collected)  # another process, at the worst moment
    library.store_answer("one", material.answer("one"))
    assert library.blob(library.edit("one").answers[0]) == material.answer("one").data


def test_verify_names_what_is_damaged_and_whose_it_is(library: StudioLibrary) -> None:
    original = material.keep(library).original_id
    hurt = material.perform(library, "hurt", original=original)
    whole = material.perform(library, "whole", original=original)
    progress: list[tuple[int, int]] = []
    sound = library.verify(lambda done, total: progress.append((done, total)))
    assert (sound.checked, sound.damaged) == (9, ())
    assert progress[-1] == (9, 9)
    assert hurt.candidate is not None
    library._blobs.path(hurt.candidate.patch).write_bytes(b"rust")
    library._blobs.path(hurt.answers[0]).unlink()
    library._blobs.path(original).write_bytes(b"")
    verified = library.verify()
    assert verified.checked == 9
    assert {(one.kind, one.name, one.edits, one.originals) for one in verified.damaged} == {
        (DamageKind.DAMAGED, hurt.candidate.patch, ("hurt",), ()),
        (DamageKind.MISSING, hurt.answers[0], ("hurt",), ()),
        (DamageKind.DAMAGED, original, (), (original,)),
    }
    assert whole.candidate is not None
    assert library.blob(whole.candidate.patch) == material.composed("whole").patch_png
