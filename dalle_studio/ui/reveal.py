"""A file, selected in the system's file manager; its folder, where the file manager can't do that."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDir, QProcess, QUrl
from PySide6.QtGui import QDesktopServices

_SERVICE: Final = "org.freedesktop.FileManager1"


def reveal(path: Path) -> None:
    """Returns at once."""
    if sys.platform == "darwin":
        QProcess.startDetached("open", ["-R", str(path)])
    elif sys.platform == "win32":
        QProcess.startDetached("explorer.exe", ["/select,", QDir.toNativeSeparators(str(path))])
    else:
        _ask_file_manager(path)


def _ask_file_manager(path: Path) -> None:
    """By the desktop's own protocol; most file managers of Linux speak it."""
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        _open_folder(path)
        return
    call = QDBusMessage.createMethodCall(_SERVICE, f"/{_SERVICE.replace('.', '/')}", _SERVICE, "ShowItems")
    call.setArguments([[QUrl.fromLocalFile(str(path)).toString(QUrl.ComponentFormattingOption.FullyEncoded)], ""])
    asked = QDBusPendingCallWatcher(bus.asyncCall(call))
    _ASKED.add(asked)

    def answered() -> None:
        if asked.isError():
            _open_folder(path)
        _ASKED.discard(asked)

    asked.finished.connect(answered)


_ASKED: Final[set[object]] = set()
"""Questions without an answer yet: Qt forgets them when Python does."""


def _open_folder(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
