"""From a picture to what the canvas draws, on the worker: display pixels, and pyramids where much has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import Mask
from dalle_studio.core.picture import Picture
from dalle_studio.session.document_view import DocumentView, PictureLevels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dalle_studio.core.ports import Codec, Lanes

SMALL_AREA: Final = 500_000
"""Pixels whose reductions are made on the GUI thread in a few milliseconds; above it the pyramid is built here."""


@dataclass(frozen=True, slots=True, eq=False)
class Showing:
    """A picture, ready to be put on the canvas."""

    picture: Picture
    pixels: NDArray[np.uint8]
    """(h, w, 3|4) 8-bit sRGB; the picture's own array where it is that already."""
    levels: PictureLevels | None = None
    """Of the same size as before, but much of it changed."""
    mask: Mask | None = None
    """A new mask, where the frame is another one."""
    view: DocumentView | None = None
    """The whole view, where the frame is another one."""

    def put_into(self, view: DocumentView, rect: Rect) -> DocumentView:
        """GUI thread: show it. Returns the view to draw from."""
        if self.view is not None:
            return self.view
        if self.levels is not None:
            view.picture = self.levels
        else:
            view.replace_pixels(self.pixels, rect)
        return view


def display_pixels(picture: Picture, codec: Codec) -> NDArray[np.uint8]:
    """*Blocking.* (h, w, 3|4) uint8 sRGB: what the screen gets."""
    if picture.pixels.dtype == np.uint8 and picture.metadata.icc is None:
        return picture.pixels  # type: ignore[return-value]  # the check above narrows the dtype, mypy can't see it
    return codec.to_srgb(picture.pixels, picture.metadata)


async def prepare(
    lanes: Lanes, codec: Codec, picture: Picture, *, shown: Size, mask: Mask | None, rect: Rect | None
) -> Showing:
    """Everything that takes time about showing `picture` instead of one of the size `shown`.

    `rect` is what differs, None = anything. `mask` is the one to show instead of the present one; None = the present
    one stays, or a new one takes its place where the size differs.
    """
    pixels = await lanes.cpu(display_pixels, picture, codec)
    if shown != picture.size or mask is not None:
        return await whole(lanes, picture, pixels, Mask(picture.size) if mask is None else mask)
    if rect is not None and rect.area <= SMALL_AREA:
        return Showing(picture, pixels)
    return Showing(picture, pixels, await lanes.cpu(PictureLevels, pixels))


async def whole(lanes: Lanes, picture: Picture, pixels: NDArray[np.uint8], mask: Mask) -> Showing:
    """With a view of its own: the photo is new, or has another size."""
    view = await lanes.cpu(DocumentView.build, pixels, mask)
    return Showing(picture, pixels, mask=mask, view=view)
