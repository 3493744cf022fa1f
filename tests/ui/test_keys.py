from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from dalle_studio.core.geometry import Rect
from dalle_studio.tools.pointer import ToolName
from dalle_studio.ui.actions import HELD, TABLE, Menu
from dalle_studio.ui.window import MainWindow
from tests.ui.conftest import MakeWindow
from tests.ui.fake_editor import FakeEditor

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
KEYPAD = Qt.KeyboardModifier.KeypadModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def open_window(window: MainWindow, editor: FakeEditor, qtbot: QtBot) -> MainWindow:
    """With a photo, a mask and the focus on the canvas."""
    editor.show(np.full((400, 600, 3), 128, np.uint8))
    editor.paint(Rect(10, 10, 50, 50))
    window.show_document()
    window.canvas.setFocus()
    editor.calls.clear()
    return window


def names(editor: FakeEditor) -> list[str]:
    return [call[0] for call in editor.calls]


def compose(window: MainWindow, syllable: str) -> None:
    """What an input method does while a syllable is being built."""
    window.prompt_panel.prompt.setFocus()
    QApplication.sendEvent(window.prompt_panel.prompt, QInputMethodEvent(syllable, []))


# --- the canvas has the focus ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "modifiers", "call"),
    [
        (Key.Key_Z, CTRL, "undo_step"),
        (Key.Key_D, CTRL, "clear_mask"),
        (Key.Key_A, CTRL, "select_all"),
        (Key.Key_I, CTRL | SHIFT, "invert_mask"),
        (Key.Key_C, CTRL, "encode_picture"),
        (Key.Key_C, CTRL | SHIFT, "encode_mask"),
        (Key.Key_Return, CTRL, "generate"),
        (Key.Key_Enter, CTRL | KEYPAD, "generate"),
    ],
)
def test_a_shortcut_does_its_action(
    open_window: MainWindow, editor: FakeEditor, qtbot: QtBot, key: Key, modifiers: Qt.KeyboardModifier, call: str
) -> None:
    QTest.keyClick(open_window.canvas, key, modifiers)
    assert call in names(editor)


@pytest.mark.parametrize(("key", "modifiers"), [(Key.Key_Z, CTRL | SHIFT), (Key.Key_Y, CTRL)])
def test_both_keys_redo(
    open_window: MainWindow, editor: FakeEditor, qtbot: QtBot, key: Key, modifiers: Qt.KeyboardModifier
) -> None:
    editor.undo.undo()
    editor.undo_changed.emit()
    QTest.keyClick(open_window.canvas, key, modifiers)
    assert "redo_step" in names(editor)


@pytest.mark.parametrize(
    ("key", "tool"),
    [
        (Key.Key_B, ToolName.BRUSH),
        (Key.Key_E, ToolName.ERASER),
        (Key.Key_H, ToolName.PAN),
        (Key.Key_Z, ToolName.ZOOM),
        (Key.Key_X, ToolName.ERASER),
    ],
)
def test_a_letter_chooses_a_tool(open_window: MainWindow, qtbot: QtBot, key: Key, tool: ToolName) -> None:
    QTest.keyClick(open_window.canvas, key)
    assert open_window.canvas.tool is tool
    action = open_window.actions_by_id[f"tool_{tool}"]
    assert action.isChecked()


@pytest.mark.parametrize(
    ("key", "modifiers", "factor"),
    [
        (Key.Key_Plus, CTRL, 1),
        (Key.Key_Equal, CTRL, 1),
        (Key.Key_Plus, CTRL | KEYPAD, 1),
        (Key.Key_Minus, CTRL, -1),
        (Key.Key_Minus, CTRL | KEYPAD, -1),
    ],
)
def test_zooming_by_every_key(
    open_window: MainWindow, qtbot: QtBot, key: Key, modifiers: Qt.KeyboardModifier, factor: int
) -> None:
    before = open_window.canvas.zoom
    QTest.keyClick(open_window.canvas, key, modifiers)
    assert (open_window.canvas.zoom - before) * factor > 0


@pytest.mark.parametrize("modifiers", [CTRL, CTRL | KEYPAD])
def test_actual_pixels_and_fit(open_window: MainWindow, qtbot: QtBot, modifiers: Qt.KeyboardModifier) -> None:
    canvas = open_window.canvas
    canvas.zoom_to(37)
    QTest.keyClick(canvas, Key.Key_1, modifiers)
    assert canvas.zoom == pytest.approx(100)
    canvas.zoom_to(1600)
    QTest.keyClick(canvas, Key.Key_0, modifiers)
    assert canvas.zoom < 1000


def test_q_hides_and_shows_the_overlay(open_window: MainWindow, qtbot: QtBot) -> None:
    canvas = open_window.canvas
    QTest.keyClick(canvas, Key.Key_Q)
    assert not canvas.overlay_visible
    QTest.keyClick(canvas, Key.Key_Q)
    assert canvas.overlay_visible


def test_tab_puts_the_panels_away_and_back(open_window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(open_window.canvas, Key.Key_Tab)
    assert open_window.side.isHidden()
    assert open_window.tool_strip.isHidden()
    QTest.keyClick(open_window.canvas, Key.Key_Tab)
    assert not open_window.side.isHidden()


def test_to_the_prompt_brings_the_panels_back(open_window: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(open_window.canvas, Key.Key_Tab)
    QTest.keyClick(open_window.canvas, Key.Key_L, CTRL)
    assert open_window.prompt_panel.prompt.hasFocus()


def test_f6_goes_round_all_regions(open_window: MainWindow, qtbot: QtBot) -> None:
    seen = []
    for _ in range(5):
        focus = QApplication.focusWidget()
        assert focus is not None
        seen.append(focus.objectName())
        QTest.keyClick(focus, Key.Key_F6)
    assert seen == ["canvas", "prompt", "historySearch", "brushSize", "canvas"]


def test_backslash_shows_the_photo_before_while_it_is_held(
    open_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[bool] = []
    monkeypatch.setattr(open_window.canvas, "set_before_shown", shown.append)
    open_window.history_panel.list.setFocus()
    QTest.keyPress(open_window, Key.Key_Backslash)
    QTest.keyRelease(open_window, Key.Key_Backslash)
    assert shown == [True, False]


# --- a text field has the focus --------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["prompt", "historySearch", "brushSizeValue"])
def test_letters_never_choose_a_tool_while_typing(
    open_window: MainWindow, editor: FakeEditor, qtbot: QtBot, field: str
) -> None:
    from PySide6.QtWidgets import QWidget

    widget = open_window.findChild(QWidget, field)
    assert widget is not None
    widget.setFocus()
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, "behzxq[]")
    assert open_window.canvas.tool is ToolName.BRUSH
    assert open_window.canvas.overlay_visible
    assert editor.brush.radius == 32


@pytest.mark.parametrize(
    ("key", "modifiers"),
    [
        (Key.Key_Z, CTRL),
        (Key.Key_Y, CTRL),
        (Key.Key_D, CTRL),
        (Key.Key_A, CTRL),
        (Key.Key_C, CTRL),
        (Key.Key_V, CTRL),
        (Key.Key_Z, CTRL | SHIFT),
    ],
)
@pytest.mark.parametrize("field", ["prompt", "historySearch"])
def test_editing_keys_belong_to_the_field(
    open_window: MainWindow, editor: FakeEditor, qtbot: QtBot, field: str, key: Key, modifiers: Qt.KeyboardModifier
) -> None:
    from PySide6.QtWidgets import QWidget

    widget = open_window.findChild(QWidget, field)
    assert widget is not None
    widget.setFocus()
    QTest.keyClick(widget, key, modifiers)
    ours = {"undo_step", "redo_step", "clear_mask", "select_all", "encode_picture", "open_bytes"}
    assert not ours & set(names(editor))


def test_undo_in_the_prompt_is_the_prompts(open_window: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    prompt = open_window.prompt_panel.prompt
    prompt.setFocus()
    QTest.keyClicks(prompt, "boat")
    QTest.keyClick(prompt, Key.Key_Z, CTRL)
    assert prompt.toPlainText() == ""
    assert editor.prompt == ""


# --- Hangul ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter])
def test_generating_commits_the_last_syllable_first(
    open_window: MainWindow, editor: FakeEditor, qtbot: QtBot, key: Key
) -> None:
    open_window.prompt_panel.prompt.setFocus()
    QTest.keyClicks(open_window.prompt_panel.prompt, "red ")
    compose(open_window, "배")
    assert editor.prompt == "red "
    QTest.keyClick(open_window.prompt_panel.prompt, key, CTRL)
    assert editor.prompt == "red 배"
    assert names(editor).index("generate") > editor.calls.index(("set_prompt", "red 배"))


def test_clicking_generate_commits_it_too(open_window: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    compose(open_window, "배")
    QTest.mouseClick(open_window.run_panel.generate, Qt.MouseButton.LeftButton)
    assert editor.prompt == "배"
    assert "generate" in names(editor)


def test_no_letter_shortcut_fires_while_a_syllable_is_composed(open_window: MainWindow, qtbot: QtBot) -> None:
    compose(open_window, "ㅠ")
    QTest.keyClick(open_window.prompt_panel.prompt, Key.Key_E)
    assert open_window.canvas.tool is ToolName.BRUSH


# --- stepping out ----------------------------------------------------------------------------------------------------


def test_escape_steps_out_one_level_a_press(
    open_window: MainWindow, editor: FakeEditor, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer_yes(box: QMessageBox) -> int:
        asked.append(box.objectName())
        box.buttons()[0].click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer_yes)
    editor.is_busy = True
    prompt = open_window.prompt_panel.prompt
    compose(open_window, "배")
    QTest.keyClick(prompt, Key.Key_Escape)
    assert not prompt.is_composing
    assert prompt.hasFocus()
    QTest.keyClick(prompt, Key.Key_Escape)
    assert open_window.canvas.hasFocus()
    assert asked == []
    QTest.keyClick(open_window.canvas, Key.Key_Escape)
    assert asked == ["cancellingDialog"]


def test_the_question_whether_to_cancel_goes_when_the_job_is_done(
    open_window: MainWindow, editor: FakeEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []

    def finish_job(box: QMessageBox) -> int:
        box.finished.connect(ended.append)
        editor.busy_changed.emit(False)
        return box.result()

    monkeypatch.setattr(QMessageBox, "exec", finish_job)
    editor.is_busy = True
    open_window.canvas.setFocus()
    QTest.keyClick(open_window.canvas, Key.Key_Escape)
    assert ended == [QMessageBox.DialogCode.Rejected.value]
    assert "cancel" not in names(editor)


# --- the table -------------------------------------------------------------------------------------------------------


def test_no_two_actions_share_a_key() -> None:
    keys = [key for row in TABLE for key in row.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_action_is_in_a_menu_under_its_words(make_window: MakeWindow, language: str) -> None:
    window = make_window(language)
    menus = window.menuBar().actions()
    assert len(menus) == len(Menu)
    in_menus = {action.objectName() for menu in window.findChildren(QMenu) for action in menu.actions()}
    assert {row.id for row in TABLE} <= in_menus
    for which, _ in HELD:
        assert window.words(f"ui.held.{which}")
