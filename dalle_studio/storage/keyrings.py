"""The system's own keyring, chosen by class, asked with a time limit.

Only keyrings that the system encrypts are accepted. The keyring package's own choice is never asked for: it reads
`keyringrc.cfg`, which can import any module, and knows backends that forget or that write plain text. Each call runs
on a daemon thread, because a stopped keyring daemon never answers. Any thread.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

T = TypeVar("T")

SERVICE: Final = "dalle-studio"

_FREEDESKTOP: Final = "keyring.backends.SecretService.Keyring"
_KWALLET: Final = ("keyring.backends.kwallet.DBusKeyring", "keyring.backends.kwallet.DBusKeyringKWallet4")
_ACCEPTED: Final = {
    "darwin": ("keyring.backends.macOS.Keyring",),
    "win32": ("keyring.backends.Windows.WinVaultKeyring",),
}
NAMES: Final = {
    _FREEDESKTOP: "Secret Service",
    _KWALLET[0]: "KWallet",
    _KWALLET[1]: "KWallet 4",
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
}


class _Backend(Protocol):
    """What is used of a keyring backend."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class KeyringSilentError(Exception):
    """The keyring did not answer in time."""


class KeyringLockedError(Exception):
    """The keyring is there and locked."""


class KeyringFailedError(Exception):
    """The keyring refused. Only the kind of failure is kept: a text might hold what it was about."""


def accepted(environment: Mapping[str, str], platform: str = sys.platform) -> tuple[str, ...]:
    """Classes to try, best first; none where the user keeps keys in memory or chose a keyring we don't accept."""
    if environment.get("DALLE_STUDIO_KEYRING") == "session":
        return ()
    ours = _ACCEPTED.get(platform, (_FREEDESKTOP, *_KWALLET))
    if "KDE" in environment.get("XDG_CURRENT_DESKTOP", "").split(":") and platform not in _ACCEPTED:
        ours = (*_KWALLET, _FREEDESKTOP)
    wished = environment.get("PYTHON_KEYRING_BACKEND")
    if wished:
        return (wished,) if wished in ours else ()
    return ours


class SystemKeyring:
    """One of the backends, or none. Opened when first asked."""

    def __init__(self, backends: Sequence[str], seconds: float) -> None:
        self._classes = backends
        self._seconds = seconds
        self._lock = threading.Lock()
        self._stuck: threading.Thread | None = None
        self._found: tuple[str, _Backend] | None = None
        self._searched = not backends

    def name(self) -> str | None:
        """What the keyring is called; None where there is none. Raises KeyringSilentError."""
        found = self._backend()
        return None if found is None else NAMES.get(found[0], found[0])

    def get(self, account: str) -> str | None:
        """Raises KeyringSilentError, KeyringLockedError, KeyringFailedError."""
        found = self._backend()
        return None if found is None else self._within(lambda: found[1].get_password(SERVICE, account))

    def set(self, account: str, value: str) -> bool:
        """Write and read back. False where there is no keyring, or one that forgets. Raises as `get`."""
        found = self._backend()
        if found is None:
            return False

        def write() -> bool:
            found[1].set_password(SERVICE, account, value)
            return found[1].get_password(SERVICE, account) == value

        return self._within(write)

    def delete(self, account: str) -> None:
        """No failure when there is no such key. Raises as `get`."""
        found = self._backend()
        if found is not None and self.get(account) is not None:
            self._within(lambda: found[1].delete_password(SERVICE, account))

    def _backend(self) -> tuple[str, _Backend] | None:
        if not self._searched:
            self._found = self._within(self._search)
            self._searched = True
        return self._found

    def _search(self) -> tuple[str, _Backend] | None:
        for path in self._classes:
            module, _, name = path.rpartition(".")
            try:
                backend_class = getattr(importlib.import_module(module), name)
                if backend_class.viable:
                    return path, backend_class()
            except (ImportError, AttributeError, RuntimeError):
                continue
        return None

    def _within(self, work: Callable[[], T]) -> T:
        """Run the call with the time limit; one at a time, also after one that got stuck."""
        results: list[T] = []
        failures: list[Exception] = []

        def run() -> None:
            try:
                results.append(work())
            except Exception as error:  # noqa: BLE001 - backends raise whatever D-Bus and the system raise
                failures.append(error)

        with self._lock:
            if self._stuck is not None:
                self._stuck.join(self._seconds)
                if self._stuck.is_alive():
                    raise KeyringSilentError
            thread = threading.Thread(target=run, name="keyring", daemon=True)
            thread.start()
            thread.join(self._seconds)
            self._stuck = thread if thread.is_alive() else None
        if self._stuck is not None:
            raise KeyringSilentError
        if failures:
            kind = type(failures[0]).__name__
            if "Locked" in kind or "Dismissed" in kind:
                raise KeyringLockedError from None
            raise KeyringFailedError(kind) from None
        return results[0]
