"""Bytes under the name of their SHA-256: `blobs/ab/cdef…`. Written once, never changed, checked at every reading.

Order on the way in: temporary file → fsync → rename → fsync of the folder. When `put` returns, the bytes are there
for good. Any thread, any number of processes.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage.durable import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    disk_failures,
    replace,
    sync_file,
    sync_folder,
    write_new,
)

_CHUNK = 2**20
_NAME = re.compile(r"[0-9a-f]{62}")
_FOLDER = re.compile(r"[0-9a-f]{2}")


class BlobStore:
    """All blobs of one data folder. `temp_path` gives unused paths on the same file system."""

    def __init__(self, folder: Path, temp_path: Callable[[], Path]) -> None:
        self._folder = folder
        self._temp_path = temp_path
        self._synced: set[str] = set()  # folders whose own entry is known to be on the medium

    def put(self, data: bytes) -> str:
        """Keep the bytes and return their id. The same bytes again cost a reading. Raises StorageProblem."""
        blob_id = hashlib.sha256(data).hexdigest()
        with disk_failures(self._folder, len(data)):
            if self._is_whole(blob_id):
                self._sync(blob_id)
                return blob_id
            temp = self._temp_path()
            write_new(temp, data)
            self._publish(temp, blob_id)
        return blob_id

    def put_file(self, source: Path) -> str:
        """Keep a copy of a file without reading it whole into memory. Raises StorageProblem, also when the file
        changed while it was being copied.
        """
        try:
            stream = source.open("rb")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise StorageProblem("errors_storage.source_unreadable", path=str(source), reason=reason) from error
        with stream:
            before = os.fstat(stream.fileno())
            with disk_failures(self._folder, before.st_size):
                temp = self._temp_path()
                try:
                    blob_id, copied = _copy(stream.read, temp)
                    after = os.fstat(stream.fileno())
                    if (copied, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                        raise StorageProblem("errors_storage.source_changed", path=str(source))
                    self._publish(temp, blob_id)
                except BaseException:
                    temp.unlink(missing_ok=True)
                    raise
        return blob_id

    def get(self, blob_id: str) -> bytes:
        """The bytes, checked. Raises StorageProblem when they are missing or not what they were."""
        path = self.path(blob_id)
        try:
            with disk_failures(self._folder):
                data = path.read_bytes()
        except StorageProblem as problem:
            if isinstance(problem.__cause__, FileNotFoundError):
                raise StorageProblem("errors_storage.blob_missing", blob=blob_id) from None
            raise
        if hashlib.sha256(data).hexdigest() != blob_id:
            raise StorageProblem("errors_storage.blob_damaged", blob=blob_id)
        return data

    def path(self, blob_id: str) -> Path:
        """Where the blob lies, or would lie."""
        return self._folder / blob_id[:2] / blob_id[2:]

    def has(self, blob_id: str) -> bool:
        """Whether a file of that name is there; its content is not looked at."""
        return self.path(blob_id).is_file()

    def check(self, blob_id: str) -> str | None:
        """None when the blob is whole, else `missing` or `damaged`. Reads it piece by piece."""
        try:
            with self.path(blob_id).open("rb") as file:
                whole = hashlib.file_digest(file, "sha256").hexdigest() == blob_id
        except FileNotFoundError:
            return "missing"
        except OSError:
            return "damaged"
        return None if whole else "damaged"

    def ids(self) -> Iterator[str]:
        """Ids of all blobs on the disk, in no order."""
        with disk_failures(self._folder):
            for folder in self._folder.iterdir():
                if _FOLDER.fullmatch(folder.name):
                    for file in folder.iterdir():
                        if _NAME.fullmatch(file.name):
                            yield folder.name + file.name

    def remove(self, blob_id: str) -> int:
        """Delete a blob; returns how many bytes that freed. Only the library knows when this is right."""
        path = self.path(blob_id)
        try:
            with disk_failures(self._folder):
                size = path.stat().st_size
                path.unlink()
        except StorageProblem as problem:
            if isinstance(problem.__cause__, FileNotFoundError):
                return 0
            raise
        return size

    def _is_whole(self, blob_id: str) -> bool:
        """A damaged blob counts as none: putting the right bytes again heals it."""
        return self.has(blob_id) and self.check(blob_id) is None

    def _publish(self, temp: Path, blob_id: str) -> None:
        path = self.path(blob_id)
        path.parent.mkdir(PRIVATE_FOLDER, exist_ok=True)
        replace(temp, path)
        self._sync(blob_id, entry=False)

    def _sync(self, blob_id: str, *, entry: bool = True) -> None:
        """Another process may have made the folder or the file just now, and not have synced it yet."""
        if entry:
            sync_folder(self.path(blob_id).parent)
        if blob_id[:2] not in self._synced:
            sync_folder(self._folder)
            self._synced.add(blob_id[:2])


def _copy(read: Callable[[int], bytes], temp: Path) -> tuple[str, int]:
    """Copy a stream into a new synced file; returns the SHA-256 and the number of bytes."""
    digest = hashlib.sha256()
    copied = 0
    descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := read(_CHUNK):
            digest.update(chunk)
            copied += file.write(chunk)
        file.flush()
        sync_file(file.fileno())
    return digest.hexdigest(), copied
