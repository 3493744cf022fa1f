"""Masks from the photo's values: a range of colours with a soft falloff, a channel, its own transparency.

Pixels (h, w, 3|4) of 8 or 16 bits in, a mask of the same size out; any thread. A reduced rendition gives a preview.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.imaging.selection import nothing, within
from dalle_studio.imaging.stopping import ShouldStop, check, never

if TYPE_CHECKING:
    from numpy.typing import NDArray

Colour: TypeAlias = tuple[int, int, int]
"""8-bit RGB."""

_ROWS: Final = 64
"""Rows that are worked on at a time, so that what lies between stays in the processor's cache."""

_ROWS_BETWEEN_CHECKS: Final = 1024

_BRIGHTNESS: Final = 0.5
"""How much a difference in brightness counts beside one in hue: light falls unevenly on things of one colour."""

_FULL: Final = 0.5
"""Up to this share of the fuzziness a colour is taken fully; from there on less and less."""


class Channel(StrEnum):
    """What a mask can be taken from; the value is part of word ids."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    LUMINANCE = "luminance"


def colour_range(
    pixels: Pixels, colours: Sequence[Colour], fuzziness: int = 40, *, should_stop: ShouldStop = never
) -> FrozenMask:
    """How near each pixel is to the nearest of `colours`: 255 for these themselves, 0 from `fuzziness` on.

    `fuzziness`, 1 to 255, is a distance in YCrCb with brightness counted half. Fully transparent pixels are left out.
    Raises Cancelled soon after `should_stop` says so.
    """
    if not colours:
        return nothing(Size(pixels.shape[1], pixels.shape[0]))
    tables = [_squares(colour, max(1, fuzziness)) for colour in colours]
    falloff = _falloff()

    def near(rows: Pixels) -> MaskPixels:
        colour = cv2.cvtColor(_eight_bits(rows[..., :3]), cv2.COLOR_RGB2YCrCb)
        planes = cv2.split(colour)
        best = np.full(rows.shape[:2], 255, np.uint8)
        for table in tables:
            # Squares of a distance, 255 = the fuzziness; sums stop there by themselves.
            square = cv2.LUT(planes[0], table[0])
            for plane, values in zip(planes[1:], table[1:], strict=True):
                cv2.add(square, cv2.LUT(plane, values), dst=square)
            cv2.min(best, square, dst=best)
        value = cast("MaskPixels", cv2.LUT(best, falloff))
        if rows.shape[2] == 4:
            value[rows[..., 3] == 0] = 0
        return value

    return _by_rows(pixels, near, should_stop)


def from_channel(pixels: Pixels, channel: Channel, *, should_stop: ShouldStop = never) -> FrozenMask:
    """Bright = edit, in one colour channel or in the luminance."""

    def value(rows: Pixels) -> MaskPixels:
        if channel is Channel.LUMINANCE:
            return cast("MaskPixels", cv2.cvtColor(_eight_bits(rows[..., :3]), cv2.COLOR_RGB2GRAY))
        index = (Channel.RED, Channel.GREEN, Channel.BLUE).index(channel)
        return _eight_bits(cast("Pixels", cv2.extractChannel(rows, index)))

    return _by_rows(pixels, value, should_stop)


def from_transparency(pixels: Pixels, *, should_stop: ShouldStop = never) -> FrozenMask:
    """Transparent = edit, as in files of the convention `openai`. Empty for a photo without alpha."""
    if pixels.shape[2] != 4:
        return nothing(Size(pixels.shape[1], pixels.shape[0]))
    return _by_rows(
        pixels, lambda rows: np.bitwise_not(_eight_bits(cast("Pixels", cv2.extractChannel(rows, 3)))), should_stop
    )


def _by_rows(pixels: Pixels, value: Callable[[Pixels], MaskPixels], should_stop: ShouldStop) -> FrozenMask:
    height, width = pixels.shape[:2]
    out = np.empty((height, width), np.uint8)
    for top in range(0, height, _ROWS):
        if top % _ROWS_BETWEEN_CHECKS == 0:
            check(should_stop)
        out[top : top + _ROWS] = value(pixels[top : top + _ROWS])
    return within(Size(width, height), Rect(0, 0, width, height), out)


def _eight_bits(pixels: Pixels) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return cast("NDArray[np.uint8]", pixels)
    return cast("NDArray[np.uint8]", cv2.convertScaleAbs(pixels, alpha=1 / 257))


def _squares(colour: Colour, fuzziness: int) -> list[NDArray[np.uint8]]:
    """For each plane of YCrCb: the square of every value's distance from `colour`, in 255ths of the fuzziness'."""
    centre = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_RGB2YCrCb)[0, 0].astype(np.float64)
    distance = np.arange(256) - centre[:, None]
    distance[0] *= _BRIGHTNESS
    return [np.minimum(255, np.floor((row / fuzziness) ** 2 * 255)).astype(np.uint8) for row in distance]


def _falloff() -> NDArray[np.uint8]:
    rest = np.clip((1 - np.sqrt(np.arange(256) / 255)) / (1 - _FULL), 0, 1)
    return np.rint(255 * rest * rest * (3 - 2 * rest)).astype(np.uint8)  # smoothstep
