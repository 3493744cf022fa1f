"""Reading and patching an EXIF block in place: the orientation tag, the stated size, the embedded thumbnail.

A block is the bare TIFF structure (`II*…` or `MM…`), without the `Exif` prefix that JPEG puts before it. It is never
written anew: maker notes hold absolute offsets that only survive where every byte stays in its place. Pure functions.
Source: CIPA DC-008 (EXIF 2.32), 4.6; TIFF 6.0, section 2.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from dalle_studio.core.geometry import Size

_PREFIX: Final = b"Exif\x00\x00"
_ORIENTATION: Final = 0x0112
_EXIF_IFD: Final = 0x8769
_THUMBNAIL_START: Final = 0x0201
_THUMBNAIL_LENGTH: Final = 0x0202
_WIDTH: Final = 0xA002
_HEIGHT: Final = 0xA003
_SHORT: Final = 3
_LONG: Final = 4


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: int
    position: int
    """Where its value (or the offset of it) stands, always four bytes."""
    value: int


@dataclass(frozen=True, slots=True)
class _Directory:
    entries: dict[int, _Entry]
    next_position: int
    """Where the offset of the next directory stands."""


class Verbatim(str):
    """A tag's text as Pillow reads it, as Latin-1, of which it writes the same bytes.

    Left to itself it writes ASCII, with question marks for the rest: of a name in Hangul nothing would stay.
    """

    __slots__ = ()

    def encode(self, _: str = "", __: str = "") -> bytes:
        return super().encode("latin-1", "replace")


def verbatim(value: object) -> object:
    """A tag's value, its text as `Verbatim`."""
    return Verbatim(value) if isinstance(value, str) else value


def bare(block: bytes) -> bytes:
    """The block without JPEG's `Exif` prefix."""
    return block.removeprefix(_PREFIX)


def orientation(block: bytes | None) -> int:
    """1 … 8; 1 when the block is missing, damaged or says something else."""
    if block is None:
        return 1
    directory = _directory(block, _first(block))
    entry = None if directory is None else directory.entries.get(_ORIENTATION)
    return entry.value if entry is not None and 1 <= entry.value <= 8 else 1


def normalised(block: bytes, size: Size) -> bytes:
    """The block for pixels that are upright and of `size`: orientation 1, the size stated, no embedded thumbnail.

    The thumbnail would go on showing what was removed from the photo; its bytes are blanked, not only unlinked.
    """
    first = _directory(block, _first(block))
    if first is None:
        return block
    out = bytearray(block)
    _put(out, first.entries.get(_ORIENTATION), 1)
    inner = first.entries.get(_EXIF_IFD)
    described = None if inner is None else _directory(block, inner.value)
    if described is not None:
        _put(out, described.entries.get(_WIDTH), size.width)
        _put(out, described.entries.get(_HEIGHT), size.height)
    _drop_thumbnail(out, block, first)
    return bytes(out)


def without_thumbnail(block: bytes) -> bytes:
    """The block with its thumbnail blanked and unlinked, everything else in its place."""
    first = _directory(block, _first(block))
    if first is None:
        return block
    out = bytearray(block)
    _drop_thumbnail(out, block, first)
    return bytes(out)


def _drop_thumbnail(out: bytearray, block: bytes, first: _Directory) -> None:
    (offset,) = struct.unpack_from(_order(block) + "I", block, first.next_position)
    thumbnail = _directory(block, offset) if offset else None
    if thumbnail is not None:
        start = thumbnail.entries.get(_THUMBNAIL_START)
        length = thumbnail.entries.get(_THUMBNAIL_LENGTH)
        if start is not None and length is not None:
            end = start.value + length.value
            # A wrong offset must not blank anything else.
            if end <= len(block) and block[start.value : start.value + 2] == b"\xff\xd8":
                out[start.value : end] = bytes(length.value)
    struct.pack_into(_order(block) + "I", out, first.next_position, 0)


def _put(out: bytearray, entry: _Entry | None, value: int) -> None:
    if entry is None:
        return
    if entry.kind == _LONG:
        struct.pack_into(_order(out) + "I", out, entry.position, value)
    elif entry.kind == _SHORT and value <= 0xFFFF:
        struct.pack_into(_order(out) + "H", out, entry.position, value)


def _order(block: bytes | bytearray) -> str:
    return "<" if block[:2] == b"II" else ">"


def _first(block: bytes) -> int:
    """Offset of the first directory, 0 when this is no TIFF structure."""
    if len(block) < 8 or block[:4] not in (b"II*\x00", b"MM\x00*"):
        return 0
    (offset,) = struct.unpack_from(_order(block) + "I", block, 4)
    return int(offset)


def _directory(block: bytes, offset: int) -> _Directory | None:
    """The directory at `offset`; None when it does not lie wholly inside the block."""
    if offset < 8 or offset + 2 > len(block):
        return None
    order = _order(block)
    (count,) = struct.unpack_from(order + "H", block, offset)
    next_position = offset + 2 + 12 * count
    if next_position + 4 > len(block):
        return None
    entries: dict[int, _Entry] = {}
    for position in range(offset + 2, next_position, 12):
        tag, kind, _ = struct.unpack_from(order + "HHI", block, position)
        (value,) = struct.unpack_from(order + ("H" if kind == _SHORT else "I"), block, position + 8)
        entries.setdefault(tag, _Entry(kind, position + 8, value))
    return _Directory(entries, next_position)
