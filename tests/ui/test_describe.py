"""The dialog that describes a photo."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QLabel

from dalle_studio.core.errors import EngineUnavailable
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.records import Usage
from dalle_studio.ui.describe_dialog import DescribeDialog
from dalle_studio.ui.window import MainWindow
from tests.ui.fake_editor import FakeEditor

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def dialog(window: MainWindow, editor: FakeEditor, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> DescribeDialog:
    editor.show(np.zeros((300, 400, 3), np.uint8))
    editor.original_id = "a" * 64
    crop = Rect(10, 10, 200, 100)
    monkeypatch.setattr(editor, "crop_to_describe", lambda: crop, raising=False)

    def look(rect: Rect, show: Any) -> None:
        show(SimpleNamespace(sent=Size(rect.width, rect.height), host="api.openai.com", usd=0.0002))

    monkeypatch.setattr(editor, "look_at_describing", look, raising=False)

    def describe(rect: Rect, done: Any, failed: Any) -> Any:
        editor.calls.append(("describe", rect, done, failed))
        return SimpleNamespace(cancel=lambda: editor.calls.append(("cancel",)))

    monkeypatch.setattr(editor, "describe", describe, raising=False)
    dialog = DescribeDialog(window)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def state(dialog: DescribeDialog, name: str = "describeState") -> str:
    found = dialog.findChild(QLabel, name)
    assert found is not None
    return found.text()


def test_what_would_leave_is_said_before_anything_does(dialog: DescribeDialog, editor: FakeEditor) -> None:
    assert "200 × 100" in state(dialog, "describeLeaves")
    assert "api.openai.com" in state(dialog, "describeLeaves")
    assert "0.0002" in state(dialog, "describeLeaves")
    dialog.whole.click()
    assert "400 × 300" in state(dialog, "describeLeaves")
    assert [call for call in editor.calls if call[0] == "describe"] == []
    assert not dialog.use.isEnabled()


def test_the_words_become_the_prompt_or_the_caption(dialog: DescribeDialog, editor: FakeEditor) -> None:
    dialog.ask.click()
    name, rect, done, _ = editor.calls[-1]
    assert (name, rect) == ("describe", Rect(10, 10, 200, 100))
    done(SimpleNamespace(text="a harbour at noon", usage=Usage(900, 60, None, 0.0001)))
    assert dialog.text.toPlainText() == "a harbour at noon"
    assert "0.0001" in state(dialog)
    dialog.keep.click()
    assert editor.calls[-1] == ("keep_caption", "a harbour at noon")
    dialog.use.click()
    assert editor.prompt == "a harbour at noon"
    assert not dialog.isVisible()


def test_it_is_cancelled_by_the_same_button_and_a_failure_is_said(dialog: DescribeDialog, editor: FakeEditor) -> None:
    dialog.ask.click()
    failed = editor.calls[-1][3]
    assert dialog.ask.text() == "Cancel"
    dialog.ask.click()
    assert editor.calls[-1] == ("cancel",)
    failed(EngineUnavailable("errors_describing.unusable"))
    assert state(dialog).startswith("The description came back empty")
    assert dialog.ask.text() == "Describe"
