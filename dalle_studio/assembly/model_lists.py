"""The engine models that servers have: what is known by heart, their own lists, and the user's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.assembly.choice import OPENAI
from dalle_studio.core.local_day import today

if TYPE_CHECKING:
    from dalle_studio.core.ports import EngineInfo
    from dalle_studio.engines.connection import Connection
    from dalle_studio.engines.model_table import Ending, ModelTable
    from dalle_studio.storage.places import Places
    from dalle_studio.workflow.lanes import ThreadLanes


class ModelLists:
    """What is kept in the data folder, and how old it is."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def table(self, host: str, profile: str = OPENAI) -> ModelTable:
        """*Blocking* (two small files). The engine models as a server with that host has them, by what is known."""
        from dalle_studio.engines.model_table import Overrides, listing_of, read_overrides, table_of
        from dalle_studio.storage import model_lists

        known = model_lists.load(self._places, host)
        try:
            own = read_overrides(model_lists.own_table(self._places))
        except OSError as error:
            own = Overrides(problems=(error.strerror or str(error),))
        return table_of(None if known is None else listing_of(*known), own, profile)

    def ending(self, info: EngineInfo) -> Ending | None:
        """*Blocking.* Whether the engine model is shut down soon, or was."""
        return None if info.host is None else self.table(info.host, info.profile).ending(info.model, today())

    def age(self, host: str) -> int | None:
        """*Blocking* (a small file). Days since that server's list was read; None where it never was."""
        from dalle_studio.storage import model_lists

        known = model_lists.load(self._places, host)
        return None if known is None else (today() - known[0]).days

    async def read(self, connection: Connection, lanes: ThreadLanes) -> bool:
        """Ask a server for its list, and keep it. False where it has none: nothing that goes wrong here matters."""
        from dalle_studio.core.errors import StudioError
        from dalle_studio.engines.listing import list_models
        from dalle_studio.storage import model_lists

        try:
            listed = await list_models(connection)
        except StudioError:
            return False
        names = tuple((one.name, one.shutdown) for one in listed)
        await lanes.disk(model_lists.keep, self._places, connection.host, today(), names)
        return True
