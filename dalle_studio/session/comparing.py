"""Two versions beside each other, made on the worker: what the screen gets of each, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dalle_studio.session import opening, showing, versions
from dalle_studio.session.document_view import PictureLevels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dalle_studio.core.ports import Lanes
    from dalle_studio.session.house import House

_GAIN: Final = 4
"""A difference of a few levels would be black to the eye."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two versions as they are shown; `difference` only where they have one size."""

    first: PictureLevels
    second: PictureLevels
    difference: PictureLevels | None
    changed: float | None
    """Share of the pixels that differ at all, 0 to 1."""


async def compare(
    house: House, lanes: Lanes, pair: tuple[str, str], candidates: tuple[int | None, int | None] = (None, None)
) -> Comparison:
    """By the ids of their edits or originals; None = the chosen candidate. Raises StorageProblem, BadInput."""
    pixels = [await shown_pixels(house, lanes, *each) for each in zip(pair, candidates, strict=True)]
    levels = [await lanes.cpu(PictureLevels, one) for one in pixels]
    if pixels[0].shape[:2] != pixels[1].shape[:2]:
        return Comparison(levels[0], levels[1], None, None)
    shown, changed = await lanes.cpu(difference, pixels[0], pixels[1])
    return Comparison(levels[0], levels[1], await lanes.cpu(PictureLevels, shown), changed)


async def shown_pixels(house: House, lanes: Lanes, version_id: str, candidate: int | None = None) -> NDArray[np.uint8]:
    """(h, w, 3|4) sRGB of a version, by the id of its edit or original. Raises StorageProblem, BadInput."""
    version, original, _ = await lanes.disk(opening.find, house, version_id)
    if candidate is not None:
        version = version.choosing(candidate)
    picture = await versions.load(house, lanes, version, None if original is None else original.original_id)
    return await lanes.cpu(showing.display_pixels, picture, house.codec)


def difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], float]:
    """(h, w, 3): the distance of each channel, four times as large; and the share of pixels that differ at all."""
    import cv2

    distance = cv2.absdiff(np.ascontiguousarray(first[..., :3]), np.ascontiguousarray(second[..., :3]))
    changed = float(np.count_nonzero(distance.max(axis=2))) / (distance.shape[0] * distance.shape[1])
    return np.asarray(cv2.convertScaleAbs(distance, alpha=_GAIN), np.uint8), changed
