"""Photos and masks by the names a command was given, or out of the library. Everything here blocks."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dalle_studio.assembly import House
from dalle_studio.core.errors import BadUsage
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import MaskPixels, Picture, Pixels
from dalle_studio.core.records import EditRecord, Operation, Original
from dalle_studio.formats import layered, masks, opening, provenance, saving
from dalle_studio.workflow import layers, restore, stack


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A photo that was opened: its pixels, and the very bytes of its file."""

    picture: Picture
    data: bytes
    path: Path | None
    name: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def open_photo(name: str, house: House) -> Opened:
    """A file, or stdin for `-`. BadInput with the reason when it can't be opened."""
    if name == "-":
        data, path, shown = sys.stdin.buffer.read(), None, "stdin"
    else:
        path = Path(name)
        data, shown = opening.read_file(path), path.name
    return Opened(house.open_bytes(data, shown), data, None if path is None else path.absolute(), shown)


def open_kept(original_id: str, house: House) -> Opened | None:
    """An original from the library; None when it has none of this SHA-256."""
    known = {original.original_id: original for original in house.library.originals()}
    original = known.get(original_id)
    if original is None:
        return None
    data = house.library.blob(original_id)
    return Opened(house.open_bytes(data, original.name), data, original.path, original.name)


def keep(opened: Opened, house: House) -> Original:
    """The photo's own bytes into the library; nothing is written twice."""
    thumbnail = house.codec.thumbnail(opened.picture.pixels, opened.picture.metadata)
    return house.library.keep_original(opened.path, opened.data, opened.picture.size, thumbnail, opened.name)


def load_version(edit_id: str, index: int | None, house: House) -> Picture:
    """The picture after an edit; of its chosen candidate without an `index`."""
    return restore.load_version(house.library, house.codec, house.open_bytes, edit_id, index)


def edits_up_to(edit_id: str, house: House) -> list[tuple[Operation, str]]:
    """What is seen of a version's edits: each one's operation and engine."""
    chosen = house.library.edit(edit_id).chosen
    return stack.made_by(stack.stack_of(house.library, edit_id, chosen))


def encode(
    picture: Picture,
    path: Path | None,
    opened: Opened | None,
    house: House,
    edits: Sequence[tuple[Operation, str]] = (),
) -> tuple[bytes, tuple[str, ...]]:
    """In the format of `path`'s name (None: the source's), and message ids of what was lost.

    `edits` made the picture of the opened file, each an operation and an engine's name: the metadata tells.
    """
    own = picture.source.format if saving.can_write_format(picture.source.format) else "PNG"
    return saving.encode_picture(
        picture,
        own if path is None else saving.format_for(path),
        original=None if opened is None else opened.data,
        scratch=house.places.temp_path().parent,
        making=provenance.making_of(edits) if house.settings.marks_ai else None,
    )


def candidate_of(options: argparse.Namespace, record: EditRecord) -> int:
    """The index that `--candidate` names, counted from 1; the chosen one without it. BadUsage where there is none."""
    if options.candidate is None:
        return record.chosen
    index = int(options.candidate) - 1
    if index not in {one.index for one in record.candidates}:
        raise BadUsage("errors_storage.no_such_candidate", edit=record.edit_id, candidate=options.candidate)
    return index


def encode_layers(edit_id: str, candidate: int, house: House) -> bytes:
    """What a version consists of, as an OpenRaster file. StorageProblem for what is lost."""
    apart = layers.take_apart(house.library, house.codec, house.open_bytes, edit_id, candidate)
    return layered.encode_version(apart, house.words)


def read_mask(name: str, polarity: str, size: Size | None, house: House) -> tuple[MaskPixels, str, tuple[str, ...]]:
    """A mask file (or stdin for `-`) in the program's own form, the polarity that was used, and warnings' message ids.

    BadInput for a mask that is not of `size`.
    """
    data = sys.stdin.buffer.read() if name == "-" else opening.read_file(Path(name))
    pixels, used, warnings = masks.read_mask(
        data,
        polarity=masks.Polarity(polarity),
        size=size,
        name=Path(name).name,
        pixel_limit=house.settings.pixel_limit,
    )
    return pixels, used.value, warnings


def read_reference(name: str, house: House) -> bytes:
    """A reference picture, re-encoded: 8-bit sRGB PNG without metadata."""
    return house.codec.clean_reference(opening.read_file(Path(name)), name=Path(name).name)


def read_markup(name: str, house: House) -> Pixels:
    """A drawing on nothing as (h, w, 4) uint8 sRGB; without the alpha where the file has none."""
    return house.codec.with_alpha(opening.read_file(Path(name)), name=Path(name).name)
