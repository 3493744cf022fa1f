"""The one worker thread: an asyncio loop that only awaits, jobs that can be cancelled, and the bridge back.

Blocking work runs in the worker's lanes (`workflow.lanes`), never on the loop, so a cancel goes through at once; an
uninterruptible C call is left alone and its result dropped. Everything a job tells arrives on the GUI thread through
one `Post`. `Worker` and `Job` are used from the GUI thread; only what is passed to `submit` runs elsewhere.

This module holds the one broad `except` of the program: a job that fails with anything but a `StudioError` is logged
with its traceback and ends as `UnexpectedProblem`, so that nothing stays busy for ever.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from dalle_studio.core.errors import Cancelled, StorageProblem, StudioError

if TYPE_CHECKING:
    import asyncio

    from dalle_studio.workflow.lanes import ThreadLanes

T = TypeVar("T")
Tell: TypeAlias = Callable[[Any], None]
"""What a job calls, on the worker, to tell the GUI thread something while it runs."""

CANCEL_SECONDS = 0.8
"""After this a cancelled job counts as ended, whatever its code still does."""

SHUTDOWN_SECONDS = 1.2
"""How long `shutdown` waits for jobs to tidy up; closing an editor takes less than three seconds in all."""

_SWITCH_SECONDS = 0.0005
"""How often Python lets another thread run: ten times as often as usual, or decoding would hold up painting."""

_log = logging.getLogger(__name__)


class UnexpectedProblem(StudioError):
    """A bug, met by a job and logged already. `diagnostics` is its traceback, for "copy diagnostics"."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("errors_session.bug", what=type(error).__name__)
        self.cause = error
        self.diagnostics = "".join(traceback.format_exception(error))


class Post(QObject):
    """Runs calls on the thread it was made on, in order. Any thread may post; after `close` calls are dropped."""

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._open = True
        self._posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def __call__(self, call: Callable[[], None]) -> None:
        with self._lock:
            if self._open:
                self._posted.emit(call)

    def close(self) -> None:
        with self._lock:
            self._open = False

    def _run(self, call: Callable[[], None]) -> None:
        if self._open:
            call()


class Job(Generic[T]):
    """One submitted coroutine, seen from the GUI thread. Exactly one of `on_done` and `on_error` is called, once."""

    def __init__(
        self,
        worker: Worker,
        name: str,
        on_done: Callable[[T], None],
        on_error: Callable[[StudioError], None],
        on_progress: Tell | None,
    ) -> None:
        self.name = name
        self._worker = worker
        self._on_done = on_done
        self._on_error = on_error
        self._on_progress = on_progress
        self._task: asyncio.Task[None] | None = None  # loop thread
        self._patience: QTimer | None = None
        self._cancelled = False
        self._over = False

    @property
    def is_over(self) -> bool:
        return self._over

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        """End the job as `Cancelled` within a second. Does nothing when it is over."""
        if self._over or self._cancelled:
            return
        self._cancelled = True
        self._worker.call(self._cancel_task)
        self._patience = QTimer(self._worker.post)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._give_up)
        self._patience.start(int(CANCEL_SECONDS * 1000))

    # --- loop thread -------------------------------------------------------------------------------------------

    async def run(self, factory: Callable[[Tell], Coroutine[Any, Any, T]]) -> None:
        post = self._worker.post
        try:
            result = await factory(self._tell)
        except StudioError as error:
            failure = error
            post(lambda: self._fail(failure))
        except MemoryError:
            _log.exception("there was not enough memory for the job %s", self.name)
            post(lambda: self._fail(StorageProblem("errors_session.out_of_memory")))
        except Exception as error:  # noqa: BLE001 - the one broad except of the program, see above
            _log.exception("the job %s failed", self.name)
            problem = UnexpectedProblem(error)
            post(lambda: self._fail(problem))
        else:
            post(lambda: self._finish(result))

    def start(self, loop: asyncio.AbstractEventLoop, factory: Callable[[Tell], Coroutine[Any, Any, T]]) -> None:
        self._task = loop.create_task(self.run(factory), name=self.name)
        self._task.add_done_callback(self._notice_cancelled)

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _notice_cancelled(self, task: asyncio.Task[None]) -> None:
        """A callback, since a task that is cancelled before its first step never runs any code of its own."""
        if task.cancelled():
            self._worker.post(lambda: self._fail(_cancelled()))

    def _tell(self, news: object) -> None:
        """May be called on any thread."""
        self._worker.post(lambda: self._progress(news))

    # --- GUI thread --------------------------------------------------------------------------------------------

    def _progress(self, news: object) -> None:
        if not self._over and not self._cancelled and self._on_progress is not None:
            self._on_progress(news)

    def _finish(self, result: T) -> None:
        if self._cancelled:
            self._fail(_cancelled())
        elif self._end():
            self._on_done(result)

    def _fail(self, error: StudioError) -> None:
        if self._end():
            self._on_error(error)

    def _give_up(self) -> None:
        self._fail(_cancelled())

    def _end(self) -> bool:
        if self._over:
            return False
        self._over = True
        if self._patience is not None:
            self._patience.stop()
            self._patience.deleteLater()
        self._worker.forget(self)
        return True


class Worker:
    """Runs jobs on its own thread. The thread and the lanes start with the first job."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self._jobs: list[Job[Any]] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[Callable[[], object]] = []
        self._lanes: ThreadLanes | None = None
        self._closed = False

    @property
    def lanes(self) -> ThreadLanes:
        """Where jobs run what blocks. Any thread."""
        with self._lock:
            if self._lanes is None:
                from dalle_studio.workflow.lanes import ThreadLanes

                self._lanes = ThreadLanes()
            return self._lanes

    @property
    def is_idle(self) -> bool:
        """True when every job has told its end."""
        return not self._jobs

    def submit(
        self,
        name: str,
        factory: Callable[[Tell], Coroutine[Any, Any, T]],
        *,
        on_done: Callable[[T], None],
        on_error: Callable[[StudioError], None],
        on_progress: Tell | None = None,
    ) -> Job[T]:
        """Run `factory(tell)` on the loop. The callbacks run on the GUI thread, `on_error` also after a cancel."""
        job = Job(self, name, on_done, on_error, on_progress)
        if self._closed:
            return job
        self._jobs.append(job)
        if self._thread is None:
            self._start()

        def begin() -> None:
            assert self._loop is not None  # noqa: S101 - runs on it
            job.start(self._loop, factory)

        self.call(begin)
        return job

    def call(self, call: Callable[[], object]) -> None:
        """Run a call on the loop soon. Nothing happens when the worker has ended."""
        with self._lock:
            if self._loop is None:
                self._waiting.append(call)
            elif not self._loop.is_closed():
                self._loop.call_soon_threadsafe(call)

    def forget(self, job: Job[Any]) -> None:
        self._jobs.remove(job)

    def shutdown(self) -> None:
        """Cancel everything and end the thread, in under three seconds; what can't be interrupted is left behind."""
        self._closed = True
        self.post.close()
        if self._thread is not None:
            self.call(self._stop)
            self._thread.join(SHUTDOWN_SECONDS + 0.3)
        if self._lanes is not None:
            self._lanes.close()
        self._jobs.clear()

    # --- the thread --------------------------------------------------------------------------------------------

    def _start(self) -> None:
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._thread = threading.Thread(target=self._serve, name="worker", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        import asyncio

        loop = asyncio.new_event_loop()
        with self._lock:
            self._loop = loop
            waiting, self._waiting = self._waiting, []
        for call in waiting:
            loop.call_soon(call)
        try:
            loop.run_forever()
            loop.run_until_complete(_end_tasks(loop))
        finally:
            with self._lock:
                loop.close()

    def _stop(self) -> None:
        assert self._loop is not None  # noqa: S101 - runs on it
        self._loop.stop()


async def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still runs, give it a moment to journal that, and close abandoned generators."""
    import asyncio

    tasks = asyncio.all_tasks(loop) - {asyncio.current_task(loop)}
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=SHUTDOWN_SECONDS - 0.2)
    try:
        await asyncio.wait_for(loop.shutdown_asyncgens(), 0.2)
    except TimeoutError:
        _log.warning("an engine's generator did not end in time")


def _cancelled() -> Cancelled:
    return Cancelled("errors.cancelled")
