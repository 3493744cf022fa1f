"""The log: `logs/dalle-studio.log` in the data folder, at most a few megabytes, without keys, prompts and pictures.

Only the program's own logger writes there; what libraries log may hold whole requests.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage.durable import PRIVATE_FILE
from dalle_studio.storage.places import Places

LOGGER: Final = "dalle_studio"
_LARGEST: Final = 1_000_000
_OLDER: Final = 3


def open_log(places: Places, redact: Callable[[str], str]) -> Path:
    """Log to the data folder from now on, through `redact`. Returns the file; where that can't be made, the log goes
    to stderr and the path is `stderr`. Opening the same log again only changes `redact`.
    """
    path = places.logs / "dalle-studio.log"
    logger = logging.getLogger(LOGGER)
    close_log()
    handler: logging.Handler
    try:
        places.make(places.logs)
        handler = _PrivateFile(path)
    except (StorageProblem, OSError):
        handler, path = logging.StreamHandler(sys.stderr), Path("stderr")
    handler.setFormatter(_Redacted(redact))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    return path


def close_log() -> None:
    """Close what `open_log` opened."""
    logger = logging.getLogger(LOGGER)
    for handler in list(logger.handlers):
        if isinstance(handler.formatter, _Redacted):
            logger.removeHandler(handler)
            handler.close()


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotating file that only the user can read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_LARGEST, backupCount=_OLDER, encoding="utf-8", errors="backslashreplace")

    def _open(self) -> IO[str]:  # type: ignore[override]  # the base says TextIOWrapper, and open returns one
        def private(name: str, flags: int) -> int:
            return os.open(name, flags, PRIVATE_FILE)

        return open(self.baseFilename, self.mode, encoding=self.encoding, errors=self.errors, opener=private)

    def doRollover(self) -> None:  # noqa: N802 - the standard library's name
        try:
            super().doRollover()
        except OSError:  # Windows: another window holds the file; then it grows on
            if self.stream is None:
                self.stream = self._open()  # type: ignore[assignment]  # as above


class _Redacted(logging.Formatter):
    """One line a message, tracebacks below; the whole text goes through `redact`."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(process)d %(threadName)s: %(message)s")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))
