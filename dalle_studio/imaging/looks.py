"""How a small picture looks: its perceptual hash and the colours that cover it. Any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from dalle_studio.core.look import Colour, Look
from dalle_studio.core.picture import Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HASHED: Final = 32
_SEEN: Final = 48
_SHARE: Final = 0.1
"""A colour counts when it covers so much."""
_HUES: Final = ((8, Colour.RED), (20, Colour.ORANGE), (34, Colour.YELLOW), (86, Colour.GREEN), (130, Colour.BLUE))
_LATER_HUES: Final = ((150, Colour.PURPLE), (170, Colour.PINK), (181, Colour.RED))
"""Upper bounds of OpenCV's hue, 0 to 180."""
_COLOURS: Final = tuple(Colour)


def look_of(pixels: Pixels) -> Look:
    """`pixels` are (h, w, 3 or 4) uint8 sRGB; a thumbnail says enough."""
    opaque = np.asarray(pixels[..., :3], np.uint8, order="C")
    return Look(_hash(opaque), _colours(opaque))


def _hash(pixels: Pixels) -> int:
    """pHash: which of the 8 × 8 lowest frequencies are stronger than their median; the mean brightness is none."""
    small = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (_HASHED, _HASHED), interpolation=cv2.INTER_AREA)
    low = cv2.dct(small.astype(np.float32))[:8, :8].ravel()
    stronger = low > np.median(low[1:])
    stronger[0] = False
    return int.from_bytes(np.packbits(stronger).tobytes())


def _colours(pixels: Pixels) -> frozenset[Colour]:
    small = cv2.resize(pixels, (_SEEN, _SEEN), interpolation=cv2.INTER_AREA)
    names = _names(cast("NDArray[np.uint8]", cv2.cvtColor(small, cv2.COLOR_RGB2HSV)).reshape(-1, 3))
    shares = np.bincount(names, minlength=len(_COLOURS)) / names.size
    found = frozenset(colour for colour, share in zip(_COLOURS, shares, strict=True) if share >= _SHARE)
    return found or frozenset({_COLOURS[int(shares.argmax())]})


def _names(hsv: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n, 3) → which of `_COLOURS` a person would call each."""
    hue, saturation, value = (hsv[:, channel].astype(np.int64) for channel in range(3))
    bounds, hues = zip(*_HUES, *_LATER_HUES, strict=True)
    names = np.array([_COLOURS.index(one) for one in hues])[np.searchsorted(bounds, hue, side="right")]
    warm = (hue < 20) | (hue >= 170)
    names[warm & (value > 170) & (saturation < 130) & ((hue < 8) | (hue >= 170))] = _COLOURS.index(Colour.PINK)
    names[(hue >= 5) & (hue < 28) & (value < 150)] = _COLOURS.index(Colour.BROWN)
    pale = saturation < 40
    names[pale] = _COLOURS.index(Colour.GREY)
    names[pale & (value > 200)] = _COLOURS.index(Colour.WHITE)
    names[value < 48] = _COLOURS.index(Colour.BLACK)
    return names
