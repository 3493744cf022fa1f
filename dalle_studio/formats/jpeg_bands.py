"""Decoding a JPEG band by band: one that has a restart marker after each row of units. Any thread.

A band is a JPEG of its own: the same tables, a frame as tall as the band, the coded rows. What the decoder makes of a
row depends on the rows above and below (chroma is interpolated), so one more of each is decoded, and cut off.
Source: ITU-T T.81 annex B, and E.1.4 for the restart markers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import simplejpeg

from dalle_studio.formats import jpeg_structure
from dalle_studio.formats.jpeg_structure import Segment, Structure, read_structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dalle_studio.core.picture import Bytes

_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")
_NEEDED: Final = (jpeg_structure.DQT, jpeg_structure.DHT, jpeg_structure.DRI)
_PIXELS: Final = 2**21
"""Of a band, about: 6 MB of colours."""

Band = tuple[int, "Bytes"]
"""The row of units at which it begins, and its pixels, (h, w, 3)."""


def bands(data: bytes) -> Iterator[Band]:
    """The whole picture from top to bottom. ValueError where it is not such a file, or damaged."""
    structure = read_structure(data)
    coded = _rows(data, structure)
    tall, (width, height) = structure.block.height, (structure.size.width, structure.size.height)
    if len(coded) != -(-height // tall):
        raise ValueError("not a restart marker after each row")
    step = max(1, _PIXELS // (width * tall))
    for first in range(0, len(coded), step):
        end = min(first + step, len(coded))
        above, below = max(first - 1, 0), min(end + 1, len(coded))
        top, bottom = above * tall, min(below * tall, height)
        band = np.empty((bottom - top, width, 3), np.uint8)
        simplejpeg.decode_jpeg(_file(data, structure, coded[above:below], bottom - top), "RGB", buffer=band)
        yield first, band[first * tall - top : end * tall - top]


def _rows(data: bytes, structure: Structure) -> list[memoryview]:
    """The coded rows of the only scan."""
    start, end = _entropy(data, structure)
    view = memoryview(data)
    borders = [found.start() for found in _RESTART.finditer(data, start, end)]
    starts = [start, *(border + 2 for border in borders)]
    return [view[a:b] for a, b in zip(starts, [*borders, end], strict=True)]


def _entropy(data: bytes, structure: Structure) -> tuple[int, int]:
    start, end = structure.scans
    return start + 2 + int.from_bytes(data[start + 2 : start + 4], "big"), end - 2


def _file(data: bytes, structure: Structure, rows: list[memoryview], height: int) -> bytes:
    """A JPEG of these rows only."""
    start, _ = structure.scans
    parts: list[bytes | memoryview] = [b"\xff\xd8", jpeg_structure.JFIF]
    for segment in structure.head:
        if segment.marker in _NEEDED:
            parts.append(segment.packed())
        elif segment.marker in jpeg_structure.FRAMES:
            content = segment.content
            parts.append(Segment(segment.marker, content[:1] + height.to_bytes(2, "big") + content[3:]).packed())
    parts.append(memoryview(data)[start : _entropy(data, structure)[0]])
    for number, row in enumerate(rows):
        parts += [row, bytes((0xFF, 0xD0 + number % 8))]
    parts[-1] = b"\xff\xd9"
    return b"".join(parts)
