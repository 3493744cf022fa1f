"""A photo, or a part of it, into words: cut, make small, journal, ask, keep.

As with an edit, the intent is on disk before anything leaves. Runs on an asyncio loop that only awaits.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dalle_studio.core.describing import Description, DescriptionIntent
from dalle_studio.core.errors import StorageProblem, StudioError
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.imaging.shrinking import shrunk, shrunk_size
from dalle_studio.workflow.lanes import to_the_end
from dalle_studio.workflow.spending import check_price

if TYPE_CHECKING:
    from dalle_studio.core.picture import Picture
    from dalle_studio.core.ports import Codec, Describer, DescriptionStore, Lanes
    from dalle_studio.core.records import Usage

LONGEST: Final = 1024
"""Pixels of the longer side as it leaves: a model sees no more, and every tile costs."""


@dataclass(frozen=True, slots=True)
class DescribePorts:
    """The world, as one description needs it."""

    describer: Describer
    codec: Codec
    store: DescriptionStore
    lanes: Lanes
    cap_usd: float | None
    """Dollars that may be spent in a calendar month; None = as many as it takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What is to be described: a rectangle of a photo, in which language."""

    picture: Picture
    rect: Rect
    language: str
    original: str | None = None

    @property
    def sent(self) -> Size:
        return shrunk_size(self.rect.size, LONGEST)


async def describe(subject: Subject, ports: DescribePorts) -> Description:
    """Ask for the words. Raises StudioError; what may have cost something is in the library in any case.

    BudgetExceeded, and nothing leaves, where the month's cap would be crossed or can't be kept.
    """
    price = ports.describer.estimate(subject.sent)
    check_price(ports.describer, price, ports.cap_usd)
    png = await ports.lanes.cpu(_encoded, subject, ports.codec)
    intent = DescriptionIntent(
        description_id=uuid.uuid4().hex[:16],
        original=subject.original,
        host=ports.describer.host,
        model=ports.describer.model,
        language=subject.language,
        crop=subject.rect,
        sent=subject.sent,
        estimate_usd=price,
        cap_usd=ports.cap_usd,
    )
    await to_the_end(ports.lanes.disk(ports.store.begin, intent))
    try:
        text, usage = await ports.describer.describe(png, subject.language)
    except asyncio.CancelledError:
        await _close(ports, intent, maybe_billed=True)
        raise
    except StudioError as error:
        await _close(ports, intent, error=error, maybe_billed=error.maybe_billed)
        raise
    await _close(ports, intent, text=text, usage=usage)
    return Description(intent, text, usage)


def _encoded(subject: Subject, codec: Codec) -> bytes:
    colours = codec.to_srgb(subject.picture.cut(subject.rect), subject.picture.metadata)
    return codec.encode_png(shrunk(colours, LONGEST))


async def _close(
    ports: DescribePorts,
    intent: DescriptionIntent,
    *,
    text: str | None = None,
    usage: Usage | None = None,
    error: StudioError | None = None,
    maybe_billed: bool = False,
) -> None:
    """Words that came are not lost to a full disk: they are on the screen."""
    unsent = error is not None and error.unsent
    message = None if error is None else error.message

    def end() -> None:
        ports.store.end(
            intent.description_id, text=text, usage=usage, error=message, unsent=unsent, maybe_billed=maybe_billed
        )

    with suppress(StorageProblem):
        await to_the_end(ports.lanes.disk(end))
