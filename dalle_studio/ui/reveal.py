"""Files, selected in the system's file manager; their folder, where the file manager can't do that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDir, QProcess, QUrl
from PySide6.QtGui import QDesktopServices

_SERVICE: Final = "org.freedesktop.FileManager1"


def reveal(*paths: Path) -> None:
    """Returns at once. Explorer selects one file a folder."""
    if sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", *map(str, paths)])
    elif sys.platform == "win32":
        for path in {path.parent: path for path in paths}.values():
            QProcess.startDetached("explorer.exe", ["/select,", QDir.toNativeSeparators(str(path))])
    else:
        _ask_file_manager(paths)


def _ask_file_manager(paths: tuple[Path, ...]) -> None:
    """By the desktop's own protocol; most file managers of Linux speak it."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        _open_folders(paths)
        return
    call = QDBusMessage.createMethodCall(_SERVICE, f"/{_SERVICE.replace('.', '/')}", _SERVICE, "ShowItems")
    addresses = [QUrl.fromLocalFile(str(path)).toString(QUrl.ComponentFormattingOption.FullyEncoded) for path in paths]
    call.setArguments([addresses, ""])
    asked = QDBusPendingCallWatcher(bus.asyncCall(call))
    _ASKED.add(asked)

    def answered() -> None:
        if asked.isError():
            _open_folders(paths)
        _ASKED.discard(asked)

    asked.finished.connect(answered)


_ASKED: Final[set[object]] = set()
"""Questions without an answer yet: Qt forgets them when Python does."""


def _open_folders(paths: tuple[Path, ...]) -> None:
    for folder in dict.fromkeys(path.parent for path in paths):
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
