"""The one door for picture files: from a path to bytes, from bytes to an upright `Picture` with its metadata.

Whatever a file holds, the outcome is a Picture or a BadInput (StorageProblem when the disk fails). Blocking; any
thread but the GUI's. A picture's `exif` is the bare TIFF structure with orientation 1 and without its thumbnail.
"""

from __future__ import annotations

import math
import os
import re
import stat
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

import simplejpeg

from dalle_studio.core.errors import BadInput, Megapixels, StorageProblem
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import Metadata, Picture, Pixels, Source
from dalle_studio.formats import decoding, exif, sniffing

if TYPE_CHECKING:
    from PIL import Image

PIXEL_LIMIT: Final = 200_000_000
FILE_LIMIT: Final = 2 * 2**30
"""More than 200 megapixels with four channels of 16 bits, uncompressed."""


def read_file(path: Path, limit_bytes: int = FILE_LIMIT) -> bytes:
    """A regular file's bytes. Its size is looked at first; a pipe or device is refused without waiting for it."""
    name = readable_name(path.name or str(path))
    try:
        # Non-blocking: opening a pipe that nobody writes to would otherwise wait for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        raise BadInput("errors_formats.missing", name=name) from error
    except PermissionError as error:
        # Windows answers like this for a folder, too.
        raise BadInput(
            "errors_formats.not_a_file" if path.is_dir() else "errors_formats.no_access", name=name
        ) from error
    except OSError as error:
        raise BadInput("errors_formats.not_a_file", name=name) from error
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise BadInput("errors_formats.not_a_file", name=name)
        if facts.st_size > limit_bytes:
            raise BadInput(
                "errors_formats.file_too_large",
                name=name,
                size=readable_bytes(facts.st_size),
                limit=readable_bytes(limit_bytes),
            )
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(facts.st_size)
    except OSError as error:
        raise StorageProblem("errors_formats.read_failed", name=name) from error
    finally:
        os.close(handle)


def open_picture(data: bytes, *, name: str, pixel_limit: int = PIXEL_LIMIT) -> Picture:
    """Upright pixels with the file's profile, EXIF, XMP and resolution. BadInput when that cannot be had."""
    image, head = _open(data, name, pixel_limit)
    with decoding.decoder_failures(readable_name(name)):
        decoded = decoding.decode(image, data, head.format)
        pixels = decoded.pixels if decoded.upright else decoding.upright(decoded.pixels, head.orientation)
        metadata = _metadata(image, head, keeps_profile=decoded.keeps_profile)
        return Picture(pixels, metadata, Source(head.format, decoded.grey, decoded.notices))


def header(data: bytes, *, name: str = "", pixel_limit: int = PIXEL_LIMIT) -> tuple[str, Size]:
    """Format and size after orientation, without decoding. BadInput as `open_picture`."""
    _, head = _open(data, name, pixel_limit)
    return head.format, head.size


def quick_preview(data: bytes, longest: int, *, pixel_limit: int = PIXEL_LIMIT) -> Pixels | None:
    """A JPEG decoded at 1/2 … 1/8 of its size, upright, (h, w, 3) uint8, at least `longest` pixels long.

    For the first sight of a photo while all of it is decoded; in its own colours, not managed. None when it would
    not be smaller than the photo, for other formats, and for damaged files (`open_picture` says why).
    """
    try:
        image, head = _open(data, "", pixel_limit)
        if head.format != "JPEG" or image.mode not in ("RGB", "L") or head.size.longest < 2 * longest:
            return None
        decoding.refuse_many_scans(data)
        scale = longest / head.size.longest
        small = simplejpeg.decode_jpeg(
            data,
            "RGB",
            min_height=math.ceil(image.height * scale),
            min_width=math.ceil(image.width * scale),
            strict=False,
        )
    except (BadInput, ValueError):
        return None
    return decoding.upright(small, head.orientation)


def _open(data: bytes, name: str, pixel_limit: int) -> tuple[Image.Image, decoding.Head]:
    name = readable_name(name)
    if not data:
        raise BadInput("errors_formats.empty", name=name)
    kind = sniffing.sniff(data)
    if kind is None:
        if sniffing.is_heif_without_plugin(data):
            raise BadInput("errors_formats.heic_needs_extra", name=name)
        raise BadInput("errors_formats.unsupported", name=name)
    with decoding.decoder_failures(name):
        image = decoding.open_image(data, kind)
        head = decoding.read_head(image, data, kind)
        if head.size.area > pixel_limit:
            raise BadInput(
                "errors_formats.too_many_pixels",
                name=name,
                size=f"{head.size.width} × {head.size.height}",
                pixels=Megapixels(math.ceil(head.size.area / 1e6)),
                limit=Megapixels(pixel_limit // 1_000_000),
            )
    return image, head


def _metadata(image: Image.Image, head: decoding.Head, *, keeps_profile: bool) -> Metadata:
    info = image.info
    icc = info.get("icc_profile")
    xmp = info.get("xmp")
    dpi = info.get("dpi")
    return Metadata(
        icc=icc if keeps_profile and isinstance(icc, bytes) and icc else None,
        exif=None if head.exif is None else exif.normalised(head.exif, head.size),
        xmp=_upright_xmp(xmp, head.orientation) if isinstance(xmp, bytes) and xmp else None,
        dpi=_resolution(dpi),
    )


def _upright_xmp(xmp: bytes, orientation: int) -> bytes:
    """XMP may repeat the orientation that was applied; it must not be applied twice."""
    if orientation == 1:
        return xmp
    return re.sub(rb'(tiff:Orientation(?:="|=\'|>))[2-8]', rb"\g<1>1", xmp)


def _resolution(dpi: object) -> tuple[float, float] | None:
    """Dots per inch as two sensible numbers, or nothing."""
    if not isinstance(dpi, tuple) or len(dpi) != 2:
        return None
    try:
        x, y = float(dpi[0]), float(dpi[1])
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (x, y) if 1 <= x <= 100_000 and 1 <= y <= 100_000 else None


def readable_name(name: str) -> str:
    """A file's name fit to be shown: no control, direction or broken characters, at most 120 long."""
    shown = "".join("�" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in name)
    return shown if len(shown) <= 120 else f"{shown[:80]}…{shown[-39:]}"


def readable_bytes(count: int) -> str:
    """`12.3 MB`."""
    return f"{count / 1e6:.1f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
