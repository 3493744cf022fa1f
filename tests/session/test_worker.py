from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from dalle_studio.core.errors import BadInput, Cancelled, StudioError
from dalle_studio.session.worker import Job, Post, Tell, UnexpectedProblem, Worker

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


class Ends:
    """Collects what jobs tell, and on which thread."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.errors: list[StudioError] = []
        self.news: list[object] = []
        self.threads: set[int] = set()

    def on_done(self, result: object) -> None:
        self.threads.add(threading.get_ident())
        self.done.append(result)

    def on_error(self, error: StudioError) -> None:
        self.threads.add(threading.get_ident())
        self.errors.append(error)

    def on_progress(self, news: object) -> None:
        self.threads.add(threading.get_ident())
        self.news.append(news)

    @property
    def count(self) -> int:
        return len(self.done) + len(self.errors)


@pytest.fixture
def worker(qtbot: QtBot) -> Iterator[Worker]:
    worker = Worker(Post())
    yield worker
    worker.shutdown()


@pytest.fixture
def ends() -> Ends:
    return Ends()


def submit(worker: Worker, ends: Ends, factory: Callable[[Tell], Coroutine[Any, Any, object]]) -> Job[object]:
    return worker.submit("test", factory, on_done=ends.on_done, on_error=ends.on_error, on_progress=ends.on_progress)


def test_a_result_and_its_news_arrive_on_the_thread_that_asked(worker: Worker, ends: Ends, qtbot: QtBot) -> None:
    ran_on: list[int] = []

    async def job(tell: Tell) -> str:
        ran_on.append(threading.get_ident())
        tell(1)
        tell(2)
        return "done"

    submit(worker, ends, job)
    qtbot.waitUntil(lambda: worker.is_idle)
    assert (ends.news, ends.done, ends.errors) == ([1, 2], ["done"], [])
    assert ends.threads == {threading.get_ident()}
    assert ran_on != [threading.get_ident()]


def test_an_expected_failure_arrives_as_it_is(worker: Worker, ends: Ends, qtbot: QtBot) -> None:
    async def job(tell: Tell) -> None:
        raise BadInput("errors.cancelled")

    submit(worker, ends, job)
    qtbot.waitUntil(lambda: worker.is_idle)
    assert [type(error) for error in ends.errors] == [BadInput]


def test_a_bug_is_logged_and_ends_the_job(
    worker: Worker, ends: Ends, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    async def job(tell: Tell) -> None:
        raise ZeroDivisionError("a bug")

    submit(worker, ends, job)
    qtbot.waitUntil(lambda: worker.is_idle)
    (error,) = ends.errors
    assert isinstance(error, UnexpectedProblem)
    assert error.exit_status == 1
    assert "ZeroDivisionError: a bug" in error.diagnostics
    assert "ZeroDivisionError: a bug" in caplog.text


def test_cancelling_ends_a_waiting_job_at_once_and_closes_what_it_held(
    worker: Worker, ends: Ends, qtbot: QtBot
) -> None:
    started, closed = threading.Event(), threading.Event()

    async def job(tell: Tell) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            closed.set()

    handle = submit(worker, ends, job)
    assert started.wait(5)
    handle.cancel()
    handle.cancel()
    qtbot.waitUntil(lambda: worker.is_idle)
    assert [type(error) for error in ends.errors] == [Cancelled]
    assert closed.is_set()


def test_a_job_cancelled_before_it_began_ends_as_cancelled(worker: Worker, ends: Ends, qtbot: QtBot) -> None:
    async def job(tell: Tell) -> str:
        await asyncio.Event().wait()
        return "never"

    submit(worker, ends, job).cancel()
    qtbot.waitUntil(lambda: worker.is_idle)
    assert [type(error) for error in ends.errors] == [Cancelled]


def test_an_uninterruptible_call_is_left_alone_when_its_job_is_cancelled(
    worker: Worker, ends: Ends, qtbot: QtBot
) -> None:
    started, release = threading.Event(), threading.Event()

    def call() -> None:
        started.set()
        release.wait()

    async def job(tell: Tell) -> None:
        await worker.lanes.cpu(call)

    handle = submit(worker, ends, job)
    assert started.wait(5)
    handle.cancel()
    qtbot.waitUntil(lambda: worker.is_idle, timeout=1000)
    assert [type(error) for error in ends.errors] == [Cancelled]
    release.set()


def test_a_job_that_will_not_end_is_given_up(worker: Worker, ends: Ends, qtbot: QtBot) -> None:
    started, release, late = threading.Event(), threading.Event(), threading.Event()

    async def job(tell: Tell) -> str:
        started.set()
        while not release.is_set():
            try:
                await worker.lanes.disk(release.wait)
            except asyncio.CancelledError:
                continue
        late.set()
        return "too late"

    handle = submit(worker, ends, job)
    assert started.wait(5)
    handle.cancel()
    qtbot.waitUntil(lambda: worker.is_idle, timeout=1500)
    release.set()
    assert late.wait(5)
    again = Ends()

    async def next_job(tell: Tell) -> str:
        return "next"

    submit(worker, again, next_job)
    qtbot.waitUntil(lambda: worker.is_idle)
    assert ends.count == 1
    assert again.done == ["next"]


def test_what_comes_after_shutdown_is_dropped(worker: Worker, ends: Ends, qtbot: QtBot) -> None:
    started = threading.Event()

    async def job(tell: Tell) -> None:
        started.set()
        await asyncio.Event().wait()

    submit(worker, ends, job)
    assert started.wait(5)
    worker.shutdown()
    late: list[int] = []
    worker.post(lambda: late.append(1))
    submit(worker, ends, job)
    qtbot.wait(1)
    assert (ends.count, late) == (0, [])


def test_shutdown_leaves_an_uninterruptible_call_behind(worker: Worker, ends: Ends, qtbot: QtBot) -> None:
    started, release = threading.Event(), threading.Event()

    def call() -> None:
        started.set()
        release.wait()

    async def job(tell: Tell) -> None:
        await asyncio.shield(worker.lanes.disk(call))

    submit(worker, ends, job)
    assert started.wait(5)
    worker.shutdown()
    assert worker._thread is not None
    assert not worker._thread.is_alive()
    release.set()
