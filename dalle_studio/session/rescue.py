"""Edits that a crash interrupted: what had arrived is finished, the rest is recorded as failed. On the worker.

Done at every start; what was dealt with once is over, so a second time there is nothing left to do.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dalle_studio.core.errors import StudioError
from dalle_studio.core.records import EditRecord, State
from dalle_studio.workflow import recovery

if TYPE_CHECKING:
    from dalle_studio.core.ports import Lanes
    from dalle_studio.session.house import House

_log = logging.getLogger(__name__)


async def finish_interrupted(house: House, lanes: Lanes) -> tuple[int, int]:
    """How many edits are in the history now that were not, and how many are lost that may have been billed. Nothing
    is asked again. Raises StorageProblem.
    """
    recovered = billed = 0
    for record in await lanes.disk(_unfinished, house):
        if not record.answers:
            await lanes.disk(_give_up, house, record)
            billed += record.maybe_billed
        elif await lanes.cpu(_recover, house, record):
            recovered += 1
    return recovered, billed


def _unfinished(house: House) -> list[EditRecord]:
    """For a lane, as the first call opens the library."""
    return house.library.unfinished()


def _give_up(house: House, record: EditRecord) -> None:
    house.library.end(
        record.edit_id, State.FAILED, error="errors_session.interrupted", maybe_billed=record.maybe_billed
    )


def _recover(house: House, record: EditRecord) -> bool:
    try:
        recovery.recover(house.library, house.codec, house.open_bytes, record)
    except StudioError as error:
        # The answers stay in the library, and the next start tries again.
        _log.warning("edit %s could not be recovered: %s", record.edit_id, error.message)
        return False
    return True
