"""Where a server is, with which key, and the client that talks to it: nothing follows a redirect or the environment.

A key goes to the host it was given for and nowhere else. Plain http is for this computer only. Of the `OPENAI_*`
variables none has an effect here: the composition root reads the two that count and passes their values in.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Final, Protocol, cast

from dalle_studio.core.address import OPENAI_HOST, host_of
from dalle_studio.core.errors import EngineUnavailable, KeyProblem
from dalle_studio.engines.profiles import DEFAULT_PROFILE, Auth, Profile
from dalle_studio.engines.server_text import plain, request_id_of

if TYPE_CHECKING:
    import httpx2
    import openai

OPENAI_URL: Final = "https://api.openai.com/v1"

LARGEST_BODY: Final = 64 * 2**20
"""Bytes of an answer that are read."""

CONNECT_SECONDS: Final = 10.0

_PLACEHOLDER: Final = "EMPTY"
"""What servers without keys expect to see; the client refuses to send none."""

_KEY: Final = re.compile(r"[\x21-\x7e]{1,512}")
_SHORTEST_OPENAI_KEY: Final = 20


class Secret(Protocol):
    """A key that shows itself only when asked."""

    def reveal(self) -> str: ...


class Connection:
    """A server, its profile and the key for it. Opens no socket by itself; immutable, safe on any thread.

    Raises BadUsage for an address that can't be used: no scheme, plain http to another computer, userinfo, query.
    """

    def __init__(
        self, base_url: str = OPENAI_URL, key: Secret | None = None, profile: Profile = DEFAULT_PROFILE
    ) -> None:
        host = host_of(base_url)
        self.base_url, self.host, self.is_loopback = host.base_url, host.shown, host.is_loopback
        self.profile = profile
        self._key = key

    def __repr__(self) -> str:
        return f"Connection({self.base_url!r}, profile={self.profile.name!r}, key={'set' if self._key else 'none'})"

    @property
    def needs_key(self) -> bool:
        """Whether nothing can be asked of this server without a key."""
        return not self.is_loopback and (self.profile.auth is Auth.REQUIRED or self.host == OPENAI_HOST)

    def key(self) -> str | None:
        """The key as it is sent, checked; None where none is sent. KeyProblem when it is missing or malformed."""
        text = self._key.reveal().strip() if self._key is not None else ""
        if not text:
            if self.needs_key:
                raise KeyProblem("errors_engines.no_key", unsent=True, host=self.host)
            return None
        if self.profile.auth is Auth.NONE:
            return None
        shortest = _SHORTEST_OPENAI_KEY if self.host == OPENAI_HOST else 1
        if _KEY.fullmatch(text) is None or len(text) < shortest:
            raise KeyProblem("errors_engines.key_malformed", unsent=True, host=self.host)
        return text

    def client(self, *, largest_body: int = LARGEST_BODY) -> openai.AsyncOpenAI:
        """A client for one job; close it. KeyProblem without a needed key, EngineUnavailable for a broken set-up."""
        key = self.key()
        import openai

        try:
            http = openai.DefaultAsyncHttpx2Client(
                follow_redirects=False,  # 307 and 308 would post the photo again, to another host
                trust_env=not self.is_loopback,  # a proxy for the world is none for this computer
                headers={"Accept-Encoding": "identity"},  # so that bytes on the wire are bytes in memory
                event_hooks={"response": [_Guard(largest_body, key)]},
            )
        except ImportError:  # what it says is for programmers
            raise EngineUnavailable("errors_engines.network_setup", detail="SOCKS") from None
        except (ValueError, OSError) as error:  # a bad proxy address, a missing CA file
            raise EngineUnavailable("errors_engines.network_setup", detail=plain(str(error), key)) from None
        client = openai.AsyncOpenAI(
            api_key=key or _PLACEHOLDER, base_url=self.base_url, http_client=http, max_retries=0
        )
        client.organization = client.project = client.admin_api_key = client.webhook_secret = None
        # OPENAI_CUSTOM_HEADERS lands here and may replace the Authorization; there is no public way to refuse it.
        client._custom_headers = {}  # noqa: SLF001 - see above
        return client


class _Guard:
    """Looks at every response before its body is read: no compression, no more than `largest` bytes."""

    def __init__(self, largest: int, key: str | None) -> None:
        self._largest = largest
        self._key = key

    async def __call__(self, response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            request_id = request_id_of(response.headers, self._key)
            raise EngineUnavailable("errors_engines.answer_unusable", request_id=request_id, maybe_billed=True)
        response.stream = _capped(response.stream, self._largest)


def _capped(stream: httpx2.SyncByteStream | httpx2.AsyncByteStream, largest: int) -> httpx2.AsyncByteStream:
    import httpx2

    class Capped(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            assert isinstance(stream, httpx2.AsyncByteStream)  # noqa: S101 - it comes from an async client
            left = largest
            async with aclosing(cast("AsyncGenerator[bytes]", aiter(stream))) as chunks:
                async for chunk in chunks:
                    left -= len(chunk)
                    if left < 0:
                        limit = largest // 2**20
                        raise EngineUnavailable("errors_engines.answer_too_big", maybe_billed=True, limit=limit)
                    yield chunk

        async def aclose(self) -> None:
            if isinstance(stream, httpx2.AsyncByteStream):
                await stream.aclose()

    return Capped()
