from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QMenu,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.plan import Plan
from dalle_studio.core.records import Operation
from dalle_studio.session.crop_preview import crop_preview
from dalle_studio.ui.status import percent
from dalle_studio.ui.upper_side import UpperSide
from dalle_studio.ui.window import MainWindow
from tests.session.conftest import write_png
from tests.ui.conftest import MakeWindow
from tests.ui.fake_editor import FakeEditor
from tests.ui.masked_studio import paint

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dalle_studio.app import Studio

# --- the prompt ------------------------------------------------------------------------------------------------------


def test_what_is_typed_becomes_the_request(window: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    QTest.keyClicks(window.prompt_panel.prompt, "a boat")
    assert editor.prompt == "a boat"


def test_the_english_stands_beside_hangul_when_the_engine_needs_it(window: MainWindow, editor: FakeEditor) -> None:
    editor.needs_english = True
    editor.set_prompt("a boat")
    assert not window.prompt_panel.english.isVisible()
    editor.set_prompt("배")
    assert window.prompt_panel.english.isVisible()
    editor.english_changed.emit("A boat")
    assert window.prompt_panel.english.toPlainText() == "A boat"


def test_the_english_can_be_asked_for_where_it_is_not_needed(window: MainWindow, editor: FakeEditor) -> None:
    editor.set_prompt("배")
    link = window.prompt_panel._english_link
    assert link.isVisible()
    link.click()
    assert ("translate",) in editor.calls
    assert window.prompt_panel.english.isVisible()


def test_the_english_can_be_corrected(window: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    editor.needs_english = True
    editor.set_prompt("배")
    editor.english_changed.emit("A pear")
    QTest.keyClick(window.prompt_panel.english, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(window.prompt_panel.english, "A ship")
    assert editor.calls[-1] == ("set_english", "A ship")


def test_a_translation_put_in_by_the_program_is_not_told_back(window: MainWindow, editor: FakeEditor) -> None:
    editor.english_changed.emit("A boat")
    assert "set_english" not in [call[0] for call in editor.calls]


def test_no_words_are_asked_for_where_none_are_followed(window: MainWindow, editor: FakeEditor) -> None:
    editor.follows_prompt = False
    editor.set_mode(Operation.REMOVE)
    assert not window.prompt_panel.prompt.isEnabled()


def test_a_past_prompt_can_be_used_again(
    window: MainWindow, editor: FakeEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor, "past_prompts", lambda: ["a red boat", "a & b"], raising=False)
    menu = window.prompt_panel.past.menu()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["a red boat", "a && b"]
    menu.actions()[1].trigger()
    assert editor.prompt == "a & b"
    assert window.prompt_panel.prompt.toPlainText() == "a & b"


# --- engines ---------------------------------------------------------------------------------------------------------


def test_choosing_an_engine_is_told_and_filling_is_not(window: MainWindow, editor: FakeEditor) -> None:
    editor.calls.clear()
    editor.choices_changed.emit()
    assert editor.calls == []
    row = window.prompt_panel.engines
    row.engine.setCurrentIndex(1)
    row.model.setCurrentIndex(1)
    row.sent_size.setCurrentIndex(2)
    row.quality.setCurrentIndex(2)
    row.count.setCurrentIndex(3)
    assert editor.calls == [
        ("set_engine", "local"),
        ("set_model", "gpt-image-2.5-sunburst"),
        ("set_sent_size", "1536x1024"),
        ("set_quality", "high"),
        ("set_count", 4),
    ]


def test_background_and_format_are_there_where_there_is_a_choice(window: MainWindow, editor: FakeEditor) -> None:
    row = window.prompt_panel.engines
    assert not row.background.isVisible()
    assert not row.answer_format.isVisible()
    editor.backgrounds, editor.formats = ("auto", "opaque", "transparent"), ("png", "webp", "jpeg")
    editor.choices_changed.emit()
    row.background.setCurrentIndex(2)
    row.answer_format.setCurrentIndex(1)
    assert editor.calls[-2:] == [("set_background", "transparent"), ("set_answer_format", "webp")]


def test_what_offers_no_choice_is_disabled_but_stays(window: MainWindow, editor: FakeEditor) -> None:
    editor.models, editor.sizes, editor.qualities, editor.max_count = (), ("auto",), ("auto",), 1
    editor.model, editor.quality, editor.count = None, "auto", 1
    editor.choices_changed.emit()
    row = window.prompt_panel.engines
    for choice in (row.model, row.sent_size, row.quality, row.count):
        assert choice.isVisible()
        assert not choice.isEnabled()
        assert choice.currentText()


def test_a_server_with_models_of_its_own_takes_its_first(window: MainWindow, editor: FakeEditor) -> None:
    row = window.prompt_panel.engines
    editor.engine, editor.engines = "Studio D2", ("openai", "local", "Studio D2")
    editor.models, editor.model = (), None
    editor.choices_changed.emit()
    assert [row.model.itemText(at) for at in range(row.model.count())] == ["Automatic"]
    assert not row.model.isEnabled()
    editor.model = "dall-e-2"
    editor.choices_changed.emit()
    assert row.model.currentData() == "dall-e-2"
    row.model.setCurrentIndex(0)
    assert editor.calls[-1] == ("set_model", None)
    editor.engine, editor.model = "local", None
    editor.choices_changed.emit()
    assert row.model.currentText() == "No models"


def test_the_wheel_changes_no_engine_in_passing(window: MainWindow, editor: FakeEditor) -> None:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent

    window.canvas.setFocus()
    engine = window.prompt_panel.engines.engine
    event = QWheelEvent(
        QPointF(5, 5),
        engine.mapToGlobal(QPointF(5, 5)),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(engine, event)
    assert engine.currentIndex() == 0


def test_the_menu_offers_the_same_engines(window: MainWindow, editor: FakeEditor) -> None:
    menu = window.findChild(QMenu, "menu_engine")
    assert menu is not None
    menu.aboutToShow.emit()
    local = next(action for action in menu.actions() if action.objectName() == "engine_local")
    local.trigger()
    assert ("set_engine", "local") in editor.calls


# --- what is sent ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [8, 16])
def test_the_preview_is_the_crop_with_its_mask(depth: int) -> None:
    pixels = np.zeros((400, 600, 3), np.uint8 if depth == 8 else np.uint16)
    pixels[..., 1] = 200 if depth == 8 else 200 * 257
    mask = np.zeros((400, 600), np.uint8)
    mask[:, 300:] = 255
    image = crop_preview(pixels, mask, Rect(200, 100, 200, 200), 100, (255, 0, 0, 128))
    assert (image.width(), image.height()) == (100, 100)
    kept, changed = image.pixelColor(10, 50), image.pixelColor(90, 50)
    assert (kept.red(), kept.green()) == (0, 200)
    assert changed.red() == pytest.approx(128, abs=2)


def test_a_crop_beyond_the_photo_shows_what_there_is() -> None:
    pixels = np.zeros((40, 60, 3), np.uint8)
    image = crop_preview(pixels, np.zeros((40, 60), np.uint8), Rect(-20, -20, 60, 60), 100, (255, 0, 0, 128))
    assert (image.width(), image.height()) == (40, 40)
    assert crop_preview(pixels, np.zeros((40, 60), np.uint8), Rect(90, 0, 5, 5), 9, (0, 0, 0, 0)).isNull()


def test_the_preview_goes_when_there_is_nothing_to_send(window: MainWindow, editor: FakeEditor) -> None:
    editor.show(np.zeros((40, 60, 3), np.uint8))
    editor.plan = Plan(Size(60, 40), Rect(0, 0, 60, 40), Size(60, 40), Rect(0, 0, 60, 40))
    editor.plan_changed.emit()
    assert not window.sent_panel._picture._image.isNull()
    editor.plan = None
    editor.plan_changed.emit()
    assert window.sent_panel._picture._image.isNull()
    assert "Paint over what should change" in window.sent_panel.accessibleDescription()


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.0004, "< 0.1 %"), (0.045, "4.5 %"), (0.17, "17 %"), (1, "100 %")]
)
def test_shares_are_short(share: float, text: str) -> None:
    assert percent(share) == text


# --- closing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "closes", "hides"), [("waitForAnswer", False, True), ("quitNow", True, False), ("stay", False, False)]
)
def test_closing_while_a_job_runs_asks(
    window: MainWindow,
    editor: FakeEditor,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    chosen: str,
    closes: bool,
    hides: bool,
) -> None:
    from PySide6.QtWidgets import QMessageBox

    def press(box: QMessageBox) -> int:
        button = box.findChild(QAbstractButton, chosen)
        assert button is not None
        button.click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", press)
    editor.is_busy = True
    closed: list[bool] = []
    window.closed.connect(lambda: closed.append(True))
    window.close()
    assert bool(closed) is closes
    assert window.isVisible() is not (closes or hides)
    if hides:
        editor.is_busy = False
        editor.busy_changed.emit(False)
        assert closed == [True]


def test_the_default_is_to_wait(window: MainWindow) -> None:
    box = window.leaving._question()
    default = box.defaultButton()
    assert default is not None
    assert default.objectName() == "waitForAnswer"
    box.deleteLater()


def test_nobody_is_asked_at_the_end_of_the_session(window: MainWindow, editor: FakeEditor) -> None:
    editor.is_busy = True
    window.leaving.silent = True
    assert window.close()


def test_somebody_is_asked_again_where_the_end_of_the_session_was_called_off(
    window: MainWindow, editor: FakeEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def stay(box: QMessageBox) -> int:
        asked.append(box.objectName())
        button = box.findChild(QPushButton, "stay")
        assert button is not None
        button.click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", stay)
    window.leaving.finish()
    editor.is_busy = True
    editor.busy_changed.emit(True)
    assert not window.close()
    assert asked == ["leavingDialog"]


# --- files and clipboard ---------------------------------------------------------------------------------------------


def test_a_drop_opens_or_becomes_the_mask(window: MainWindow, editor: FakeEditor) -> None:
    from pathlib import Path

    window.drops.file_dropped.emit(Path("a.jpg"), "open")
    window.drops.file_dropped.emit(Path("m.png"), "mask")
    assert ("open", Path("a.jpg")) in editor.calls
    assert ("look_at_mask", Path("m.png"), "auto") in editor.calls


def test_pasting_hands_over_bytes_undecoded(window: MainWindow, editor: FakeEditor) -> None:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QGuiApplication

    data = QMimeData()
    data.setData("image/png", b"not even a picture")
    QGuiApplication.clipboard().setMimeData(data)
    window.commands.paste()
    window.actions_by_id["paste_mask"].setEnabled(True)
    window.actions_by_id["paste_mask"].trigger()
    assert ("open_bytes", b"not even a picture", "Pasted picture") in editor.calls
    assert ("look_at_mask_bytes", b"not even a picture", "Pasted mask") in editor.calls


def test_an_empty_clipboard_is_said(window: MainWindow, editor: FakeEditor) -> None:
    from PySide6.QtGui import QGuiApplication

    QGuiApplication.clipboard().clear()
    window.commands.paste()
    assert "open_bytes" not in [call[0] for call in editor.calls]


def test_the_first_save_is_save_as(window: MainWindow, editor: FakeEditor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "suggested_path", lambda: Path("a-edit.jpg"), raising=False)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("b.jpg", ""))
    window.commands.save()
    assert editor.calls[-1] == ("save_as", Path("b.jpg"))
    editor.save_needs_name = False
    window.commands.save()
    assert [call for call in editor.calls if call[0] == "save"]


@pytest.mark.qt_log_ignore("This plugin does not support")
@pytest.mark.parametrize("name", ["구름-edit.png", "a-edit.jpg", "b-edit.TIF"])
def test_a_photo_is_offered_under_the_ending_it_has(
    window: MainWindow, editor: FakeEditor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setattr(editor, "suggested_path", lambda: tmp_path / name, raising=False)
    offered: list[Path] = []

    def accept() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        offered.extend(map(Path, dialog.selectedFiles()))
        dialog.reject()

    QTimer.singleShot(0, accept)
    window.commands.save_as()
    assert offered == [tmp_path / name]


def test_compare_is_held(window: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    shown: list[bool] = []
    window.run_panel.compared.connect(shown.append)
    editor.before = SimpleNamespace(rect=Rect(0, 0, 1, 1), pixels=np.zeros((1, 1, 3), np.uint8))
    editor.undo_changed.emit()
    QTest.mousePress(window.run_panel.compare, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(window.run_panel.compare, Qt.MouseButton.LeftButton)
    assert shown == [True, False]


# --- exactly what is sent --------------------------------------------------------------------------------------------


def test_the_details_unfold_and_show_the_pictures_and_the_words(window: MainWindow, editor: FakeEditor) -> None:
    editor.show(np.zeros((400, 600, 3), np.uint8))
    editor.paint(Rect(250, 150, 100, 80))
    editor.plan = Plan(Size(600, 400), Rect(100, 50, 400, 300), Size(832, 640), Rect(16, 32, 800, 576))
    parcel = SimpleNamespace(
        image=np.full((640, 832, 3), 90, np.uint8), mask=np.zeros((640, 832), np.uint8), image_png=b"x" * 1_300_000,
        mask_png=b"x", markup=None, markup_png=None,
    )  # fmt: skip
    said = SimpleNamespace(sent="a red boat")
    info = SimpleNamespace(host="api.openai.com")
    editor.sending = SimpleNamespace(plan=editor.plan, parcel=parcel, masked=0.21, info=info, prompt=said)
    editor.plan_changed.emit()
    panel = window.sent_panel
    assert window.findChild(QWidget, "sentDetails") is None
    panel.unfold.click()
    details = panel.details
    assert details is not None
    assert details.isVisible()
    assert ("watch_sending", True) in editor.calls
    told = details._told.text()
    for part in ("400 × 300 @ 100, 50", "left 16, top 32", "21 %", "1.3 MB", "a red boat"):
        assert part in told
    assert not details.picture._image.isNull()
    assert not details.sent_mask._image.isNull()
    editor.sending = SimpleNamespace(plan=editor.plan, parcel=parcel, masked=0.21, info=info, prompt=None)
    editor.sending_changed.emit()
    assert "translated first" in details._told.text()
    panel.unfold.click()
    assert not details.isVisible()
    assert editor.calls[-1] == ("watch_sending", False)


def test_of_several_requests_each_can_be_shown(window: MainWindow, editor: FakeEditor) -> None:
    editor.show(np.zeros((400, 600, 3), np.uint8))
    editor.plan = Plan(Size(600, 400), Rect(0, 0, 600, 400), Size(600, 400), Rect(0, 0, 600, 400))
    window.sent_panel.unfold.click()
    details = window.sent_panel.details
    assert details is not None
    assert not details.next.isVisible()
    editor.count_of_plans = 2
    editor.sending_changed.emit()
    assert details.next.isVisible()
    assert "1 of 2" in details._which.text()
    assert not details.previous.isEnabled()
    details.next.click()
    assert editor.calls[-1] == ("look_at_sending", 1)


def test_the_context_slider_shows_what_is_planned_and_sets_what_is_wanted(
    window: MainWindow, editor: FakeEditor
) -> None:
    editor.show(np.zeros((400, 600, 3), np.uint8))
    editor.paint(Rect(250, 150, 100, 80))
    editor.plan = Plan(Size(600, 400), Rect(100, 50, 400, 300), Size(400, 300), Rect(0, 0, 400, 300))
    editor.plan_changed.emit()
    window.sent_panel.unfold.click()
    details = window.sent_panel.details
    assert details is not None
    assert (details.context.value(), details._number.value()) == (100, 100)
    assert not details.auto.isEnabled()
    assert not [call for call in editor.calls if call[0] == "set_context"]
    details.context.setValue(240)
    editor.context = 240
    editor.plan_changed.emit()
    details.auto.click()
    assert [call[1] for call in editor.calls if call[0] == "set_context"] == [240, None]


def test_the_context_slider_goes_straight_to_what_is_planned(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    write_png(path, np.full((2400, 3000, 3), 90, np.uint8))
    studio.editor.open(path)
    assert studio.wait_idle(60)
    studio.window.sent_panel.unfold.click()
    details = studio.window.sent_panel.details
    assert details is not None
    studio.editor.set_prompt("a boat")
    paint(studio, Rect(1400, 1100, 200, 150))
    before, seen = details.context.value(), []
    studio.editor.sending_changed.connect(lambda: seen.append(details.context.value()))
    studio.editor.plan_changed.connect(lambda: seen.append(details.context.value()))
    paint(studio, Rect(1000, 1000, 900, 700))
    assert before < details.context.value()
    assert set(seen) <= {before, details.context.value()}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("mode", [Operation.EDIT, Operation.EXTEND, Operation.VARY, Operation.GENERATE])
def test_no_mode_is_wider_than_the_side(make_window: MakeWindow, language: str, mode: Operation) -> None:
    """It does not scroll sideways: what does not fit would be cut off."""
    window = make_window(language)
    window.editor.set_mode(mode)
    upper = window.findChild(UpperSide, "upperSide")
    assert upper is not None
    page = upper.widget()
    assert page is not None
    assert window.prompt_panel.margins.isVisible() is (mode is Operation.EXTEND)
    assert page.minimumSizeHint().width() <= upper.viewport().width()


class Breaking(QWidget):
    """As a line of text that breaks where there is a little less room."""

    line = 300

    def __init__(self) -> None:
        super().__init__()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self.line if width >= 318 else 2 * self.line

    def sizeHint(self) -> QSize:
        return QSize(330, self.line)


def test_the_side_has_room_for_what_breaks_beside_a_bar(qtbot: QtBot) -> None:
    """A bar is there for a moment when the content grows; it stays where the page, narrower by it, would need it."""
    upper = UpperSide("x", (Breaking(),))
    qtbot.addWidget(upper)
    upper.resize(320, 900)
    page, bar = upper.widget(), upper.verticalScrollBar().sizeHint().width()
    assert page is not None
    assert page.heightForWidth(320) < page.heightForWidth(320 - bar) <= upper.sizeHint().height()


def test_separate_areas_are_a_choice_with_prices_only_where_it_matters(window: MainWindow, editor: FakeEditor) -> None:
    editor.show(np.zeros((400, 600, 3), np.uint8))
    editor.plan = Plan(Size(600, 400), Rect(0, 0, 600, 400), Size(600, 400), Rect(0, 0, 600, 400))
    editor.plan_changed.emit()
    panel = window.sent_panel
    assert not panel.areas.isVisible()
    editor.divides, editor.cost_together, editor.cost_each = 2, 0.03, 0.02
    editor.plan_changed.emit()
    assert panel.areas.isVisible()
    together, each = (panel._areas[key] for key in ("together", "each"))
    assert together.isChecked()
    assert ("0.030" in together.text(), "0.020" in each.text()) == (True, True)
    each.click()
    assert editor.calls[-1] == ("set_sends_each", True)
