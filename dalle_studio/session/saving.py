"""Writing the photo to a file, on the worker: atomically, never over bytes that nobody has a copy of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dalle_studio.core.errors import BadInput
from dalle_studio.core.picture import Picture
from dalle_studio.core.records import Original
from dalle_studio.formats import encoding, layered, opening, provenance, saving
from dalle_studio.workflow import layers, stack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dalle_studio.core.frozen_mask import FrozenMask
    from dalle_studio.core.ports import Lanes
    from dalle_studio.core.words import Words
    from dalle_studio.session.document import Version
    from dalle_studio.session.house import House
    from dalle_studio.workflow.stack import Item

_BEYOND_US: Final = {
    f"errors_formats.{what}" for what in ("no_access", "file_too_large", "too_many_pixels", "out_of_memory")
}
"""Why a file that may well be a photo can't be kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Saved:
    """What was written."""

    path: Path
    version: Version
    warnings: tuple[str, ...]
    """Message ids of what the format could not keep."""
    digest: str
    """SHA-256 of the file."""
    anew: bool = False
    """A JPEG from a JPEG, of whose blocks none could stay, since the photo's frame has changed."""
    changed: int = 0
    """The largest difference, of 255, that the file's format made where every pixel was coded anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """What to write where."""

    picture: Picture
    version: Version
    original: Original | None
    path: Path
    own: str | None = None
    """SHA-256 of what this program wrote to `path` before: there is no need to keep that."""


async def save(house: House, lanes: Lanes, order: Order) -> Saved:
    """Write the picture in the format that the name says. Raises BadInput, StorageProblem, the old file whole."""
    path = order.path
    data, warnings, anew = await lanes.cpu(_encode, house, order)
    digest = await lanes.cpu(_digest, data)
    await lanes.disk(_keep_what_is_there, house, path, {digest, order.own})
    await lanes.disk(saving.write_atomically, path, data)
    if order.version.edit_id is not None:
        await lanes.disk(house.library.add_output, order.version.edit_id, path)
    keeps_blocks = _keeps_blocks(warnings, anew=anew)
    changed = await lanes.cpu(changed_by_format, house, order, data, keeps_blocks=keeps_blocks)
    return Saved(path, order.version, warnings, digest, anew, changed)


async def export_layers(
    house: House, lanes: Lanes, words: Words, picture: Picture, version: Version, mask: FrozenMask | None, path: Path
) -> None:
    """Write what a version consists of as OpenRaster, with the mask that is being painted. StorageProblem."""

    def encode() -> bytes:
        if version.edit_id is None or not version.is_kept:
            return layered.encode_photo(picture, words, mask)
        apart = layers.take_apart(house.library, house.codec, house.open_bytes, version.edit_id, version.chosen)
        return layered.encode_version(apart, words, mask)

    data = await lanes.cpu(encode)
    await lanes.disk(saving.write_atomically, path, data)


def encode(house: House, order: Order) -> tuple[bytes, int]:
    """*Blocking.* The file, as `save` would write it, and by how much its format changed the picture at most."""
    data, warnings, anew = _encode(house, order)
    return data, changed_by_format(house, order, data, keeps_blocks=_keeps_blocks(warnings, anew=anew))


def _encode(house: House, order: Order) -> tuple[bytes, tuple[str, ...], bool]:
    """The file, message ids, and whether a JPEG that could have been patched was encoded anew."""
    picture, version, original = order.picture, order.version, order.original
    format_name = saving.format_for(order.path)
    source = None if original is None else house.library.blob(original.original_id)
    if version.edit_id is None and version.is_kept and source is not None and format_name == picture.source.format:
        return source, (), False  # nothing was edited: the very file again
    items = stack.stack_of(house.library, version.edit_id, version.chosen)
    making = _making(version, items) if house.settings.marks_ai else None
    scratch = house.places.temp_path().parent
    data, warnings = saving.encode_picture(picture, format_name, original=source, scratch=scratch, making=making)
    from_jpeg = format_name == picture.source.format == "JPEG" and source is not None and data != source
    return data, warnings, from_jpeg and any(item.record.reshape is not None for item in items)


def _making(version: Version, items: Sequence[Item]) -> provenance.Making | None:
    """How the photo came about. An edit that could not be recorded is taken for a model's, which most are."""
    if version.edit_id is None and not version.is_kept:
        return provenance.Making.COMPOSITE
    return provenance.making_of(stack.made_by(items))


def _keeps_blocks(warnings: Sequence[str], *, anew: bool) -> bool:
    return not anew and encoding.JPEG_ENCODED_ANEW not in warnings


def changed_by_format(house: House, order: Order, data: bytes, *, keeps_blocks: bool) -> int:
    """*Blocking.* The largest difference, of 255, where every pixel was coded anew; 0 where a JPEG kept its blocks."""
    format_name = saving.format_for(order.path)
    from_jpeg = format_name == order.picture.source.format == "JPEG" and order.original is not None
    if from_jpeg and keeps_blocks:
        return 0
    return saving.coded_difference(
        format_name, data, order.picture.pixels, lambda: house.open_bytes(data, order.path.name).pixels
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _keep_what_is_there(house: House, path: Path, known: set[str | None]) -> None:
    """A photo that is about to be written over stays in the library. A file that is no photo is not ours to judge.

    BadInput or StorageProblem where it may be one but can't be kept: then it is not written over.
    """
    if not path.exists():
        return
    try:
        present = opening.read_file(path)
        if _digest(present) in known:
            return
        picture = house.open_bytes(present, path.name)
    except BadInput as error:
        if error.message in _BEYOND_US:
            raise
        return
    thumbnail = house.codec.thumbnail(picture.pixels, picture.metadata)
    house.library.keep_original(path, present, picture.size, thumbnail, path.name)
