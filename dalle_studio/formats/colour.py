"""Between a photo's own colour space and sRGB, by the ICC profile that its file carries.

Without a profile, with a broken one, or with one that behaves like sRGB, nothing is converted. Transforms are built
once per profile. Relative colorimetric with black point compensation, both ways. Any thread.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

import cv2
import numpy as np
from PIL import Image, ImageCms

from dalle_studio.core.picture import Bytes, Metadata, Picture, Pixels
from dalle_studio.formats.grey_twin import rgb_twin
from dalle_studio.formats.shaper import Shaper, read_shaper

_BAND: Final = 512


@dataclass(frozen=True, slots=True, eq=False)
class _ByMatrix:
    """A profile of curves and a matrix: exact in both depths."""

    own: Shaper
    srgb: Shaper

    def to_srgb(self, pixels: Pixels) -> Bytes:
        return cast("Bytes", self.own.convert(pixels, self.srgb, 8))

    def from_srgb(self, pixels: Pixels, depth: int) -> Pixels:
        return self.srgb.convert(pixels, self.own, depth)


@dataclass(frozen=True, slots=True, eq=False)
class _ByTable:
    """Any other RGB or grey profile, through LittleCMS in 8 bits."""

    mode: str
    """Pillow's: RGB or L."""
    forward: ImageCms.ImageCmsTransform
    backward: ImageCms.ImageCmsTransform

    def to_srgb(self, pixels: Pixels) -> Bytes:
        return _apply(eight_bit(pixels), self.forward, self.mode, "RGB")

    def from_srgb(self, pixels: Pixels, depth: int) -> Pixels:
        return _deepened(_apply(eight_bit(pixels), self.backward, "RGB", self.mode), depth)


def to_srgb(pixels: Pixels, metadata: Metadata) -> Bytes:
    """(h, w, 3) uint8 sRGB rendition of (h, w, 3|4) pixels in the space of `metadata`; alpha is dropped.

    May be the very array that was given, when there is nothing to do.
    """
    conversion = _conversion(metadata.icc) if metadata.icc else None
    if conversion is None:
        return np.ascontiguousarray(eight_bit(pixels)[..., :3])
    return conversion.to_srgb(cast("Pixels", np.ascontiguousarray(pixels[..., :3])))


def from_srgb(pixels: Pixels, like: Picture) -> Pixels:
    """(h, w, 3) sRGB of either depth in the space and depth of `like`, (h, w, 3).

    16 bits stay 16 bits for a photo that has them: an answer whose colours were matched is finer than it came.
    Under a grey profile they are in its RGB twin, in which the photo's grey values are the same numbers.
    """
    given = pixels if like.depth == 16 else eight_bit(pixels)
    colours = cast("Pixels", np.ascontiguousarray(given[..., :3]))
    conversion = _conversion(like.metadata.icc) if like.metadata.icc else None
    if conversion is not None:
        return conversion.from_srgb(colours, like.depth)
    return _deepened(colours, like.depth)


def eight_bit(pixels: Pixels) -> Bytes:
    """16 bits to the nearest of 8, exact for what came from 8 bits; 8 bits as they are."""
    if pixels.dtype == np.uint8:
        return cast("Bytes", pixels)
    # round(v / 257) for all 65,536 values, as a table: no wider copy of the picture is needed
    table = ((np.arange(65536, dtype=np.uint32) + 128) // 257).astype(np.uint8)
    return table[pixels]


def over_white(pixels: Bytes) -> Bytes:
    """(h, w, 4) laid on white, (h, w, 3); three channels as they are."""
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:].astype(np.uint16)
    mixed = pixels[..., :3] * alpha + 255 * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def _deepened(pixels: Pixels, depth: int) -> Pixels:
    return pixels if depth == 8 or pixels.dtype == np.uint16 else pixels.astype(np.uint16) * np.uint16(257)


@lru_cache(maxsize=16)
def _conversion(icc: bytes) -> _ByMatrix | _ByTable | None:
    """None where nothing needs to be converted: no usable profile, or one like sRGB."""
    own, srgb = read_shaper(rgb_twin(icc) or icc), _srgb_shaper()
    conversion = _ByMatrix(own, srgb) if own is not None and srgb is not None else _by_table(icc)
    return None if conversion is None or _is_like_srgb(conversion, grey=icc[16:20] == b"GRAY") else conversion


@lru_cache(maxsize=1)
def _srgb_shaper() -> Shaper | None:
    return read_shaper(srgb_profile())


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """LittleCMS's own sRGB, always the same bytes: it states no time at which it was made."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + made[36:]


def _by_table(icc: bytes) -> _ByTable | None:
    mode = {b"RGB ": "RGB", b"GRAY": "L"}.get(icc[16:20])
    if mode is None:
        return None
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    # LittleCMS's one-pixel cache would be shared between threads.
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION | ImageCms.Flags.NOCACHE
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        srgb = ImageCms.createProfile("sRGB")
        return _ByTable(
            mode,
            ImageCms.buildTransform(own, srgb, mode, "RGB", intent, flags),
            ImageCms.buildTransform(srgb, own, "RGB", mode, intent, flags),
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _is_like_srgb(conversion: _ByMatrix | _ByTable, *, grey: bool) -> bool:
    """True when a grid of colours (of greys) comes through within one level."""
    steps = np.linspace(0, 255, 18).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    if grey:
        grid = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, -1, 3)
    return int(cv2.absdiff(grid, conversion.to_srgb(grid)).max()) <= 1


def _apply(pixels: Bytes, transform: ImageCms.ImageCmsTransform, source: str, target: str) -> Bytes:
    out = np.empty_like(pixels)
    for top in range(0, pixels.shape[0], _BAND):  # by bands: Pillow's images take four bytes a pixel
        band = pixels[top : top + _BAND]
        image = Image.fromarray(np.ascontiguousarray(band[..., 0]) if source == "L" else band)
        converted = np.asarray(ImageCms.applyTransform(image, transform))
        out[top : top + _BAND] = converted[..., None] if target == "L" else converted
    return out
