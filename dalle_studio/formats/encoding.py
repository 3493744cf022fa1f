"""From a Picture to a file's bytes, format by format.

What a format can hold is kept: depth, profile, EXIF (upright, without its thumbnail), XMP, resolution and grey. A JPEG
that came from a JPEG of the same size keeps every block that no edit touched, with all its metadata; where that can't
be, it takes over the tables and subsampling. Any thread but the GUI's.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import cv2
import numpy as np
from PIL import Image

from dalle_studio.core.errors import BadInput
from dalle_studio.core.picture import MaskPixels, Metadata, Picture, Pixels
from dalle_studio.formats import colour, exif, jp2, jpeg, jpeg_patch, png, sniffing, tiff
from dalle_studio.formats.grey_twin import rgb_twin
from dalle_studio.formats.provenance import Making
from dalle_studio.imaging.greyness import is_grey

if TYPE_CHECKING:
    from collections.abc import Callable

DEPTH_REDUCED: Final = "errors_formats.depth_reduced"
TRANSPARENCY_LOST: Final = "errors_formats.transparency_lost"
METADATA_LOST: Final = "errors_formats.metadata_lost"
METADATA_NOT_HELD: Final = "errors_formats.metadata_not_held"
JPEG_ENCODED_ANEW: Final = "errors_formats.jpeg_encoded_anew"
JPEG_EXTRAS_LOST: Final = "errors_formats.jpeg_extras_lost"
_WEBP_LONGEST: Final = 16_383
_WEBP_QUALITY: Final = 95
_AVIF_QUALITY: Final = 90
_AVIF_SPEED: Final = 7
"""Half the time of Pillow's own choice for a few per cent of size."""
_LOSSLESS_JP2: Final = (cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000)

_SMALLEST_DEEP_JP2: Final = 32
"""OpenCV halves a picture five times."""

Encoded: TypeAlias = tuple[bytes, tuple[str, ...]]
"""A file's bytes, and message ids of what the format could not hold."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a picture came from and how it was changed."""

    original: bytes | None = None
    """The file it was opened from."""
    scratch: Path | None = None
    """A private folder for temporary files, which do not stay."""
    making: Making | None = None


def _jpeg(picture: Picture, origin: Origin) -> Encoded:
    original = origin.original
    _check_side(picture, "JPEG", jpeg.LONGEST_SIDE)
    warnings = (DEPTH_REDUCED,) * (picture.depth > 8) + (TRANSPARENCY_LOST,) * _is_translucent(picture)
    if original is not None and sniffing.sniff(original) == "JPEG":
        patched = jpeg_patch.patch_jpeg(original, picture, origin.scratch, origin.making)
        if patched is not None:
            return patched.data, (JPEG_EXTRAS_LOST,) * patched.dropped_extras
        if jpeg_patch.is_same_size(original, picture):
            warnings = (*warnings, JPEG_ENCODED_ANEW)
    pixels, icc = _as_grey(picture)
    shallow = colour.eight_bit(pixels)
    if shallow.ndim == 3:
        shallow = colour.over_white(shallow)
    recipe = jpeg.recipe_of(original) if original is not None and sniffing.sniff(original) == "JPEG" else None
    data, whole = jpeg.with_metadata(jpeg.encode(shallow, recipe), picture.metadata, icc, _exif(picture))
    return data, warnings if whole else (*warnings, METADATA_LOST)


def png_chunks_of_colour(metadata: Metadata, *, grey: bool = False) -> list[tuple[bytes, bytes]]:
    """A PNG's chunks (type, content) for the profile, where it fits, and the resolution."""
    chunks = []
    icc = fitting_profile(metadata.icc, grey=grey)
    if icc is not None:
        chunks.append((b"iCCP", b"ICC profile\x00\x00" + zlib.compress(icc)))
    if metadata.dpi is not None:
        chunks.append((b"pHYs", struct.pack(">IIB", *(round(dots / 0.0254) for dots in metadata.dpi), 1)))
    return chunks


def _png(picture: Picture, _: Origin) -> Encoded:
    pixels = _as_grey(picture)[0]
    extra = png_chunks_of_colour(picture.metadata, grey=pixels.ndim == 2)
    block = _exif(picture)
    if block is not None:
        extra.append((b"eXIf", block))
    if picture.metadata.xmp is not None:
        extra.append((b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + picture.metadata.xmp))
    return png.encode(pixels, extra), ()


def _webp(picture: Picture, origin: Origin) -> Encoded:
    _check_side(picture, "WebP", _WEBP_LONGEST)
    out = io.BytesIO()
    Image.fromarray(colour.eight_bit(picture.pixels)).save(
        out,
        "WEBP",
        lossless=origin.original is not None and is_lossless_webp(origin.original),
        exact=True,  # colours under full transparency are pixels like all others
        quality=_WEBP_QUALITY,
        icc_profile=fitting_profile(picture.metadata.icc, grey=False) or b"",
        exif=_exif(picture) or b"",
        xmp=picture.metadata.xmp or b"",
    )
    return out.getvalue(), (DEPTH_REDUCED,) * (picture.depth > 8)


def _tiff(picture: Picture, _: Origin) -> Encoded:
    pixels, icc = _as_grey(picture)
    return tiff.encode(pixels, picture.metadata, icc, _exif(picture)), ()


class _Block(Image.Exif):
    """An EXIF block as it is. For AVIF Pillow would take the orientation out of it, and write it anew for that."""

    def __init__(self, block: bytes) -> None:
        super().__init__()
        self._block = block

    def __bool__(self) -> bool:
        return True

    def tobytes(self, offset: int = 8) -> bytes:
        del offset
        return self._block


def _avif(picture: Picture, _: Origin) -> Encoded:
    out, block = io.BytesIO(), _exif(picture)
    Image.fromarray(colour.eight_bit(picture.pixels)).save(
        out,
        "AVIF",
        quality=_AVIF_QUALITY,
        subsampling="4:4:4",
        speed=_AVIF_SPEED,
        icc_profile=fitting_profile(picture.metadata.icc, grey=False) or b"",
        exif=b"" if block is None else _Block(block),
        xmp=picture.metadata.xmp or b"",
    )
    return out.getvalue(), (DEPTH_REDUCED,) * (picture.depth > 8)


def _jpeg_2000(picture: Picture, _: Origin) -> Encoded:
    """Lossless."""
    pixels, icc = _as_grey(picture)
    warnings: tuple[str, ...] = ()
    if picture.depth == 8 or min(pixels.shape[:2]) < _SMALLEST_DEEP_JP2:
        warnings = (DEPTH_REDUCED,) * (picture.depth > 8)
        out = io.BytesIO()
        Image.fromarray(colour.eight_bit(pixels)).save(out, "JPEG2000", irreversible=False, mct=int(pixels.ndim == 3))
        data = out.getvalue()
    else:  # Pillow has no colour of 16 bits
        if pixels.ndim == 3:
            way = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
            pixels = cast("Pixels", cv2.cvtColor(pixels, way))
        done, found = cv2.imencode(".jp2", pixels, _LOSSLESS_JP2)
        if not done:
            raise ValueError("not encodable")
        data = found.tobytes()
    return jp2.with_extras(data, jp2.Extras(icc, _exif(picture), picture.metadata.xmp, picture.metadata.dpi)), warnings


def _bmp(picture: Picture, _: Origin) -> Encoded:
    """In sRGB, since BMP as everybody reads it has no room for a profile."""
    pixels = _as_grey(picture)[0]
    shown = colour.eight_bit(pixels)
    if shown.ndim == 3:
        flat = Picture(colour.over_white(shown), picture.metadata)
        shown = colour.to_srgb(flat.pixels, flat.metadata)
    out = io.BytesIO()
    Image.fromarray(shown).save(out, "BMP", dpi=picture.metadata.dpi or (96, 96))
    lost = picture.metadata.exif is not None or picture.metadata.xmp is not None
    warnings = (DEPTH_REDUCED,) * (picture.depth > 8) + (TRANSPARENCY_LOST,) * _is_translucent(picture)
    return out.getvalue(), warnings + (METADATA_NOT_HELD,) * lost


def is_lossless_webp(data: bytes) -> bool:
    """Looks for the lossless bitstream's chunk among the first ones (RIFF: type, length, content, even padding)."""
    at = 12
    while sniffing.sniff(data) == "WEBP" and at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in (b"VP8L", b"VP8 "):
            return bool(kind == b"VP8L")
        at += 8 + length + length % 2
    return False


def _as_grey(picture: Picture) -> tuple[Pixels | MaskPixels, bytes | None]:
    """(h, w) when the file was grey and the picture still is, else its pixels; and the profile that fits them."""
    pixels = picture.pixels
    grey = (
        picture.source.grey
        and (picture.metadata.icc is None or picture.metadata.icc[16:20] == b"GRAY")
        and is_grey(pixels)
        and not _is_translucent(picture)
    )
    icc = fitting_profile(picture.metadata.icc, grey=grey)
    if not grey:
        return pixels, icc
    return cast("Pixels", np.ascontiguousarray(pixels[..., 0])), icc


def fitting_profile(icc: bytes | None, *, grey: bool) -> bytes | None:
    """The photo's profile for one channel or three: its own, or the RGB twin of a grey one; None = there is none."""
    if icc is not None and icc[16:20] == (b"GRAY" if grey else b"RGB "):
        return icc
    return None if icc is None or grey else rgb_twin(icc)


def _is_translucent(picture: Picture) -> bool:
    return picture.has_alpha and bool((picture.pixels[..., 3] != np.iinfo(picture.pixels.dtype).max).any())


def _exif(picture: Picture) -> bytes | None:
    return None if picture.metadata.exif is None else exif.normalised(picture.metadata.exif, picture.size)


def _check_side(picture: Picture, format_name: str, limit: int) -> None:
    if picture.size.longest > limit:
        raise BadInput("errors_formats.side_too_long", format=format_name, size=str(picture.size), limit=limit)


ENCODERS: Final[dict[str, Callable[[Picture, Origin], Encoded]]] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "TIFF": _tiff,
    "AVIF": _avif,
    "JPEG2000": _jpeg_2000,
    "BMP": _bmp,
}
"""All raise what encoders raise, and BadInput when the format has no room for the size."""
