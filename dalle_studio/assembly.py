"""The wired program: which library, which keys, which engine. Used by both composition roots, the window and the
command line; knows everything, decides nothing about pixels. Nothing is loaded before it is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.core.errors import BadUsage
from dalle_studio.core.local_day import today
from dalle_studio.core.operation import Operation
from dalle_studio.core.words import LANGUAGES, Words, system_language

if TYPE_CHECKING:
    from dalle_studio.core.geometry import Size
    from dalle_studio.core.picture import Picture
    from dalle_studio.core.ports import Budget, Checker, Describer, Engine, EngineInfo, Ledger, Translator
    from dalle_studio.core.records import EditRequest
    from dalle_studio.engines.connection import Connection
    from dalle_studio.engines.model_table import Ending, ModelTable
    from dalle_studio.engines.translation import ServiceTranslator
    from dalle_studio.formats.codec import StudioCodec
    from dalle_studio.storage.keys import KeyStore
    from dalle_studio.storage.library import StudioLibrary
    from dalle_studio.storage.places import Places
    from dalle_studio.storage.settings import Settings
    from dalle_studio.workflow.lanes import ThreadLanes
    from dalle_studio.workflow.trial import Trial

LOCAL = "local"
OPENAI = "openai"
LOG = logging.getLogger("dalle_studio")


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What the user wants to paint with; None = as the operation and the settings say."""

    operation: Operation
    engine: str | None = None
    """`local`, `openai`, or the name of a server in the settings."""
    model: str | None = None
    base_url: str | None = None
    server_profile: str | None = None
    translator_url: str | None = None
    translator_model: str | None = None
    partial_images: int = 0
    """Previews asked for while a candidate is painted; each is billed, so only where somebody sees them."""
    prompted: bool = False
    """Whether there are words to follow: an extension by words is not silently done by an engine that follows none."""

    @property
    def is_local(self) -> bool:
        """The local engine is the default for removing and extending, and only for these."""
        if self.engine is not None:
            return self.engine == LOCAL
        return self.operation is Operation.REMOVE or (self.operation is Operation.EXTEND and not self.prompted)


class House:
    """Everything, built when first used. One per process; `close` it at the end."""

    def __init__(self, places: Places, environment: Mapping[str, str], language: str | None = None) -> None:
        self.places = places
        self.environment = environment
        self._language = language
        self._settings: Settings | None = None

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

    # --- engines -------------------------------------------------------------------------------------------------

    def base_url(self, given: str | None) -> str:
        """The server's address: the option, else OPENAI_BASE_URL (empty counts as unset), else OpenAI's own."""
        from dalle_studio.engines.connection import OPENAI_URL

        return given or self.environment.get("OPENAI_BASE_URL") or OPENAI_URL

    def engine(self, choice: EngineChoice) -> Engine:
        """*Blocking* (the keyring). KeyProblem when the server needs a key and none is known for its host."""
        if choice.is_local:
            from dalle_studio.engines.local import LocalEngine

            return LocalEngine(self.codec.encode_png)
        from dalle_studio.engines.openai import OpenAIEngine

        connection = self._connection(choice)
        connection.key()
        return OpenAIEngine(
            connection,
            choice.model,
            table=self.table(connection.host, connection.profile.name),
            partial_images=choice.partial_images,
            name=_own_name(choice),
        )

    def engine_info(self, choice: EngineChoice) -> EngineInfo:
        """What an engine can do, without its key: for planning and the window."""
        if choice.is_local:
            return self.engine(choice).info
        from dalle_studio.engines.openai import OpenAIEngine

        connection = self._connection(choice, with_key=False)
        return OpenAIEngine(
            connection,
            choice.model,
            table=self.table(connection.host, connection.profile.name),
            partial_images=choice.partial_images,
            name=_own_name(choice),
        ).info

    def table(self, host: str, profile: str = OPENAI) -> ModelTable:
        """*Blocking* (two small files). The engine models as a server with that host has them, by what is known."""
        from dalle_studio.engines.model_table import listing_of, read_overrides, table_of
        from dalle_studio.storage import model_lists

        known = model_lists.load(self.places, host)
        return table_of(
            None if known is None else listing_of(*known),
            read_overrides(model_lists.own_table(self.places)),
            profile,
        )

    def choice_of(self, url: str | None, profile: str | None) -> EngineChoice:
        """An edit on the server at that address; None = OpenAI's own."""
        return EngineChoice(
            Operation.EDIT, OPENAI, base_url=url, server_profile=profile, partial_images=1, prompted=True
        )

    def trial_price(self, choice: EngineChoice) -> tuple[EngineInfo, float | None]:
        """*Blocking.* What that server can do, and what `try_server` will cost there; None where unknown."""
        from dalle_studio.core.records import EditRequest
        from dalle_studio.workflow.trial import PROMPT, smallest

        info = self.engine_info(choice)
        request = EditRequest(Operation.VARY, prompt=PROMPT, quality="low")
        return info, self.estimate(info, request, smallest(info.sizes))[1]

    async def try_server(self, choice: EngineChoice, lanes: ThreadLanes) -> Trial:
        """Edit a tiny picture there, and measure what became of the mask. It costs money on services that take some.

        StudioError as an edit; KeyProblem without a needed key.
        """
        from dalle_studio.workflow.edit import Ports
        from dalle_studio.workflow.trial import try_server

        engine = await lanes.keyring(self.engine, choice)
        await engine.prepare()
        row = (await lanes.disk(self.table, engine.info.host or "", engine.info.profile)).find(engine.info.model)
        quality = "low" if row is None or "low" in row.qualities else row.qualities[0]
        ports = Ports(engine, self.codec, self.library, lanes, budget=self.budget)
        trial = await try_server(ports, quality, self.settings.timeout_seconds)
        await self.refresh_models(choice, lanes)
        return trial

    def ending(self, info: EngineInfo) -> Ending | None:
        """*Blocking.* Whether the engine model is shut down soon, or was."""
        return None if info.host is None else self.table(info.host, info.profile).ending(info.model, today())

    def has_old_list(self, host: str, days: int) -> bool:
        """*Blocking* (a small file). Whether the server's list of engine models was last read so many days ago.

        A server on this computer whose list was never read has none to wait for: it tells no days.
        """
        from dalle_studio.core.address import host_of
        from dalle_studio.storage import model_lists

        known = model_lists.load(self.places, host)
        if known is None:
            return not host_of(f"https://{host}").is_loopback
        return (today() - known[0]).days >= days

    async def refresh_models(self, choice: EngineChoice, lanes: ThreadLanes) -> bool:
        """Read the server's list of engine models once a day, after something was sent there; True when it was read.

        Nothing that goes wrong here matters to anybody.
        """
        from dalle_studio.core.errors import StudioError
        from dalle_studio.engines.listing import list_models
        from dalle_studio.storage import model_lists

        if choice.is_local:
            return False
        day = today()
        connection = await lanes.keyring(self._connection, choice)
        known = await lanes.disk(model_lists.load, self.places, connection.host)
        if known is not None and known[0] == day:
            return False
        try:
            listed = await list_models(connection)
        except StudioError:
            return False
        names = tuple((one.name, one.shutdown) for one in listed)
        await lanes.disk(model_lists.keep, self.places, connection.host, day, names)
        return True

    def translator(self, choice: EngineChoice, lanes: ThreadLanes) -> Translator | None:
        """*Blocking* (the keyring). Its own server where one is set, else OpenAI's where that is the engine.

        What it asks is in the account, and held to the month's cap.
        """
        from dalle_studio.workflow.spending import TextLedger

        ledger = TextLedger(lambda: self.library.outlays, lanes, self.settings.monthly_cap_usd)
        return self._translator(choice, ledger)

    def translation_price(self, choice: EngineChoice, info: EngineInfo, request: EditRequest) -> float | None:
        """*Blocking* (small files). US dollars at most of the translation that such a request begins with.

        0 where none is made; None for a model whose price is not known. Sends nothing, and needs no key.
        """
        from dalle_studio.workflow.prompt import said

        if said(request, info) is not None:
            return 0.0
        translator = self._translator(choice, None, with_key=False)
        return 0.0 if translator is None else translator.expected(request.prompt.strip())

    def _translator(
        self, choice: EngineChoice, ledger: Ledger | None, *, with_key: bool = True
    ) -> ServiceTranslator | None:
        from dalle_studio.core.address import OPENAI_HOST
        from dalle_studio.engines.translation import ServiceTranslator
        from dalle_studio.storage import glossary

        if choice.is_local:
            return None
        model = choice.translator_model or self.settings.translator_model
        url = choice.translator_url or self.settings.translator_url
        if url:
            connection = self._for_texts(url, choice, with_key=with_key)
        else:
            connection = self._connection(choice, with_key=with_key)
            if connection.host != OPENAI_HOST:
                return None
        rates = self.table(connection.host).texts
        return ServiceTranslator(connection, model, glossary.load(self.places), ledger, rates)

    def checker(self, choice: EngineChoice) -> Checker | None:
        """*Blocking* (the keyring). The free safety check of the engine's server; None where it has none."""
        from dalle_studio.engines.checking import ServiceChecker

        if choice.is_local:
            return None
        connection = self._connection(choice)
        return None if connection.profile.moderations is None else ServiceChecker(connection)

    def describer(self, choice: EngineChoice) -> Describer:
        """*Blocking* (the keyring). The translator's server where one is set, else the engine's, where crops go anyway.

        For the local engine it is OpenAI's.
        """
        from dalle_studio.engines.describing import ServiceDescriber

        # A setting for the translator's model says nothing of what that model sees.
        model, url = choice.translator_model or self.settings.describer_model, choice.translator_url
        url = url or self.settings.translator_url
        if url:
            connection = self._for_texts(url, choice)
        else:
            connection = self._connection(replace(choice, engine=OPENAI) if choice.is_local else choice)
        return ServiceDescriber(connection, model, self.table(connection.host).texts)

    def estimate(self, info: EngineInfo, request: EditRequest, size: Size) -> tuple[int | None, float | None, bool]:
        """Output tokens, US dollars and whether both are exact; None where they are unknown. Sends nothing."""
        if info.host is None:
            return None, 0.0, True
        from dalle_studio.engines import models

        pictures = len(request.references) + (request.picture is not None)
        load = models.Load(
            count=request.count,
            partials=1 if info.streams else 0,
            pictures=pictures,
            prompt=request.english or request.prompt,
        )
        known = self.table(info.host, info.profile).estimate(info.model, request.quality, size, load)
        if known is None:
            return (None, None, False) if info.charges else (None, 0.0, True)
        return known.tokens, known.usd, known.exact

    @property
    def budget(self) -> Budget:
        """What edits cost, and what may be spent in a month."""
        from dalle_studio.core.ports import Budget

        return Budget(lambda info, request, size: self.estimate(info, request, size)[1], self.settings.monthly_cap_usd)

    def _for_texts(self, url: str, choice: EngineChoice, *, with_key: bool = True) -> Connection:
        """The server for texts, as it is known where it is the engine's, too.

        Any other on this computer takes no money, whatever its model is called.
        """
        from dalle_studio.engines.connection import Connection
        from dalle_studio.engines.profiles import DEFAULT_PROFILE

        key = self.keys.lookup(url) if with_key else None
        connection = Connection(url, key)
        engine = None if choice.is_local else self._connection(choice, with_key=False)
        if engine is not None and engine.host == connection.host:
            return Connection(url, key, engine.profile)
        if connection.is_loopback:
            return Connection(url, key, replace(DEFAULT_PROFILE, charges=False))
        return connection

    def _connection(self, choice: EngineChoice, *, with_key: bool = True) -> Connection:
        from dalle_studio.engines.connection import Connection
        from dalle_studio.engines.profiles import PROFILES

        profile, url = choice.server_profile, choice.base_url
        if choice.engine not in {None, OPENAI}:
            server = next((s for s in self.settings.servers if s.name == choice.engine), None)
            if server is None:
                names = ", ".join([LOCAL, OPENAI, *(s.name for s in self.settings.servers)])
                raise BadUsage("errors_assembly.engine_unknown", engine=choice.engine, known=names)
            profile, url = profile or server.profile, url or server.base_url
        url = self.base_url(url)
        return Connection(url, self.keys.lookup(url) if with_key else None, PROFILES[profile or OPENAI])

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


def _own_name(choice: EngineChoice) -> str | None:
    """What the user called the server; None for OpenAI's, or an address without a name."""
    return None if choice.engine in {None, OPENAI} else choice.engine
