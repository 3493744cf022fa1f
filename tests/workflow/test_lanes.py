"""Lanes: results and errors come back, a cancel is immediate, and abandoned work does not block what follows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from dalle_studio.workflow.lanes import ThreadLanes


@pytest.fixture
def lanes() -> Iterator[ThreadLanes]:
    made = ThreadLanes(cpu_width=2)
    yield made
    made.close()


def test_results_and_errors_come_back_from_another_thread(lanes: ThreadLanes) -> None:
    async def go() -> None:
        assert await lanes.cpu(threading.get_ident) != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await lanes.cpu(lambda: 1 // 0)

    asyncio.run(go())


def test_the_disk_lane_keeps_its_order_on_one_thread(lanes: ThreadLanes) -> None:
    order: list[int] = []

    async def go() -> list[int]:
        def note(number: int) -> int:
            order.append(number)
            return threading.get_ident()

        return await asyncio.gather(*(lanes.disk(note, number) for number in range(50)))

    assert len(set(asyncio.run(go()))) == 1
    assert order == list(range(50))


def test_abandoned_calls_do_not_stop_the_lane(lanes: ThreadLanes) -> None:
    release = threading.Event()
    started = threading.Semaphore(0)

    def endless() -> None:
        started.release()
        release.wait(30)

    async def go() -> str:
        tasks = [asyncio.ensure_future(lanes.cpu(endless)) for _ in range(2)]
        for _ in tasks:
            await asyncio.to_thread(started.acquire)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(10):
            return await lanes.cpu(lambda: "done")

    try:
        assert asyncio.run(go()) == "done"
    finally:
        release.set()


def test_work_that_was_cancelled_before_it_began_is_not_done(lanes: ThreadLanes) -> None:
    done: list[str] = []
    release = threading.Event()

    async def go() -> None:
        first = asyncio.ensure_future(lanes.disk(release.wait, 30))
        second = asyncio.ensure_future(lanes.disk(done.append, "second"))
        await asyncio.sleep(0)
        second.cancel()
        release.set()
        await first
        await lanes.disk(done.append, "third")

    asyncio.run(go())
    assert done == ["third"]
