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

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import cv2
import numpy as np

from dalle_studio.core.errors import BadInput
from dalle_studio.core.frozen_mask import FrozenMask
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import MaskPixels, Picture
from dalle_studio.formats import png
from dalle_studio.formats.decoding import FIRST_FRAME
from dalle_studio.formats.opening import PIXEL_LIMIT, open_picture, readable_name
from dalle_studio.imaging.stopping import ShouldStop, check, never

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
    """(h, w)."""

LARGE: Final = "errors_formats.mask_is_large"
"""Warning id: more than half of the photo is edited; the polarity may have been guessed wrongly."""
COLOURED: Final = "errors_formats.mask_is_coloured"
"""Warning id: a picture with colours, of which only the brightness counts; it may be no mask at all."""
HARDENED: Final = "errors_formats.mask_hardened"
"""Warning id: a soft mask was written in a polarity of two values."""
_UPLOAD_LIMIT: Final = 4_000_000  # OpenAI: a mask is a PNG below 4 MB
_UPLOAD_PIXELS: Final = 40_000_000
"""Larger ones are never uploaded, and making them small would take many seconds."""
_JPEG_NOISE: Final = 8
"""What JPEG scatters around 0 and 255 is no soft edge: it would make the whole photo part of the mask."""
_SAMPLES: Final = 500
"""So many rows and columns are looked at for colours."""
_COLOURFUL: Final = 40
"""Channels so far apart make a pixel coloured: more than lossy files scatter, less than any paint."""
_COLOURED_SHARE: Final = 0.01

Told: TypeAlias = Callable[[float], None]
"""Gets the share that is done, on the thread that works."""


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
    warnings = [notice for notice in picture.source.notices if notice == FIRST_FRAME]
    used = polarity
    if polarity is Polarity.AUTO:
        by_alpha = picture.has_alpha and int(_eight_bit(_channel(picture, 3)).min()) < 128
        used = Polarity.OPENAI if by_alpha else Polarity.WHITE
    if used is Polarity.OPENAI:
        mask = _by_alpha(picture, name)
    else:
        mask = _luminance(picture)
        if _is_coloured(picture):
            warnings.append(COLOURED)
        if used is Polarity.BLACK:
            mask = cast("MaskPixels", cv2.bitwise_not(mask))
    if polarity is Polarity.AUTO and cv2.countNonZero(np.bitwise_and(mask, 128)) * 2 > mask.size:
        warnings.append(LARGE)
    return mask, used, tuple(warnings)


def encode_mask(
    mask: MaskPixels,
    polarity: Polarity = Polarity.OPENAI,
    *,
    told: Told | None = None,
    should_stop: ShouldStop = never,
) -> bytes:
    """A (h, w) mask as PNG: OPENAI as RGBA, edit (255,255,255,0), keep (0,0,0,255), the others as 8-bit grey.

    OPENAI has two values only: 128 and above is edit. Raises Cancelled soon after it is told to stop.
    """
    match polarity:
        case Polarity.OPENAI:
            return _encode_both_ways(mask, told, should_stop)
        case Polarity.WHITE | Polarity.CHANNEL:
            return png.encode_bands((*mask.shape, 1), _bands(mask, 1, told, should_stop))
        case Polarity.BLACK:
            bands = map(np.bitwise_not, _bands(mask, 1, told, should_stop))
            return png.encode_bands((*mask.shape, 1), bands)
        case Polarity.AUTO:
            raise ValueError("a mask is written in a named polarity")


def export_mask(
    mask: FrozenMask, polarity: Polarity, *, told: Told | None = None, should_stop: ShouldStop = never
) -> tuple[bytes, tuple[str, ...]]:
    """As `encode_mask`, and message ids of what someone who keeps the file should know."""
    hardens = polarity is Polarity.OPENAI and is_soft(mask.pixels)
    data = encode_mask(mask.full(), polarity, told=told, should_stop=should_stop)
    return data, (HARDENED,) if hardens else ()


def is_soft(mask: MaskPixels) -> bool:
    """Whether anything of it lies between keep and edit."""
    # 255 and 0 become 0 and 1, everything else 2 and more.
    return mask.size > 0 and any(
        bool((np.add(band, 1, dtype=np.uint8) & 0xFE).any()) for band in _bands(mask, 1, None, never)
    )


def _bands(mask: MaskPixels, samples: int, told: Told | None, should_stop: ShouldStop) -> Iterator[MaskPixels]:
    height, width = mask.shape
    rows = png.band_rows(width * samples)
    for top in range(0, height, rows):
        check(should_stop)
        yield mask[top : top + rows]
        if told is not None:
            told(min(1.0, (top + rows) / height))


def _encode_both_ways(mask: MaskPixels, told: Told | None, should_stop: ShouldStop) -> bytes:
    def both(band: MaskPixels) -> NDArray[np.uint8]:
        edit = cv2.threshold(band, 127, 255, cv2.THRESH_BINARY)[1]
        white, alpha = edit, cv2.bitwise_not(edit)  # OpenAI: alpha 0 = edit; others: white = edit
        return cast("NDArray[np.uint8]", cv2.merge((white, white, white, alpha)))

    shape = (*mask.shape, 4)
    encoded = png.encode_bands(shape, map(both, _bands(mask, 4, told, should_stop)))
    if len(encoded) >= _UPLOAD_LIMIT and mask.size <= _UPLOAD_PIXELS:  # only specks all over do this
        encoded = png.encode_bands(shape, map(both, _bands(mask, 4, told, should_stop)), few_colours=True)
    return encoded


def _by_alpha(picture: Picture, name: str) -> MaskPixels:
    if not picture.has_alpha:
        raise BadInput("errors_formats.mask_without_alpha", name=readable_name(name))
    alpha = _eight_bit(_channel(picture, 3))
    return cast("MaskPixels", cv2.threshold(alpha, 127, 255, cv2.THRESH_BINARY_INV)[1])


def _luminance(picture: Picture) -> MaskPixels:
    """The grey value; of colours the luma (Rec. 601, whose weights add up to 1, so that grey stays exact)."""
    if picture.source.grey:
        mask = _eight_bit(_channel(picture, 0))
    else:
        way = cv2.COLOR_RGBA2GRAY if picture.has_alpha else cv2.COLOR_RGB2GRAY
        mask = _eight_bit(cast("Samples", cv2.cvtColor(picture.pixels, way)))
    if picture.source.format == "JPEG":
        level = np.arange(256)
        table = np.where(level <= _JPEG_NOISE, 0, np.where(level >= 255 - _JPEG_NOISE, 255, level)).astype(np.uint8)
        mask = cast("MaskPixels", cv2.LUT(mask, table))
    return mask


def _is_coloured(picture: Picture) -> bool:
    if picture.source.grey:
        return False
    size = picture.size
    step = (slice(None, None, -(-size.height // _SAMPLES)), slice(None, None, -(-size.width // _SAMPLES)))
    seen = picture.pixels[step][..., :3].astype(np.int32)
    spread = seen.max(axis=2) - seen.min(axis=2)
    if picture.pixels.dtype == np.uint16:
        spread >>= 8
    return float((spread > _COLOURFUL).mean()) > _COLOURED_SHARE


def _channel(picture: Picture, which: int) -> Samples:
    return cast("Samples", cv2.extractChannel(picture.pixels, which))


def _eight_bit(samples: Samples) -> MaskPixels:
    """16 bits to the nearest of 8, exact for what came from 8: n/257 is never halfway between two whole numbers."""
    if samples.dtype == np.uint8:
        return cast("MaskPixels", samples)
    return cast("MaskPixels", cv2.convertScaleAbs(samples, alpha=1 / 257))
