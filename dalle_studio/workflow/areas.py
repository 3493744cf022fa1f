"""Several separate areas in one mask: one request for all, or one edit after another. Pure, for a pixel lane.

Their common crop may be so large that it costs more than a crop for each, or that it must be scaled down where those
would not be. Only then is there something to choose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dalle_studio.core.geometry import Rect, Size, bounds_of
from dalle_studio.core.picture import Picture
from dalle_studio.core.plan import Plan, SizeRules
from dalle_studio.core.ports import EngineInfo, OnProgress
from dalle_studio.core.records import EditRecord, EditRequest, Operation
from dalle_studio.imaging import areas, planning
from dalle_studio.imaging.areas import Area
from dalle_studio.workflow.edit import EditOutcome, Ports, run_edit

Price = Callable[[Size], float | None]
"""US dollars of a request of this size; None = unknown."""

DIVISIBLE: Final = frozenset({Operation.EDIT, Operation.REMOVE})
"""What can be done to one area and then to the next. New canvas belongs together."""


@dataclass(frozen=True, slots=True)
class Division:
    """Two or more areas, with the plan of one request for all and the plans of one for each."""

    areas: tuple[Area, ...]
    together: Plan
    each: tuple[Plan, ...]

    def prices(self, price: Price) -> tuple[float | None, float | None]:
        """Of the one request, and of the others in all."""
        several = [price(plan.sent) for plan in self.each]
        known = [one for one in several if one is not None]
        return price(self.together.sent), sum(known) if len(known) == len(several) else None

    def matters(self, price: Price) -> bool:
        """Whether one request for all costs more (in money, else in pixels), or loses what each would keep.

        That is detail, where it must be reduced, or the surroundings, where the crop ends right at an area.
        """
        if self.together.scale < min(1.0, *(plan.scale for plan in self.each)) or self._is_cramped:
            return True
        one, several = self.prices(price)
        if one is None or several is None or one == several == 0:
            return self.together.sent.area > sum(plan.sent.area for plan in self.each)
        return one > several

    @property
    def _is_cramped(self) -> bool:
        """Whether the common crop ends nearer to an area than any crop should, though the photo goes on there."""
        bounds = bounds_of(area.bounds for area in self.areas)
        wished = bounds.grown(planning.LEAST_CONTEXT).clipped(self.together.photo)
        return not self.together.crop.contains(wished)


def divide(found: Sequence[Area], request: EditRequest, photo: Size, rules: SizeRules) -> Division | None:
    """How a mask of the `found` parts can be sent; None where it is one area. BadInput for a size not allowed."""
    if request.operation not in DIVISIBLE or len(found) < 2:
        return None
    context, forced = request.context, request.size
    reaches = [
        max(planning.LEAST_CONTEXT, planning.default_context(photo, area.bounds) if context is None else context)
        for area in found
    ]
    apart = areas.gathered(found, reaches)
    if len(apart) < 2:
        return None

    def plan(bounds: Rect) -> Plan:
        return planning.make_plan(photo, bounds, rules, context=context, forced=forced)

    whole = bounds_of(area.bounds for area in apart)
    return Division(apart, plan(whole), tuple(plan(area.bounds) for area in apart))


def division_of(request: EditRequest, info: EngineInfo) -> Division | None:
    """The division of a request that has its mask."""
    if request.mask is None or request.picture is None or request.operation not in DIVISIBLE:
        return None
    return divide(areas.areas_of(request.mask), request, request.picture.size, info.sizes)


async def run_all(
    requests: Sequence[EditRequest], ports: Ports, on_progress: OnProgress, done: Callable[[EditOutcome], None]
) -> None:
    """One edit after another, each on the result of the one before and recorded for itself; `done` gets each outcome.

    Stops at the first that fails or is cancelled: what was done stays done.
    """
    last: EditOutcome | None = None
    for request in requests:
        if last is not None:
            picture = await ports.lanes.cpu(last.picture, last.compositions[0].index)
            request = standing_on(request, picture, last.record)  # noqa: PLW2901 - the same request, on its ground
        last = await run_edit(request, ports, on_progress)
        done(last)


def requests_for_each(request: EditRequest, division: Division) -> tuple[EditRequest, ...]:
    """One request an area, from the top of the photo, each with its own part of the mask and for one answer.

    All but the first are still of the photo as it is now: `standing_on` puts them on the result before.
    """
    mask = request.mask
    if mask is None:
        raise ValueError("a division is of a mask")
    return tuple(replace(request, mask=areas.mask_of(mask, area), count=1) for area in division.areas)


def standing_on(request: EditRequest, picture: Picture, record: EditRecord) -> EditRequest:
    """The request, of the picture that an edit before it made, in that one's words: nothing is translated twice."""
    return replace(
        request,
        picture=picture,
        english=request.english or record.prompt_sent,
        original=record.original,
        parent=record.edit_id,
        parent_candidate=record.chosen,
    )
