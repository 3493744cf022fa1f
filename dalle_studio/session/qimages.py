"""Where numpy and Qt pictures meet: views without a copy, and copies back.

A QImage over numpy memory does not own it, so the two travel together in a `SharedImage`. Any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage

from dalle_studio.core.picture import MaskPixels

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class SharedImage:
    """A QImage that reads the memory of `pixels`. Never draw into the image: Qt would copy it first."""

    pixels: NDArray[np.uint8] | NDArray[np.uint32]
    image: QImage


def share_picture(pixels: NDArray[np.uint8]) -> SharedImage:
    """(h, w, 3) RGB or (h, w, 4) RGBA with straight alpha. Shares memory when the array is contiguous, else copies."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise ValueError(f"a shown picture is (h, w, 3|4) of uint8, not {pixels.shape} {pixels.dtype}")
    layout = QImage.Format.Format_RGB888 if pixels.shape[2] == 3 else QImage.Format.Format_RGBA8888
    return _share(pixels, layout)


def share_mask(pixels: MaskPixels, colours: list[int]) -> SharedImage:
    """(h, w); `colours` are 256 ARGB values, one for each mask value (see `tint`)."""
    if pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise ValueError(f"a mask is (h, w) of uint8, not {pixels.shape} {pixels.dtype}")
    shared = _share(pixels, QImage.Format.Format_Indexed8)
    shared.image.setColorTable(colours)
    return shared


def share_overlay(pixels: NDArray[np.uint32]) -> SharedImage:
    """(h, w) of premultiplied ARGB, the fastest thing to blend."""
    if pixels.dtype != np.uint32 or pixels.ndim != 2:
        raise ValueError(f"an overlay is (h, w) of uint32, not {pixels.shape} {pixels.dtype}")
    return _share(pixels, QImage.Format.Format_ARGB32_Premultiplied)


def tint(red: int, green: int, blue: int, opacity: float) -> list[int]:
    """256 ARGB colours: the mask's value scales the opacity (0 to 1) of one colour."""
    colour = red << 16 | green << 8 | blue
    return [round(value * opacity) << 24 | colour for value in range(256)]


def copy_pixels(image: QImage) -> NDArray[np.uint8]:
    """A new (h, w, 3) RGB array, or (h, w, 4) RGBA with straight alpha when the image has any."""
    alpha = image.hasAlphaChannel()
    image = image.convertToFormat(QImage.Format.Format_RGBA8888 if alpha else QImage.Format.Format_RGB888)
    channels = 4 if alpha else 3
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * channels].reshape(image.height(), image.width(), channels).copy()


def _share(pixels: NDArray[np.uint8] | NDArray[np.uint32], layout: QImage.Format) -> SharedImage:
    if not pixels.flags.c_contiguous:
        pixels = pixels.copy()
    height, width = pixels.shape[:2]
    return SharedImage(pixels, QImage(pixels.data, width, height, pixels.strides[0], layout))
