"""Another frame for the open photo, made and recorded on the worker; and whether two versions share one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dalle_studio.core.mask import FrozenMask, Mask
from dalle_studio.core.picture import MaskPixels, Picture
from dalle_studio.core.records import EditRecord, Original
from dalle_studio.core.reshape import Reshape
from dalle_studio.imaging import reshaping
from dalle_studio.imaging.stopping import ShouldStop, check
from dalle_studio.session import opening, showing
from dalle_studio.session.opening import Unkept
from dalle_studio.session.showing import Showing
from dalle_studio.workflow import made_here
from dalle_studio.workflow.made_here import Ground

if TYPE_CHECKING:
    from dalle_studio.core.ports import Lanes
    from dalle_studio.session.house import House
    from dalle_studio.session.worker import Tell

_OF_PICTURE = 0.7
"""The share of the time that the photo takes; the rest goes into what the canvas draws."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What to reshape. Nobody writes to the mask meanwhile."""

    picture: Picture
    mask: MaskPixels
    reshape: Reshape
    ground: Ground
    unkept: Unkept | None = None
    """The photo, where the library must take it first."""


@dataclass(frozen=True, slots=True, eq=False)
class Reframed:
    """A photo in another frame, ready to be shown, and durable in the library."""

    record: EditRecord
    showing: Showing
    original: Original | None = None
    """Set where the library took the photo only now."""


async def reframe(house: House, lanes: Lanes, order: Order, tell: Tell, should_stop: ShouldStop) -> Reframed:
    """Reshape the photo with its mask; `tell` gets how far it is, 0 to 1. Raises StorageProblem, Cancelled."""
    reshape = order.reshape

    def told(share: float) -> None:
        tell(_OF_PICTURE * share)

    picture = await lanes.cpu(reshaping.reshape_picture, order.picture, reshape, told, should_stop)
    tell(_OF_PICTURE)
    mask = await lanes.cpu(_mask, order.mask, reshape, should_stop)
    ready = await showing.prepare(lanes, house.codec, picture, shown=order.picture.size, mask=mask, rect=None)
    check(should_stop)
    original, ground = None, order.ground
    if order.unkept is not None:
        original = await opening.keep(house, lanes, order.unkept)
        ground = Ground(original.original_id, ground.edit_id, ground.candidate, ground.source)
    record = await lanes.disk(made_here.keep_reshape, house.library, house.codec, ground, picture, reshape)
    return Reframed(record, ready, original)


def _mask(pixels: MaskPixels, reshape: Reshape, should_stop: ShouldStop) -> Mask:
    """What was painted, along with the photo."""
    moved = reshaping.reshape_mask(FrozenMask.of(pixels), reshape, should_stop)
    mask = Mask(moved.size)
    if not moved.is_empty:
        mask.begin()
        mask.writable(moved.bounds)[...] = moved.pixels
        mask.commit("session.step.draft")  # nobody undoes it: the list has the step that reshaped
    return mask
