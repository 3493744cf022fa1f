"""Where blocking work runs: a small pool for pixels and one thread for the disk, all daemon threads.

`concurrent.futures.ThreadPoolExecutor` joins its threads when the interpreter exits, so an uninterruptible C call
would hold up quitting; these threads never do. Await `cpu`/`disk` on an asyncio loop; cancelling the await returns
at once, and the work itself then ends unseen.
"""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable, Coroutine
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Lane:
    """A queue of work served by `width` daemon threads, started when first used.

    Work that nobody awaits any more but that can't be interrupted keeps its thread; another takes its place, so that
    two abandoned C calls do not stop the lane.
    """

    def __init__(self, name: str, width: int = 1, *, replaces: bool = False) -> None:
        self._name = name
        self._width = width
        self._replaces = replaces
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._serving = 0  # threads that take work
        self._started = 0
        self._closed = False

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in this lane and await its result; exceptions come back as they are."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        context = contextvars.copy_context()
        seat = _Seat()

        def settle(result: T | None, error: BaseException | None) -> None:
            if future.cancelled():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]  # result is T whenever error is None

        def job() -> None:
            if future.cancelled():
                return
            result: T | None = None
            error: BaseException | None = None
            seat.take()
            try:
                result = context.run(work, *args, **kwargs)
            except BaseException as caught:  # noqa: BLE001 - handed to whoever awaits, nothing is swallowed
                error = caught
            if seat.leave():
                raise _ReplacedError
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:
                return  # the loop is gone: nobody waits any more

        self._put(job)
        try:
            return await future
        except asyncio.CancelledError:
            if self._replaces and seat.abandon():
                self._start_another()
            raise

    def close(self) -> None:
        """Let idle threads end. Work under way is not waited for."""
        with self._lock:
            self._closed = True
            for _ in range(self._serving):
                self._work.put(None)

    def _put(self, job: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the lane {self._name} is closed")
            if self._serving < self._width:
                self._start()
        self._work.put(job)

    def _start_another(self) -> None:
        with self._lock:
            self._serving -= 1
            if not self._closed:
                self._start()

    def _start(self) -> None:
        """Holding the lock."""
        threading.Thread(target=self._serve, name=f"{self._name}-{self._started}", daemon=True).start()
        self._started += 1
        self._serving += 1

    def _serve(self) -> None:
        while (job := self._work.get()) is not None:
            try:
                job()
            except _ReplacedError:
                return
            del job  # a finished job must not keep its pictures alive until the next one comes


class _ReplacedError(Exception):
    """The work was abandoned and its thread has been replaced: it ends."""


class _Seat:
    """Whether a piece of work is being done, and whether somebody still wants it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken = self._abandoned = False

    def take(self) -> None:
        with self._lock:
            self._taken = True

    def leave(self) -> bool:
        """The work is done; True when it was abandoned meanwhile."""
        with self._lock:
            self._taken = False
            return self._abandoned

    def abandon(self) -> bool:
        """Nobody waits any more; True when the work is under way."""
        with self._lock:
            self._abandoned = self._taken
            return self._taken


class ThreadLanes:
    """`core.ports.Lanes` on daemon threads: two for pixels, one each for the library, the keyring and the open mask."""

    def __init__(self, cpu_width: int = 2) -> None:
        self._cpu = Lane("pixels", cpu_width, replaces=True)
        self._disk = Lane("library")
        self._keys = Lane("keyring")
        self._mask = Lane("mask")

    async def cpu(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._cpu.run(work, *args, **kwargs)

    async def disk(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._disk.run(work, *args, **kwargs)

    async def keyring(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._keys.run(work, *args, **kwargs)

    async def mask(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For what someone at the canvas waits for, and what must not wait behind an edit."""
        return await self._mask.run(work, *args, **kwargs)

    def close(self) -> None:
        for lane in (self._cpu, self._disk, self._keys, self._mask):
            lane.close()


async def to_the_end(work: Coroutine[object, object, T]) -> T:
    """Who is cancelled still writes what it had begun to write."""
    return await asyncio.shield(asyncio.ensure_future(work))
