"""Mask files, in every convention that tools use, to and from the program's own: 255 = edit, 0 = keep.

| polarity | where to edit |
|---|---|
| openai | alpha 0, two values only; written so that readers of luminance understand it, too |
| white | white, soft edges kept |
| black | black, soft edges kept; never guessed |
| channel | white, soft edges kept: a selection saved as a channel |

Any thread.
"""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from dalle_studio.core.errors import BadInput
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import MaskPixels, Picture
from dalle_studio.formats import png
from dalle_studio.formats.colour import eight_bit
from dalle_studio.formats.opening import PIXEL_LIMIT, open_picture, readable_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGE: Final = "errors_formats.mask_is_large"
"""Warning id: more than half of the photo is edited; the polarity may have been guessed wrongly."""
_UPLOAD_LIMIT: Final = 4_000_000  # OpenAI: a mask is a PNG below 4 MB
_JPEG_NOISE: Final = 8
"""What JPEG scatters around 0 and 255 is no soft edge: it would make the whole photo part of the mask."""


class Polarity(StrEnum):
    """The command line's names; the module says what each means."""

    AUTO = "auto"
    OPENAI = "openai"
    WHITE = "white"
    BLACK = "black"
    CHANNEL = "channel"


def read_mask(
    data: bytes,
    *,
    polarity: Polarity = Polarity.AUTO,
    size: Size | None = None,
    name: str = "mask",
    pixel_limit: int = PIXEL_LIMIT,
) -> tuple[MaskPixels, Polarity, tuple[str, ...]]:
    """The mask (h, w), the polarity that was used (never AUTO), and message ids of warnings.

    `size` is the photo's after EXIF orientation; BadInput naming both when the mask's differs, and for unreadable
    files. AUTO: any alpha below 128 → OPENAI, else WHITE.
    """
    picture = open_picture(data, name=name, pixel_limit=pixel_limit)
    if size is not None and picture.size != size:
        raise BadInput("errors_formats.mask_size", name=readable_name(name), mask=str(picture.size), photo=str(size))
    pixels = eight_bit(picture.pixels)
    used = polarity
    if polarity is Polarity.AUTO:
        by_alpha = picture.has_alpha and bool((pixels[..., 3] < 128).any())
        used = Polarity.OPENAI if by_alpha else Polarity.WHITE
    if used is Polarity.OPENAI:
        mask = _by_alpha(pixels, name)
    else:
        mask = _luminance(picture, pixels)
        if used is Polarity.BLACK:
            mask = np.subtract(255, mask, dtype=np.uint8)
    large = polarity is Polarity.AUTO and np.count_nonzero(mask >= 128) * 2 > mask.size
    return mask, used, (LARGE,) if large else ()


def encode_mask(mask: MaskPixels, polarity: Polarity = Polarity.OPENAI) -> bytes:
    """A (h, w) mask as PNG: OPENAI as RGBA, edit (255,255,255,0), keep (0,0,0,255), the others as 8-bit grey."""
    match polarity:
        case Polarity.OPENAI:
            return _encode_both_ways(mask)
        case Polarity.WHITE | Polarity.CHANNEL:
            return png.encode(mask)
        case Polarity.BLACK:
            return png.encode(np.subtract(255, mask, dtype=np.uint8))
        case Polarity.AUTO:
            raise ValueError("a mask is written in a named polarity")


def _encode_both_ways(mask: MaskPixels) -> bytes:
    keep, edit = bytes((0, 0, 0, 255)), bytes((255, 255, 255, 0))  # OpenAI: alpha 0 = edit; others: white = edit
    colours = np.array([int.from_bytes(keep, sys.byteorder), int.from_bytes(edit, sys.byteorder)], np.uint32)
    pixels = colours[mask >> 7].view(np.uint8).reshape(*mask.shape, 4)
    encoded = png.encode(pixels)
    if len(encoded) >= _UPLOAD_LIMIT:  # only specks all over do this
        encoded = png.encode(pixels, few_colours=True)
    return encoded


def _by_alpha(pixels: NDArray[np.uint8], name: str) -> MaskPixels:
    if pixels.shape[2] != 4:
        raise BadInput("errors_formats.mask_without_alpha", name=readable_name(name))
    return np.where(pixels[..., 3] < 128, np.uint8(255), np.uint8(0))


def _luminance(picture: Picture, pixels: NDArray[np.uint8]) -> MaskPixels:
    """The grey value; of colours the luma (Rec. 601, whose weights add up to 1, so that grey stays exact)."""
    if picture.source.grey:
        mask: MaskPixels = np.ascontiguousarray(pixels[..., 0])
    else:
        way = cv2.COLOR_RGBA2GRAY if picture.has_alpha else cv2.COLOR_RGB2GRAY
        mask = cast("MaskPixels", cv2.cvtColor(pixels, way))
    if picture.source.format == "JPEG":
        mask = mask.copy()
        mask[mask <= _JPEG_NOISE] = 0
        mask[mask >= 255 - _JPEG_NOISE] = 255
    return mask
