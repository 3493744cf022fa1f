"""A file is shown by the desktop's file manager, over a real session bus; without one, its folder is opened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the protocol of Linux desktops")

SCRIPT = """
import json, sys
from pathlib import Path
from PySide6.QtCore import ClassInfo, QObject, QTimer, QUrl, Slot
from PySide6.QtDBus import QDBusConnection
from PySide6.QtGui import QDesktopServices, QGuiApplication
from dalle_studio.ui import reveal

application = QGuiApplication([])
shown, opened = [], []

@ClassInfo({"D-Bus Interface": "org.freedesktop.FileManager1"})
class FileManager(QObject):
    @Slot("QStringList", str)
    def ShowItems(self, uris, startup):
        shown.extend(QUrl(uri).toLocalFile() for uri in uris)

class Folders(QObject):
    @Slot(QUrl)
    def open(self, url):
        opened.append(url.toLocalFile())

folders, manager = Folders(), FileManager()
QDesktopServices.setUrlHandler("file", folders, "open")
if sys.argv[2] == "managed":
    bus = QDBusConnection.connectToBus(QDBusConnection.BusType.SessionBus, "file manager")
    everything = QDBusConnection.RegisterOption.ExportAllSlots
    assert bus.registerObject("/org/freedesktop/FileManager1", manager, everything)
    assert bus.registerService("org.freedesktop.FileManager1")
reveal.reveal(Path(sys.argv[1]))
watch = QTimer()
watch.timeout.connect(lambda: application.quit() if (shown or opened) and not reveal._ASKED else None)
watch.start(10)
QTimer.singleShot(20_000, application.quit)
application.exec()
print(json.dumps([shown, opened]))
"""


@pytest.mark.parametrize("desktop", ["managed", "bare", "no bus"])
def test_the_file_is_selected_or_at_least_its_folder_opened(desktop: str, tmp_path: Path) -> None:
    session = [] if desktop == "no bus" else ["dbus-run-session", "--"]
    path = tmp_path / "바다 #1.png"
    done = subprocess.run(
        [*session, sys.executable, "-c", SCRIPT, str(path), desktop],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/no-bus"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = [[str(path)], []] if desktop == "managed" else [[], [str(tmp_path)]]
    assert json.loads(done.stdout) == expected
