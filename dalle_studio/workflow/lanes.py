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
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Lane:
    """A queue of work served by `width` daemon threads, started when first used."""

    def __init__(self, name: str, width: int = 1) -> None:
        self._name = name
        self._width = width
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._closed = False

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in this lane and await its result; exceptions come back as they are."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        context = contextvars.copy_context()

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
            try:
                result = context.run(work, *args, **kwargs)
            except BaseException as caught:  # noqa: BLE001 - handed to whoever awaits, nothing is swallowed
                error = caught
            try:
                loop.call_soon_threadsafe(settle, result, error)
            except RuntimeError:
                return  # the loop is gone: nobody waits any more

        self._put(job)
        return await future

    def close(self) -> None:
        """Let idle threads end. Work under way is not waited for."""
        with self._lock:
            self._closed = True
            for _ in self._threads:
                self._work.put(None)

    def _put(self, job: Callable[[], None]) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError(f"the lane {self._name} is closed")
            if len(self._threads) < self._width:
                thread = threading.Thread(target=self._serve, name=f"{self._name}-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._work.put(job)

    def _serve(self) -> None:
        while (job := self._work.get()) is not None:
            job()
            del job  # a finished job must not keep its pictures alive until the next one comes


class ThreadLanes:
    """`core.ports.Lanes` on daemon threads: two for pixels, one each for the library, the keyring and the open mask."""

    def __init__(self, cpu_width: int = 2) -> None:
        self._cpu = Lane("pixels", cpu_width)
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
