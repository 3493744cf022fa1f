"""From a file, from pixels or from the library to an open photo, on the worker."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dalle_studio.core.errors import StorageProblem, StudioError
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import Mask
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.records import Original
from dalle_studio.formats import decoding, opening
from dalle_studio.session import drafts, showing, versions
from dalle_studio.session.document import Version
from dalle_studio.session.drafts import Draft
from dalle_studio.session.showing import Showing

if TYPE_CHECKING:
    from dalle_studio.core.ports import Codec, Lanes
    from dalle_studio.session.house import House
    from dalle_studio.session.worker import Tell

PREVIEW_SIDE: Final = 1600
"""Pixels of the longest side that a first sight should have."""


@dataclass(frozen=True, slots=True, eq=False)
class FirstSight:
    """A small rendition of the photo that is being opened, (h, w, 3) uint8."""

    pixels: Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Unkept:
    """A photo that the library could not take yet: its file, to try again before the first edit."""

    picture: Picture
    data: bytes
    name: str
    path: Path | None


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A photo, ready to be shown."""

    showing: Showing
    name: str
    path: Path | None
    original: Original | None
    version: Version
    root: str | None
    """The original's id, or the edit that made the picture: what all versions of a photo have in common."""
    draft: Draft | None = None
    unkept: Unkept | None = None
    """Set where the library could not keep the photo; it is open all the same."""
    problem: StudioError | None = None
    """Why."""

    @property
    def mask(self) -> Mask:
        if self.showing.mask is None:
            raise ValueError("a loaded photo has its mask")
        return self.showing.mask

    @property
    def mask_spent(self) -> bool:
        """The mask that came back is the one that this very version was made with."""
        draft = self.draft
        return draft is not None and draft.spent and draft.edit_id == self.version.edit_id and not self.mask.is_empty


async def open_path(house: House, lanes: Lanes, path: Path, tell: Tell) -> Loaded:
    """A photo from a file, its bytes kept in the library. Raises BadInput, StorageProblem."""
    with decoding.memory_failures(opening.readable_name(path.name)):
        data = await lanes.cpu(opening.read_file, path)
        sight = await lanes.cpu(opening.quick_preview, data, PREVIEW_SIDE)
    if sight is not None:
        tell(FirstSight(sight))
    return await open_data(house, lanes, data, path.name, path)


async def open_pixels(house: House, lanes: Lanes, pixels: Pixels, name: str) -> Loaded:
    """A picture without a file, from the clipboard: its bytes in the library are a PNG."""
    data = await lanes.cpu(house.codec.encode_png, pixels)
    return await open_data(house, lanes, data, name, None)


async def open_data(house: House, lanes: Lanes, data: bytes, name: str, path: Path | None) -> Loaded:
    """A photo from the bytes of its file. Raises BadInput."""
    with decoding.memory_failures(opening.readable_name(name)):
        return await _open_data(house, lanes, data, name, path)


async def _open_data(house: House, lanes: Lanes, data: bytes, name: str, path: Path | None) -> Loaded:
    picture = await lanes.cpu(house.open_bytes, data, name)
    photo = Unkept(picture, data, name, path)
    try:
        original = await keep(house, lanes, photo)
    except StorageProblem as problem:
        loaded = await _ready(house, lanes, picture, Version(), None, (name, path))
        return replace(loaded, unkept=photo, problem=problem)
    return await _ready(house, lanes, picture, Version(), original, (name, path))


async def keep(house: House, lanes: Lanes, photo: Unkept) -> Original:
    """Put the photo's bytes into the library. Raises StorageProblem."""
    picture = photo.picture
    small = await lanes.cpu(house.codec.thumbnail, picture.pixels, picture.metadata)
    return await lanes.disk(
        lambda: house.library.keep_original(photo.path, photo.data, picture.size, small, photo.name)
    )


async def open_version(house: House, lanes: Lanes, version_id: str) -> Loaded:
    """A version from the library by the id of an edit or of an original. Raises StorageProblem, BadInput."""
    version, original, root = await lanes.disk(find, house, version_id)
    picture = await versions.load(house, lanes, version, None if original is None else original.original_id)
    if original is None:
        prompt = (await lanes.disk(house.library.edit, root)).prompt
        return await _ready(house, lanes, picture, version, None, (prompt, None), root)
    return await _ready(house, lanes, picture, version, original, (original.name, original.path))


def find(house: House, version_id: str) -> tuple[Version, Original | None, str]:
    """*Blocking.* The version of that id, its original, and its root."""
    if len(version_id) == _ORIGINAL_ID:
        original = house.library.original(version_id)
        return Version(), original, original.original_id
    record = first = house.library.edit(version_id)
    while first.original is None and first.parent is not None:
        first = house.library.edit(first.parent)
    if first.original is None:
        return Version.of(record), None, first.edit_id
    return Version.of(record), house.library.original(first.original), first.original


def left_last(house: House) -> str | None:
    """*Blocking.* The version that was worked on last, of those that the library still has; None when there is none,
    or when it is being worked on in another window.
    """
    for draft in drafts.newest_first(house.places.journal):
        if drafts.is_held(house.places, draft):
            return None
        for version_id in filter(None, (draft.edit_id, draft.root)):
            try:
                find(house, version_id)
            except StudioError:
                continue  # deleted for good since, in another window
            return version_id
    return None


async def _ready(
    house: House,
    lanes: Lanes,
    picture: Picture,
    version: Version,
    original: Original | None,
    place: tuple[str, Path | None],
    root: str | None = None,
) -> Loaded:
    root = root or (None if original is None else original.original_id)
    draft = None if root is None else await lanes.disk(drafts.load, house.places.journal, root)
    fits = draft is not None and await versions.share_frame(house, lanes, Version(draft.edit_id), version)
    mask = await lanes.cpu(_mask, picture.size, draft if fits else None, house.codec)
    pixels = await lanes.cpu(showing.display_pixels, picture, house.codec)
    ready = await showing.whole(lanes, picture, pixels, mask)
    return Loaded(ready, place[0], place[1], original, version, root, draft)


def _mask(size: Size, draft: Draft | None, codec: Codec) -> Mask:
    """A new mask, with what was painted the last time where that fits."""
    mask = Mask(size)
    if draft is None or draft.mask_png is None or draft.size != size:
        return mask
    try:
        pixels = codec.decode_png(draft.mask_png)
    except StorageProblem:
        return mask
    if pixels.shape == size.shape:
        mask.begin()
        mask.writable(Rect.of_size(size))[...] = pixels
        mask.commit("session.step.draft")
    return mask


_ORIGINAL_ID: Final = 64
"""Length of a SHA-256 in hexadecimal; edits have shorter ids."""
