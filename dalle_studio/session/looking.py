"""Looking at the thumbnails of the history, on the worker: a hash and the colours of each, found out once and kept."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from dalle_studio.core.errors import StudioError
from dalle_studio.core.look import Look

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.ports import Codec, Lanes
    from dalle_studio.session.history_shelf import HistoryShelf
    from dalle_studio.session.house import House, WindowLibrary

_PORTION: Final = 50
"""Pictures between two looks at what else waits in the lanes."""


async def look(house: House, lanes: Lanes, shelf: HistoryShelf, tell: Callable[[float], object]) -> None:
    """At everything that nobody has looked at; `tell` gets the share that is done."""
    unseen = await lanes.disk(lambda: shelf.unseen)
    for start in range(0, len(unseen), _PORTION):
        wanted = unseen[start : start + _PORTION]
        data = await lanes.disk(_read, house.library, wanted)
        looks = await lanes.cpu(_look, house.codec, data)
        await lanes.disk(_keep, house.library, shelf, wanted, looks)
        tell((start + len(wanted)) / len(unseen))


def _read(library: WindowLibrary, blobs: list[str]) -> dict[str, bytes]:
    data: dict[str, bytes] = {}
    for blob in blobs:
        with suppress(StudioError):  # a damaged thumbnail is found by no look; `history verify` tells of it
            data[blob] = library.blob(blob)
    return data


def _look(codec: Codec, data: dict[str, bytes]) -> dict[str, Look]:
    from dalle_studio.imaging.looks import look_of

    looks: dict[str, Look] = {}
    for blob, one in data.items():
        with suppress(StudioError):
            looks[blob] = look_of(codec.decode_answer(one))
    return looks


def _keep(library: WindowLibrary, shelf: HistoryShelf, wanted: list[str], looks: dict[str, Look]) -> None:
    shelf.looks |= {blob: looks.get(blob) for blob in wanted}
    with suppress(StudioError):  # a full disk: it is found out again at the next start
        library.looks.put(looks)
