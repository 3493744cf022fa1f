"""Everything wired together: library, keys, codec, lanes, servers and prices, each made when it is first used.

It knows everything and decides nothing about pixels.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.assembly.model_lists import ModelLists
from dalle_studio.assembly.prices import Prices
from dalle_studio.assembly.servers import Servers
from dalle_studio.core.words import LANGUAGES, Words, system_language

if TYPE_CHECKING:
    from dalle_studio.assembly.choice import EngineChoice
    from dalle_studio.core.picture import Picture
    from dalle_studio.formats.codec import StudioCodec
    from dalle_studio.storage.keys import KeyStore
    from dalle_studio.storage.library import StudioLibrary
    from dalle_studio.storage.places import Places
    from dalle_studio.storage.settings import Settings
    from dalle_studio.workflow.lanes import ThreadLanes
    from dalle_studio.workflow.trial import Trial

LOG = logging.getLogger("dalle_studio")


class House:
    """Everything, built when first used. One per process; `close` it at the end."""

    def __init__(self, places: Places, environment: Mapping[str, str], language: str | None = None) -> None:
        self.places = places
        self.environment = environment
        self._language = language
        self._settings: Settings | None = None
        self.models = ModelLists(places)
        self.servers = Servers(self, self.models)
        self.prices = Prices(self, self.servers, self.models)

    @classmethod
    def for_command_line(cls, data_dir: Path | None, environment: Mapping[str, str], language: str | None) -> House:
        from dalle_studio.storage.places import Places, data_folder

        return cls(Places(data_folder(data_dir, environment)), environment, language)

    def close(self) -> None:
        """Free what was used. Work under way in a lane is not waited for."""
        for name in ("library", "lanes"):
            if name in self.__dict__:
                getattr(self, name).close()
        self.places.close()

    # --- what is kept --------------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """As they were loaded; whoever changes the file puts the new ones here."""
        if self._settings is None:
            from dalle_studio.storage import settings

            self._settings = settings.load(self.places)
        return self._settings

    @settings.setter
    def settings(self, changed: Settings) -> None:
        self._settings = changed

    @cached_property
    def words(self) -> Words:
        wished = self._language or self.settings.language
        return Words(wished if wished in LANGUAGES else system_language())

    @cached_property
    def library(self) -> StudioLibrary:
        from dalle_studio.storage.library import StudioLibrary

        self.places.prepare()
        return StudioLibrary(self.places)

    @cached_property
    def keys(self) -> KeyStore:
        from dalle_studio.storage.keys import KeyStore

        return KeyStore(self.environment)

    @cached_property
    def codec(self) -> StudioCodec:
        from dalle_studio.formats.codec import StudioCodec

        return StudioCodec()

    @cached_property
    def lanes(self) -> ThreadLanes:
        from dalle_studio.workflow.lanes import ThreadLanes

        return ThreadLanes()

    def open_bytes(self, data: bytes, name: str) -> Picture:
        """*Blocking.* A photo decoded, within the limit of the settings. BadInput."""
        from dalle_studio.formats import opening

        return opening.open_picture(data, name=name, pixel_limit=self.settings.pixel_limit)

    async def try_server(self, choice: EngineChoice, lanes: ThreadLanes) -> Trial:
        """Edit a tiny picture there, and measure what became of the mask. It costs money on services that take some.

        StudioError as an edit; KeyProblem without a needed key.
        """
        from dalle_studio.workflow.edit import Ports
        from dalle_studio.workflow.trial import try_server

        engine = await lanes.keyring(self.servers.engine, choice)
        await engine.prepare()
        row = (await lanes.disk(self.models.table, engine.info.host or "", engine.info.profile)).find(engine.info.model)
        quality = "low" if row is None or "low" in row.qualities else row.qualities[0]
        ports = Ports(engine, self.codec, self.library, lanes, budget=self.prices.budget)
        trial = await try_server(ports, quality, self.settings.timeout_seconds)
        await self.servers.refresh_models(choice, lanes)
        return trial

    # --- words that are said about it ------------------------------------------------------------------------------

    def redact(self, text: str) -> str:
        """Without any key this process knows and without anything that looks like one."""
        from dalle_studio.storage.keys import redact

        return redact(text, self.keys.known()) if "keys" in self.__dict__ else redact(text, ())

    def log_bug(self, error: BaseException) -> str:
        """The traceback into the log; returns the file's path."""
        from dalle_studio.storage import logs

        path = logs.open_log(self.places, self.redact)
        LOG.error("bug", exc_info=error)
        return str(path)
