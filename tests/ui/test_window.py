from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QSlider,
    QWidget,
)

from dalle_studio.core.errors import EngineUnavailable, KeyProblem
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Progress
from dalle_studio.core.records import Operation
from dalle_studio.session.worker import UnexpectedProblem
from dalle_studio.ui.controls import PrimaryButton
from dalle_studio.ui.window import MainWindow
from tests.ui.conftest import MakeWindow
from tests.ui.fake_editor import FakeEditor

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

FIXED_NAMES = [
    "mainWindow",
    "canvas",
    "prompt",
    "promptTranslation",
    "generate",
    "cancel",
    "modeReplace",
    "modeRemove",
    "modeExtend",
    "modeVary",
    "modeNew",
    "engine",
    "model",
    "size",
    "quality",
    "count",
    "costEstimate",
    "history",
    "historySearch",
    "brushSize",
    "brushHardness",
    "maskOpacity",
    "statusMessage",
    "progress",
    "whatIsSent",
    "compare",
]

MODES = {
    "modeReplace": Operation.EDIT,
    "modeRemove": Operation.REMOVE,
    "modeExtend": Operation.EXTEND,
    "modeVary": Operation.VARY,
    "modeNew": Operation.GENERATE,
}


def child(window: QWidget, name: str) -> QWidget:
    found = window.findChild(QWidget, name)
    assert found is not None, name
    return found


def open_photo(editor: FakeEditor, width: int = 600, height: int = 400) -> None:
    editor.show(np.full((height, width, 3), 128, np.uint8))


def everything_at_once(editor: FakeEditor) -> None:
    """The fullest the right side can get."""
    open_photo(editor)
    editor.set_prompt("빨간 돛단배, 아침 햇살")
    editor.needs_english = True
    editor.plan = Plan(Size(600, 400), Rect(0, 0, 320, 320), Size(2880, 2160), Rect(0, 0, 2880, 2160))
    editor.sent_share, editor.cost_usd, editor.identical = 0.17, 0.132, True
    editor.candidates, editor.before = (1, 2, 3, 4), object()
    editor.sent_today = {"api.openai.com": 12}
    for signal in (editor.request_changed, editor.plan_changed, editor.undo_changed, editor.sent_today_changed):
        signal.emit()


def cut_off(window: QWidget) -> list[tuple[str, str, int, int]]:
    """Visible texts with less room than they need: (name, text, needs, has)."""
    cut = []
    for widget in window.findChildren(QWidget):
        text = widget.text() if isinstance(widget, QLabel | QAbstractButton) else ""
        if not widget.isVisible() or isinstance(widget, PrimaryButton):
            continue
        if isinstance(widget, QLabel) and widget.wordWrap():
            needs, has = widget.heightForWidth(widget.width()), widget.height()
        elif isinstance(widget, QLabel):
            needs, has = widget.sizeHint().width(), widget.width()
        elif text:
            needs, has = widget.fontMetrics().horizontalAdvance(text), widget.width()
        elif isinstance(widget, QComboBox):
            text = widget.currentText()
            needs, has = widget.fontMetrics().horizontalAdvance(text) + 30, widget.width()
        else:
            continue
        if needs > has:
            cut.append((widget.objectName(), text, needs, has))
    return cut


# --- names ---------------------------------------------------------------------------------------------------------


def test_the_names_for_automation_are_there(window: MainWindow) -> None:
    assert isinstance(window, QMainWindow)
    assert window.objectName() == "mainWindow"
    for name in FIXED_NAMES[1:]:
        assert child(window, name).accessibleName(), name


@pytest.mark.parametrize("language", ["ko", "en"])
def test_everything_usable_has_both_names(make_window: MakeWindow, language: str) -> None:
    window = make_window(language)
    usable = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QSlider, QAbstractSpinBox)
    unnamed = [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, usable)
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not widget.objectName().startswith("qt_")
        and not (widget.objectName() and widget.accessibleName())
    ]
    assert unnamed == []


def test_tools_that_are_not_built_do_not_appear(window: MainWindow) -> None:
    tools = {button.objectName() for button in window.tool_strip.findChildren(QAbstractButton)}
    selecting = {"toolRectangle", "toolEllipse", "toolLasso", "toolWand", "toolSmartSelect"}
    assert tools == {"toolBrush", "toolEraser", "toolCrop", "toolMarkup", "toolPan", "toolZoom"} | selecting


# --- nothing is cut off ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES.values())
@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize("size", [(1280, 800), (1600, 1000)])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_no_text_is_cut_off(
    make_window: MakeWindow, qapp: QApplication, language: str, size: tuple[int, int], mode: Operation, busy: bool
) -> None:
    window = make_window(language, size=size)
    editor = cast("FakeEditor", window.editor)
    everything_at_once(editor)
    editor.mode, editor.is_busy = mode, busy
    editor.request_changed.emit()
    editor.busy_changed.emit(busy)
    editor.progress_changed.emit(Progress("wait"))
    qapp.processEvents()  # what was set is laid out
    assert cut_off(window) == []


@pytest.mark.parametrize("mode", MODES.values())
@pytest.mark.parametrize("busy", [False, True])
def test_the_right_side_fits_a_low_screen(make_window: MakeWindow, mode: Operation, busy: bool) -> None:
    window = make_window("ko", size=(1280, 800))
    editor = cast("FakeEditor", window.editor)
    everything_at_once(editor)
    editor.mode, editor.is_busy = mode, busy
    editor.request_changed.emit()
    editor.busy_changed.emit(busy)
    assert window.side.minimumSizeHint().height() <= window.side.height()
    assert window.side.width() == 348


@pytest.mark.parametrize("mode", [Operation.EDIT, Operation.REMOVE, Operation.VARY, Operation.GENERATE])
def test_a_low_screen_shows_four_rows_of_the_history(
    make_window: MakeWindow, qapp: QApplication, mode: Operation
) -> None:
    window = make_window("ko", size=(1264, 760))  # 1280 by 800 without the frame
    editor = cast("FakeEditor", window.editor)
    everything_at_once(editor)
    editor.mode, editor.needs_english = mode, False
    editor.request_changed.emit()
    qapp.processEvents()
    assert window.history_panel.list.viewport().height() >= 4 * 50


# --- what the window shows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "operation"), MODES.items())
def test_a_mode_button_sets_the_mode(window: MainWindow, editor: FakeEditor, name: str, operation: Operation) -> None:
    editor.mode = Operation.VARY if operation is not Operation.VARY else Operation.EDIT
    button = child(window, name)
    assert isinstance(button, QAbstractButton)
    button.click()
    assert ("set_mode", operation) in editor.calls
    assert button.isChecked()


def test_in_mode_remove_the_button_reads_remove_and_runs(window: MainWindow, editor: FakeEditor) -> None:
    child(window, "modeRemove").click()  # type: ignore[attr-defined]  # a button
    generate = child(window, "generate")
    assert isinstance(generate, QAbstractButton)
    assert generate.text() == "Remove"
    generate.click()
    assert ("generate",) in editor.calls


def test_margins_appear_in_mode_extend_only(window: MainWindow, editor: FakeEditor) -> None:
    assert not child(window, "marginLeft").isVisible()
    child(window, "modeExtend").click()  # type: ignore[attr-defined]  # a button
    assert child(window, "marginLeft").isVisible()


def test_a_wanted_width_is_shared_out_on_both_sides(window: MainWindow, editor: FakeEditor) -> None:
    open_photo(editor)
    child(window, "extendWidth").setValue(701)  # type: ignore[attr-defined]  # a spin box
    assert ("set_margins", Margins(50, 0, 51, 0)) in editor.calls


def test_a_margin_is_told(window: MainWindow, editor: FakeEditor) -> None:
    child(window, "marginTop").setValue(500)  # type: ignore[attr-defined]  # a spin box
    assert ("set_margins", Margins(0, 500, 0, 0)) in editor.calls


def test_a_number_still_being_typed_goes_with_the_request(window: MainWindow, editor: FakeEditor) -> None:
    open_photo(editor)
    QTest.mouseClick(child(window, "modeExtend"), Qt.MouseButton.LeftButton)
    left = child(window, "marginLeft")
    left.setFocus()
    QTest.keyClick(left, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(left, "400")
    QTest.mouseClick(child(window, "generate"), Qt.MouseButton.LeftButton)
    said = [call[0] for call in editor.calls]
    assert editor.margins == Margins(left=400)
    assert said.index("set_margins") < said.index("generate")


def test_a_click_on_a_mode_leaves_the_keys_with_the_canvas(window: MainWindow) -> None:
    window.canvas.setFocus()
    mode = child(window, "modeRemove")
    QTest.mouseClick(mode, Qt.MouseButton.LeftButton)
    assert window.focusWidget() is window.canvas
    mode.setFocus(Qt.FocusReason.TabFocusReason)
    assert window.focusWidget() is mode


def test_while_a_job_runs_there_is_cancel_instead(window: MainWindow, editor: FakeEditor) -> None:
    editor.is_busy = True
    editor.busy_changed.emit(True)
    assert not child(window, "generate").isEnabled()
    assert child(window, "cancel").isVisible()
    assert child(window, "progress").isVisible()
    child(window, "cancel").click()  # type: ignore[attr-defined]  # a button
    assert ("cancel",) in editor.calls
    editor.is_busy = False
    editor.busy_changed.emit(False)
    assert child(window, "generate").isEnabled()
    assert not child(window, "cancel").isVisible()


@pytest.fixture
def patient(qapp: QApplication) -> Iterator[None]:
    """However slow the machine is, two presses are a double click."""
    usual = qapp.doubleClickInterval()
    qapp.setDoubleClickInterval(60_000)
    yield
    qapp.setDoubleClickInterval(usual)


@pytest.mark.usefixtures("patient")
def test_the_second_press_of_a_double_click_neither_pays_again_nor_cancels(
    window: MainWindow, editor: FakeEditor
) -> None:
    """*Cancel* and *Generate* take each other's place under the pointer."""
    run, side = window.run_panel, Qt.MouseButton.LeftButton
    told: list[str] = []
    run.generate.clicked.connect(lambda: told.append("generate"))
    run.cancel.clicked.connect(lambda: told.append("cancel"))
    QTest.mouseClick(run.generate, side)
    editor.busy_changed.emit(True)
    QTest.mouseClick(run.cancel, side)
    assert told == ["generate"]
    run.cancel.click()  # by keys, or an assistant
    editor.busy_changed.emit(False)
    assert told == ["generate", "cancel"]
    QTest.mouseClick(run.generate, side)  # another press on the same button is one
    assert told == ["generate", "cancel", "generate"]
    editor.busy_changed.emit(True)
    QApplication.setDoubleClickInterval(0)  # a while later
    QTest.mouseClick(run.cancel, side)
    QApplication.setDoubleClickInterval(60_000)
    editor.busy_changed.emit(False)
    QTest.mouseClick(run.generate, side)
    QTest.mouseDClick(run.generate, side)
    assert told == ["generate", "cancel", "generate", "cancel"]


@pytest.mark.parametrize("pressed", ["generate", "cancel"])
def test_a_button_that_goes_gives_the_focus_to_the_canvas(window: MainWindow, editor: FakeEditor, pressed: str) -> None:
    editor.busy_changed.emit(pressed == "cancel")
    child(window, pressed).setFocus()
    assert QApplication.focusWidget() is child(window, pressed)
    editor.busy_changed.emit(pressed == "generate")
    assert QApplication.focusWidget() is window.canvas


def test_a_click_on_generate_or_cancel_leaves_the_focus_in_the_prompt(window: MainWindow, editor: FakeEditor) -> None:
    prompt = child(window, "prompt")
    prompt.setFocus()
    QTest.mouseClick(child(window, "generate"), Qt.MouseButton.LeftButton)
    editor.busy_changed.emit(True)
    QTest.mouseClick(child(window, "cancel"), Qt.MouseButton.LeftButton)
    editor.busy_changed.emit(False)
    assert QApplication.focusWidget() is prompt


def test_progress_shows_a_known_share(window: MainWindow, editor: FakeEditor) -> None:
    editor.busy_changed.emit(True)
    editor.progress_changed.emit(Progress("wait", 0.4))
    assert window.run_panel.progress.value() == 400
    editor.progress_changed.emit(Progress("compose"))
    assert window.run_panel.progress.maximum() == 0


def test_candidates_can_be_stepped_through(window: MainWindow, editor: FakeEditor) -> None:
    editor.candidates, editor.chosen = (1, 2, 3, 4), 1
    editor.undo_changed.emit()
    which = child(window, "candidate")
    assert isinstance(which, QLabel)
    assert which.text() == "2 / 4"
    child(window, "nextCandidate").click()  # type: ignore[attr-defined]  # a button
    child(window, "previousCandidate").click()  # type: ignore[attr-defined]  # a button
    assert editor.calls[-2:] == [("step_candidate", 1), ("step_candidate", -1)]


def test_what_is_sent_says_size_scale_mask_place_and_cost(window: MainWindow, editor: FakeEditor) -> None:
    everything_at_once(editor)
    said = child(window, "whatIsSent").accessibleDescription()
    for part in ("2880 × 2160", "mask 17 %", "no metadata", "api.openai.com", "$0.132"):
        assert part in said


def test_what_stays_here_is_said_to_stay(window: MainWindow, editor: FakeEditor) -> None:
    everything_at_once(editor)
    editor.host, editor.engine = None, "local"
    editor.plan_changed.emit()
    assert "Stays on this computer" in child(window, "whatIsSent").accessibleDescription()
    assert child(window, "whatIsSent").accessibleName() == "What will be edited"
    editor.host, editor.engine = "api.openai.com", "openai"
    editor.plan_changed.emit()
    assert child(window, "whatIsSent").accessibleName() == "What will be sent"


def test_nothing_is_promised_of_an_unknown_engine(window: MainWindow, editor: FakeEditor) -> None:
    editor.host, editor.engine = None, "openai"
    editor.plan_changed.emit()
    assert "Stays" not in child(window, "whatIsSent").accessibleDescription()


def test_the_badge_shows_only_what_was_verified(window: MainWindow, editor: FakeEditor) -> None:
    open_photo(editor)
    assert not window.workspace.badge.isVisible()
    editor.identical = True
    editor.pixels_changed.emit(Rect(0, 0, 1, 1))
    assert window.workspace.badge.isVisible()
    editor.identical = False
    editor.pixels_changed.emit(Rect(0, 0, 1, 1))
    assert not window.workspace.badge.isVisible()


def test_the_status_bar_says_where_one_stands(window: MainWindow, editor: FakeEditor) -> None:
    open_photo(editor)
    editor.paint(Rect(0, 0, 60, 40))
    texts = [label.text() for label in window.status.findChildren(QLabel)]
    texts += [button.text() for button in window.status.findChildren(QAbstractButton)]
    assert "Mask 1.0 %" in texts
    step = child(window, "statusStep")
    assert isinstance(step, QAbstractButton)
    assert step.text() == "Step 1 of 1"
    assert "Sent from this computer today: nothing" in texts


def test_the_brush_sliders_speak_diameter_and_per_cent(window: MainWindow, editor: FakeEditor) -> None:
    child(window, "brushSize").setValue(120)  # type: ignore[attr-defined]  # a slider
    child(window, "brushHardness").setValue(35)  # type: ignore[attr-defined]  # a slider
    assert editor.brush.radius == 60
    assert editor.brush.hardness == 0.35


def test_a_brush_changed_on_the_canvas_moves_the_sliders(window: MainWindow, editor: FakeEditor) -> None:
    window.canvas.step_brush_size(+1)
    assert window.tool_options.brush_size.value() == round(editor.brush.radius * 2)
    assert window.tool_options.findChild(QAbstractSpinBox, "brushSizeValue")


# --- when something fails --------------------------------------------------------------------------------------------


def test_without_a_key_one_can_add_one_or_remove_instead(window: MainWindow, editor: FakeEditor) -> None:
    open_photo(editor)
    editor.paint(Rect(0, 0, 60, 40))
    editor.set_prompt("a boat")
    error = KeyProblem("errors_storage.key_blank", host="api.openai.com")
    editor.edit_failed.emit(error)
    assert window.notice.isVisible()
    assert window.notice.text == window.words.of(error)[0]
    assert child(window.notice, "offerKey").isVisible()
    child(window.notice, "offerRemove").click()  # type: ignore[attr-defined]  # a button
    assert ("remove",) in editor.calls
    assert not window.notice.isVisible()
    assert window.prompt_panel.prompt.toPlainText() == "a boat"
    assert editor.mask is not None
    assert not editor.mask.is_empty


def test_a_failed_service_can_be_tried_again(window: MainWindow, editor: FakeEditor) -> None:
    editor.edit_failed.emit(EngineUnavailable("errors_session.bug", what="x"))
    child(window.notice, "offerAgain").click()  # type: ignore[attr-defined]  # a button
    assert ("generate",) in editor.calls


def test_a_bug_offers_its_diagnostics_and_keeps_offering(window: MainWindow, editor: FakeEditor) -> None:
    try:
        raise RuntimeError("boom")
    except RuntimeError as error:
        problem = UnexpectedProblem(error)
    editor.bug_met.emit(problem)
    editor.message.emit("error", *window.words.of(problem))
    assert child(window.notice, "copyDiagnostics").isVisible()


def test_news_go_to_the_status_bar(window: MainWindow, editor: FakeEditor) -> None:
    editor.message.emit("info", "Saved", "")
    message = child(window, "statusMessage")
    assert isinstance(message, QLabel)
    assert message.text() == "Saved"
    assert not window.notice.isVisible()


def test_what_a_crash_cost_is_said_until_it_is_closed(window: MainWindow, editor: FakeEditor) -> None:
    editor.message.emit("report", "Interrupted: 1. It may have been billed.", "")
    open_photo(editor)  # the one that was worked on last
    editor.message.emit("info", "The mask is back.", "")
    assert window.notice.isVisible()
    editor.message.emit("error", "Something failed.", "")
    editor.message.emit("info", "It worked.", "")
    assert not window.notice.isVisible()


def test_esc_closes_the_notice_before_anything_is_cancelled(window: MainWindow, editor: FakeEditor) -> None:
    editor.is_busy = True
    editor.message.emit("error", "It went wrong", "")
    close = child(window.notice, "noticeClose")
    close.setFocus()
    QTest.keyClick(close, Qt.Key.Key_Escape)
    assert not window.notice.isVisible()
    assert window.canvas.hasFocus()


@pytest.mark.parametrize("which", ["offerAgain", "noticeClose"])
def test_a_notices_buttons_give_the_keys_back_to_the_canvas(window: MainWindow, editor: FakeEditor, which: str) -> None:
    editor.edit_failed.emit(EngineUnavailable("errors_session.bug", what="x"))
    button = child(window.notice, which)
    button.setFocus()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not window.notice.isVisible()
    assert window.canvas.hasFocus()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("which", ["offerAgain", "noticeClose"])
def test_the_second_press_of_a_double_click_on_a_notice_does_not_paint(
    window: MainWindow, editor: FakeEditor, which: str
) -> None:
    editor.edit_failed.emit(EngineUnavailable("errors_session.bug", what="x"))
    button = child(window.notice, which)
    place = button.mapTo(window, button.rect().center())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not window.notice.isVisible()
    shield = window.childAt(place)
    assert shield is not None
    assert shield is not window.canvas
    QTest.mouseDClick(shield, Qt.MouseButton.LeftButton)
    assert [call for call in editor.calls if call[0] == "generate"] == [("generate",)] * (which == "offerAgain")


def test_a_photo_can_be_painted_where_a_notice_was(window: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    usual = QApplication.doubleClickInterval()
    QApplication.setDoubleClickInterval(0)
    editor.message.emit("error", "It went wrong", "")
    close = child(window.notice, "noticeClose")
    place = close.mapTo(window, close.rect().center())
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.childAt(place) is window.canvas)
    QApplication.setDoubleClickInterval(usual)


def test_a_notice_goes_with_the_photo_it_was_about(window: MainWindow, editor: FakeEditor) -> None:
    editor.message.emit("error", "It went wrong", "")
    open_photo(editor)
    assert not window.notice.isVisible()


def test_a_success_closes_a_notice_unless_it_offers_something(window: MainWindow, editor: FakeEditor) -> None:
    editor.message.emit("error", "It could not be saved", "")
    editor.message.emit("info", "Saved", "")
    assert not window.notice.isVisible()
    editor.edit_failed.emit(EngineUnavailable("errors.cancelled"))
    editor.message.emit("info", "Saved", "")
    assert window.notice.isVisible()


def test_news_pass_and_failures_stay(window: MainWindow, editor: FakeEditor) -> None:
    window.history_panel.deleted.emit(("an edit",))
    assert window.notice.passing.isActive()
    window.notice.passing.timeout.emit()
    assert not window.notice.isVisible()
    editor.message.emit("error", "It went wrong", "")
    assert not window.notice.passing.isActive()


def test_file_names_are_never_read_as_markup(window: MainWindow, editor: FakeEditor) -> None:
    editor.show(np.zeros((10, 10, 3), np.uint8), "<b>bold</b>.png")
    assert window.workspace.title.textFormat() == Qt.TextFormat.PlainText
    assert "<b>" in window.workspace.title.text()


# --- the look --------------------------------------------------------------------------------------------------------


def test_the_look_changes_while_the_window_is_open(window: MainWindow) -> None:
    window.theme.choose("light")
    assert window.theme.tokens.name == "light"
    assert window.grab().toImage().pixelColor(10, 200).name() == "#fafafa"


def test_bars_have_the_heights_of_the_drawing(window: MainWindow) -> None:
    assert window.menuBar().height() == 30
    assert window.tool_options.height() == 40
    assert window.tool_strip.width() == 48
    assert window.status.height() == 26
