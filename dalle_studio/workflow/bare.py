"""The photo as it was opened, in the frame of a version: what the version is compared with. For a pixel lane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.imaging import reshaping
from dalle_studio.workflow import payload, restore

if TYPE_CHECKING:
    from dalle_studio.core.picture import MaskPixels, Picture
    from dalle_studio.core.ports import Library
    from dalle_studio.workflow.restore import OpenBytes
    from dalle_studio.workflow.stack import Item


@dataclass(frozen=True, slots=True, eq=False)
class Bare:
    """A photo without its edits."""

    picture: Picture
    known: MaskPixels | None
    """(h, w), 0 where there was no photo; None = it was everywhere."""
    places: tuple[Rect, ...] | None
    """Where visible edits may have changed it; None where a change of the frame lies above one."""

    def grown(self, margins: Margins) -> Bare:
        """On a canvas with these margins around it."""
        if margins.is_empty:
            return self
        places = self.places
        return Bare(
            payload.grown(self.picture, margins),
            _padded(self.known, self.picture.size, margins),
            None if places is None else tuple(place.moved(margins.left, margins.top) for place in places),
        )


def photo_in_frame(library: Library, open_bytes: OpenBytes, original: str, items: Sequence[Item]) -> Bare | None:
    """*Blocking.* None where a whole picture lies in the stack. Raises StorageProblem."""
    if any(not item.can_blend and item.record.reshape is None for item in items):
        return None
    found = Bare(restore.load_original(library, open_bytes, original), None, ())
    for item in items:
        reshape = item.record.reshape
        if reshape is not None:
            known = None if found.known is None else reshaping.reshape_mask(FrozenMask.of(found.known), reshape).full()
            places = () if found.places == () else None
            found = Bare(reshaping.reshape_picture(found.picture, reshape), known, places)
            continue
        found = found.grown(item.record.margins)
        if found.places is not None and item.layer.is_visible:
            found = replace(found, places=(*found.places, item.reach))
    return found


def _padded(known: MaskPixels | None, size: Size, margins: Margins) -> MaskPixels:
    out = np.zeros(margins.around(size).shape, np.uint8)
    out[margins.inner(size).slices] = 255 if known is None else known
    return out
