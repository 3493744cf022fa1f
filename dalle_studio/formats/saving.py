"""From a Picture to a file: which formats there are, and replacing files so that nothing is ever half written.

Blocking; any thread but the GUI's.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import struct
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import cv2

from dalle_studio.core.errors import BadInput, BadUsage, StorageProblem
from dalle_studio.formats import colour, jp2
from dalle_studio.formats.encoding import ENCODERS, Encoded, Origin, is_lossless_webp
from dalle_studio.formats.jpeg_structure import read_structure
from dalle_studio.formats.opening import readable_bytes, readable_name
from dalle_studio.formats.provenance import Making, marked
from dalle_studio.formats.suffixes import SUFFIXES, can_write
from dalle_studio.imaging import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dalle_studio.core.picture import Picture, Pixels

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def can_write_format(format_name: str) -> bool:
    """Whether a `Source.format` can be written, too."""
    return format_name in ENCODERS


def format_for(path: Path) -> str:
    """The format by the ending of the name; BadInput, which lists them, for an ending that is not known."""
    if not can_write(path):
        known = " ".join(SUFFIXES)
        raise BadInput("errors_formats.unknown_suffix", name=readable_name(path.name), known=known)
    return SUFFIXES[path.suffix.lower()]


def is_lossless(format_name: str, data: bytes) -> bool:
    """Whether the pixels of this encoded file are exactly those it was made from."""
    match format_name:
        case "PNG" | "TIFF":
            return True
        case "WEBP":
            return is_lossless_webp(data)
        case "JPEG2000":
            return jp2.is_reversible(data)
        case _:
            return False


def coded_difference(format_name: str, data: bytes, pixels: Pixels, decoded: Callable[[], Pixels]) -> int:
    """The largest difference, of 255 levels, between `pixels` and what the encoded file holds, `decoded` if need be."""
    if is_lossless(format_name, data):
        return 0
    seen = (colour.over_white(colour.eight_bit(one)) for one in (pixels, decoded()))
    return int(difference.difference(*seen).max())


def largest_block(format_name: str, data: bytes) -> int:
    """How many pixels around an edit may differ in this encoded file because pixels are coded in blocks: a JPEG's MCU.

    0 for formats that code pixels one by one or that are encoded as a whole.
    """
    if format_name != "JPEG":
        return 0
    try:
        block = read_structure(data).block
    except ValueError:
        return 0
    return max(block.width, block.height)


def encode_picture(
    picture: Picture,
    format_name: str,
    *,
    original: bytes | None = None,
    scratch: Path | None = None,
    making: Making | None = None,
) -> Encoded:
    """The picture in a format of `SUFFIXES`, and message ids of what the format could not hold.

    `original` is the file it was opened from: in a JPEG only what was edited is coded anew (the very same bytes when
    nothing was), a WebP gives its losslessness. `scratch` is a private folder for temporary files, which do not stay.
    `making` says in the metadata how the picture came about; None leaves that as it is.
    BadInput when the format has no room for the size.
    """
    encode = ENCODERS[format_name]  # a KeyError is the caller's mistake, not the picture's
    if making is not None:
        xmp = marked(picture.metadata.xmp, making)
        picture = replace(picture, metadata=replace(picture.metadata, xmp=xmp))
    try:
        return encode(picture, Origin(original, scratch, making))
    except (OSError, ValueError, OverflowError, struct.error, cv2.error) as error:
        raise BadInput("errors_formats.cannot_encode", format=format_name) from error


# --- to disk ---------------------------------------------------------------------------------------------------------


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` for good: a temporary file beside it → fsync → rename → fsync of the folder.

    A symbolic link is followed, permissions are kept, and until the rename the old file is whole. StorageProblem names
    the folder and what it needs; no temporary file is left behind.
    """
    try:
        target = Path(os.path.realpath(path))
    except (OSError, ValueError) as error:  # a zero byte in the name, or a name that no folder can hold
        raise StorageProblem("errors_formats.name_too_long") from error
    with _disk_failures(target.parent, len(data)):
        mode = _mode_to_keep(target)
        temporary = target.with_name(f".{secrets.token_hex(8)}.part")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with os.fdopen(handle, "wb", buffering=0) as file:
                rest = memoryview(data)
                while rest:  # a raw write may take a part only
                    rest = rest[file.write(rest) or 0 :]
                if mode is not None and sys.platform != "win32":
                    os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)


def write_new(path: Path, data: bytes) -> None:
    """Put `data` at `path` for good, but only where nothing is yet: FileExistsError otherwise, whoever came first.

    The name is claimed before a byte is written; a reader may see an empty file for a moment, never half of one.
    """
    with _disk_failures(path.parent, len(data)):
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except FileExistsError:
            taken = True
        else:
            taken = False
    if taken:
        raise FileExistsError(path)
    try:
        write_atomically(path, data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def try_folder(folder: Path) -> None:
    """StorageProblem when no file can be made in that folder, found out by making one."""
    with _disk_failures(folder, 0), tempfile.TemporaryFile(dir=folder):
        pass


def write_numbered(path: Path, data: bytes) -> Path:
    """Put `data` at `path`, or where that is taken at the next `NAME-2.EXT` that is free. Returns where."""
    free, number = path, 1
    while True:
        try:
            write_new(free, data)
        except FileExistsError:
            number += 1
            free = path.with_name(f"{path.stem}-{number}{path.suffix}")
        else:
            return free


def make_folder(folder: Path) -> None:
    """With those above it; nothing happens when it is there. BadUsage where a file is in the way; StorageProblem."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if there.exists() and not there.is_dir():
        raise BadUsage("export.not_a_folder", path=str(there))
    with _disk_failures(folder.parent, 0):
        folder.mkdir(parents=True, exist_ok=True)


def _mode_to_keep(target: Path) -> int | None:
    """The permissions of the file that is replaced; None when there is none."""
    name = readable_name(target.name)
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):  # as root, a rename would even replace /dev/null
        raise StorageProblem("errors_formats.target_not_a_file", name=name)
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        if sys.platform != "win32" and os.statvfs(target).f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        raise StorageProblem("errors_formats.target_read_only", name=name)
    return stat.S_IMODE(mode)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return  # has no such call and needs none
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _disk_failures(folder: Path, need: int) -> Iterator[None]:
    shown = readable_name(str(folder))
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StorageProblem("errors_formats.folder_missing", folder=shown) from error
    except PermissionError as error:
        raise StorageProblem("errors_formats.folder_not_writable", folder=shown) from error
    except OSError as error:
        if error.errno in _FULL:
            raise StorageProblem("errors_formats.disk_full", folder=shown, need=readable_bytes(need)) from error
        if error.errno == errno.EROFS:
            raise StorageProblem("errors_formats.read_only_drive", folder=shown) from error
        if error.errno == errno.ENAMETOOLONG:
            raise StorageProblem("errors_formats.name_too_long") from error
        raise StorageProblem("errors_formats.write_failed", folder=shown) from error
