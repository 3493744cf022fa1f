"""Which format a file is of, by its first bytes; what its name says is nothing to go by."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from dalle_studio.formats import jp2, png

if TYPE_CHECKING:
    from types import ModuleType

_HEIF_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"}
_MOST_BRANDS: Final = 256


def sniff(data: bytes) -> str | None:
    """The format by its first bytes; None when it is none of those that are opened."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(png.SIGNATURE):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return "TIFF"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if data.startswith((jp2.BOXES, jp2.CODESTREAM)):
        return "JPEG2000"
    if data[4:8] == b"ftyp":
        return _sniff_brands(data)
    return "BMP" if data.startswith(b"BM") else None


def _sniff_brands(data: bytes) -> str | None:
    """AVIF or HEIF by the brands of the file type box (ISO/IEC 14496-12, 4.3)."""
    brands = _brands(data)
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS and heif_plugin() is not None else None


def is_heif_without_plugin(data: bytes) -> bool:
    """A photo from a phone, which needs a package that is not installed."""
    return data[4:8] == b"ftyp" and bool(_brands(data) & _HEIF_BRANDS) and heif_plugin() is None


def heif_plugin() -> ModuleType | None:
    """`pillow_heif`, an extra: what it contains is under licences that we can't pass on. None where it is missing."""
    try:
        return importlib.import_module("pillow_heif")
    except ImportError:
        return None


def _brands(data: bytes) -> set[bytes]:
    end = min(int.from_bytes(data[:4], "big"), len(data), _MOST_BRANDS)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
