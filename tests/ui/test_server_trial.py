"""*Test Connection* in the settings, in the real program against a real server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton

from dalle_studio.ui.settings_dialog import SettingsDialog
from tests.fakes.faults import script
from tests.fakes.images_server import KEY, FakeImagesServer

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # of the platform without a screen

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dalle_studio.app import Studio


@pytest.fixture
def press_test(server: FakeImagesServer, studio: Studio, qtbot: QtBot) -> Callable[[str], SettingsDialog]:
    """Opens the settings, presses the button and answers the question with the named button."""

    def press(which: str) -> SettingsDialog:
        dialog = SettingsDialog(studio.window)
        qtbot.addWidget(dialog)
        dialog.show()
        asked: list[str] = []

        def answer() -> None:
            box = QApplication.activeModalWidget()
            if isinstance(box, QMessageBox):
                asked.append(box.informativeText())
                button = box.findChild(QPushButton, which)
                assert button is not None
                button.click()
                return
            QTimer.singleShot(20, answer)

        QTimer.singleShot(20, answer)
        dialog.trial.press.click()
        qtbot.waitUntil(lambda: bool(asked), timeout=10_000)
        assert "$0.0" in asked[0]
        return dialog

    return press


def told(dialog: SettingsDialog) -> str:
    shown = dialog.findChild(QLabel, "settingTrial")
    assert shown is not None
    return shown.text()


def test_what_the_server_can_do_is_told(
    press_test: Callable[[str], SettingsDialog], server: FakeImagesServer, studio: Studio
) -> None:
    dialog = press_test("yes")
    assert studio.wait_idle(30)
    assert "outside of it nothing changed" in told(dialog) or "마스크 밖은 하나도" in told(dialog)
    assert dialog.trial.press.isEnabled()
    assert len(server.pictures) == 1


def test_nothing_is_sent_without_consent(
    press_test: Callable[[str], SettingsDialog], server: FakeImagesServer, studio: Studio
) -> None:
    dialog = press_test("no")
    assert studio.wait_idle(10)
    assert told(dialog) == ""
    assert server.requests == []


def test_a_failure_is_told_and_the_test_can_be_repeated(
    press_test: Callable[[str], SettingsDialog], server: FakeImagesServer, studio: Studio
) -> None:
    server.script += script("bad_key")
    dialog = press_test("yes")
    assert studio.wait_idle(30)
    assert "API" in told(dialog)
    assert KEY not in told(dialog)
    assert dialog.trial.press.isEnabled()


def test_closing_the_settings_ends_the_test(
    press_test: Callable[[str], SettingsDialog], server: FakeImagesServer, studio: Studio, qtbot: QtBot
) -> None:
    server.script += script("slow")
    dialog = press_test("yes")
    qtbot.waitUntil(lambda: len(server.pictures) == 1, timeout=10_000)
    QTest.qWait(1)
    dialog.reject()
    assert server.pictures[0].disconnected.wait(2.0)
    assert studio.wait_idle(10)
    assert studio.house.library.costs("20").maybe_usd > 0
