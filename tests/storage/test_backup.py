from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from dalle_studio.core.errors import BadInput, StorageProblem
from dalle_studio.core.marks import Marks
from dalle_studio.core.records import State
from dalle_studio.storage import schema
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.storage import material


@pytest.fixture
def full(library: StudioLibrary) -> StudioLibrary:
    """A photo with an edit on an edit, one in the trash, marks, costs, a draft."""
    original = material.keep(library).original_id
    material.perform(library, "one", original=original, count=2)
    material.perform(library, "two", original=original, parent="one")
    material.perform(library, "thrown", original=original)
    library.delete("thrown")
    library.add_output("two", Path("two.png"))
    library.marks.change(["two", original], lambda _: Marks(favourite=True, note="좋아요"))
    library.places.drafts.mkdir()
    (library.places.drafts / f"{original}.json").write_text("painted")
    (library.places.drafts / original).mkdir()
    (library.places.drafts / original / "abc.png").write_bytes(b"a reference")
    return library


@pytest.fixture
def elsewhere(tmp_path: Path) -> StudioLibrary:
    return StudioLibrary(Places(tmp_path / "elsewhere"))


_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"


def rows(library: StudioLibrary) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with library._database.reading() as connection:
        tables = connection.execute(_TABLES).fetchall()
        return {name: sorted(map(tuple, connection.execute(f"SELECT * FROM {name}"))) for (name,) in tables}  # noqa: S608


def test_a_backup_restored_into_an_empty_folder_is_the_same_library(
    full: StudioLibrary, elsewhere: StudioLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "library.zip"
    told: list[tuple[int, int]] = []
    done = full.back_up(file, lambda *progress: told.append(progress))
    assert (done.edits, done.missing) == (3, ())
    assert done.size_bytes == file.stat().st_size
    assert told[-1] == (done.blobs, done.blobs)
    assert file.stat().st_mode & 0o077 == 0
    restored = elsewhere.restore_backup(file)
    assert (restored.edits, restored.originals, restored.blobs) == (3, 1, done.blobs)
    assert elsewhere.edits() == full.edits()
    assert elsewhere.trashed() == full.trashed()
    assert elsewhere.marks.all() == full.marks.all()
    assert elsewhere.sent_counts_today() == full.sent_counts_today()
    assert [draft.read_text() for draft in elsewhere.places.drafts.glob("*.json")] == ["painted"]
    assert [picture.read_bytes() for picture in elsewhere.places.drafts.glob("*/abc.png")] == [b"a reference"]
    verified = elsewhere.verify()
    assert (verified.checked, verified.damaged, verified.orphans) == (done.blobs, (), 0)
    assert list(elsewhere.places.journal.rglob("*.tmp*")) == []
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_restoring_again_changes_nothing(full: StudioLibrary, tmp_path: Path) -> None:
    file = tmp_path / "library.zip"
    full.back_up(file)
    before = rows(full)
    restored = full.restore_backup(file)
    assert (restored.edits, restored.originals, restored.blobs) == (0, 0, 0)
    assert rows(full) == before


def test_restoring_brings_back_what_was_lost_and_keeps_what_came_later(full: StudioLibrary, tmp_path: Path) -> None:
    file = tmp_path / "library.zip"
    full.back_up(file)
    old = full.edit("two")
    full.delete("two")
    full.empty_trash()
    later = material.perform(full, "later")
    full.delete("one")
    hurt = full._blobs.path(full.edit("one").answers[0])
    hurt.write_bytes(b"rust")
    restored = full.restore_backup(file)
    assert restored.edits == 2
    assert [edit.edit_id for edit in full.edits()] == ["later", "two", "one"]
    assert full.edit("two") == old
    assert full.edit("later") == later
    assert full.verify().damaged == ()


def test_an_edit_whose_answer_came_before_the_backup_is_offered_for_recovery(
    library: StudioLibrary, elsewhere: StudioLibrary, tmp_path: Path
) -> None:
    library.begin(material.intent("one"))
    library.store_answer("one", material.answer("one"))
    library.back_up(tmp_path / "library.zip")
    elsewhere.restore_backup(tmp_path / "library.zip")
    assert [(edit.edit_id, edit.state) for edit in elsewhere.unfinished()] == [("one", State.RECEIVED)]


def test_a_backup_of_a_damaged_library_names_what_is_missing_and_holds_the_rest(
    full: StudioLibrary, elsewhere: StudioLibrary, tmp_path: Path
) -> None:
    lost = full.edit("one").answers[0]
    full._blobs.path(lost).unlink()
    assert full.back_up(tmp_path / "library.zip").missing == (lost,)
    assert elsewhere.restore_backup(tmp_path / "library.zip").edits == 3
    assert [damage.name for damage in elsewhere.verify().damaged] == [lost]


@pytest.mark.parametrize("way", ["cut", "no zip", "changed blob", "changed draft", "no manifest", "another manifest"])
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    full: StudioLibrary, elsewhere: StudioLibrary, tmp_path: Path, way: str
) -> None:
    file = tmp_path / "library.zip"
    full.back_up(file)
    data = file.read_bytes()
    if way == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif way == "no zip":
        file.write_bytes(b"this was never a backup")
    elif way == "changed blob":
        answer = material.answer("two").data
        assert answer in data
        file.write_bytes(data.replace(answer, answer[::-1]))
    elif way == "changed draft":
        assert b"a reference" in data
        file.write_bytes(data.replace(b"a reference", b"a different"))
    else:
        with zipfile.ZipFile(file, "w") as archive:
            if way == "another manifest":
                archive.writestr("manifest.json", json.dumps({"kind": "recipes", "version": 1, "sha256": {}}))
    with pytest.raises(BadInput) as caught:
        elsewhere.restore_backup(file)
    assert caught.value.message == "errors_storage.backup_damaged"
    assert elsewhere.edits(every_state=True) == []
    assert elsewhere.originals() == []
    assert elsewhere.verify().orphans == 0
    assert not elsewhere.places.drafts.exists()
    assert [path.name for path in elsewhere.places.journal.iterdir() if ".tmp" in path.name] == []


def test_a_restore_that_fails_takes_nothing_away(full: StudioLibrary, tmp_path: Path) -> None:
    file = tmp_path / "library.zip"
    full.back_up(file)
    answer = material.answer("two").data
    full._blobs.path(full.edit("two").answers[0]).unlink()
    hurt = full._blobs.path(full.edit("one").answers[0])
    hurt.write_bytes(b"rust")
    file.write_bytes(file.read_bytes().replace(answer, answer[::-1]))
    before = rows(full)
    with pytest.raises(BadInput):
        full.restore_backup(file)
    assert rows(full) == before
    assert full.verify().orphans == 0
    assert {damage.name for damage in full.verify().damaged} <= {
        hurt.parent.name + hurt.name,
        full.edit("two").answers[0],
    }


def test_a_restore_that_a_full_disk_ends_leaves_nothing(
    full: StudioLibrary, elsewhere: StudioLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, real, put = tmp_path / "library.zip", elsewhere._blobs.put, 0
    done = full.back_up(file)

    def fill_up(data: bytes) -> str:
        nonlocal put
        put += 1
        if put == done.blobs:
            raise StorageProblem("errors_storage.disk_full")
        return real(data)

    monkeypatch.setattr(elsewhere._blobs, "put", fill_up)
    with pytest.raises(StorageProblem):
        elsewhere.restore_backup(file)
    assert put > 2
    assert [*elsewhere._blobs.ids()] == []


def test_a_newer_backup_is_refused(full: StudioLibrary, elsewhere: StudioLibrary, tmp_path: Path) -> None:
    with full._database.writing() as connection:
        connection.execute(f"PRAGMA user_version = {schema.MIGRATIONS[-1].number + 1}")
    from dalle_studio.storage import backup

    part = tmp_path / "newer.zip"
    backup._write(full.places, full._database, full._blobs, part, None)
    with pytest.raises(StorageProblem) as caught:
        elsewhere.restore_backup(part)
    assert caught.value.message == "errors_storage.library_newer"


def test_a_backup_that_can_not_be_written_leaves_the_older_one(full: StudioLibrary, tmp_path: Path) -> None:
    target = tmp_path / "library.zip"
    target.mkdir()  # nothing can be put in its place
    (target / "older").write_text("here")
    with pytest.raises(StorageProblem) as caught:
        full.back_up(target)
    assert caught.value.message == "errors_storage.disk_failed"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith((".library", "library"))) == [
        "library.zip"
    ]
