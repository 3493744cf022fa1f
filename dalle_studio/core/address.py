"""A server's address: what a key is bound to, and where a crop goes. One rule for engines and keyring; no socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from dalle_studio.core.errors import BadUsage

OPENAI_HOST = "api.openai.com"
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Host:
    """Name or address and port. Two base URLs share a key when this is the same."""

    name: str
    port: int
    shown: str
    """As the user would write it: without a port where it is the usual one."""
    base_url: str = field(compare=False)
    """The address without a trailing slash; `/v1` where it had no path, since every known server lives there."""

    @property
    def account(self) -> str:
        """The name under which the keyring holds its key."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{name}:{self.port}"

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI's own service."""
        return (self.name, self.port) == (OPENAI_HOST, 443)

    @property
    def is_loopback(self) -> bool:
        """Whether it is this computer."""
        return is_loopback_name(self.name)


def host_of(base_url: str) -> Host:
    """The host of a base URL: https, or http to this computer; no user, query or fragment. Raises BadUsage."""
    text = base_url.strip()
    try:
        parts = urlsplit(text)
        name, port = parts.hostname, parts.port
    except ValueError:
        raise BadUsage("errors.address_malformed") from None
    # Python drops control characters from addresses silently; what was typed must be what is used.
    if not text.isprintable() or " " in text or parts.scheme not in _PORTS or not name or not _is_name(name):
        raise BadUsage("errors.address_malformed")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise BadUsage("errors.address_extras")  # it may hold a password, so it is not shown
    if parts.scheme == "http" and not is_loopback_name(name):
        raise BadUsage("errors.address_plain", host=name)
    usual = _PORTS[parts.scheme]
    bracketed = f"[{name}]" if ":" in name else name
    shown = bracketed if port in {None, usual} else f"{bracketed}:{port}"
    return Host(name, port or usual, shown, f"{parts.scheme}://{shown}{parts.path.rstrip('/') or '/v1'}")


def _is_name(name: str) -> bool:
    if ":" in name:
        import ipaddress

        try:
            ipaddress.IPv6Address(name)
        except ValueError:
            return False
        return True
    return all(sign.isalnum() or sign in "-._" for sign in name)


def is_loopback_name(name: str) -> bool:
    """Whether a host name or address means this computer."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    import ipaddress  # 5 ms that a start without servers need not wait for

    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
