"""From a Picture to a file: encoding in the four formats, and replacing files so that nothing is ever half written.

What a format can hold is kept: depth, profile, EXIF (upright, without its thumbnail), XMP, resolution and grey. A JPEG
that came from a JPEG of the same size keeps every block that no edit touched, with all its metadata; where that can't
be, it takes over the tables and subsampling. Blocking; any thread but the GUI's.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
import struct
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from PIL import Image

from dalle_studio.core.errors import BadInput, StorageProblem
from dalle_studio.formats import colour, decoding, exif, jpeg, jpeg_patch, png, tiff
from dalle_studio.formats.jpeg_structure import read_structure
from dalle_studio.formats.opening import readable_bytes, readable_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dalle_studio.core.picture import MaskPixels, Picture, Pixels

DEPTH_REDUCED: Final = "errors_formats.depth_reduced"
TRANSPARENCY_LOST: Final = "errors_formats.transparency_lost"
METADATA_LOST: Final = "errors_formats.metadata_lost"
JPEG_ENCODED_ANEW: Final = "errors_formats.jpeg_encoded_anew"
JPEG_EXTRAS_LOST: Final = "errors_formats.jpeg_extras_lost"
_SUFFIXES: Final = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
_WEBP_LONGEST: Final = 16_383
_WEBP_QUALITY: Final = 95
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def can_write_format(format_name: str) -> bool:
    """Whether a `Source.format` can be written, too."""
    return format_name in _SUFFIXES.values()


def can_write(path: Path) -> bool:
    """Whether the ending of the name says a format that can be written."""
    return path.suffix.lower() in _SUFFIXES


def format_for(path: Path) -> str:
    """JPEG, PNG, WEBP or TIFF by the ending of the name; BadInput, which lists them, for any other."""
    if not can_write(path):
        known = " ".join(_SUFFIXES)
        raise BadInput("errors_formats.unknown_suffix", name=readable_name(path.name), known=known)
    return _SUFFIXES[path.suffix.lower()]


def is_lossless(format_name: str, data: bytes) -> bool:
    """Whether the pixels of this encoded file are exactly those it was made from."""
    return format_name in ("PNG", "TIFF") or (format_name == "WEBP" and _is_lossless_webp(data))


def largest_block(format_name: str, data: bytes) -> int:
    """How many pixels around an edit may differ in this encoded file because pixels are coded in blocks: a JPEG's MCU.

    0 for formats that code pixels one by one or that are encoded as a whole.
    """
    if format_name != "JPEG":
        return 0
    try:
        block = read_structure(data).block
    except ValueError:
        return 0
    return max(block.width, block.height)


def encode_picture(
    picture: Picture, format_name: str, *, original: bytes | None = None, scratch: Path | None = None
) -> tuple[bytes, tuple[str, ...]]:
    """The picture in JPEG, PNG, WEBP or TIFF, and message ids of what the format could not hold.

    `original` is the file it was opened from: in a JPEG only what was edited is coded anew (the very same bytes when
    nothing was), a WebP gives its losslessness. `scratch` is a private folder for temporary files, which do not stay.
    BadInput when the format has no room for the size.
    """
    try:
        match format_name:
            case "JPEG":
                return _jpeg(picture, original, scratch)
            case "PNG":
                return _png(picture), ()
            case "WEBP":
                return _webp(picture, original)
            case "TIFF":
                pixels, icc = _as_grey(picture)
                return tiff.encode(pixels, picture.metadata, icc, _exif(picture)), ()
            case _:
                raise KeyError(format_name)  # the caller's mistake, not the picture's
    except (OSError, ValueError, struct.error) as error:
        raise BadInput("errors_formats.cannot_encode", format=format_name) from error


def _jpeg(picture: Picture, original: bytes | None, scratch: Path | None) -> tuple[bytes, tuple[str, ...]]:
    _check_side(picture, "JPEG", jpeg.LONGEST_SIDE)
    warnings = (DEPTH_REDUCED,) * (picture.depth > 8) + (TRANSPARENCY_LOST,) * _is_translucent(picture)
    if original is not None and decoding.sniff(original) == "JPEG":
        patched = jpeg_patch.patch_jpeg(original, picture, scratch)
        if patched is not None:
            return patched.data, (JPEG_EXTRAS_LOST,) * patched.dropped_extras
        if jpeg_patch.is_same_size(original, picture):
            warnings = (*warnings, JPEG_ENCODED_ANEW)
    pixels, icc = _as_grey(picture)
    shallow = colour.eight_bit(pixels)
    if shallow.ndim == 3:
        shallow = colour.over_white(shallow)
    recipe = jpeg.recipe_of(original) if original is not None and decoding.sniff(original) == "JPEG" else None
    data, whole = jpeg.with_metadata(jpeg.encode(shallow, recipe), picture.metadata, icc, _exif(picture))
    return data, warnings if whole else (*warnings, METADATA_LOST)


def _png(picture: Picture) -> bytes:
    pixels, icc = _as_grey(picture)
    extra = []
    if icc is not None:
        extra.append((b"iCCP", b"ICC profile\x00\x00" + zlib.compress(icc)))
    if picture.metadata.dpi is not None:
        extra.append((b"pHYs", struct.pack(">IIB", *(round(dots / 0.0254) for dots in picture.metadata.dpi), 1)))
    block = _exif(picture)
    if block is not None:
        extra.append((b"eXIf", block))
    if picture.metadata.xmp is not None:
        extra.append((b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + picture.metadata.xmp))
    return png.encode(pixels, extra)


def _webp(picture: Picture, original: bytes | None) -> tuple[bytes, tuple[str, ...]]:
    _check_side(picture, "WebP", _WEBP_LONGEST)
    out = io.BytesIO()
    Image.fromarray(colour.eight_bit(picture.pixels)).save(
        out,
        "WEBP",
        lossless=original is not None and _is_lossless_webp(original),
        exact=True,  # colours under full transparency are pixels like all others
        quality=_WEBP_QUALITY,
        icc_profile=_fitting_profile(picture, grey=False) or b"",
        exif=_exif(picture) or b"",
        xmp=picture.metadata.xmp or b"",
    )
    return out.getvalue(), (DEPTH_REDUCED,) * (picture.depth > 8)


def _is_lossless_webp(data: bytes) -> bool:
    """Looks for the lossless bitstream's chunk among the first ones (RIFF: type, length, content, even padding)."""
    at = 12
    while decoding.sniff(data) == "WEBP" and at + 8 <= len(data):
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
        and bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all())
        and not _is_translucent(picture)
    )
    icc = _fitting_profile(picture, grey=grey)
    if not grey:
        return pixels, icc
    return cast("Pixels", np.ascontiguousarray(pixels[..., 0])), icc


def _fitting_profile(picture: Picture, *, grey: bool) -> bytes | None:
    icc = picture.metadata.icc
    return icc if icc is not None and icc[16:20] == (b"GRAY" if grey else b"RGB ") else None


def _is_translucent(picture: Picture) -> bool:
    return picture.has_alpha and bool((picture.pixels[..., 3] != np.iinfo(picture.pixels.dtype).max).any())


def _exif(picture: Picture) -> bytes | None:
    return None if picture.metadata.exif is None else exif.normalised(picture.metadata.exif, picture.size)


def _check_side(picture: Picture, format_name: str, limit: int) -> None:
    if picture.size.longest > limit:
        raise BadInput("errors_formats.side_too_long", format=format_name, size=str(picture.size), limit=limit)


# --- to disk ---------------------------------------------------------------------------------------------------------


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` for good: a temporary file beside it → fsync → rename → fsync of the folder.

    A symbolic link is followed, permissions are kept, and until the rename the old file is whole. StorageProblem names
    the folder and what it needs; no temporary file is left behind.
    """
    try:
        target = Path(os.path.realpath(path))
    except (OSError, ValueError) as error:  # a zero byte in the name, or a name that no folder can hold
        raise StorageProblem("errors_formats.name_too_long") from error
    with _disk_failures(target.parent, len(data)):
        mode = _mode_to_keep(target)
        temporary = target.with_name(f".{secrets.token_hex(8)}.part")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        try:
            with os.fdopen(handle, "wb", buffering=0) as file:
                rest = memoryview(data)
                while rest:  # a raw write may take a part only
                    rest = rest[file.write(rest) or 0 :]
                if mode is not None and sys.platform != "win32":
                    os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """The folder and those above it; no failure when it is there. StorageProblem otherwise."""
    with _disk_failures(folder.parent, 0):
        folder.mkdir(parents=True, exist_ok=True)


def _mode_to_keep(target: Path) -> int | None:
    """The permissions of the file that is replaced; None when there is none."""
    name = readable_name(target.name)
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):  # as root, a rename would even replace /dev/null
        raise StorageProblem("errors_formats.target_not_a_file", name=name)
    if not os.access(target, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        if sys.platform != "win32" and os.statvfs(target).f_flag & os.ST_RDONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        raise StorageProblem("errors_formats.target_read_only", name=name)
    return stat.S_IMODE(mode)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return  # has no such call and needs none
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _disk_failures(folder: Path, need: int) -> Iterator[None]:
    shown = readable_name(str(folder))
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StorageProblem("errors_formats.folder_missing", folder=shown) from error
    except PermissionError as error:
        raise StorageProblem("errors_formats.folder_not_writable", folder=shown) from error
    except OSError as error:
        if error.errno in _FULL:
            raise StorageProblem("errors_formats.disk_full", folder=shown, need=readable_bytes(need)) from error
        if error.errno == errno.EROFS:
            raise StorageProblem("errors_formats.read_only_drive", folder=shown) from error
        if error.errno == errno.ENAMETOOLONG:
            raise StorageProblem("errors_formats.name_too_long") from error
        raise StorageProblem("errors_formats.write_failed", folder=shown) from error
