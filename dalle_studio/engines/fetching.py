"""Fetching an answer that is an address: without the key, from nowhere private, and not more than a picture holds."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dalle_studio.core.address import is_loopback_name
from dalle_studio.core.errors import EngineUnavailable
from dalle_studio.engines import failures
from dalle_studio.engines.connection import CONNECT_SECONDS, LARGEST_BODY, Connection

if TYPE_CHECKING:
    import httpx2


async def fetch(url: str, connection: Connection, request_id: str | None, seconds: float) -> bytes:
    """The bytes behind the `url` of an answer. The picture is paid for: every failure is `maybe_billed`.

    Allowed are the connection's own host, and https to public addresses. Servers that listen on all interfaces name
    themselves 0.0.0.0; that means their own host. No redirect is followed.
    """
    import httpx2

    def failed() -> EngineUnavailable:
        return EngineUnavailable(
            "errors_engines.not_fetched", request_id=request_id, maybe_billed=True, host=connection.host
        )

    target = await _checked(url, connection)
    if target is None:
        raise failed()
    try:
        async with (
            httpx2.AsyncClient(
                follow_redirects=False,
                trust_env=not connection.is_loopback,
                timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
            ) as client,
            client.stream("GET", target, headers={"Accept-Encoding": "identity"}) as response,
        ):
            data = await _read(response) if response.status_code == httpx2.codes.OK else None
    except failures.wire_errors():
        raise failed() from None
    if not data:
        raise failed()
    return data


async def _read(response: httpx2.Response) -> bytes | None:
    data = bytearray()
    async for chunk in response.aiter_raw():
        data += chunk
        if len(data) > LARGEST_BODY:
            return None
    return bytes(data)


async def _checked(url: str, connection: Connection) -> str | None:
    """The address to fetch, or None when it must not be."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not name or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return None
    own = urlsplit(connection.base_url)
    if name in {"0.0.0.0", "::"}:  # noqa: S104 - read, not listened on
        parts = parts._replace(netloc=own.netloc if port in {None, own.port} else f"{own.hostname}:{port}")
        name = own.hostname or ""
    if connection.is_loopback and is_loopback_name(name):
        return parts.geturl()
    if parts.scheme != "https":
        return None
    if name == own.hostname or await _is_public(name):
        return parts.geturl()
    return None


async def _is_public(name: str) -> bool:
    """Whether every address of a host lies in the open internet."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name, 443, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(entry[4][0]).is_global for entry in found)
