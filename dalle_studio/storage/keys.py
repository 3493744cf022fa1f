"""Keys, each bound to the host it was given for: environment first, then what was typed in this session, then keyring.

The environment's key belongs to the host of OPENAI_BASE_URL, or to api.openai.com when that is unset; a key that is
stored for one host is never given out for another. Keys are never written to a file: where the system has no keyring
that encrypts, they live as long as the program. Everything here blocks; no lock is held across a keyring call.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dalle_studio.core.address import OPENAI_HOST, Host, host_of
from dalle_studio.core.errors import BadUsage, KeyProblem
from dalle_studio.storage import keyrings
from dalle_studio.storage.keyrings import (
    KeyringFailedError,
    KeyringLockedError,
    KeyringSilentError,
    SystemKeyring,
)
from dalle_studio.storage.secret import Secret, redact

__all__ = ["KeyState", "KeyStore", "Secret", "Where", "checked_key", "redact"]

_SECONDS = 10.0
_LONGEST = 512
_SHORTEST_OPENAI = 20
_VISIBLE = re.compile(r"[\x21-\x7e]+")


class Where(StrEnum):
    """Where a host's key is."""

    ENVIRONMENT = "environment"
    SESSION = "session"
    KEYRING = "keyring"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class KeyState:
    """What may be shown about a key."""

    host: str
    where: Where

    @property
    def has_key(self) -> bool:
        return self.where is not Where.NONE


def checked_key(text: str, host: Host) -> str:
    """A key as it can be sent: without space around it, visible ASCII, of a likely length. KeyProblem otherwise.

    A newline inside would make the HTTP client show the whole key in its exception.
    """
    key = text.strip()
    if not key:
        raise KeyProblem("errors_storage.key_blank", host=host.shown)
    if _VISIBLE.fullmatch(key) is None:
        raise KeyProblem("errors_storage.key_characters", host=host.shown)
    shortest = _SHORTEST_OPENAI if host.is_openai else 1
    if not shortest <= len(key) <= _LONGEST:
        raise KeyProblem("errors_storage.key_length", host=host.shown, shortest=shortest, longest=_LONGEST)
    return key


class KeyStore:
    """All keys this process can know. `backends` are class paths of keyrings; None = those of this system."""

    def __init__(
        self, environment: Mapping[str, str], *, seconds: float = _SECONDS, backends: Sequence[str] | None = None
    ) -> None:
        self._environment = environment
        classes = keyrings.accepted(environment) if backends is None else backends
        self._keyring = SystemKeyring(classes, seconds)
        self._session: dict[str, Secret] = {}
        self._known: dict[str, Secret] = {}
        self._lock = threading.Lock()

    def lookup(self, base_url: str) -> Secret | None:
        """The key for that server. BadUsage for an address that can't be used, KeyProblem for a malformed key and
        for a keyring that is locked or silent; a server on this computer is served without then.
        """
        return self._find(host_of(base_url))[0]

    def status(self, base_url: str) -> KeyState:
        """Where the key is. Raises as `lookup`."""
        host = host_of(base_url)
        return KeyState(host.shown, self._find(host)[1])

    def store(self, base_url: str, key: str) -> KeyState:
        """Keep the key for that server: in the keyring and read back, else for this session only, as the state says.

        Raises BadUsage for an address that can't be used, KeyProblem for a malformed key.
        """
        host = host_of(base_url)
        secret = self._remember(checked_key(key, host))
        try:
            kept = self._keyring.set(host.account, secret.reveal())
        except (KeyringSilentError, KeyringLockedError, KeyringFailedError):
            kept = False
        with self._lock:
            if kept:
                self._session.pop(host.account, None)
            else:
                self._session[host.account] = secret
        return KeyState(host.shown, Where.KEYRING if kept else Where.SESSION)

    def delete(self, base_url: str) -> KeyState:
        """Forget the key for that server; what is left may be the environment's. KeyProblem when the keyring fails."""
        host = host_of(base_url)
        with self._lock:
            self._session.pop(host.account, None)
        try:
            self._keyring.delete(host.account)
        except (KeyringSilentError, KeyringLockedError, KeyringFailedError) as error:
            raise _problem(error, host) from None
        return self.status(base_url)

    def backend_name(self) -> str | None:
        """The keyring's name; None where keys are for this session only."""
        try:
            return self._keyring.name()
        except (KeyringSilentError, KeyringFailedError):
            return None

    def known(self) -> tuple[Secret, ...]:
        """Every key this process has seen, for redaction."""
        with self._lock:
            return tuple(self._known.values())

    def _find(self, host: Host) -> tuple[Secret | None, Where]:
        given = self._environment.get("OPENAI_API_KEY", "").strip()
        if given:
            self._remember(given)
            if self._environment_host() == (host.name, host.port):
                return self._remember(checked_key(given, host)), Where.ENVIRONMENT
        with self._lock:
            typed = self._session.get(host.account)
        if typed is not None:
            return typed, Where.SESSION
        try:
            kept = self._keyring.get(host.account)
        except (KeyringSilentError, KeyringLockedError, KeyringFailedError) as error:
            if host.is_loopback:
                return None, Where.NONE
            raise _problem(error, host) from None
        return (None, Where.NONE) if not kept else (self._remember(checked_key(kept, host)), Where.KEYRING)

    def _environment_host(self) -> tuple[str, int] | None:
        """Whom the environment's key is for; nobody when OPENAI_BASE_URL can't be used."""
        address = self._environment.get("OPENAI_BASE_URL", "").strip() or f"https://{OPENAI_HOST}/v1"
        try:
            host = host_of(address)
        except BadUsage:
            return None
        return (host.name, host.port)

    def _remember(self, key: str) -> Secret:
        with self._lock:
            return self._known.setdefault(key, Secret(key))


def _problem(error: Exception, host: Host) -> KeyProblem:
    if isinstance(error, KeyringSilentError):
        return KeyProblem("errors_storage.keyring_silent", host=host.shown)
    if isinstance(error, KeyringLockedError):
        return KeyProblem("errors_storage.keyring_locked", host=host.shown)
    return KeyProblem("errors_storage.keyring_failed", host=host.shown, reason=str(error))
