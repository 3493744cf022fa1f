"""The photo's frame in the window: its actions, and what is said meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtWidgets import QLabel

from dalle_studio.core.reshape import Reshape
from dalle_studio.ui.frame_commands import MOVES
from tests.ui.test_window import open_photo

if TYPE_CHECKING:
    from dalle_studio.ui.window import MainWindow
    from tests.ui.fake_editor import FakeEditor


@pytest.mark.parametrize(("action", "move"), MOVES.items())
def test_an_action_turns_the_photo(window: MainWindow, editor: FakeEditor, action: str, move: Reshape) -> None:
    assert not window.actions_by_id[action].isEnabled()
    open_photo(editor)
    assert window.actions_by_id[action].isEnabled()
    window.actions_by_id[action].trigger()
    assert editor.calls[-1] == ("reshape", move)
    assert action == move.title


def test_while_an_edit_runs_the_frame_cannot_change(window: MainWindow, editor: FakeEditor) -> None:
    open_photo(editor)
    editor.is_busy = True
    editor.busy_changed.emit(True)
    assert not any(window.actions_by_id[action].isEnabled() for action in MOVES)


def test_the_status_bar_says_how_far_it_is(window: MainWindow, editor: FakeEditor) -> None:
    shown = cast("QLabel", window.findChild(QLabel, "statusMessage"))
    editor.reshaping_changed.emit(0.4)
    assert shown.text() == "Redrawing the photo … 40 %   Esc cancels"
    editor.reshaping_changed.emit(None)
    assert shown.text() == ""
