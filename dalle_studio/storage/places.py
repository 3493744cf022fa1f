"""Where everything the program keeps lies: one data folder, private to the user, with its temporary files inside.

    library.sqlite  blobs/ab/cdef…  journal/  settings.json  glossary.txt  logs/  cache/

`journal/` holds what is in flight: one lock and one folder of temporary files for each running process, swept by the
next one to start when the process is dead; and `journal/drafts/ID.json`, what was painted and written on the original
or the edit of that id and not used yet. Any thread.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage.durable import PRIVATE_FOLDER, disk_failures, sync_folder
from dalle_studio.storage.presence import Presence, is_token

VARIABLE = "DALLE_STUDIO_DATA_DIR"
_NAME = "dalle-studio"
_TEMP = ".tmp"


def data_folder(option: Path | None, environment: Mapping[str, str]) -> Path:
    """The data folder: the option, else the variable (empty counts as unset), else the system's place for data.

    Raises StorageProblem when there is no home to put it in.
    """
    named = str(option) if option is not None else environment.get(VARIABLE, "")
    if named:
        folder = Path(named)
        with contextlib.suppress(RuntimeError):
            folder = folder.expanduser()
        return Path(os.path.abspath(folder))  # noqa: PTH100 - Path.resolve would follow the user's own links
    import platformdirs

    try:
        folder = platformdirs.user_data_path(_NAME, appauthor=False)
    except (RuntimeError, KeyError) as error:
        raise StorageProblem("errors_storage.no_home") from error
    if not folder.is_absolute():  # `~` that could not be expanded
        raise StorageProblem("errors_storage.no_home")
    return folder


class Places:
    """The paths inside one data folder. Making the object touches nothing; `prepare` makes the folders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.library = root / "library.sqlite"
        self.blobs = root / "blobs"
        self.journal = root / "journal"
        self.drafts = self.journal / "drafts"
        self.settings = root / "settings.json"
        self.glossary = root / "glossary.txt"
        self.models = root / "models.toml"
        self.model_lists = root / "model-lists.json"
        self.logs = root / "logs"
        self.cache = root / "cache"
        self._lock = threading.Lock()
        self._presence: Presence | None = None

    def prepare(self) -> Presence:
        """Make the folders, take part in the journal and sweep what dead processes left. Done once.

        Raises StorageProblem naming the folder.
        """
        with self._lock:
            if self._presence is None:
                with disk_failures(self.root):
                    self._make_root()
                    for folder in (self.blobs, self.journal):
                        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
                    sync_folder(self.root)
                    presence = Presence(self.journal)
                    try:
                        self._own_folder(presence.token).mkdir(PRIVATE_FOLDER)
                    except OSError:
                        presence.leave()  # another try begins anew
                        raise
                    self._presence = presence
                self._sweep(self._presence)
            return self._presence

    def make(self, folder: Path) -> Path:
        """Make one of the folders that are not always there (logs, cache). Raises StorageProblem."""
        with disk_failures(self.root):
            self._make_root()
            folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        return folder

    @property
    def token(self) -> str:
        """Names this process in the journal."""
        return self.prepare().token

    def lives(self, token: str) -> bool:
        """Whether the process of that token still runs."""
        return self.prepare().lives(token)

    def temp_path(self) -> Path:
        """A new path inside the data folder, swept at the next start when it is left behind."""
        return self._own_folder(self.token) / (secrets.token_hex(8) + _TEMP)

    def close(self) -> None:
        """Take leave of the journal."""
        with self._lock:
            if self._presence is not None:
                shutil.rmtree(self._own_folder(self._presence.token), ignore_errors=True)
                with contextlib.suppress(OSError):
                    self._presence.leave()
                self._presence = None

    def _make_root(self) -> None:
        if self.root.is_dir():
            # A folder of ours is closed to others; a folder that holds something else is the user's own business,
            # and all that we put into it is private anyway.
            ours = self.library.exists() or self.settings.exists() or not any(self.root.iterdir())
            if ours and os.name == "posix" and self.root.stat().st_uid == os.getuid():
                self.root.chmod(PRIVATE_FOLDER)
        else:
            self.root.parent.mkdir(parents=True, exist_ok=True)
            self.root.mkdir(PRIVATE_FOLDER, exist_ok=True)
            sync_folder(self.root.parent)

    def _own_folder(self, token: str) -> Path:
        return self.journal / token

    def _sweep(self, presence: Presence) -> None:
        dead = [token for token in presence.others() if not presence.lives(token)]
        locked = set(presence.others()) | {presence.token}
        with contextlib.suppress(OSError):
            orphans = [f.name for f in self.journal.iterdir() if is_token(f.name) and f.name not in locked]
            dead.extend(orphans)
        for token in dead:
            with contextlib.suppress(OSError):
                folder = self._own_folder(token)
                for leftover in folder.glob(f"*{_TEMP}*"):  # SQLite puts its journal beside a copy under way
                    leftover.unlink(missing_ok=True)
                if folder.is_dir():
                    folder.rmdir()  # fails, rightly, when something worth recovering lies there
            with contextlib.suppress(OSError):
                presence.forget(token)
