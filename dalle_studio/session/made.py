"""Versions that no engine makes, on the worker: recorded in the library, and ready to be put on the canvas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dalle_studio.session import showing
from dalle_studio.session.document import Patch
from dalle_studio.workflow import made_here, stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dalle_studio.core.geometry import Rect
    from dalle_studio.core.picture import Picture
    from dalle_studio.core.ports import Lanes
    from dalle_studio.core.records import EditRecord
    from dalle_studio.session.house import House
    from dalle_studio.session.showing import Showing
    from dalle_studio.workflow.fits import Fits
    from dalle_studio.workflow.made_here import Ground
    from dalle_studio.workflow.stack import Item


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A new version. `rect` and `before` say what it replaced; None when the size changed, or anything."""

    record: EditRecord
    showing: Showing
    rect: Rect | None = None
    before: Patch | None = None
    stack: tuple[Item, ...] | None = None
    """What it consists of, where that is known."""


async def put_together(
    house: House, lanes: Lanes, ground: Ground, shown: Picture, items: Sequence[Item], fits: Fits
) -> Made:
    """The stack of `shown`, blended as the items say. Raises StorageProblem; nothing is sent."""
    replayed = await lanes.cpu(
        stack.replay, house.library, house.codec, house.open_bytes, ground.original, items, fits=fits
    )
    record, rect = await lanes.disk(made_here.keep_stack, house.library, house.codec, ground, shown, items, replayed)
    if rect.is_empty:
        rect = record.candidates[0].rect
    before = Patch(rect, await lanes.cpu(lambda: shown.cut(rect).copy()))
    ready = await showing.prepare(lanes, house.codec, replayed.picture, shown=shown.size, mask=None, rect=rect)
    return Made(record, ready, rect, before, tuple(items))
