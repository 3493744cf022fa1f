"""From the first paint to the last signal: what a window owes the system it runs on. GUI thread.

Nothing is kept of a crash that could hold the key (no core files), SIGTERM and the end of the desktop session end the
program without a question, and an exception in a slot is shown instead of lost.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSocketNotifier, QTimer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_LATEST_MS = 1500


class _FirstPaint(QObject):
    """Tells once that a widget was painted."""

    def __init__(self, widget: QWidget, tell: Callable[[], None]) -> None:
        super().__init__(widget)
        self._tell: Callable[[], None] | None = tell
        widget.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._painted)
        self._timer.start(_LATEST_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self._timer.start(0)
        return False

    def _painted(self) -> None:
        tell, self._tell = self._tell, None
        if tell is not None:
            tell()


def once_painted(widget: QWidget, tell: Callable[[], None]) -> None:
    """Call `tell` after the widget's first paint, or soon anyway: a window that starts minimised is never painted."""
    _FirstPaint(widget, tell)


def keep_no_core_files() -> None:
    """A core file would hold the key and the photo."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextlib.contextmanager
def quit_on_signals(leave: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and SIGINT call `leave`. Python only wakes for a signal because Qt watches the socket it writes to."""
    import socket

    inside, outside = socket.socketpair()
    inside.setblocking(False)
    outside.setblocking(False)
    notifier = QSocketNotifier(inside.fileno(), QSocketNotifier.Type.Read)

    def wake() -> None:
        with contextlib.suppress(OSError):
            inside.recv(64)

    def end(_number: int, _frame: FrameType | None) -> None:
        leave()

    notifier.activated.connect(wake)
    old_fd = signal.set_wakeup_fd(outside.fileno(), warn_on_full_buffer=False)
    old = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(old_fd)
        notifier.setEnabled(False)
        inside.close()
        outside.close()


@contextlib.contextmanager
def bugs_told(log: Callable[[BaseException], object], tell: Callable[[str], None]) -> Iterator[None]:
    """An exception that reaches Qt's event loop is logged, and shown with what "copy diagnostics" copies."""
    old = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        log(error)
        tell("".join(traceback.format_exception(kind, error, trace)))

    sys.excepthook = hook
    try:
        yield
    finally:
        sys.excepthook = old
