"""Two versions beside each other, made on the worker: what the screen gets of each, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.session import opening, showing, versions
from dalle_studio.session.document_view import PictureLevels
from dalle_studio.workflow import placing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dalle_studio.core.ports import Lanes
    from dalle_studio.session.house import House

_GAIN: Final = 4
"""A difference of a few levels would be black to the eye."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two versions as they are shown, laid onto each other; `difference` only where they share pixels."""

    first: PictureLevels
    second: PictureLevels
    difference: PictureLevels | None
    changed: float | None
    """Share of the pixels of both that differ at all, 0 to 1."""
    corner: tuple[float, float] = (0, 0)
    """Where the second one's top left corner lies on the first, in the first's pixels; beyond it when it is larger."""
    scale: float = 1.0
    """How large a pixel of the second one is."""
    difference_corner: tuple[float, float] = (0, 0)


async def compare(
    house: House, lanes: Lanes, pair: tuple[str, str], candidates: tuple[int | None, int | None] = (None, None)
) -> Comparison:
    """By the ids of their edits or originals; None = the chosen candidate. Raises StorageProblem, BadInput.

    What was added around a photo, or cut off, does not move it. Pictures that have nothing in common are laid over
    each other as large as each other.
    """
    one, other = [await shown_pixels(house, lanes, *each) for each in zip(pair, candidates, strict=True)]
    first, second = [await lanes.cpu(PictureLevels, pixels) for pixels in (one, other)]
    corner = await lanes.disk(_corner, house, pair, candidates)
    if corner is None and first.size == second.size:
        corner = (0, 0)
    shared = Rect(0, 0, 0, 0)
    if corner is not None:
        shared = Rect.of_size(first.size).intersected(Rect.of_size(second.size).moved(*corner))
    if corner is None or shared.is_empty:
        return Comparison(first, second, None, None, *_fitted(second.size, first.size))
    there = shared.moved(-corner[0], -corner[1])
    shown, changed = await lanes.cpu(difference, one[shared.slices], other[there.slices])
    levels = await lanes.cpu(PictureLevels, shown)
    return Comparison(first, second, levels, changed, corner, difference_corner=(shared.x, shared.y))


def _corner(house: House, pair: tuple[str, str], candidates: tuple[int | None, int | None]) -> tuple[int, int] | None:
    """Where the second of two versions lies on the first; None where they have no frame in common."""
    found = []
    for version_id, candidate in zip(pair, candidates, strict=True):
        version, _, root = opening.find(house, version_id)
        index = version.chosen if candidate is None else candidate
        found.append((root, *placing.corner_of(house.library, version.edit_id, index)))
    (root, frame, here), (other_root, other_frame, there) = found
    if (root, frame) != (other_root, other_frame):
        return None
    return here[0] - there[0], here[1] - there[1]


def _fitted(size: Size, room: Size) -> tuple[tuple[float, float], float]:
    """Corner and scale of a picture in the middle of another one."""
    scale = min(room.width / size.width, room.height / size.height)
    return ((room.width - size.width * scale) / 2, (room.height - size.height * scale) / 2), scale


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
