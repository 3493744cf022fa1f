"""Writing so that it lasts: fsync of files and folders, atomic replacement, and what the disk's failures mean.

An fsync that failed is never tried again on the same file: the kernel may have dropped the pages and say yes the
second time. The temporary file is thrown away and a retry writes a new one. Any thread.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from dalle_studio.core.errors import StorageProblem

if sys.platform == "darwin":
    import fcntl

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_SPARE = 16 * 2**20
"""What is asked for beyond the data itself: room for the index and its journal, in bytes."""


def sync_file(descriptor: int) -> None:
    """Return when the file's bytes are on the medium."""
    if sys.platform == "darwin":
        # fsync on macOS leaves the bytes in the drive's own cache.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Return when the folder's entries are on the medium. Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync_file(descriptor)
    finally:
        os.close(descriptor)


def write_new(path: Path, data: bytes) -> None:
    """Create a private file with `data` and bring it to the medium; nothing is left of it when that fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            rest = memoryview(data)
            while rest:  # a raw write may take a part only
                rest = rest[file.write(rest) or 0 :]
            sync_file(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def replace(temp: Path, path: Path) -> None:
    """Put a synced temporary file in its place for good. Both lie on one file system."""
    try:
        temp.replace(path)
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextlib.contextmanager
def disk_failures(folder: Path, need: int = 0) -> Iterator[None]:
    """Turn an OSError inside into the StorageProblem that names the folder; `need` is the size of the data, bytes."""
    try:
        yield
    except OSError as error:
        raise disk_problem(error, folder, need) from error


def disk_problem(error: OSError, folder: Path, need: int = 0) -> StorageProblem:
    """The sentence for a failure of the disk."""
    place = str(folder)
    if error.errno in _FULL:
        return full_disk(folder, need)
    if error.errno in _REFUSED:
        return StorageProblem("errors_storage.not_writable", folder=place)
    return StorageProblem("errors_storage.disk_failed", folder=place, reason=error.strerror or type(error).__name__)


def full_disk(folder: Path, need: int = 0) -> StorageProblem:
    """The disk is full; says how much room would do."""
    megabytes = -(-(need + _SPARE) // 2**20)
    return StorageProblem("errors_storage.disk_full", folder=str(folder), need=f"{megabytes} MB")


def is_full(folder: Path) -> bool:
    """Whether hardly anything fits any more: SQLite reports some full disks as mere I/O errors."""
    try:
        return shutil.disk_usage(folder).free < 2**20
    except OSError:
        return False
