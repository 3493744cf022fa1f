"""Trying a server out: a tiny picture is edited, and what comes back tells what became of the mask.

It is a request like any other: journalled, counted, under the month's limit, and paid for where the service takes
money. It leaves nothing in the history.
"""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

import cv2
import numpy as np

from dalle_studio.core.errors import BadInput, BudgetExceeded, EngineUnavailable, StorageProblem, StudioError
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.operation import Operation
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.core.plan import FixedSizes, FreeSizes, SizeRules
from dalle_studio.core.ports import Answer, Ask, EngineInfo, Partial
from dalle_studio.core.records import BlendSettings, EditIntent, EditRequest, State
from dalle_studio.workflow.edit import Ports
from dalle_studio.workflow.lanes import to_the_end

PROMPT: Final = "A plain bright red square in the middle; everything else stays exactly as it is."

_KEPT: Final = 3.0
"""Mean difference, in levels of 255, below which pixels count as untouched: a lossy format may come back."""

_REDRAWN: Final = 26.0
"""Models that obey a mask still render the whole frame anew; beyond this it shows another picture."""


class MaskFate(StrEnum):
    """What a server did with the mask."""

    EXACT = "exact"
    """Outside of it nothing changed."""
    SOFT = "soft"
    """Outside of it the picture was rendered anew, alike."""
    IGNORED = "ignored"
    """The change does not keep to it."""
    NOTHING = "nothing"
    """Nothing changed at all: the mask was read the other way round, or not at all."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What was found."""

    host: str
    model: str | None
    asked: Size
    came: Size
    mask: MaskFate
    inside: float
    outside: float
    """Mean difference from what was sent, in levels of 255, inside and outside of the mask."""
    partials: int
    """Partial pictures that came."""
    seconds: float
    cost_usd: float | None


def smallest(rules: SizeRules) -> Size:
    """The smallest legal size, square where that is legal."""
    if isinstance(rules, FixedSizes):
        return min(rules.sizes, key=lambda size: size.area)
    if not isinstance(rules, FreeSizes):
        return Size(256, 256)
    side = next(side for side in range(rules.step, rules.longest + 1, rules.step) if side * side >= rules.min_area)
    return Size(side, side)


async def try_server(ports: Ports, quality: str = "low", seconds: float | None = None) -> Trial:
    """Edit a tiny picture. Raises StudioError as an edit does; `quality` is the cheapest that the model has."""
    await ports.engine.prepare()
    info = ports.engine.info
    size = smallest(info.sizes)
    image, mask = scene(size)
    image_png = await ports.lanes.cpu(ports.codec.encode_png, image)
    mask_png = await ports.lanes.cpu(ports.codec.encode_mask, mask)
    ask = Ask(
        Operation.EDIT,
        PROMPT,
        size,
        image=image,
        mask=mask,
        image_png=image_png,
        mask_png=mask_png,
        quality=quality,
        timeout=seconds,
    )
    intent = _intent(ports, size, quality)
    await ports.lanes.disk(ports.store.begin, intent)
    start, partials, answer = time.monotonic(), 0, None
    failure: StudioError | None = None
    maybe_billed = True  # a cancellation is never the last word about the bill
    try:
        async for event in ports.engine.run(ask):
            partials += isinstance(event, Partial)
            if isinstance(event, Answer):
                answer = event
                await to_the_end(ports.lanes.disk(ports.store.store_answer, intent.edit_id, event))
        maybe_billed = False
    except StudioError as error:
        failure, maybe_billed = error, error.maybe_billed
        raise
    finally:
        with suppress(StorageProblem):
            await to_the_end(ports.lanes.disk(_close, ports, intent, failure, maybe_billed))
    if answer is None:
        raise EngineUnavailable("errors_workflow.no_answer", maybe_billed=True, engine=info.name)
    took = time.monotonic() - start
    pixels = await ports.lanes.cpu(ports.codec.decode_answer, answer.data)
    came = Size(pixels.shape[1], pixels.shape[0])
    inside, outside = await ports.lanes.cpu(differences, image, mask, pixels)
    return Trial(
        host=info.host or "",
        model=info.model,
        asked=size,
        came=came,
        mask=fate(inside, outside),
        inside=round(inside, 2),
        outside=round(outside, 2),
        partials=partials,
        seconds=round(took, 2),
        cost_usd=None if answer.usage is None else answer.usage.cost_usd,
    )


def _close(ports: Ports, intent: EditIntent, failure: StudioError | None, maybe_billed: bool) -> None:
    message, unsent = (None, False) if failure is None else (failure.message, failure.unsent)
    state = State.CANCELLED if failure is None else State.FAILED
    with suppress(BadInput):
        ports.store.end(intent.edit_id, state, error=message, maybe_billed=maybe_billed, unsent=unsent)


def scene(size: Size) -> tuple[Pixels, MaskPixels]:
    """A picture that can be told from any other, (h, w, 3) uint8, and a mask over its middle, (h, w)."""
    rows, columns = np.mgrid[0 : size.height, 0 : size.width].astype(np.float32)
    waves = 60 * np.sin(columns / 17) + 50 * np.cos(rows / 23)
    slope = 90 * columns / size.width - 60 * rows / size.height
    image = np.stack((waves * 0.4 + 90, waves + 120 + slope * 0.3, 150 + slope), axis=2).clip(0, 255).astype(np.uint8)
    mask = np.zeros(size.shape, np.uint8)
    middle = Rect(size.width // 3, size.height // 3, size.width // 3, size.height // 3)
    mask[middle.slices] = 255
    return cast("Pixels", image), mask


def differences(image: Pixels, mask: MaskPixels, answer: Pixels) -> tuple[float, float]:
    """Mean absolute difference inside and outside the mask, its edge left out, in levels of 255."""
    height, width = image.shape[:2]
    came = answer[..., :3]
    if came.shape[:2] != (height, width):
        came = cast("Pixels", cv2.resize(came, (width, height), interpolation=cv2.INTER_AREA))
    apart = cv2.absdiff(np.ascontiguousarray(came), image).mean(axis=2)
    edge = np.ones((2 * (min(height, width) // 32) + 1,) * 2, np.uint8)
    inner, outer = cv2.erode(mask, edge) == 255, cv2.dilate(mask, edge) == 0
    return float(apart[inner].mean()), float(apart[outer].mean())


def fate(inside: float, outside: float) -> MaskFate:
    """What the differences say. A model of its own style changes a little everywhere; the middle must change more."""
    if inside < _KEPT and outside < _KEPT:
        return MaskFate.NOTHING
    if outside < _KEPT:
        return MaskFate.EXACT
    return MaskFate.SOFT if outside < _REDRAWN and inside > 2 * outside else MaskFate.IGNORED


def _intent(ports: Ports, size: Size, quality: str) -> EditIntent:
    info, whole, budget = ports.engine.info, Rect.of_size(size), ports.budget
    price = None
    if budget is not None:
        price = budget.price(info, EditRequest(Operation.VARY, prompt=PROMPT, quality=quality), size)
        if price is None and budget.cap_usd is not None and info.charges:
            raise BudgetExceeded("errors_money.price_unknown", unsent=True, model=info.model or info.name)
    return EditIntent(
        edit_id=uuid.uuid4().hex[:16],
        operation=Operation.EDIT,
        original=None,
        parent=None,
        prompt=PROMPT,
        prompt_sent=PROMPT,
        engine=info.name,
        model=info.model,
        host=info.host,
        quality=quality,
        count=1,
        canvas=size,
        margins=Margins(),
        crop=whole,
        sent=size,
        placed=whole,
        mask_png=None,
        blend=BlendSettings(),
        estimate_usd=price,
        cap_usd=None if budget is None else budget.cap_usd,
    )


def facts(trial: Trial, info: EngineInfo) -> list[tuple[str, dict[str, object]]]:
    """What the user should know, as message ids with their parameters."""
    told: list[tuple[str, dict[str, object]]] = [
        ("trial.answers", {"host": trial.host, "model": trial.model or info.name, "seconds": f"{trial.seconds:.1f}"}),
        (f"trial.mask_{trial.mask}", {}),
    ]
    if trial.came != trial.asked:
        told.append(("trial.other_size", {"asked": str(trial.asked), "came": str(trial.came)}))
    told.append(("trial.partials" if trial.partials else "trial.no_partials", {}))
    told.append(("trial.pictures", {"count": info.max_pictures}))
    if info.needs_english:
        told.append(("trial.english", {}))
    if trial.cost_usd is not None:
        told.append(("trial.cost", {"usd": f"{trial.cost_usd:.4f}"}))
    return told
