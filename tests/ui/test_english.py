"""The English in the window, and the glossary."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from dalle_studio.storage import glossary
from dalle_studio.ui.glossary_dialog import GlossaryDialog
from dalle_studio.ui.window import SIDE_WIDTH, MainWindow
from tests.ui.conftest import MakeWindow
from tests.ui.fake_editor import FakeEditor

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def shown(window: MainWindow, editor: FakeEditor) -> MainWindow:
    """With a Korean prompt and its English."""
    editor.needs_english = True
    editor.set_prompt("배")
    editor.english = "a boat"
    editor.english_changed.emit("a boat")
    editor.request_changed.emit()
    return window


def test_a_stale_translation_is_marked(shown: MainWindow, editor: FakeEditor) -> None:
    row = shown.prompt_panel.english_row
    assert not row.stale.isVisible()
    editor.english_is_stale = True
    editor.request_changed.emit()
    assert row.stale.isVisible()
    assert row.field.toPlainText() == "a boat"
    assert row.translate.text() == "Translate again"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_row_is_never_wider_than_the_side(make_window: MakeWindow, language: str) -> None:
    window = make_window(language)
    editor: Any = window.editor
    editor.needs_english = True
    editor.set_prompt("배")
    editor.english = "a boat"
    for state in ({"english_is_stale": True}, {"is_translating": True}, {"can_tell_back": True}):
        for name in ("english_is_stale", "is_translating", "can_tell_back"):
            setattr(editor, name, state.get(name, False))
        editor.request_changed.emit()
        assert window.prompt_panel.english_row.isVisible()
        assert window.prompt_panel.minimumSizeHint().width() <= SIDE_WIDTH


def test_the_same_link_stops_a_translation(shown: MainWindow, editor: FakeEditor) -> None:
    row = shown.prompt_panel.english_row
    editor.is_translating, editor.can_translate = True, False
    editor.request_changed.emit()
    assert (row.translate.text(), row.translate.isEnabled()) == ("Stop", True)
    row.translate.click()
    assert editor.calls[-1] == ("cancel_translation",)


def test_what_the_english_says_stands_below_it(shown: MainWindow, editor: FakeEditor) -> None:
    row = shown.prompt_panel.english_row
    assert not row.back.isVisible()
    editor.can_tell_back = True
    editor.request_changed.emit()
    row.back.click()
    assert editor.calls[-1] == ("translate_back",)
    editor.meaning, editor.can_tell_back = "배 한 척", False
    editor.meaning_changed.emit(editor.meaning)
    assert row.meaning.isVisible()
    assert "배 한 척" in row.meaning.text()
    assert not row.back.isVisible()


@pytest.fixture
def dialog(window: MainWindow, qtbot: QtBot) -> Iterator[GlossaryDialog]:
    glossary.save_text(window.house.places, "한복 = hanbok\n")
    dialog = GlossaryDialog(window)
    dialog.show()
    qtbot.waitUntil(dialog.field.isEnabled)
    yield dialog
    dialog.close()
    window.house.places.close()


def test_the_glossary_is_the_file_and_is_kept_there(dialog: GlossaryDialog, window: MainWindow, qtbot: QtBot) -> None:
    assert dialog.field.toPlainText() == "한복 = hanbok\n"
    dialog.field.setPlainText("# clothes\n한복 = Korean dress\n저고리\tjeogori")
    with qtbot.waitSignal(dialog.accepted):
        dialog.keep_button.click()
    assert window.house.places.glossary.read_text("utf-8") == "# clothes\n한복 = Korean dress\n저고리\tjeogori\n"
    assert len(glossary.load(window.house.places).terms) == 2
    assert ("glossary_changed",) in window.editor.calls  # type: ignore[attr-defined]  # a fake


def test_a_line_that_is_no_term_is_pointed_at(dialog: GlossaryDialog) -> None:
    dialog.field.setPlainText("한복 = hanbok\nhalf\n= x")
    state = dialog.findChild(QLabel, "glossaryState")
    assert state is not None
    assert "2, 3" in state.text()


def test_a_glossary_that_can_not_be_written_is_said_and_stays(
    dialog: GlossaryDialog, window: MainWindow, qtbot: QtBot
) -> None:
    window.house.places.glossary.unlink()
    window.house.places.glossary.mkdir()  # in the way of the file
    (window.house.places.glossary / "x").touch()
    dialog.field.setPlainText("한복 = dress")
    keep = dialog.findChild(QPushButton, "glossaryKeep")
    state = dialog.findChild(QLabel, "glossaryState")
    assert keep is not None
    assert state is not None
    keep.click()
    qtbot.waitUntil(lambda: str(window.house.places.root) in state.text())
    assert dialog.isVisible()
    assert dialog.field.toPlainText() == "한복 = dress"
