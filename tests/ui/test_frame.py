"""The photo's frame in the window: its actions, and what is said meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QSpinBox

from dalle_studio.core.geometry import Margins, Rect
from dalle_studio.core.operation import Operation
from dalle_studio.core.reshape import Reshape
from dalle_studio.tools.crop import CropTool
from dalle_studio.tools.pointer import ToolName
from dalle_studio.ui.crop_bar import CropBar
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


# --- crop ------------------------------------------------------------------------------------------------------------

Key = Qt.Key


@pytest.fixture
def cropping(window: MainWindow, editor: FakeEditor) -> MainWindow:
    """With a photo of 600×400, its frame being set."""
    open_photo(editor)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Key.Key_L)
    QTest.keyClick(window.canvas, Key.Key_C)
    return window


def crop_of(window: MainWindow) -> CropTool:
    assert window.canvas.crop is not None
    return window.canvas.crop


def tool_of(window: MainWindow) -> ToolName:
    return window.canvas.tool


def bar_of(window: MainWindow) -> CropBar:
    (bar,) = window.findChildren(CropBar)
    return bar


def drag(window: MainWindow, start: tuple[float, float], end: tuple[float, float]) -> None:
    canvas = window.canvas
    first, last = canvas.photo_to_widget(*start), canvas.photo_to_widget(*end)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(canvas, (first + last) / 2)
    QTest.mouseMove(canvas, last)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=last)


def reshapes(editor: FakeEditor) -> list[Reshape]:
    return [call[1] for call in editor.calls if call[0] == "reshape"]


def test_a_dragged_crop_is_applied_by_return_and_the_tool_before_comes_back(
    cropping: MainWindow, editor: FakeEditor
) -> None:
    assert tool_of(cropping) is ToolName.CROP
    assert not cropping.tool_options.isVisible()
    drag(cropping, (0, 0), (100, 50))
    drag(cropping, (300, 200), (280, 190))
    frame = crop_of(cropping).frame
    assert abs(frame.x - 80) <= 2
    assert abs(frame.y - 40) <= 2
    assert bar_of(cropping).size_label.text() == f"{frame.width} × {frame.height} px"
    QTest.keyClick(cropping.canvas, Key.Key_Right)
    QTest.keyClick(cropping.canvas, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    moved = crop_of(cropping).frame
    assert (moved.x - frame.x, moved.y - frame.y) == (1, 10)
    QTest.keyClick(cropping.canvas, Key.Key_Return)
    assert reshapes(editor) == [Reshape(crop=moved)]
    assert tool_of(cropping) is ToolName.LASSO
    assert cropping.tool_options.isVisible()
    assert editor.undo.names == []  # nothing was painted


def test_esc_takes_back_the_drag_and_then_leaves(cropping: MainWindow, editor: FakeEditor) -> None:
    canvas = cropping.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.photo_to_widget(0, 0))
    QTest.mouseMove(canvas, canvas.photo_to_widget(90, 90))
    assert crop_of(cropping).frame != Rect(0, 0, 600, 400)
    QTest.keyClick(canvas, Key.Key_Escape)
    assert crop_of(cropping).frame == Rect(0, 0, 600, 400)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.photo_to_widget(90, 90))
    QTest.keyClick(canvas, Key.Key_Escape)
    assert canvas.crop is None
    assert canvas.tool is ToolName.LASSO
    assert reshapes(editor) == []


def test_a_ratio_and_an_angle_are_chosen_in_the_bar(cropping: MainWindow, editor: FakeEditor) -> None:
    bar = bar_of(cropping)
    bar.ratio.setCurrentText("1:1")
    assert crop_of(cropping).frame == Rect(100, 0, 400, 400)
    bar.angle.setValue(7.5)
    assert bar.slider.value() == 75
    frame = crop_of(cropping).frame
    assert frame.width == frame.height < 400
    bar.slider.setValue(-75)
    assert crop_of(cropping).angle == -7.5
    bar.apply_button.click()
    assert reshapes(editor) == [Reshape(angle=-7.5, crop=frame)]


def test_a_line_along_the_horizon_makes_it_level(cropping: MainWindow) -> None:
    bar = bar_of(cropping)
    bar.level.click()
    drag(cropping, (100, 200), (500, 220))
    assert crop_of(cropping).angle == pytest.approx(-2.86, abs=0.5)
    assert bar.angle.value() == pytest.approx(crop_of(cropping).angle, abs=0.06)
    assert not bar.level.isChecked()


def test_undo_takes_back_what_was_set_and_then_leaves_the_frame(cropping: MainWindow, editor: FakeEditor) -> None:
    bar, canvas, undo = bar_of(cropping), cropping.canvas, Qt.KeyboardModifier.ControlModifier
    assert cropping.actions_by_id["undo"].isEnabled()
    bar.ratio.setCurrentText("1:1")
    drag(cropping, (100, 0), (150, 50))
    dragged = crop_of(cropping).frame
    for _ in range(3):
        QTest.keyClick(canvas, Key.Key_Right)
    bar.slider.setValue(20)
    bar.slider.setValue(75)
    QTest.keyClick(canvas, Key.Key_Z, undo)
    assert (bar.slider.value(), crop_of(cropping).frame) == (0, dragged.moved(3, 0))
    QTest.keyClick(canvas, Key.Key_Z, undo)
    assert crop_of(cropping).frame == dragged
    QTest.keyClick(canvas, Key.Key_Y, undo)
    assert crop_of(cropping).frame == dragged.moved(3, 0)
    for _ in range(2):
        QTest.keyClick(canvas, Key.Key_Z, undo)
    assert (bar.ratio.currentText(), crop_of(cropping).frame) == ("1:1", Rect(100, 0, 400, 400))
    QTest.keyClick(canvas, Key.Key_Z, undo)
    assert (bar.ratio.currentData(), crop_of(cropping).frame) == ("free", Rect(0, 0, 600, 400))
    QTest.keyClick(canvas, Key.Key_Z, undo)
    assert canvas.crop is None
    assert tool_of(cropping) is ToolName.LASSO
    assert not [call for call in editor.calls if call[0] in ("undo_step", "redo_step", "reshape")]
    assert not cropping.actions_by_id["undo"].isEnabled()


def test_undo_during_a_drag_of_the_frame_takes_back_the_drag(cropping: MainWindow) -> None:
    canvas = cropping.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.photo_to_widget(0, 0))
    QTest.mouseMove(canvas, canvas.photo_to_widget(90, 90))
    QTest.keyClick(canvas, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert crop_of(cropping).frame == Rect(0, 0, 600, 400)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.photo_to_widget(90, 90))
    assert crop_of(cropping).frame == Rect(0, 0, 600, 400)


def test_straighten_opens_the_crop_with_its_angle_at_hand(window: MainWindow, editor: FakeEditor) -> None:
    assert not window.actions_by_id["tool_crop"].isEnabled()
    open_photo(editor)
    window.actions_by_id["straighten"].trigger()
    assert bar_of(window).slider.hasFocus()
    QTest.keyClick(bar_of(window).slider, Key.Key_Right)
    assert crop_of(window).angle == 0.1
    QTest.keyClick(bar_of(window).slider, Key.Key_Return)
    assert [change.title for change in reshapes(editor)] == ["straighten"]


def test_another_photo_or_none_ends_what_was_set(cropping: MainWindow, editor: FakeEditor) -> None:
    bar_of(cropping).angle.setValue(5)
    open_photo(editor, 300, 200)
    assert crop_of(cropping).frame == Rect(0, 0, 300, 200)
    assert bar_of(cropping).angle.value() == 0
    editor.picture = editor.size = editor.view = editor.mask = None
    editor.document_changed.emit()
    assert cropping.canvas.crop is None
    assert cropping.canvas.tool is ToolName.LASSO


def test_adjusting_the_mask_leaves_the_crop(cropping: MainWindow, editor: FakeEditor) -> None:
    editor.paint(Rect(10, 10, 50, 50))
    cropping.actions_by_id["mask_grow"].trigger()
    assert cropping.canvas.crop is None
    cropping.commands.mask.cancel()
    assert cropping.tool_options.isVisible()


def test_the_photo_turns_under_the_frame(cropping: MainWindow) -> None:
    canvas = cropping.canvas
    before = canvas.grab().toImage()
    bar_of(cropping).angle.setValue(20)
    corner = canvas.photo_to_widget(2, 2)
    shown = canvas.grab().toImage()
    assert shown.pixelColor(corner) != before.pixelColor(corner)
    assert shown.pixelColor(corner).name() == cropping.theme.tokens.canvas
    middle = canvas.photo_to_widget(290, 190)
    assert shown.pixelColor(middle).lightness() > shown.pixelColor(canvas.photo_to_widget(30, 200)).lightness()


# --- margins ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def extending(window: MainWindow, editor: FakeEditor) -> MainWindow:
    open_photo(editor)
    editor.set_mode(Operation.EXTEND)
    window.canvas.setFocus()
    return window


def test_a_side_dragged_outwards_sets_the_margin_and_the_panel_follows(
    extending: MainWindow, editor: FakeEditor
) -> None:
    drag(extending, (600, 200), (640, 200))
    before, after = next(call[1:] for call in editor.calls if call[0] == "change_margins")
    assert before == Margins()
    assert after.right == pytest.approx(40, abs=2)
    assert (after.left, after.top, after.bottom) == (0, 0, 0)
    shown = extending.findChild(QSpinBox, "marginRight")
    assert isinstance(shown, QSpinBox)
    assert shown.value() == after.right
    assert editor.undo.names == []  # nothing was painted


def test_esc_takes_a_margin_back_while_it_is_dragged(extending: MainWindow, editor: FakeEditor) -> None:
    canvas = extending.canvas
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.photo_to_widget(600, 200))
    QTest.mouseMove(canvas, canvas.photo_to_widget(650, 200))
    assert editor.margins.right > 0
    QTest.keyClick(canvas, Key.Key_Escape)
    assert editor.margins == Margins()
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.photo_to_widget(650, 200))
    assert editor.margins == Margins()


def test_the_sides_can_be_dragged_in_mode_extend_only(extending: MainWindow, editor: FakeEditor) -> None:
    editor.set_mode(Operation.EDIT)
    drag(extending, (600, 200), (640, 200))
    assert not any(call[0] == "change_margins" for call in editor.calls)


def test_the_pointer_says_what_can_be_dragged(extending: MainWindow) -> None:
    canvas = extending.canvas
    QTest.mouseMove(canvas, canvas.photo_to_widget(300, 100))
    assert canvas.cursor().shape() == Qt.CursorShape.BlankCursor
    QTest.mouseMove(canvas, canvas.photo_to_widget(600, 200))
    assert canvas.cursor().shape() == Qt.CursorShape.SizeHorCursor
