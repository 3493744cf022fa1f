"""The events of a stream, read from an open response; every generator on the way is closed where the reading ends.

The client's own `AsyncStream` refers to its generators and they to it, so one that is left before its end is garbage
that only a collection finds, on whichever thread that runs, while the worker's loop may be closing the same generators.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import httpx2

END: Final = "[DONE]"
"""The data of the event by which some servers say that nothing follows."""

_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_MARK: Final = b"\xef\xbb\xbf"


async def read_events(response: httpx2.Response) -> AsyncGenerator[object]:
    """The JSON of each event in turn. Close it (`aclosing`) when leaving early.

    Raises what the transport raises, and ValueError or RecursionError for data that is no JSON.
    """
    lines = _Lines()
    decoder = _Decoder()
    async with aclosing(response.aiter_bytes()) as chunks:
        async for chunk in chunks:
            for line in lines.feed(chunk):
                data = decoder.feed(line)
                if data is None:
                    continue
                if data.startswith(END):
                    return
                yield json.loads(data)


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
