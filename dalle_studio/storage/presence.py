"""Which processes live: each holds a lock on a file of its own, which the system releases when the process ends.

Unlike a process id, a lock is never taken over by a stranger, and it is gone at once after kill -9. Any thread.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from pathlib import Path

from dalle_studio.storage.durable import PRIVATE_FILE

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_SUFFIX = ".lock"
_TOKEN = re.compile(r"\d+-[0-9a-f]{12}")


class Presence:
    """How others in `folder` see this process. `token` names it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.token, self._descriptor = self._appear()

    def lives(self, token: str) -> bool:
        """Whether the process of that token still runs."""
        if token == self.token:
            return True
        try:
            descriptor = os.open(self._file(token), os.O_RDWR)
        except FileNotFoundError:
            return False
        except OSError:
            return True  # it can't be told; then nothing of it is touched
        try:
            return not _try_lock(descriptor)
        finally:
            os.close(descriptor)

    def others(self) -> list[str]:
        """Tokens of all other processes that left a lock file, living or not."""
        return [name.stem for name in self._folder.glob(f"*{_SUFFIX}") if name.stem != self.token]

    def forget(self, token: str) -> None:
        """Remove the lock file of a dead process."""
        self._file(token).unlink(missing_ok=True)

    def leave(self) -> None:
        """Give up the lock and remove its file."""
        if sys.platform == "win32":
            os.close(self._descriptor)
            self.forget(self.token)
        else:
            self.forget(self.token)  # while it is still locked: nobody sees a file of the dead
            os.close(self._descriptor)

    def _appear(self) -> tuple[str, int]:
        while True:
            token = f"{os.getpid()}-{secrets.token_hex(6)}"
            path = self._file(token)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            # Another process may have swept the file away between these two calls: then take a new one.
            if _try_lock(descriptor) and path.exists():
                return token, descriptor
            os.close(descriptor)

    def _file(self, token: str) -> Path:
        return self._folder / f"{token}{_SUFFIX}"


def is_token(name: str) -> bool:
    """Whether the name could be a process's token."""
    return _TOKEN.fullmatch(name) is not None


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
