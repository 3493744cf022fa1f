"""What the editor needs of the composition root, as a Protocol; `assembly.House` fulfils it.

All of it is *blocking* and runs in the lanes of the worker. A choice of engine is the composition root's own value:
`Choose` makes one, and it is only handed back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from dalle_studio.core.ports import Library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dalle_studio.core.geometry import Size
    from dalle_studio.core.picture import Picture
    from dalle_studio.core.ports import (
        Budget,
        Checker,
        Codec,
        Describer,
        DescriptionStore,
        Engine,
        EngineInfo,
        Translator,
    )
    from dalle_studio.core.records import EditRecord, EditRequest, Operation
    from dalle_studio.engines.model_table import ModelTable
    from dalle_studio.storage.account import Costs
    from dalle_studio.storage.listing import Listing
    from dalle_studio.storage.looks import LookStore
    from dalle_studio.storage.marks import MarkStore
    from dalle_studio.storage.places import Places
    from dalle_studio.storage.settings import Settings
    from dalle_studio.workflow.lanes import ThreadLanes

Choice: TypeAlias = Any
"""`assembly.EngineChoice`; this floor lies below it."""


class Choose(Protocol):
    """Makes a choice; None = as the operation and the settings say."""

    def __call__(self, operation: Operation, engine: str | None, model: str | None) -> Choice: ...


class WindowLibrary(Library, Protocol):
    """The library with what only the window asks for."""

    def sent_counts_today(self) -> Mapping[str, int]: ...

    def unfinished(self) -> list[EditRecord]: ...

    @property
    def descriptions(self) -> DescriptionStore: ...

    def costs(self, period: str) -> Costs:
        """What was spent in a local day `YYYY-MM-DD` or month `YYYY-MM`."""
        ...

    @property
    def listing(self) -> Listing: ...

    @property
    def marks(self) -> MarkStore: ...

    @property
    def looks(self) -> LookStore: ...


class Servers(Protocol):
    """Engines and what asks services for words."""

    def engine(self, choice: Choice) -> Engine:
        """The engine with its key. KeyProblem where it needs one and none is known for its host."""
        ...

    def engine_info(self, choice: Choice) -> EngineInfo:
        """What that engine can do, without its key."""
        ...

    def translator(self, choice: Choice, lanes: ThreadLanes) -> Translator | None:
        """None where none is set. What it asks is in the account."""
        ...

    def checker(self, choice: Choice) -> Checker | None:
        """The free safety check of the engine's server; None where it has none."""
        ...

    def describer(self, choice: Choice) -> Describer:
        """What puts pictures into words. BadUsage for an address that can't be used."""
        ...

    async def refresh_models(self, choice: Choice, lanes: ThreadLanes) -> bool:
        """Read the server's list of engine models, once a day after something was sent there; True when it was."""
        ...


class ModelLists(Protocol):
    """The engine models that servers have."""

    def table(self, host: str, profile: str = ...) -> ModelTable:
        """The engine models as that server has them, by what is known."""
        ...


class Prices(Protocol):
    """What a request will cost."""

    @property
    def budget(self) -> Budget:
        """What edits cost, and what may be spent in a month."""
        ...

    def estimate(self, info: EngineInfo, request: EditRequest, size: Size) -> tuple[int | None, float | None, bool]:
        """Output tokens, US dollars, and whether both are exact; None where unknown."""
        ...

    def translation(self, choice: Choice, info: EngineInfo, request: EditRequest) -> float | None:
        """US dollars at most of the translation that such a request begins with; 0 where none is made."""
        ...


class House(Protocol):
    """The wired program."""

    @property
    def places(self) -> Places: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def library(self) -> WindowLibrary: ...

    @property
    def codec(self) -> Codec: ...

    def open_bytes(self, data: bytes, name: str) -> Picture:
        """Decode a photo. BadInput."""
        ...

    @property
    def servers(self) -> Servers: ...

    @property
    def models(self) -> ModelLists: ...

    @property
    def prices(self) -> Prices: ...
