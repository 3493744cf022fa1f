"""Reading back what this program's PNG writer wrote, and whatever else is as plain: twice as fast as libpng.

ISA-L inflates, and "Up", the one filter that can be undone for a row at a time, is added back by numpy. Anything else
(other filters, palettes, 16 bits, damage …) is left to the decoders that know all of PNG: this one never says what is
wrong.
Measured on a photographic answer of 1424×1152: 10 ms, against 22 ms for Pillow and OpenCV. Pure functions, any thread.
Source: W3C PNG, third edition.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import numpy as np
from isal import igzip_lib, isal_zlib

from dalle_studio.formats import png

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

_CHANNELS: Final = {0: 1, 2: 3, 6: 4}
_NONE_OR_UP: Final = 0b10
"""All bits that the numbers of the two filters have."""
_MEANINGFUL: Final = {b"PLTE", b"tRNS", b"acTL", b"fcTL", b"fdAT"}
"""Chunks that say something else about the pixels than those of IDAT do, or may."""
_PROBE: Final = 8
_MOST_INFLATED: Final = 1032
"""Deflate never makes more of a byte: a longer side than the file can fill is a lie (zlib, technical details)."""


def read(data: bytes) -> NDArray[np.uint8] | None:
    """(h, w) or (h, w, 3|4) uint8; None where anything is unusual. The caller looks at the size before."""
    if not data.startswith(png.SIGNATURE):
        return None
    try:
        found = list(png.chunks(data))
    except ValueError:
        return None
    shape = _plain_shape(found)
    if shape is None or any(isal_zlib.crc32(content, isal_zlib.crc32(kind)) != crc for kind, content, crc in found):
        return None
    height, width, channels = shape
    out = np.empty((height, width * channels), np.uint8)
    try:
        whole = _fill(out, (content for kind, content, _ in found if kind == b"IDAT"))
    except igzip_lib.IsalError:  # type: ignore[misc]  # the package's stub declares a class as its instance
        return None
    return out.reshape(shape if channels > 1 else shape[:2]) if whole else None


def _plain_shape(found: Sequence[tuple[bytes, memoryview, int]]) -> tuple[int, int, int] | None:
    """(h, w, channels) of 8 bits, not interlaced, with all that is said about it before the pixels."""
    kinds = [kind for kind, _, _ in found]
    pixels = kinds.count(b"IDAT")
    if kinds[0] != b"IHDR" or len(found[0][1]) != 13 or not pixels or kinds[-1 - pixels : -1] != [b"IDAT"] * pixels:
        return None
    width, height, *how = struct.unpack(">IIBBBBB", found[0][1])
    channels = _CHANNELS.get(how[1])
    if channels is None or how != [8, how[1], 0, 0, 0] or _MEANINGFUL & set(kinds):
        return None
    held = sum(len(content) for kind, content, _ in found if kind == b"IDAT")
    return (height, width, channels) if 0 < width * height * channels <= held * _MOST_INFLATED else None


def _fill(out: NDArray[np.uint8], contents: Iterable[memoryview]) -> bool:
    """Whether the deflated contents are exactly the rows of `out`, (h, bytes a row), by filters undone here."""
    inflater = igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_ZLIB)
    length = out.shape[1] + 1
    # The first rows tell at little cost whether to go on; then as many as the writer filters at a time.
    top, rows = 0, min(_PROBE, len(out))
    parts: list[bytes] = []
    wanted = rows * length
    above = np.zeros(length - 1, np.uint8)
    for content in contents:
        piece: memoryview | bytes = content
        while not inflater.eof:
            part = inflater.decompress(piece, max(1, wanted))
            piece = b""
            parts.append(part)
            wanted -= len(part)
            if part and wanted == 0:
                stored = np.frombuffer(b"".join(parts), np.uint8).reshape(rows, length)
                if not _undo(stored, above, out[top : top + rows]):
                    return False
                above, top = out[top + rows - 1], top + rows
                rows = min(png.band_rows(length), len(out) - top)
                parts, wanted = [], rows * length
            elif wanted < 0:
                return False  # more than the picture has
            elif inflater.needs_input or not part:
                break
    return bool(inflater.eof and not inflater.unused_data and top == len(out))


def _undo(stored: NDArray[np.uint8], above: NDArray[np.uint8], out: NDArray[np.uint8]) -> bool:
    """False where a row has another filter than None and Up."""
    filters = stored[:, 0]
    if (filters & ~np.uint8(_NONE_OR_UP)).any():
        return False
    for number, row, target in zip(filters.tolist(), stored[:, 1:], out, strict=True):
        if number:
            np.add(row, above, out=target)
        else:
            target[:] = row
        above = target
    return True
