"""Between a photo's own colour space and sRGB, by the ICC profile that its file carries.

Without a profile, with a broken one, or with one that behaves like sRGB, nothing is converted. Transforms are built
once per profile. Relative colorimetric with black point compensation, both ways. Any thread.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from dalle_studio.core.picture import Metadata, Picture, Pixels

Bytes: TypeAlias = NDArray[np.uint8]

_BAND: Final = 512
_NO_CACHE: Final = ImageCms.Flags.NOCACHE  # the one-pixel cache would be shared between threads


@dataclass(frozen=True, slots=True, eq=False)
class _Conversion:
    grey: bool
    """The profile describes one channel."""
    forward: ImageCms.ImageCmsTransform
    backward: ImageCms.ImageCmsTransform


def to_srgb(pixels: Pixels, metadata: Metadata) -> Bytes:
    """(h, w, 3) uint8 sRGB rendition of (h, w, 3|4) pixels in the space of `metadata`; alpha is dropped.

    May be the very array that was given, when there is nothing to do.
    """
    colours = np.ascontiguousarray(eight_bit(pixels)[..., :3])
    conversion = _conversion(metadata.icc) if metadata.icc else None
    if conversion is None:
        return colours
    return _apply(colours, conversion.forward, "L" if conversion.grey else "RGB", "RGB")


def from_srgb(pixels: Pixels, like: Picture) -> Pixels:
    """(h, w, 3) uint8 sRGB in the space and depth of `like`, (h, w, 3). A grey profile makes them grey."""
    colours = np.ascontiguousarray(eight_bit(pixels)[..., :3])
    conversion = _conversion(like.metadata.icc) if like.metadata.icc else None
    if conversion is not None:
        colours = _apply(colours, conversion.backward, "RGB", "L" if conversion.grey else "RGB")
    return colours if like.depth == 8 else colours.astype(np.uint16) * np.uint16(257)


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


@lru_cache(maxsize=16)
def _conversion(icc: bytes) -> _Conversion | None:
    """None where nothing needs to be converted: no usable profile, or one like sRGB."""
    space = icc[16:20]
    if space not in (b"RGB ", b"GRAY"):
        return None
    mode = "RGB" if space == b"RGB " else "L"
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION | _NO_CACHE
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        srgb = ImageCms.createProfile("sRGB")
        conversion = _Conversion(
            mode == "L",
            ImageCms.buildTransform(own, srgb, mode, "RGB", intent, flags),
            ImageCms.buildTransform(srgb, own, "RGB", mode, intent, flags),
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None if _is_like_srgb(conversion) else conversion


def _is_like_srgb(conversion: _Conversion) -> bool:
    """True when a grid of colours comes through within one level."""
    steps = np.linspace(0, 255, 18).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    if conversion.grey:
        grid = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(1, -1, 3)
    there = _apply(grid, conversion.forward, "L" if conversion.grey else "RGB", "RGB")
    return int(cv2.absdiff(grid, there).max()) <= 1


def _apply(pixels: Bytes, transform: ImageCms.ImageCmsTransform, source: str, target: str) -> Bytes:
    out = np.empty_like(pixels)
    for top in range(0, pixels.shape[0], _BAND):  # by bands: Pillow's images take four bytes a pixel
        band = pixels[top : top + _BAND]
        image = Image.fromarray(np.ascontiguousarray(band[..., 0]) if source == "L" else band)
        converted = np.asarray(ImageCms.applyTransform(image, transform))
        out[top : top + _BAND] = converted[..., None] if target == "L" else converted
    return out
