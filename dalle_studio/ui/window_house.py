"""What the window needs of the composition root besides the editor: settings and keys. `assembly.House` fulfils it.

Methods marked *blocking* run in a lane of the editor's worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from dalle_studio.core.listed import Listed
    from dalle_studio.core.ports import EngineInfo
    from dalle_studio.core.records import Original
    from dalle_studio.storage.keys import KeyState
    from dalle_studio.storage.places import Places
    from dalle_studio.storage.settings import Settings
    from dalle_studio.storage.trash import Emptied
    from dalle_studio.workflow.lanes import ThreadLanes
    from dalle_studio.workflow.trial import Trial

Choice: TypeAlias = Any
"""`assembly.EngineChoice`; this floor lies below it."""


class Keys(Protocol):
    """The key store. All *blocking*; KeyProblem for a malformed key or a keyring that is locked."""

    def store(self, base_url: str, key: str) -> KeyState: ...

    def delete(self, base_url: str) -> KeyState: ...

    def status(self, base_url: str) -> KeyState: ...

    def backend_name(self) -> str | None: ...


class Listing(Protocol):
    """What is listed of the library. *Blocking*; StorageProblem."""

    def trashed(self) -> list[Listed]: ...


class Trash(Protocol):
    """The library's way to put things away and back. All *blocking*; StorageProblem."""

    def delete(self, *version_ids: str) -> tuple[str, ...]: ...

    def restore(self, *version_ids: str) -> tuple[str, ...]: ...

    @property
    def listing(self) -> Listing: ...

    def trashed_originals(self) -> list[Original]: ...

    def empty_trash(self, open_photo: str | None = None) -> Emptied: ...


class Servers(Protocol):
    """Where requests go."""

    def base_url(self, given: str | None) -> str:
        """A server's address; None = OpenAI's, or what the environment says instead."""
        ...

    def choice_of(self, url: str | None, profile: str | None) -> Choice:
        """An edit on the server at that address; None = OpenAI's own."""
        ...


class Prices(Protocol):
    """What a request will cost."""

    def trial(self, choice: Choice) -> tuple[EngineInfo, float | None]:
        """*Blocking.* What that server can do, and what trying it costs in dollars; None where unknown."""
        ...


class WindowHouse(Protocol):
    """Settings, keys, and words without keys."""

    settings: Settings
    """As they were loaded; whoever changes the file puts the new ones here, on the GUI thread."""

    @property
    def places(self) -> Places: ...

    @property
    def keys(self) -> Keys: ...

    @property
    def library(self) -> Trash: ...

    @property
    def servers(self) -> Servers: ...

    @property
    def prices(self) -> Prices: ...

    async def try_server(self, choice: Choice, lanes: ThreadLanes) -> Trial:
        """Edit a tiny picture there, and measure what became of the mask. StudioError as an edit."""
        ...

    def redact(self, text: str) -> str:
        """Without any key."""
        ...
