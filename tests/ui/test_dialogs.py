from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit

from dalle_studio.storage.keys import Where
from dalle_studio.storage.settings import Server, Settings
from dalle_studio.ui.actions import TABLE
from dalle_studio.ui.command_palette import CommandPalette
from dalle_studio.ui.help_dialog import AboutDialog, HelpDialog
from dalle_studio.ui.key_dialog import KeyDialog, address_of
from dalle_studio.ui.settings_dialog import SettingsDialog
from dalle_studio.ui.window import MainWindow
from tests.ui.conftest import MakeWindow
from tests.ui.fake_editor import FakeEditor
from tests.ui.test_window import cut_off

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

# Qt's offscreen platform says this of every dialog and popup.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

KEY = "sk-" + "x" * 40


def press(dialog: QDialog, name: str) -> None:
    button = dialog.findChild(QAbstractButton, name)
    assert button is not None, name
    button.click()


def text_of(dialog: QDialog, name: str) -> str:
    found = dialog.findChild(QLabel, name)
    assert found is not None, name
    return found.text()


# --- keys ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def key_dialog(window: MainWindow, qtbot: QtBot) -> KeyDialog:
    dialog = KeyDialog(window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: text_of(dialog, "keyPlace") != "")
    return dialog


def test_a_key_dialog_names_the_host_and_where_the_key_will_be(key_dialog: KeyDialog) -> None:
    assert text_of(key_dialog, "keyHost") == "api.openai.com"
    assert text_of(key_dialog, "keyState") == "There is no key yet."
    assert "this session only" in text_of(key_dialog, "keyPlace")
    assert key_dialog.field.echoMode() == QLineEdit.EchoMode.Password


def test_a_key_goes_to_the_key_store_and_out_of_the_field(
    key_dialog: KeyDialog, window: MainWindow, editor: FakeEditor, qtbot: QtBot
) -> None:
    QTest.keyClicks(key_dialog.field, KEY)
    press(key_dialog, "keyStore")
    assert key_dialog.field.text() == ""
    qtbot.waitUntil(lambda: not key_dialog.isVisible())
    url = window.house.servers.base_url(None)
    assert window.house.keys.status(url).where is Where.SESSION
    assert ("settings_changed",) in editor.calls


def test_a_malformed_key_is_told_and_not_kept(key_dialog: KeyDialog, window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClicks(key_dialog.field, "sk-short")
    press(key_dialog, "keyStore")
    qtbot.waitUntil(lambda: text_of(key_dialog, "keyProblem") != "")
    assert key_dialog.isVisible()
    assert "sk-short" not in text_of(key_dialog, "keyProblem")
    assert not window.house.keys.status(window.house.servers.base_url(None)).has_key


def test_a_key_can_be_deleted(window: MainWindow, qtbot: QtBot) -> None:
    url = window.house.servers.base_url(None)
    window.house.keys.store(url, KEY)
    dialog = KeyDialog(window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(dialog.delete_button.isEnabled)
    press(dialog, "keyDelete")
    qtbot.waitUntil(lambda: not dialog.delete_button.isEnabled())
    assert not window.house.keys.status(url).has_key


def test_the_key_of_a_server_of_ones_own_is_its_own(window: MainWindow, editor: FakeEditor) -> None:
    window.house.settings = Settings(servers=(Server("studio", "http://127.0.0.1:8080/v1"),))
    editor.engine = "studio"
    assert address_of(window) == "http://127.0.0.1:8080/v1"


def test_an_answer_for_a_closed_dialog_does_nothing(window: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    dialog = KeyDialog(window)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.reject()
    qtbot.waitUntil(lambda: editor.worker.is_idle)
    assert text_of(dialog, "keyPlace") == ""


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.fixture
def settings_dialog(window: MainWindow, qtbot: QtBot) -> SettingsDialog:
    dialog = SettingsDialog(window)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.mark.parametrize(
    ("typed", "cap", "shown"),
    [("0.005", 0.005, "$ 0.005"), ("12.5", 12.5, "$ 12.50"), ("0.00001", 0.00001, "$ 0.00001"), ("0", 0.0, "$ 0.00")],
)
def test_a_limit_is_kept_as_it_was_entered(
    window: MainWindow, qtbot: QtBot, data_dir: Path, typed: str, cap: float, shown: str
) -> None:
    for entered in (True, False):  # and as it is when the settings are opened again
        dialog = SettingsDialog(window)
        qtbot.addWidget(dialog)
        dialog.show()
        if entered:
            dialog.cap.selectAll()
            QTest.keyClicks(dialog.cap, typed)
        else:
            assert dialog.cap.text() == shown
        press(dialog, "settingsKeep")
        qtbot.waitUntil(lambda dialog=dialog: not dialog.isVisible())  # type: ignore[misc]
        kept = json.loads((data_dir / "settings.json").read_text(encoding="utf-8"))
        assert kept["monthly_cap_usd"] == cap


def test_settings_are_kept_and_take_effect(
    settings_dialog: SettingsDialog, window: MainWindow, editor: FakeEditor, qtbot: QtBot, data_dir: Path
) -> None:
    settings_dialog.look.choose("light")
    settings_dialog.language.choose("ko")
    settings_dialog.pixels.setValue(300)
    settings_dialog.translator_model.setText("gpt-6-luna")
    assert settings_dialog.marks.isChecked(), "files say what a model made unless somebody does not want that"
    settings_dialog.marks.click()
    press(settings_dialog, "settingsKeep")
    qtbot.waitUntil(lambda: not settings_dialog.isVisible())
    kept = json.loads((data_dir / "settings.json").read_text(encoding="utf-8"))
    assert (kept["theme"], kept["language"], kept["pixel_limit"]) == ("light", "ko", 300_000_000)
    assert kept["translator_model"] == "gpt-6-luna"
    assert kept["marks_ai"] is window.house.settings.marks_ai is False
    assert window.theme.tokens.name == "light"
    assert window.house.settings.language == "ko"
    assert ("settings_changed",) in editor.calls
    window.house.places.close()


def test_a_server_can_be_added(settings_dialog: SettingsDialog, qtbot: QtBot) -> None:
    servers = settings_dialog.servers
    press(settings_dialog, "settingServerAdd")
    QTest.keyClicks(servers.server_name, "studio")
    QTest.keyClicks(servers.url, "http://127.0.0.1:8080/v1")
    assert servers.servers() == (Server("studio", "http://127.0.0.1:8080/v1", "openai"),)
    press(settings_dialog, "settingServerRemove")
    assert servers.servers() == ()


def test_an_address_that_cannot_be_used_is_told(
    settings_dialog: SettingsDialog, window: MainWindow, qtbot: QtBot
) -> None:
    press(settings_dialog, "settingServerAdd")
    QTest.keyClicks(settings_dialog.servers.server_name, "bad")
    QTest.keyClicks(settings_dialog.servers.url, "http://user:secret@example.com/v1")
    press(settings_dialog, "settingsKeep")
    qtbot.waitUntil(lambda: text_of(settings_dialog, "settingsProblem") != "")
    assert settings_dialog.isVisible()
    assert window.house.settings.servers == ()


# --- help and commands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_help_page_lists_every_shortcut(make_window: MakeWindow, qtbot: QtBot, language: str) -> None:
    window = make_window(language)
    dialog = HelpDialog(window)
    qtbot.addWidget(dialog)
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    for row in TABLE:
        for keys in row.keys:
            assert any(QKeySequence(keys).toString() in text.split("  ") for text in texts), keys


def test_a_command_is_found_by_its_words_and_run(window: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    import numpy as np

    editor.show(np.zeros((10, 10, 3), np.uint8))
    window.show_document()
    palette = CommandPalette(window)
    qtbot.addWidget(palette)
    palette.show()
    QTest.keyClicks(palette.field, "mask inv")
    assert palette.list.count() == 1
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette._chosen is window.actions_by_id["invert_mask"]


def test_where_no_command_matches_it_is_said_and_nothing_is_run(window: MainWindow, qtbot: QtBot) -> None:
    palette = CommandPalette(window)
    qtbot.addWidget(palette)
    palette.show()
    QTest.keyClicks(palette.field, "zzzz")
    assert [palette.list.item(row).text() for row in range(palette.list.count())] == [
        window.words("ui.palette.nothing")
    ]
    QTest.keyClick(palette.field, Qt.Key.Key_Down)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()
    assert palette._chosen is None


def test_the_arrow_keys_pass_over_what_cannot_be_done(window: MainWindow, qtbot: QtBot) -> None:
    palette = CommandPalette(window)
    qtbot.addWidget(palette)
    palette.show()
    QTest.keyClicks(palette.field, "s")
    for _ in range(palette.list.count()):
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
        item = palette.list.currentItem()
        assert item.flags() & Qt.ItemFlag.ItemIsEnabled


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("kind", [KeyDialog, SettingsDialog, HelpDialog, AboutDialog])
def test_no_text_of_a_dialog_is_cut_off(
    make_window: MakeWindow, qtbot: QtBot, kind: type[QDialog], language: str
) -> None:
    window = make_window(language)
    dialog = kind(window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: window.editor.worker.is_idle)
    qtbot.waitUntil(lambda: cut_off(dialog) == [])
