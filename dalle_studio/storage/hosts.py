"""Which server a base URL means: the thing a key is bound to. Standard library only, no socket."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from dalle_studio.core.errors import BadUsage

OPENAI = "api.openai.com"
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Host:
    """Name or address and port. Two base URLs share a key when this is the same."""

    name: str
    port: int
    shown: str
    """As the user would write it: without a port where it is the usual one."""

    @property
    def account(self) -> str:
        """The name under which the keyring holds its key."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{name}:{self.port}"

    @property
    def is_openai(self) -> bool:
        return (self.name, self.port) == (OPENAI, 443)

    @property
    def is_loopback(self) -> bool:
        """Whether it is this computer."""
        return _is_loopback(self.name)


def host_of(base_url: str) -> Host:
    """The host of a base URL: https, or http to this computer; no user, query or fragment. Raises BadUsage."""
    text = base_url.strip()
    try:
        parts = urlsplit(text)
        name, port = parts.hostname, parts.port
    except ValueError:
        raise BadUsage("errors_storage.address_malformed") from None
    # Python drops control characters from addresses silently; what was typed must be what is used.
    if not text.isprintable() or " " in text or parts.scheme not in _PORTS or not name or not _is_name(name):
        raise BadUsage("errors_storage.address_malformed")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise BadUsage("errors_storage.address_extras")  # it may hold a password, so it is not shown
    if parts.scheme == "http" and not _is_loopback(name):
        raise BadUsage("errors_storage.address_plain", host=name)
    usual = _PORTS[parts.scheme]
    bracketed = f"[{name}]" if ":" in name else name
    return Host(name, port or usual, bracketed if port in {None, usual} else f"{bracketed}:{port}")


def _is_name(name: str) -> bool:
    if ":" in name:
        try:
            ipaddress.IPv6Address(name)
        except ValueError:
            return False
        return True
    return all(sign.isalnum() or sign in "-._" for sign in name)


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
