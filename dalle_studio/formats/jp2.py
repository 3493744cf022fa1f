"""JPEG 2000's boxes around the codestream: profile, EXIF, XMP and resolution, which Pillow neither reads nor writes.

Pure functions; damaged boxes hold nothing. Source: ISO/IEC 15444-1 annexes A and I; the EXIF box's UUID as ExifTool
and the writers it knows have it; Adobe XMP part 3, 1.1.4.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

BOXES: Final = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
"""How a file with boxes begins."""
CODESTREAM: Final = b"\xff\x4f\xff\x51"
_EXIF: Final = b"JpgTiffExif->JP2"
_XMP: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_FULL_ICC: Final = (2, 3)
_INCH: Final = 0.0254


@dataclass(frozen=True, slots=True)
class Extras:
    """What the boxes say beside the pixels."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None


def read_extras(data: bytes) -> Extras:
    """Nothing for a bare codestream."""
    icc = exif = xmp = dpi = None
    if not data.startswith(BOXES):
        return Extras()
    for kind, content in _boxes(data):
        if kind == b"uuid" and content[:16] == _EXIF:
            exif = exif or content[16:]
        elif kind == b"uuid" and content[:16] == _XMP:
            xmp = xmp or content[16:]
        elif kind == b"jp2h":
            for inner, part in _boxes(content):
                if inner == b"colr" and part[:1] and part[0] in _FULL_ICC:
                    icc = icc or part[3:]
                elif inner == b"res ":
                    dpi = dpi or _resolution(part)
    return Extras(icc or None, exif or None, xmp or None, dpi)


def with_extras(data: bytes, extras: Extras) -> bytes:
    """A file with boxes, as an encoder wrote it, with these extras in the places where readers look."""
    out = []
    for kind, content in _boxes(data):
        if kind == b"jp2c":
            # before the picture, which may be stored without its length
            out += [_box(b"uuid", _EXIF + extras.exif)] if extras.exif is not None else []
            out += [_box(b"uuid", _XMP + extras.xmp)] if extras.xmp is not None else []
        out.append(_box(kind, _header(content, extras) if kind == b"jp2h" else content))
    return b"".join(out)


def bits(data: bytes) -> int:
    """The most bits that a component of the codestream has (SIZ marker); 0 when there is none."""
    at = data.find(CODESTREAM)
    if at < 0 or at + 42 > len(data):
        return 0
    (count,) = struct.unpack_from(">H", data, at + 40)
    depths = data[at + 42 : at + 42 + 3 * count : 3]
    return max(((depth & 0x7F) + 1 for depth in depths), default=0)


def is_reversible(data: bytes) -> bool:
    """Whether the codestream uses the lossless transformation (COD marker)."""
    at = data.find(b"\xff\x52", max(0, data.find(CODESTREAM)))
    return 0 <= at < len(data) - 13 and data[at + 13] == 1


def _header(content: bytes, extras: Extras) -> bytes:
    out = []
    for kind, part in _boxes(content):
        if kind == b"colr" and extras.icc is not None:
            out.append(_box(kind, b"\x02\x00\x00" + extras.icc))
        elif kind != b"res ":
            out.append(_box(kind, part))
    if extras.dpi is not None:
        x, y = (min(65_535, max(1, round(dots / _INCH))) for dots in extras.dpi)
        out.append(_box(b"res ", _box(b"resc", struct.pack(">4H2b", y, 1, x, 1, 0, 0))))
    return b"".join(out)


def _resolution(content: bytes) -> tuple[float, float] | None:
    """Dots per inch of the captured, else the intended resolution."""
    found = {kind: part for kind, part in _boxes(content) if len(part) == 10}
    part = found.get(b"resc") or found.get(b"resd")
    if part is None:
        return None
    y, below_y, x, below_x, power_y, power_x = struct.unpack(">4H2b", part)
    if not below_x or not below_y:
        return None
    return x / below_x * 10.0**power_x * _INCH, y / below_y * 10.0**power_y * _INCH


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, content); ends where a box does not lie inside the file."""
    at = 0
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if length == 1 and at + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, at + 8)
            start = at + 16
        end = len(data) if length == 0 else at + length
        if end < start or end > len(data):
            return
        yield kind, data[start:end]
        at = end


def _box(kind: bytes, content: bytes) -> bytes:
    if len(content) + 8 < 2**32:
        return struct.pack(">I4s", len(content) + 8, kind) + content
    return struct.pack(">I4sQ", 1, kind, len(content) + 16) + content
