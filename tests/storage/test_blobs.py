from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage.blobs import BlobStore
from dalle_studio.storage.places import Places


@pytest.fixture
def blobs(places: Places) -> BlobStore:
    places.prepare()
    return BlobStore(places.blobs, places.temp_path)


def test_bytes_come_back_under_their_hash(blobs: BlobStore, places: Places) -> None:
    @given(st.binary(max_size=2000))
    def comes_back(data: bytes) -> None:
        blob_id = blobs.put(data)
        assert blob_id == hashlib.sha256(data).hexdigest()
        assert blobs.get(blob_id) == data
        assert (places.blobs / blob_id[:2] / blob_id[2:]).read_bytes() == data

    comes_back()


def test_the_same_bytes_are_kept_once(blobs: BlobStore) -> None:
    first = blobs.put(b"same")
    before = blobs.path(first).stat()
    assert blobs.put(b"same") == first
    assert blobs.path(first).stat().st_ino == before.st_ino
    assert list(blobs.ids()) == [first]


def test_no_temporary_file_is_left(blobs: BlobStore, places: Places) -> None:
    blobs.put(b"data")
    assert [path for path in places.journal.rglob("*") if path.suffix == ".tmp"] == []


def test_a_missing_and_a_damaged_blob_are_named(blobs: BlobStore) -> None:
    blob_id = blobs.put(b"precious")
    blobs.path(blob_id).write_bytes(b"Precious")
    with pytest.raises(StorageProblem) as caught:
        blobs.get(blob_id)
    assert (caught.value.message, caught.value.params) == ("errors_storage.blob_damaged", {"blob": blob_id})
    blobs.path(blob_id).unlink()
    with pytest.raises(StorageProblem) as caught:
        blobs.get(blob_id)
    assert (caught.value.message, caught.value.params) == ("errors_storage.blob_missing", {"blob": blob_id})


def test_putting_the_right_bytes_again_heals_a_damaged_blob(blobs: BlobStore) -> None:
    blob_id = blobs.put(b"precious")
    blobs.path(blob_id).write_bytes(b"")
    assert blobs.put(b"precious") == blob_id
    assert blobs.get(blob_id) == b"precious"


def test_a_file_is_copied_piece_by_piece(blobs: BlobStore, tmp_path: Path) -> None:
    data = os.urandom(3 * 2**20 + 17)
    source = tmp_path / "큰 사진.tif"
    source.write_bytes(data)
    blob_id = blobs.put_file(source)
    assert blob_id == hashlib.sha256(data).hexdigest()
    assert blobs.get(blob_id) == data
    assert source.read_bytes() == data


def test_a_file_that_grows_while_it_is_copied_is_refused(tmp_path: Path, places: Places) -> None:
    source = tmp_path / "growing.jpg"
    source.write_bytes(b"first half")

    def temp_path_while_another_program_writes() -> Path:
        with source.open("ab") as file:
            file.write(b", second half")
        return places.temp_path()

    places.prepare()
    blobs = BlobStore(places.blobs, temp_path_while_another_program_writes)
    with pytest.raises(StorageProblem) as caught:
        blobs.put_file(source)
    assert caught.value.message == "errors_storage.source_changed"
    assert list(blobs.ids()) == []
    assert [path for path in places.journal.rglob("*") if path.suffix == ".tmp"] == []


def test_a_file_that_is_not_there_is_named(blobs: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(StorageProblem) as caught:
        blobs.put_file(tmp_path / "nothing.jpg")
    assert caught.value.params["path"] == str(tmp_path / "nothing.jpg")
