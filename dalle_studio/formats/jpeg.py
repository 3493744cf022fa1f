"""Writing JPEG: with the tables and subsampling of the file a photo came from, and with its metadata.

The pixels go through libjpeg-turbo directly where a quality number stands for the wanted tables (most programs and
many cameras use the standard ones), else through Pillow, which takes any tables. Any thread.
Sources: ITU-T T.81 annexes B and K; JFIF 1.02; ICC.1 annex B.4; Adobe XMP part 3.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import simplejpeg
from PIL import Image, JpegImagePlugin

from dalle_studio.formats.decoding import DECODER_FAILURES, open_image
from dalle_studio.formats.jpeg_structure import Structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dalle_studio.core.picture import Bytes, Metadata

LONGEST_SIDE: Final = 65_500
_QUALITY: Final = 95
_SUBSAMPLINGS: Final = ("444", "422", "420", "440", "411")
_PILLOW_SUBSAMPLINGS: Final = {"422": "4:2:2", "420": "4:2:0"}
"""Pillow knows no others; without subsampling least is lost."""
_BY_FACTORS: Final[dict[tuple[tuple[int, int], ...], str]] = {
    ((across, down), (1, 1), (1, 1)): name
    for name, across, down in (("444", 1, 1), ("422", 2, 1), ("420", 2, 2), ("440", 1, 2), ("411", 4, 1))
}
_ZIGZAG: Final = sorted(
    range(64),
    key=lambda place: (place // 8 + place % 8, (place // 8 if (place // 8 + place % 8) % 2 else place % 8)),
)
"""Where, row by row, each step of a stored table belongs."""
MOST_IN_SEGMENT: Final = 65_533
_ICC_HEAD: Final = b"ICC_PROFILE\x00"
XMP_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\x00"
_EXIF_HEAD: Final = b"Exif\x00\x00"

Tables = tuple[tuple[int, ...], ...]
"""Quantisation tables, 64 numbers each, row by row: luminance first."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a JPEG was made: its tables and subsampling (`444`, `422`, `420`, `440`, `411`)."""

    tables: Tables
    subsampling: str


def recipe_of(data: bytes) -> Recipe | None:
    """The recipe of an existing JPEG; None when it can't be told."""
    try:
        image = open_image(data, "JPEG")
        if not isinstance(image, JpegImagePlugin.JpegImageFile):
            return None
        tables = tuple(tuple(image.quantization[number]) for number in sorted(image.quantization))
        _, _, _, subsampling = simplejpeg.decode_jpeg_header(data, strict=False)
    except DECODER_FAILURES:
        return None
    return Recipe(tables, str(subsampling)) if tables else None


def recipe_of_structure(structure: Structure) -> Recipe:
    """The tables component by component, as few as possible, and the subsampling; `other` for unusual ones."""
    luminance, *chroma = (_natural(table) for table in structure.quantisation)
    tables = [luminance, *(chroma[:1] if len(set(chroma)) == 1 else chroma)]
    subsampling = _BY_FACTORS.get(structure.sampling, "other")
    return Recipe(tuple(tables), "gray" if len(structure.components) == 1 else subsampling)


def _natural(zigzag: tuple[int, ...]) -> tuple[int, ...]:
    """A table in the order of the file, row by row (T.81, figure A.6)."""
    table = [0] * 64
    for place, step in zip(_ZIGZAG, zigzag, strict=True):
        table[place] = step
    return tuple(table)


def encode(pixels: Bytes, recipe: Recipe | None) -> bytes:
    """(h, w) grey or (h, w, 3) RGB; by the recipe, or at quality 95 without subsampling."""
    grey = pixels.ndim == 2
    subsampling = "444" if recipe is None or recipe.subsampling not in _SUBSAMPLINGS else recipe.subsampling
    quality = _QUALITY if recipe is None else _quality_of(recipe.tables)
    if recipe is None or quality is not None:
        shaped = np.ascontiguousarray(pixels[..., None] if grey else pixels)
        way = ("GRAY", "Gray") if grey else ("RGB", subsampling)
        return bytes(simplejpeg.encode_jpeg(shaped, quality, *way))
    out = io.BytesIO()
    Image.fromarray(pixels).save(
        out,
        "JPEG",
        qtables=[list(table) for table in recipe.tables[: 1 if grey else 3]],
        subsampling=_PILLOW_SUBSAMPLINGS.get(subsampling, "4:4:4"),
    )
    return out.getvalue()


def with_metadata(data: bytes, metadata: Metadata, icc: bytes | None, exif: bytes | None) -> tuple[bytes, bool]:
    """The file with resolution, EXIF, XMP and profile; False when a part of it is too long for JPEG and left out."""
    after_jfif = 4 + struct.unpack_from(">H", data, 4)[0]  # both encoders start with a JFIF segment
    start = bytearray(data[:after_jfif])
    if metadata.dpi is not None:
        struct.pack_into(">BHH", start, 13, 1, *(min(65_535, round(dots)) for dots in metadata.dpi))
    whole = True
    segments = []
    for head, content in ((_EXIF_HEAD, exif), (XMP_HEAD, metadata.xmp)):
        if content is not None and len(head) + len(content) <= MOST_IN_SEGMENT:
            segments.append(_segment(0xE1, head + content))
        elif content is not None:
            whole = False
    segments += [] if icc is None else [_segment(0xE2, part) for part in _icc_parts(icc)]
    return b"".join((start, *segments, memoryview(data)[after_jfif:])), whole


def _icc_parts(icc: bytes) -> Iterator[bytes]:
    most = MOST_IN_SEGMENT - len(_ICC_HEAD) - 2
    count = -(-len(icc) // most)
    for number in range(count if count <= 255 else 0):
        yield _ICC_HEAD + bytes((number + 1, count)) + icc[number * most : (number + 1) * most]


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _quality_of(tables: Tables) -> int | None:
    """The quality number that stands for exactly these tables; None when they are not the standard ones."""
    bases = _standard_tables()
    for quality in range(100, 0, -1):
        scale = 5000 // quality if quality < 50 else 200 - 2 * quality
        if all(  # ends at the first number that differs
            stored == min(255, max(1, (step * scale + 50) // 100))
            for table, base in zip(tables, bases, strict=False)
            for stored, step in zip(table, base, strict=True)
        ):
            return quality if len(tables) <= 2 else None
    return None


@lru_cache(maxsize=1)
def _standard_tables() -> Tables:
    """T.81's example tables, asked of the library: at quality 50 it uses them unscaled."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", quality=50)
    image = cast("JpegImagePlugin.JpegImageFile", Image.open(out, formats=["JPEG"]))
    return tuple(tuple(image.quantization[number]) for number in (0, 1))
