"""What the history says, as files on the worker: costs as CSV, a contact sheet as PDF or PNG."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.core.engine_names import engine_name
from dalle_studio.formats import contact_sheet
from dalle_studio.formats.saving import write_atomically
from dalle_studio.session import opening
from dalle_studio.session.history_model import title_of
from dalle_studio.workflow import exporting

if TYPE_CHECKING:
    from dalle_studio.core.ports import Lanes
    from dalle_studio.core.records import EditRecord, Original
    from dalle_studio.core.words import Words
    from dalle_studio.session.house import House


async def write_costs(house: House, lanes: Lanes, path: Path) -> None:
    """Every edit with what it cost. Raises StorageProblem."""
    table, _ = await lanes.disk(exporting.costs_of, house.library)
    await lanes.disk(write_atomically, path, table.encode())


async def write_sheet(house: House, lanes: Lanes, words: Words, versions: tuple[str, ...], path: Path) -> None:
    """Thumbnails of versions, by the ids of their edits or originals. Raises StorageProblem, BadInput."""

    def read() -> list[contact_sheet.Tile]:
        library = house.library
        found = [_record(house, version_id) for version_id in versions]
        title, maker = partial(title_of, words), partial(engine_name, words)
        return contact_sheet.tiles_of(library, house.codec, library.marks.all(), found, title, maker)

    tiles = await lanes.disk(read)
    await lanes.disk(write_atomically, path, await lanes.cpu(contact_sheet.encode, tiles, path.suffix))


def _record(house: House, version_id: str) -> EditRecord | Original:
    version, original, _ = opening.find(house, version_id)
    if version.edit_id is None and original is not None:
        return original
    return house.library.edit(version_id)
