"""The events of a stream, read from an open body; every generator on the way is closed where the reading ends.

The client's own `AsyncStream` refers to its generators and they to it, so one that is left before its end is garbage
that only a collection finds, on whichever thread that runs, while the worker's loop may be closing the same generators.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx2

_END: Final = "[DONE]"
"""The data of the event by which some servers say that nothing follows."""

_BEGINNING: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:data|event|id|retry)?:")
_LONGEST_FIELD: Final = len(b"event:")
_TYPE: Final = "text/event-stream"

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_MARK: Final = b"\xef\xbb\xbf"


class Body:
    """The bytes of an open response. Its beginning can be looked at before it is read; close it (`aclosing`)."""

    def __init__(self, response: httpx2.Response) -> None:
        self._is_called_events = content_type(response) == _TYPE
        self._chunks: AsyncGenerator[bytes] = response.aiter_bytes()
        self._beginning = b""

    async def holds_events(self) -> bool:
        """Whether it is a stream of events, whatever its type says: some gateways call everything plain text, and
        others answer in one piece what they call a stream. Waits for the first bytes.
        """
        while _BEGINNING.match(self._beginning) is None:
            if len(self._beginning) >= _LONGEST_FIELD or not await self._read_on():
                return self._is_called_events and self._beginning[:1] not in {b"{", b"["}
        return True

    async def _read_on(self) -> bool:
        """More of the beginning; white space before it says nothing. False at the end."""
        try:
            self._beginning = (self._beginning + await anext(self._chunks)).lstrip()
        except StopAsyncIteration:
            return False
        return True

    async def whole(self) -> bytes:
        """All of it."""
        return b"".join([chunk async for chunk in self])

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        yield self._beginning
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        await self._chunks.aclose()


def content_type(response: httpx2.Response) -> str:
    """The media type without its parameters, in lower case."""
    kind: str = response.headers.get("content-type", "")
    return kind.partition(";")[0].strip().lower()


async def read_events(body: Body) -> AsyncGenerator[object]:
    """The JSON of each event in turn. Close it (`aclosing`) when leaving early.

    Raises what the transport raises, and ValueError or RecursionError for data that is no JSON.
    """
    lines = _Lines()
    decoder = _Decoder()
    async with aclosing(aiter(body)) as chunks:
        async for chunk in chunks:
            for line in lines.feed(chunk):
                data = decoder.feed(line)
                if data is None:
                    continue
                if data.startswith(_END):
                    return
                yield json.loads(data)
    # Some servers close without the empty line that ends an event. What is whole has arrived, and is paid for.
    last = decoder.feed(lines.rest) or decoder.feed(b"")
    if last is not None:
        with suppress(ValueError, RecursionError):
            yield json.loads(last)


class _Lines:
    """Cuts bytes, as they come, into lines ended by CR LF, LF or CR."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._ended_by_cr = False
        self._is_first = True

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that `chunk` ends. What is left of it waits: an event of megabytes comes in many chunks."""
        start = 0
        if self._ended_by_cr and chunk:
            start = int(chunk[:1] == b"\n")
            self._ended_by_cr = False
        for match in _LINE_END.finditer(chunk, start):
            yield self._line(chunk[start : match.start()])
            start = match.end()
            self._ended_by_cr = start == len(chunk) and match[0] == b"\r"
        self._rest += chunk[start:]

    @property
    def rest(self) -> bytes:
        """What no line end has ended."""
        return bytes(self._rest)

    def _line(self, end: bytes) -> bytes:
        line = bytes(self._rest) + end
        self._rest.clear()
        if self._is_first:
            self._is_first = False
            return line.removeprefix(_MARK)
        return line


class _Decoder:
    """Gathers the lines of an event. Source: the HTML standard, 9.2.6 "Interpreting an event stream".

    The event's name, its id and `retry` are not kept: the data of the Images API says itself what it is, and a stream
    is never taken up again, since that would be billed again.
    """

    def __init__(self) -> None:
        self._data: list[str] = []

    def feed(self, line: bytes) -> str | None:
        """The whole data of an event that `line` ends, else None. An event without data is none."""
        if line:
            field, _, value = line.partition(b":")
            if field == b"data":
                self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
            return None
        data, self._data = "\n".join(self._data), []
        return data or None
