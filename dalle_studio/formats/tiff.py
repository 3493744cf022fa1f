"""The program's own TIFF writer: 8 or 16 bits, grey, RGB or RGBA, deflated with horizontal differences.

Pillow cannot write 16-bit colour and OpenCV no metadata; both can read this. Any thread.
Source: TIFF 6.0 and Adobe's Technical Notes (deflate, compression 8); ExtraSamples 2 = unassociated alpha.
"""

from __future__ import annotations

import struct
import sys
from typing import TYPE_CHECKING, Final

import numpy as np
from isal import isal_zlib
from PIL import Image, TiffImagePlugin

from dalle_studio.formats.decoding import DECODER_FAILURES
from dalle_studio.formats.exif import verbatim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dalle_studio.core.picture import MaskPixels, Metadata, Pixels

_STRIP: Final = 2**19
"""Bytes a strip, before deflating."""
_STRUCTURE: Final = frozenset((*range(0x0100, 0x0104), 0x0106, 0x0111, 0x0112, *range(0x0115, 0x011E), 0x0128, 0x013D))
"""Tags that describe the file's build-up: not taken over from the EXIF block."""


def encode(pixels: Pixels | MaskPixels, metadata: Metadata, icc: bytes | None, exif: bytes | None) -> bytes:
    """(h, w), (h, w, 3) or (h, w, 4), uint8 or uint16. ValueError when the file would pass 4 GiB."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    samples = pixels.reshape(height, width, channels)
    rows = max(1, _STRIP // (width * channels * pixels.dtype.itemsize))
    strips = list(_strips(samples, rows))
    lengths = [len(strip) for strip in strips]
    starts = np.cumsum([0, *lengths[:-1]]).tolist()  # Pillow adds where the directory ends
    if sum(lengths) >= 2**32 - 2**24:
        raise ValueError("more than a TIFF can hold")
    tags = _described(exif)
    tags[256], tags[257] = width, height
    tags[258] = (pixels.dtype.itemsize * 8,) * channels
    tags[259], tags[262] = 8, 1 if channels == 1 else 2
    tags[273], tags[277], tags[278], tags[279] = tuple(starts), channels, rows, tuple(lengths)
    tags.tagtype[273] = tags.tagtype[279] = 4  # LONG, whatever the values are
    tags[284], tags[317] = 1, 2
    if channels == 4:
        tags[338] = 2
    if metadata.dpi is not None:
        tags[282], tags[283], tags[296] = *metadata.dpi, 2
    if metadata.xmp is not None:
        tags[700] = metadata.xmp
        tags.tagtype[700] = 1
    if icc is not None:
        tags[34675] = icc
        tags.tagtype[34675] = 7
    return b"".join((struct.pack("<2sHI", b"II", 42, 8), tags.tobytes(8), *strips))


def _strips(samples: NDArray[np.uint8] | NDArray[np.uint16], rows: int) -> Iterator[bytes]:
    """Differences to the pixel on the left, deflated."""
    for top in range(0, samples.shape[0], rows):
        rows_here = samples[top : top + rows]
        strip = rows_here.copy()
        np.subtract(rows_here[:, 1:], rows_here[:, :-1], out=strip[:, 1:])
        if sys.byteorder == "big":
            strip = strip.byteswap()
        yield isal_zlib.compress(strip.data, 1)


def _described(exif: bytes | None) -> TiffImagePlugin.ImageFileDirectory_v2:
    """A directory with what the EXIF block says about the photo; odd blocks are left out, not fatal."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    if exif is None:
        return tags
    try:
        block = Image.Exif()
        block.load(b"Exif\x00\x00" + exif)
        for tag, value in block.items():
            if tag in (0x8769, 0x8825):
                nested = block.get_ifd(tag)
                if nested:
                    tags[tag] = {inner: verbatim(value) for inner, value in nested.items()}
            elif tag not in _STRUCTURE:
                tags[tag] = verbatim(value)
        tags.tobytes(8)  # what cannot be written shows here
    except DECODER_FAILURES:
        return TiffImagePlugin.ImageFileDirectory_v2()
    return tags
