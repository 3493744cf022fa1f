"""Versions into files, on the worker: one after the other, under names by template, nothing replaced."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.core.marks import NO_MARKS
from dalle_studio.core.picture import Metadata
from dalle_studio.formats import saving as files
from dalle_studio.formats.suffixes import can_write
from dalle_studio.session import opening, saving, versions
from dalle_studio.workflow import exporting

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.picture import Picture
    from dalle_studio.core.ports import Lanes
    from dalle_studio.core.records import Original
    from dalle_studio.session.document import Version
    from dalle_studio.session.house import House
    from dalle_studio.session.wanted_export import Wanted


@dataclass(frozen=True, slots=True)
class Exported:
    """The files that were written."""

    paths: tuple[Path, ...]
    changed: int
    """The largest difference, of 255, that a format made where every pixel was coded anew."""


async def export(house: House, lanes: Lanes, wanted: Wanted, tell: Callable[[object], None]) -> Exported:
    """What was written, in the order of the versions; `tell` gets the share that is done. Raises BadInput for a
    template that asks for what nobody knows, StorageProblem; what was written stays.
    """
    exporting.check_template(wanted.template)
    await lanes.disk(files.make_folder, wanted.folder)
    written: list[Path] = []
    most = 0
    marks = await lanes.disk(house.library.marks.all)
    for number, version_id in enumerate(wanted.versions, start=1):
        version, original, _ = await lanes.disk(opening.find, house, version_id)
        photo = original.name if original is not None else "picture.png"
        stem = Path(photo).stem
        if version.edit_id is not None:
            record = await lanes.disk(house.library.edit, version.edit_id)
            stem = exporting.file_stem(wanted.template, record, number, photo, marks.get(version_id, NO_MARKS))
        picture = await versions.load(house, lanes, version, None if original is None else original.original_id)
        path = wanted.folder / f"{stem}{wanted.suffix or Path(photo).suffix.lower()}"
        if not can_write(path):
            path = path.with_suffix(".png")
        data, changed = await lanes.cpu(_encode, house, wanted, picture, version, original, path)
        path = await lanes.disk(files.write_numbered, path, data)
        if version.edit_id is not None:
            await lanes.disk(house.library.add_output, version.edit_id, path)
        written.append(path)
        most = max(most, changed)
        tell(number / len(wanted.versions))
    return Exported(tuple(written), most)


def _encode(
    house: House, wanted: Wanted, picture: Picture, version: Version, original: Original | None, path: Path
) -> tuple[bytes, int]:
    whole = picture
    if wanted.longest is not None:
        picture = exporting.smaller(picture, wanted.longest)
    if not wanted.metadata:
        bare = replace(picture, metadata=Metadata(icc=picture.metadata.icc))
        data, _ = files.encode_picture(bare, files.format_for(path))
        order = saving.Order(bare, version, None, path)
        return data, saving.changed_by_format(house, order, data, keeps_blocks=False)
    # Of a reduced photo no block can stay as it was in the file.
    order = saving.Order(picture, version, original if picture is whole else None, path)
    return saving.encode(house, order)
