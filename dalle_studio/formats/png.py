"""The program's own PNG writer: lossless, 8 or 16 bit, 1, 3 or 4 channels; and a check of a PNG's structure.

Every row is stored as its difference to the row above (filter "Up") and deflated by ISA-L at level 1. Measured on a
photographic crop of 1536×1024 RGB: 16 ms and 2.92 MB, against 63 ms and 2.89 MB for OpenCV and 183 ms and 3.04 MB for
Pillow at level 1. Pure functions, safe on any thread. Source: W3C PNG, third edition.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from isal import isal_zlib

from dalle_studio.core.picture import MaskPixels, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES: Final = {1: 0, 3: 2, 4: 6}
"""Channels → PNG's colour type."""
_FILTER_NONE: Final = 0
_FILTER_UP: Final = 2
_BAND: Final = 4 * 2**20
"""Bytes filtered at a time, so that the memory needed does not grow with the picture."""


def encode(
    pixels: Pixels | MaskPixels, extra: Iterable[tuple[bytes, bytes]] = (), *, few_colours: bool = False
) -> bytes:
    """(h, w), (h, w, 3) or (h, w, 4), uint8 or uint16, as PNG. `extra` chunks (type, data) go before the pixels.

    `few_colours` takes no filter and zlib's level 5: six times slower, and half as large for a mask full of specks.
    """
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    rows = band_rows(width * channels * pixels.dtype.itemsize)
    bands = (pixels[top : top + rows] for top in range(0, height, rows))
    shape = (height, width, channels)
    return encode_bands(shape, bands, extra, depth=pixels.dtype.itemsize * 8, few_colours=few_colours)


def band_rows(bytes_a_row: int) -> int:
    """So many rows are filtered at a time."""
    return max(1, _BAND // bytes_a_row)


def encode_bands(
    shape: tuple[int, int, int],
    bands: Iterable[Pixels | MaskPixels],
    extra: Iterable[tuple[bytes, bytes]] = (),
    *,
    depth: int = 8,
    few_colours: bool = False,
) -> bytes:
    """The same for a picture of `shape` (h, w, channels) that is only made while it is written, some rows at a time."""
    height, width, channels = shape
    header = struct.pack(">IIBBBBB", width, height, depth, _COLOUR_TYPES[channels], 0, 0, 0)
    parts = [SIGNATURE, *_chunk(b"IHDR", header)]
    for kind, data in extra:
        parts += _chunk(kind, data)
    deflate = zlib.compressobj(5) if few_colours else isal_zlib.compressobj(1)
    number = _FILTER_NONE if few_colours else _FILTER_UP
    above: NDArray[np.uint8] = np.zeros(width * channels * depth // 8, np.uint8)
    for band in bands:
        rows = _bytes_of(band)
        parts += _chunk(b"IDAT", deflate.compress(_filtered(rows, above, number).data))
        above = rows[-1]
    parts += _chunk(b"IDAT", deflate.flush())
    parts += _chunk(b"IEND", b"")
    return b"".join(parts)


def _bytes_of(band: Pixels | MaskPixels) -> NDArray[np.uint8]:
    """(rows, bytes a row), big-endian."""
    samples = band.reshape(len(band), -1)  # no copy of a part of a picture: its rows stay where they are
    return cast("NDArray[np.uint8]", samples if samples.dtype == np.uint8 else samples.astype(">u2").view(np.uint8))


def _filtered(rows: NDArray[np.uint8], above: NDArray[np.uint8], number: int) -> NDArray[np.uint8]:
    """(rows, 1 + bytes a row): in each row the filter's number and what it makes of the bytes."""
    out = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    out[:, 0] = number
    if number == _FILTER_UP:
        np.subtract(rows[0], above, out=out[0, 1:])
        np.subtract(rows[1:], rows[:-1], out=out[1:, 1:])
    else:
        out[:, 1:] = rows
    return out


def _chunk(kind: bytes, data: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """In parts, which are joined once."""
    crc = isal_zlib.crc32(data, isal_zlib.crc32(kind))
    return struct.pack(">I", len(data)), kind, data, struct.pack(">I", crc)


def chunks(data: bytes) -> Iterator[tuple[bytes, memoryview, int]]:
    """(type, content, stated CRC) of every chunk up to IEND. ValueError where the file ends too early."""
    view = memoryview(data)
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            break
        (crc,) = struct.unpack_from(">I", data, end - 4)
        yield kind, view[at + 8 : end - 4], crc
        if kind == b"IEND":
            return
        at = end
    raise ValueError("the PNG is cut short")


def check_length(data: bytes) -> None:
    """ValueError when the file ends before IEND: decoders differ in how much of the end they miss."""
    for _ in chunks(data):
        pass


def check(data: bytes) -> None:
    """ValueError unless every chunk up to IEND is there and has the CRC it states.

    OpenCV's decoder reports damage on stderr and may hand out what it has; this finds damage before it is asked.
    """
    for kind, content, crc in chunks(data):
        if isal_zlib.crc32(content, isal_zlib.crc32(kind)) != crc:
            raise ValueError(f"chunk {kind!r} is damaged")


def find(data: bytes, wanted: bytes) -> bytes | None:
    """Content of the first chunk of a type, wherever it stands; None when there is none or the file is damaged."""
    try:
        return next((bytes(content) for kind, content, _ in chunks(data) if kind == wanted), None)
    except ValueError:
        return None
