"""What the window needs of the composition root besides the editor: settings and keys. `assembly.House` fulfils it.

Methods marked *blocking* run in a lane of the editor's worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dalle_studio.storage.keys import KeyState
    from dalle_studio.storage.places import Places
    from dalle_studio.storage.settings import Settings


class Keys(Protocol):
    """The key store. All *blocking*; KeyProblem for a malformed key or a keyring that is locked."""

    def store(self, base_url: str, key: str) -> KeyState: ...

    def delete(self, base_url: str) -> KeyState: ...

    def status(self, base_url: str) -> KeyState: ...

    def backend_name(self) -> str | None: ...


class Trash(Protocol):
    """The library's way to put things away and back. All *blocking*; StorageProblem."""

    def delete(self, edit_id: str) -> None: ...

    def restore(self, edit_id: str) -> None: ...


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

    def base_url(self, given: str | None) -> str:
        """A server's address; None = OpenAI's, or what the environment says instead."""
        ...

    def redact(self, text: str) -> str:
        """Without any key."""
        ...
