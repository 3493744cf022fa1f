"""Making the picture of another version, on the worker: from pixels in memory where they are, else from the library.

Undo, redo, candidates and the history all go through here. Nothing touches the document: the result is put in place
on the GUI thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.core.errors import StudioError
from dalle_studio.core.picture import Picture
from dalle_studio.imaging import reshaping
from dalle_studio.session.document import Patch, PictureStep, Version
from dalle_studio.workflow import composing, restore

if TYPE_CHECKING:
    from dalle_studio.core.ports import Lanes
    from dalle_studio.session.house import House


async def other_side(house: House, lanes: Lanes, step: PictureStep, base: Picture, original: str | None) -> Picture:
    """The picture that the next swap of `step` shows; `base` is the present one. Raises StorageProblem."""
    side = step.target
    if side.picture is not None:
        return side.picture
    reshape = step.reshape
    if reshape is not None and (side is step.after or reshape.is_lossless):
        change = reshape if side is step.after else reshape.inverse
        return await lanes.cpu(reshaping.reshape_picture, base, change)
    if side.patch is not None:
        return await lanes.cpu(composing.apply, base, side.patch.rect, side.patch.pixels)
    candidate = side.version.candidate
    if step.rect is not None and side is step.after and step.before.patch is not None and candidate is not None:
        return await _with_candidate(house, lanes, step.before.patch, side.version, base)
    return await load(house, lanes, side.version, original)


async def other_candidate(
    house: House, lanes: Lanes, step: PictureStep | None, base: Picture, original: str | None, version: Version
) -> Picture:
    """The present edit with the candidate that `version` chooses, which is remembered. Raises StorageProblem.

    `step` is what made the present version, if that is known.
    """
    if version.edit_id is not None:
        await lanes.disk(house.library.choose, version.edit_id, version.chosen)
    if step is not None and step.rect is not None and step.before.patch is not None:
        return await _with_candidate(house, lanes, step.before.patch, version, base)
    return await load(house, lanes, version, original)


async def load(house: House, lanes: Lanes, version: Version, original: str | None) -> Picture:
    """Any version from the library alone: the original's bytes, then one patch an edit. Raises StorageProblem."""
    if version.edit_id is None:
        if original is None:
            raise ValueError("a version needs an edit or an original")
        return await lanes.cpu(restore.load_original, house.library, house.open_bytes, original)
    return await lanes.cpu(
        restore.load_version, house.library, house.codec, house.open_bytes, version.edit_id, version.chosen
    )


async def share_frame(house: House, lanes: Lanes, one: Version, other: Version) -> bool:
    """Whether a mask of one is a mask of the other; not where the library no longer knows."""
    try:
        first = await lanes.disk(restore.frame_of, house.library, one.edit_id)
        return first == await lanes.disk(restore.frame_of, house.library, other.edit_id)
    except StudioError:
        return False


async def _with_candidate(house: House, lanes: Lanes, before: Patch, version: Version, base: Picture) -> Picture:
    """`base` as it was before the edit, with the version's candidate laid over it."""
    candidate = version.candidate
    if candidate is None:
        raise ValueError("no such candidate")
    data = await lanes.disk(house.library.blob, candidate.patch)

    def lay() -> Picture:
        pixels = before.pixels.copy()
        inside = candidate.rect.moved(-before.rect.x, -before.rect.y)
        pixels[inside.slices] = house.codec.decode_png(data)
        return composing.apply(base, before.rect, pixels)

    return await lanes.cpu(lay)
