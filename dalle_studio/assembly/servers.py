"""Engines and what asks services for words, each with its server, profile and key. What sends is made here only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from dalle_studio.assembly.choice import LOCAL, OPENAI, EngineChoice
from dalle_studio.core.errors import BadUsage
from dalle_studio.core.operation import Operation

if TYPE_CHECKING:
    from dalle_studio.assembly.model_lists import ModelLists
    from dalle_studio.core.ports import Checker, Describer, Engine, EngineInfo, Ledger, Translator
    from dalle_studio.engines.connection import Connection
    from dalle_studio.engines.translation import ServiceTranslator
    from dalle_studio.formats.codec import StudioCodec
    from dalle_studio.storage.keys import KeyStore
    from dalle_studio.storage.library import StudioLibrary
    from dalle_studio.storage.places import Places
    from dalle_studio.storage.settings import Settings
    from dalle_studio.workflow.lanes import ThreadLanes


class Wired(Protocol):
    """What the servers need of the wired program; each is made when it is first asked for."""

    @property
    def places(self) -> Places: ...

    @property
    def environment(self) -> Mapping[str, str]: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def keys(self) -> KeyStore: ...

    @property
    def codec(self) -> StudioCodec: ...

    @property
    def library(self) -> StudioLibrary: ...


class Servers:
    """By an `EngineChoice`, the settings and the environment."""

    def __init__(self, wired: Wired, models: ModelLists) -> None:
        self._wired = wired
        self._models = models

    def base_url(self, given: str | None) -> str:
        """The server's address: the option, else OPENAI_BASE_URL (empty counts as unset), else OpenAI's own."""
        from dalle_studio.engines.connection import OPENAI_URL

        return given or self._wired.environment.get("OPENAI_BASE_URL") or OPENAI_URL

    def choice_of(self, url: str | None, profile: str | None) -> EngineChoice:
        """An edit on the server at that address; None = OpenAI's own."""
        return EngineChoice(
            Operation.EDIT, OPENAI, base_url=url, server_profile=profile, partial_images=1, prompted=True
        )

    def engine(self, choice: EngineChoice) -> Engine:
        """*Blocking* (the keyring). KeyProblem when the server needs a key and none is known for its host."""
        if choice.is_local:
            from dalle_studio.engines.local import LocalEngine

            return LocalEngine(self._wired.codec.encode_png)
        connection = self.connection(choice)
        connection.key()
        return self._served(connection, choice)

    def engine_info(self, choice: EngineChoice) -> EngineInfo:
        """What an engine can do, without its key: for planning and the window."""
        if choice.is_local:
            return self.engine(choice).info
        return self._served(self.connection(choice, with_key=False), choice).info

    def _served(self, connection: Connection, choice: EngineChoice) -> Engine:
        from dalle_studio.engines.openai import OpenAIEngine

        return OpenAIEngine(
            connection,
            choice.model,
            table=self._models.table(connection.host, connection.profile.name),
            partial_images=choice.partial_images,
            name=_own_name(choice),
        )

    def translator(self, choice: EngineChoice, lanes: ThreadLanes) -> Translator | None:
        """*Blocking* (the keyring). Its own server where one is set, else OpenAI's where that is the engine.

        What it asks is in the account, and held to the month's cap.
        """
        from dalle_studio.workflow.spending import TextLedger

        ledger = TextLedger(lambda: self._wired.library.outlays, lanes, self._wired.settings.monthly_cap_usd)
        return self.translator_of(choice, ledger)

    def translator_of(
        self, choice: EngineChoice, ledger: Ledger | None, *, with_key: bool = True
    ) -> ServiceTranslator | None:
        """As `translator`, with another account, or without its key: that one is only good for its prices."""
        from dalle_studio.core.address import OPENAI_HOST
        from dalle_studio.engines.translation import ServiceTranslator
        from dalle_studio.storage import glossary

        if choice.is_local:
            return None
        model = choice.translator_model or self._wired.settings.translator_model
        url = choice.translator_url or self._wired.settings.translator_url
        if url:
            connection = self._for_texts(url, choice, with_key=with_key)
        else:
            connection = self.connection(choice, with_key=with_key)
            if connection.host != OPENAI_HOST:
                return None
        rates = self._models.table(connection.host).texts
        return ServiceTranslator(connection, model, glossary.load(self._wired.places), ledger, rates)

    def checker(self, choice: EngineChoice) -> Checker | None:
        """*Blocking* (the keyring). The free safety check of the engine's server; None where it has none."""
        from dalle_studio.engines.checking import ServiceChecker

        if choice.is_local:
            return None
        connection = self.connection(choice)
        return None if connection.profile.moderations is None else ServiceChecker(connection)

    def describer(self, choice: EngineChoice) -> Describer:
        """*Blocking* (the keyring). The translator's server where one is set, else the engine's, where crops go anyway.

        For the local engine it is OpenAI's.
        """
        from dalle_studio.engines.describing import ServiceDescriber

        # A setting for the translator's model says nothing of what that model sees.
        model, url = choice.translator_model or self._wired.settings.describer_model, choice.translator_url
        url = url or self._wired.settings.translator_url
        if url:
            connection = self._for_texts(url, choice)
        else:
            connection = self.connection(replace(choice, engine=OPENAI) if choice.is_local else choice)
        return ServiceDescriber(connection, model, self._models.table(connection.host).texts)

    async def refresh_models(self, choice: EngineChoice, lanes: ThreadLanes) -> bool:
        """Read the server's list of engine models once a day, after something was sent there; True when it was read."""
        if choice.is_local:
            return False
        host = self.connection(choice, with_key=False).host
        return await lanes.disk(self._models.age, host) != 0 and await self.read_models(choice, lanes)

    async def read_models(self, choice: EngineChoice, lanes: ThreadLanes) -> bool:
        """Read it now. Free."""
        return await self._models.read(await lanes.keyring(self.connection, choice), lanes)

    def connection(self, choice: EngineChoice, *, with_key: bool = True) -> Connection:
        """*Blocking* with the key (the keyring). The engine's server. BadUsage for a name that the settings lack."""
        from dalle_studio.engines.connection import Connection
        from dalle_studio.engines.profiles import PROFILES

        profile, url = choice.server_profile, choice.base_url
        if choice.engine not in {None, OPENAI}:
            server = next((s for s in self._wired.settings.servers if s.name == choice.engine), None)
            if server is None:
                names = ", ".join([LOCAL, OPENAI, *(s.name for s in self._wired.settings.servers)])
                raise BadUsage("errors_assembly.engine_unknown", engine=choice.engine, known=names)
            profile, url = profile or server.profile, url or server.base_url
        url = self.base_url(url)
        return Connection(url, self._wired.keys.lookup(url) if with_key else None, PROFILES[profile or OPENAI])

    def _for_texts(self, url: str, choice: EngineChoice, *, with_key: bool = True) -> Connection:
        """The server for texts, as it is known where it is the engine's, too.

        Any other on this computer takes no money, whatever its model is called.
        """
        from dalle_studio.engines.connection import Connection
        from dalle_studio.engines.profiles import DEFAULT_PROFILE

        key = self._wired.keys.lookup(url) if with_key else None
        connection = Connection(url, key)
        engine = None if choice.is_local else self.connection(choice, with_key=False)
        if engine is not None and engine.host == connection.host:
            return Connection(url, key, engine.profile)
        if connection.is_loopback:
            return Connection(url, key, replace(DEFAULT_PROFILE, charges=False))
        return connection


def _own_name(choice: EngineChoice) -> str | None:
    """What the user called the server; None for OpenAI's, or an address without a name."""
    return None if choice.engine in {None, OPENAI} else choice.engine
