"""Streams: their events under any cutting, and nothing of them left over when they are left early."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
from collections.abc import AsyncGenerator, Iterator
from types import AsyncGeneratorType
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.errors import StudioError
from dalle_studio.engines.events import Body, read_events
from tests.engines.asking import make_ask, make_engine
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer


class Chunks(httpx2.AsyncByteStream):
    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        for chunk in self._chunks:
            yield chunk


def events_in(*chunks: bytes) -> list[object]:
    async def read() -> list[object]:
        return [event async for event in read_events(Body(httpx2.Response(200, stream=Chunks(list(chunks)))))]

    return asyncio.run(read())


values = st.dictionaries(st.text(max_size=5), st.text(max_size=8) | st.integers(), max_size=3)


@given(told=st.lists(values, max_size=4), end=st.sampled_from(["\n", "\r\n", "\r"]), data=st.data())
def test_events_are_the_same_however_the_bytes_are_cut(
    told: list[dict[str, Any]], end: str, data: st.DataObject
) -> None:
    text = "".join(
        f": a remark{end}event: picture{end}data: {json.dumps(one, ensure_ascii=False)}{end}id:7{end}{end}"
        for one in told
    )
    sent = text.encode()
    cuts = sorted(data.draw(st.sets(st.integers(0, len(sent)), max_size=6)))
    pieces = [sent[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(sent)], strict=True)]
    assert events_in(*pieces) == told


def test_events_as_the_standard_reads_them() -> None:
    assert events_in(b'\xef\xbb\xbfdata:{"a":\ndata: 1}\n\n') == [{"a": 1}], "several lines of data, a byte order mark"
    assert events_in(b"event: ping\n\n: keep alive\n\nretry: 5\n\n") == [], "events without data"
    assert events_in(b'data: {"a": \n') == [], "an event that is cut off"
    assert events_in(b'data: {"a": 1}') == [{"a": 1}], "a whole one without the empty line that ends it"
    assert events_in(b'data: {}\n\ndata: [DONE]\n\ndata: {"late": 1}\n\n') == [{}], "what follows the end"


def test_data_that_is_no_json_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        events_in(b"data: {\n\n")


@pytest.fixture
def collecting_nothing() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("collecting_nothing")
@pytest.mark.parametrize("fault", ["ok", "cut_after_picture", "stream_error", "stream_garbage", "stream_reset", "html"])
def test_a_stream_that_is_left_leaves_no_generator_for_the_garbage_collection(
    server: FakeImagesServer, fault: str
) -> None:
    """A collection on another thread would finalize it while the loop closes it: "already executing"."""
    server.script += script(fault)

    async def left_over() -> list[str]:
        with contextlib.suppress(StudioError):
            async for _ in make_engine(server, partial_images=2).run(make_ask()):
                pass
        while closing := asyncio.all_tasks() - {asyncio.current_task()}:  # the loop closes what was merely dropped
            await asyncio.wait(closing)
        return [repr(one) for one in gc.get_objects() if type(one) is AsyncGeneratorType and one.ag_frame is not None]

    assert asyncio.run(left_over()) == []
