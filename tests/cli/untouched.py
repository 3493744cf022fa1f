"""Photos of every depth, channel count and profile, edited through the command line and read back by others.

The band is worked out here from the mask and the feather that was told; files are read by OpenCV, profiles by Pillow:
the program's own word is not taken for anything. The suite runs small photos and a few of 24 megapixels,
`tests/benchmarks/untouched.py` all of them large.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image

from tests.conftest import make_photo
from tests.formats.files import DISPLAY_P3, encoded, gamma_curve, grey_profile, matrix_profile, turned_exif

if TYPE_CHECKING:
    from numpy.typing import NDArray

XMP = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:title>사진</dc:title></x:xmpmeta>".encode()
COLOUR_PROFILE = matrix_profile(DISPLAY_P3, gamma_curve(2.2))
GREY_PROFILE = grey_profile(gamma_curve(2.2))


@dataclass(frozen=True)
class Lossless:
    """A photo in a file that keeps every pixel."""

    suffix: str
    depth: int
    channels: int
    """1 is grey."""
    profile: bool

    def __str__(self) -> str:
        kind = {1: "grey", 3: "rgb", 4: "rgba"}[self.channels]
        return f"{self.suffix[1:]}-{self.depth}-{kind}{'-icc' * self.profile}"

    @property
    def icc(self) -> bytes | None:
        return (GREY_PROFILE if self.channels == 1 else COLOUR_PROFILE) if self.profile else None

    def pixels(self, width: int, height: int) -> NDArray[Any]:
        """(h, w) or (h, w, 3|4), RGB(A); in 16 bits not only multiples of 257, transparent in one corner."""
        photo = make_photo(width, height, seed=width, depth=self.depth)
        if self.depth == 16:
            photo[::3, ::5] ^= 37
        if self.channels == 1:
            return np.ascontiguousarray(photo[..., 1])
        if self.channels == 4:
            opaque = np.full((height, width, 1), np.iinfo(photo.dtype).max, photo.dtype)
            photo = np.concatenate((photo, opaque), axis=2)
            photo[: height // 5, : width // 5, 3] //= 3
        return photo

    def write(self, path: Path, pixels: NDArray[Any]) -> None:
        """By OpenCV; the profile is put into the file afterwards, since OpenCV knows none."""
        order = [2, 1, 0, 3][: self.channels]
        done, data = cv2.imencode(self.suffix, pixels if self.channels == 1 else pixels[..., order])
        assert done
        found = data.tobytes()
        if self.icc is not None:
            found = _with_png_profile(found, self.icc) if self.suffix == ".png" else _with_tiff_profile(found, self.icc)
        path.write_bytes(found)


MATRIX = [
    Lossless(suffix, depth, channels, profile)
    for suffix in (".png", ".tif")
    for depth in (8, 16)
    for channels in (1, 3, 4)
    for profile in (False, True)
]


def read(path: Path) -> NDArray[Any]:
    """(h, w) or (h, w, 3|4), in the order of RGB(A): by Pillow, and what that would cut to 8 bits by OpenCV.

    OpenCV multiplies the colours of a TIFF of 8 bits by its alpha.
    """
    found = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    assert found is not None
    if found.dtype == np.uint8:
        with Image.open(path) as image:
            assert image.mode in ("L", "RGB", "RGBA")
            return np.asarray(image)
    return found if found.ndim == 2 else found[..., [2, 1, 0, 3][: found.shape[2]]]


def profile_of(path: Path) -> bytes | None:
    with Image.open(path) as image:
        found: bytes | None = image.info.get("icc_profile")
        return found


def disc(width: int, height: int, radius: int) -> NDArray[np.uint8]:
    mask = np.zeros((height, width), np.uint8)
    cv2.circle(mask, (width // 3, height // 2), radius, 255, -1)
    return mask


def beyond(mask: NDArray[np.uint8], feather: int) -> NDArray[np.bool_]:
    """Pixels outside the mask and its band."""
    away = cv2.distanceTransform((mask == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away > feather + 1)


# --- JPEG ------------------------------------------------------------------------------------------------------------

JPEGS: dict[str, dict[str, Any]] = {
    "4:2:0": {"subsampling": 2},
    "4:2:2": {"subsampling": 1},
    "4:4:4": {"subsampling": 0},
    "grey": {},
    "progressive": {"subsampling": 2, "progressive": True},
    "progressive grey": {"progressive": True},
}
UNITS = {"4:2:0": (16, 16), "4:2:2": (16, 8), "4:4:4": (8, 8), "grey": (8, 8)}
"""Width and height of an MCU as stored (T.81, A.2); progressive ones are as their subsampling."""


def unit_of(kind: str) -> tuple[int, int]:
    return UNITS.get(kind, UNITS["grey" if kind.endswith("grey") else "4:2:0"])


def jpeg(kind: str, stored: NDArray[np.uint8], orientation: int, **extra: Any) -> bytes:
    """A file of that kind with pixels as they are stored, and everything a camera writes beside them."""
    pixels = np.ascontiguousarray(stored[..., 1] if kind.endswith("grey") else stored)
    options = {"quality": 88, "exif": turned_exif(orientation), "xmp": XMP, "dpi": (300, 240), **JPEGS[kind], **extra}
    return encoded(pixels, "JPEG", **options)


def stored_pixels(data: bytes) -> NDArray[np.uint8]:
    """As the file has them, not turned, by Pillow's decoder."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def stored_mask(mask: NDArray[np.bool_], orientation: int) -> NDArray[np.bool_]:
    """An upright mask in the stored frame, by Pillow's transpositions."""
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    image = Image.fromarray(mask.astype(np.uint8) * np.uint8(255))
    return np.asarray(image if back is None else image.transpose(back)) > 0


def units_touched(changed: NDArray[np.bool_], unit: tuple[int, int], reach: int = 0) -> NDArray[np.bool_]:
    """(rows, columns): MCUs with a pixel in `changed`, and those up to `reach` MCUs around them."""
    width, height = unit
    rows, columns = -(-changed.shape[0] // height), -(-changed.shape[1] // width)
    whole = np.zeros((rows * height, columns * width), bool)
    whole[: changed.shape[0], : changed.shape[1]] = changed
    touched = np.asarray(whole.reshape(rows, height, columns, width).any(axis=(1, 3)), np.uint8)
    if reach:
        touched = np.asarray(cv2.dilate(touched, np.ones((2 * reach + 1,) * 2, np.uint8)))
    return np.asarray(touched > 0)


def strays(kind: str, before: bytes, after: bytes, mask: NDArray[np.uint8], feather: int, orientation: int = 1) -> int:
    """How many units of two JPEGs differ farther than one from the band around an upright mask; -1: no unit at all."""
    changed = (stored_pixels(after) != stored_pixels(before)).any(axis=2)
    allowed = units_touched(stored_mask(~beyond(mask, feather), orientation), unit_of(kind), reach=1)
    found = units_touched(changed, unit_of(kind))
    return int(np.count_nonzero(found & ~allowed)) if found.any() else -1


def _with_png_profile(data: bytes, icc: bytes) -> bytes:
    import struct
    import zlib

    content = b"ICC profile\x00\x00" + zlib.compress(icc)
    chunk = struct.pack(">I", len(content)) + b"iCCP" + content
    return data[:33] + chunk + struct.pack(">I", zlib.crc32(chunk[4:])) + data[33:]


def _with_tiff_profile(data: bytes, icc: bytes) -> bytes:
    """A new directory behind the file: the old entries and tag 34675 (TIFF 6.0, section 2)."""
    import struct

    assert data[:4] == b"II*\x00"
    (at,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, at)
    entries = [data[at + 2 + 12 * number : at + 14 + 12 * number] for number in range(count)]
    data += bytes(len(data) % 2)
    entries.append(struct.pack("<HHII", 34675, 7, len(icc), len(data)))
    entries.sort(key=lambda entry: int.from_bytes(entry[:2], "little"))
    data += icc + bytes(len(icc) % 2)
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + directory
