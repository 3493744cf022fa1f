"""Live looks at a stack while a setting is dragged, on the worker: one at a time, each on what the last laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dalle_studio.core.geometry import Rect
from dalle_studio.core.ports import Progress, Stage
from dalle_studio.session.heat import coloured
from dalle_studio.workflow import proof

if TYPE_CHECKING:
    from dalle_studio.core.ports import Lanes
    from dalle_studio.session.house import House
    from dalle_studio.session.qimages import SharedImage
    from dalle_studio.workflow.fits import Fits
    from dalle_studio.workflow.proof import Layout, Proof
    from dalle_studio.workflow.stack import Item

Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """What of the shown picture is on the screen, at how many screen pixels a photo pixel."""

    scale: float
    rect: Rect


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a stack looks like with settings that are no version yet."""

    progress: Progress
    map: SharedImage | None
    """How far that is from the photo, in the colours of the map of changes, where it was asked for."""


class ProofDesk:
    """What was laid out for the layer that is being adjusted."""

    def __init__(self, fits: Fits) -> None:
        self.fits = fits
        self._layout: tuple[Key, Layout] | None = None
        self._proof: tuple[Sight, Proof | None] | None = None

    def clear(self) -> None:
        """Another photo is open: let the memory go. Not while a look is being made."""
        self._layout = self._proof = None

    async def look(
        self,
        house: House,
        lanes: Lanes,
        original: str | None,
        items: tuple[Item, ...],
        at: int,
        sight: Sight,
        *,
        with_map: bool = False,
    ) -> Look | None:
        """The stack with the settings that its items have, where the layer `at` can change it; None = out of sight."""
        key = (with_map, original, at, *(one.layer for one in items[:at]), *(_fixed(one) for one in items[at:]))
        if self._layout is None or self._layout[0] != key:
            self.clear()
            arguments = (house.library, house.codec, house.open_bytes, original, items, at, self.fits)
            self._layout = (key, await lanes.cpu(proof.lay_out, *arguments, with_bare=with_map))
        if self._proof is None or self._proof[0] != sight:
            self._proof = (sight, await lanes.cpu(self._layout[1].proof, sight.scale, sight.rect))
        ready = self._proof[1]
        if ready is None:
            return None
        blends = {one.layer.edit_id: one.layer.blend for one in items[at:] if one.layer.is_visible}
        pixels = await lanes.cpu(ready.show, blends)
        apart = await lanes.cpu(ready.apart, pixels) if with_map else None
        return Look(
            Progress(Stage.COMPOSE, partial=pixels, partial_rect=ready.rect), None if apart is None else coloured(apart)
        )


def _fixed(item: Item) -> Key:
    """What of a layer that can be looked at is laid out once."""
    layer = item.layer
    return layer.edit_id, layer.candidate, layer.blend.align, layer.is_visible
