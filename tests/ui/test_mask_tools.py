"""The mask's tools in the window, on a real editor: options, adjustments with their preview, the undo list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QMenu, QSlider

from dalle_studio.app import Studio, create
from dalle_studio.core.geometry import Rect
from dalle_studio.imaging.selection import Combine
from dalle_studio.session.mask_look import MaskLook
from dalle_studio.tools.pointer import ToolName
from tests.ui.canvas_driver import Hand
from tests.ui.masked_studio import LEFT, NONE, RED, at, click, do, find, mask_of, paint, press, set_amount

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize(
    ("key", "tool"),
    [("M", ToolName.RECTANGLE), ("L", ToolName.LASSO), ("W", ToolName.WAND), ("S", ToolName.SMART_SELECT)],
)
def test_keys_and_buttons_choose_the_selection_tools(studio: Studio, key: str, tool: ToolName) -> None:
    window = studio.window
    window.activateWindow()
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key(ord(key)))
    assert window.canvas.tool is tool
    button = find(studio, "tool" + "".join(part.capitalize() for part in tool.split("_")))
    assert isinstance(button, QAbstractButton)
    assert button.isChecked()
    press(studio, "toolBrush")
    assert window.canvas.tool is ToolName.BRUSH
    button.click()
    assert window.canvas.tool is tool


def test_the_options_shown_are_those_of_the_tool(studio: Studio) -> None:
    do(studio, "tool_wand")
    assert find(studio, "selection_tolerance").isVisible()
    assert not find(studio, "brushSize").isVisible()
    do(studio, "tool_lasso")
    assert not find(studio, "selection_tolerance").isVisible()
    assert find(studio, "selection_antialias").isVisible()
    do(studio, "tool_brush")
    assert find(studio, "brushSize").isVisible()
    assert not find(studio, "selectionOptions").isVisible()


def test_the_wand_takes_the_tolerance_and_the_way_to_combine_from_the_options(studio: Studio) -> None:
    do(studio, "tool_wand")
    press(studio, "selection_antialias")
    click(studio, 200, 150)
    assert mask_of(studio).bounds == RED
    press(studio, "combineSubtract")
    assert studio.window.canvas.selection_options.combine is Combine.SUBTRACT
    slider = find(studio, "selection_tolerance")
    assert isinstance(slider, QSlider)
    slider.setValue(255)
    click(studio, 200, 150)
    assert mask_of(studio).is_empty
    assert studio.editor.undo.names == ["tools.step_wand"] * 2


def test_smart_select_by_strokes_has_its_own_width(studio: Studio) -> None:
    do(studio, "tool_smart_select")
    assert not find(studio, "selection_radius").isVisible()
    press(studio, "selection_by_strokes")
    assert find(studio, "selection_radius").isVisible()
    assert studio.window.canvas.selection_options.by_strokes


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_brush_has_a_flow(studio: Studio) -> None:
    press(studio, "stroke_options_button")
    slider = find(studio, "brushFlow")
    assert isinstance(slider, QSlider)
    slider.setValue(40)
    find(studio, "strokeOptions").close()
    assert studio.editor.brush.flow == pytest.approx(0.4)
    studio.window.canvas.step_brush_size(1)
    assert studio.editor.brush.flow == pytest.approx(0.4)
    click(studio, 300, 50)
    assert int(mask_of(studio).pixels.max()) == 102


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_look_of_the_overlay_is_kept_for_the_next_start(studio: Studio) -> None:
    slider = find(studio, "maskOpacity")
    assert isinstance(slider, QSlider)
    assert slider.value() == 48  # as the theme has it
    slider.setValue(80)
    do(studio, "overlay_inverted")
    do(studio, "look_outline")
    press(studio, "look_button")
    menu = find(studio, "look_menu")
    next(action for action in menu.actions() if action.objectName() == "colour_green").trigger()
    menu.close()
    studio.editor.keep_draft()
    assert studio.wait_idle(20)
    again = create([])
    slider = find(again, "maskOpacity")
    assert isinstance(slider, QSlider)
    assert slider.value() == 80
    assert again.window.canvas.overlay_inverted
    assert again.window.canvas.mask_look is MaskLook.OUTLINE
    assert again.window.canvas.overlay_colour == (40, 200, 90)
    checked = [each for each in ("look_overlay", "look_outline") if again.window.actions_by_id[each].isChecked()]
    assert checked == ["look_outline"]
    assert again.window.actions_by_id["overlay_inverted"].isChecked()
    again.close()


def test_an_adjustment_previews_and_becomes_one_step(studio: Studio) -> None:
    paint(studio, Rect(200, 150, 50, 40))
    do(studio, "mask_grow")
    assert not find(studio, "toolOptions").isVisible()
    set_amount(studio, 20)
    assert mask_of(studio).bounds == Rect(200, 150, 50, 40)
    bare = studio.window.canvas.grab().toImage()
    set_amount(studio, 40)
    assert studio.window.canvas.grab().toImage() != bare
    press(studio, "maskAdjustApply")
    assert mask_of(studio).bounds == Rect(200, 150, 50, 40).grown(40)
    assert studio.editor.undo.names[-1] == "tools.step_grow"
    assert find(studio, "toolOptions").isVisible()
    do(studio, "undo")
    assert mask_of(studio).bounds == Rect(200, 150, 50, 40)


@pytest.mark.parametrize("tool", ["brush", "rectangle"])
def test_painting_while_something_is_adjusted_goes_on_with_what_is_seen(studio: Studio, tool: str) -> None:
    paint(studio, Rect(200, 150, 50, 40))
    do(studio, f"tool_{tool}")
    do(studio, "mask_grow")
    set_amount(studio, 20)
    canvas = studio.window.canvas
    QTest.mousePress(canvas, LEFT, NONE, at(studio, 30, 30))
    QTest.mouseMove(canvas, at(studio, 60, 60))
    QTest.mouseRelease(canvas, LEFT, NONE, at(studio, 60, 60))
    assert studio.wait_idle(20)
    assert not studio.window.commands.mask.is_adjusting
    assert len(studio.editor.undo.names) == 3
    assert studio.editor.undo.names[1] == "tools.step_grow"
    assert mask_of(studio).pixels[45, 45] == 255
    if tool == "rectangle":  # it replaces what was masked
        do(studio, "undo")
    assert mask_of(studio).bounds.united(Rect(200, 150, 50, 40).grown(20)) == mask_of(studio).bounds


@pytest.mark.parametrize("how", ["escape on the canvas", "escape in the bar", "button", "another photo"])
def test_an_adjustment_that_is_left_changes_nothing(studio: Studio, how: str, tmp_path: Path) -> None:
    paint(studio, Rect(200, 150, 50, 40))
    do(studio, "mask_feather")
    window = studio.window
    if how == "escape on the canvas":
        window.canvas.setFocus()
        QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    elif how == "escape in the bar":
        QTest.keyClick(find(studio, "maskAdjustAmount"), Qt.Key.Key_Escape)
    elif how == "button":
        press(studio, "maskAdjustCancel")
    else:
        studio.editor.open(tmp_path / "photo.png")
    assert studio.wait_idle(20)
    assert not window.commands.mask.is_adjusting
    assert not studio.editor.is_previewing
    assert window.tool_options.isVisible()
    expected = Rect(0, 0, 0, 0) if how == "another photo" and mask_of(studio).is_empty else Rect(200, 150, 50, 40)
    assert mask_of(studio).bounds == expected


@pytest.mark.parametrize("change", ["invert_mask", "clear_mask", "select_all", "undo"])
def test_another_change_of_the_mask_ends_an_adjustment(studio: Studio, change: str) -> None:
    for width in (50, 80):
        paint(studio, Rect(200, 150, width, 40))
    do(studio, "mask_feather")
    do(studio, change)
    assert not studio.window.commands.mask.is_adjusting
    assert not studio.editor.is_previewing
    assert find(studio, "toolOptions").isVisible()
    # Undo takes back what was being made, and no more.
    assert studio.editor.undo.position == (2 if change == "undo" else 3)
    assert studio.editor.mask_preview is None


def test_the_edit_is_done_with_the_mask_as_it_is_seen(studio: Studio) -> None:
    paint(studio, RED.grown(-20))
    do(studio, "mode_remove")
    do(studio, "mask_grow")
    set_amount(studio, 40)
    do(studio, "run")
    assert studio.editor.undo.names == ["ui_canvas.step_paint", "tools.step_grow", "session.step.remove"]
    assert not studio.window.commands.mask.is_adjusting
    assert studio.editor.picture is not None
    assert studio.editor.picture.pixels[RED.slices].max() < 100  # its rim, too, which was not painted


def test_undo_takes_back_the_last_corner_of_an_open_outline(studio: Studio) -> None:
    paint(studio, Rect(200, 150, 50, 40))
    do(studio, "tool_lasso")
    hand = Hand(studio.window.canvas)
    for corner in ((300, 100), (400, 100), (400, 200), (590, 390)):
        hand.drag(corner)
    do(studio, "undo")
    assert studio.editor.undo.position == 1
    QTest.keyClick(studio.window.canvas, Qt.Key.Key_Return)
    assert studio.wait_idle(20)
    assert mask_of(studio).bounds == Rect(300, 100, 100, 100)


@pytest.mark.parametrize(
    ("tool", "used"),
    [
        ("tool_brush", ("toolEraser", "invert_mask_button", "clear_mask_button", "brushSize", "maskOpacity")),
        ("tool_wand", ("combineAdd", "selection_contiguous", "selection_tolerance")),
    ],
)
def test_after_a_click_in_the_bars_the_keys_are_the_canvas(studio: Studio, tool: str, used: tuple[str, ...]) -> None:
    canvas = studio.window.canvas
    do(studio, tool)
    for object_name in used:
        find(studio, "prompt").setFocus()
        QTest.mouseClick(find(studio, object_name), LEFT)
        assert studio.window.focusWidget() is canvas, object_name
    do(studio, "invert_mask")
    button = find(studio, "invert_mask_button")
    button.setFocus()  # by the Tab key, a button is pressed by keys and keeps them
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert studio.wait_idle(20)
    assert studio.window.focusWidget() is button


def test_return_applies_an_adjustment_from_bar_and_canvas(studio: Studio) -> None:
    paint(studio, Rect(200, 150, 50, 40))
    for number, target in enumerate(("maskAdjustAmount", "maskAdjustAmountValue", "canvas")):
        do(studio, "mask_shrink")
        set_amount(studio, 2)
        QTest.keyClick(find(studio, target), Qt.Key.Key_Return)
        assert studio.wait_idle(20)
        assert not studio.window.commands.mask.is_adjusting, target
        assert mask_of(studio).bounds == Rect(200, 150, 50, 40).grown(-2 * (number + 1))


def test_a_colour_range_is_picked_in_the_photo(studio: Studio) -> None:
    do(studio, "mask_colour_range")
    click(studio, 200, 150)
    set_amount(studio, 10)
    press(studio, "maskAdjustApply")
    assert mask_of(studio).bounds == RED
    do(studio, "mask_colour_range")
    click(studio, 200, 150)
    click(studio, 20, 20, Qt.KeyboardModifier.ShiftModifier)
    set_amount(studio, 10)
    press(studio, "maskAdjustApply")
    assert mask_of(studio).coverage == 1
    do(studio, "clear_mask")
    click(studio, 300, 300)
    assert studio.editor.undo.names[-1] == "ui_canvas.step_paint", "clicks paint again"


def test_channels_holes_and_specks(studio: Studio) -> None:
    do(studio, "mask_from_channel")
    assert find(studio, "maskAdjustChannel").isVisible()
    press(studio, "maskAdjustInvert")
    press(studio, "maskAdjustApply")
    assert mask_of(studio).pixels[5, 5] == 215
    do(studio, "clear_mask")
    frame = Rect(100, 100, 100, 100)
    paint(studio, frame)
    studio.editor.select_all()
    do(studio, "undo")
    do(studio, "tool_rectangle")
    press(studio, "combineSubtract")
    canvas = studio.window.canvas
    QTest.mousePress(canvas, LEFT, NONE, at(studio, 120, 120))
    QTest.mouseMove(canvas, at(studio, 150, 150))
    QTest.mouseRelease(canvas, LEFT, NONE, at(studio, 180, 180))
    assert studio.wait_idle(20)
    assert mask_of(studio).coverage * 240_000 == pytest.approx(10_000 - 3_600, abs=250)
    do(studio, "mask_fill_holes")
    set_amount(studio, 50)
    assert studio.editor.is_previewing
    press(studio, "maskAdjustApply")
    assert mask_of(studio).coverage * 240_000 == pytest.approx(10_000 - 3_600, abs=250), "the hole is larger"
    do(studio, "mask_fill_holes")
    press(studio, "maskAdjustApply")
    assert mask_of(studio).coverage * 240_000 == pytest.approx(10_000)
    do(studio, "mask_remove_specks")
    set_amount(studio, 20_000)
    press(studio, "maskAdjustApply")
    assert mask_of(studio).is_empty


def test_only_what_can_be_done_is_offered(studio: Studio) -> None:
    actions = studio.window.actions_by_id
    assert not actions["mask_grow"].isEnabled()
    assert not actions["mask_from_transparency"].isEnabled()
    assert actions["mask_colour_range"].isEnabled()
    paint(studio, Rect(10, 10, 5, 5))
    assert actions["mask_grow"].isEnabled()


def test_a_photos_own_transparency_becomes_the_mask(studio: Studio, tmp_path: Path) -> None:
    pixels = np.full((90, 120, 4), 200, np.uint8)
    pixels[..., 3] = 255
    pixels[20:40, 30:70, 3] = 0
    path = tmp_path / "hole.png"
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    studio.editor.open(path)
    assert studio.wait_idle(20)
    do(studio, "mask_from_transparency")
    assert mask_of(studio).bounds == Rect(30, 20, 40, 20)


def test_the_undo_list_names_what_was_done_and_goes_there(studio: Studio) -> None:
    window = studio.window
    paint(studio, Rect(10, 10, 20, 20))
    do(studio, "invert_mask")
    do(studio, "select_all")
    menu = window.commands.mask.steps_menu()
    words = window.words
    texts = [action.text() for action in menu.actions()]
    assert texts[0] == words("ui_tools.steps.start")
    assert texts[2].endswith(words("session.step.invert"))
    assert [action.isChecked() for action in menu.actions()] == [False, False, False, True]
    menu.actions()[1].trigger()
    assert studio.wait_idle(20)
    assert studio.editor.undo.position == 1
    assert mask_of(studio).bounds == Rect(10, 10, 20, 20)
    menu.deleteLater()


def test_the_mask_is_looked_at_in_other_ways_by_menu(studio: Studio) -> None:
    canvas, actions = studio.window.canvas, studio.window.actions_by_id
    assert actions["look_overlay"].isChecked()
    do(studio, "look_alone")
    assert canvas.mask_look is MaskLook.ALONE
    assert not actions["look_overlay"].isChecked()
    do(studio, "look_overlay")
    do(studio, "overlay_inverted")
    assert canvas.overlay_inverted
    do(studio, "overlay_inverted")
    assert not canvas.overlay_inverted


def test_the_overlay_has_colours(studio: Studio) -> None:
    canvas, menu = studio.window.canvas, QMenu()
    studio.window.tool_options._fill_look(menu)
    colours = {action.objectName(): action for action in menu.actions()}
    assert colours["colour_theme"].isChecked()
    colours["colour_green"].trigger()
    assert canvas.overlay_colour == (40, 200, 90)
    colours["colour_theme"].trigger()
    assert canvas.overlay_colour is None


def test_a_stroke_stays_under_the_pointer_while_the_bar_above_it_goes(studio: Studio, qtbot: QtBot) -> None:
    window, canvas, hand = studio.window, studio.window.canvas, Hand(studio.window.canvas)
    paint(studio, Rect(200, 150, 50, 40))
    window.commands.toggle_panels()
    do(studio, "mask_grow")
    canvas.fit()
    qtbot.waitUntil(lambda: find(studio, "maskAdjust").height() > 0)
    pointer = canvas.mapToGlobal(at(studio, 450, 300))
    height = canvas.height()

    hand.press(canvas.mapFromGlobal(pointer))  # which makes the adjustment a step
    qtbot.waitUntil(lambda: canvas.height() > height)
    hand.move(canvas.mapFromGlobal(pointer))
    hand.release(canvas.mapFromGlobal(pointer))
    assert studio.wait_idle(20)

    step = studio.editor.undo.names[-1]
    assert step == "ui_canvas.step_paint"
    dab = mask_of(studio).pixels[:, 300:]
    rows, columns = np.nonzero(dab)
    assert abs(rows.mean() - 300) < 1.5
    assert abs(columns.mean() + 300 - 450) < 1.5
    middle = canvas.photo_to_widget(300, 200)
    assert abs(middle.y() - canvas.height() / 2) <= 1  # and the photo is fitted again once the stroke is made


def test_panels_come_back_without_the_options_while_a_bar_is_in_their_place(studio: Studio) -> None:
    paint(studio, Rect(200, 150, 50, 40))
    do(studio, "mask_grow")
    for _ in range(2):
        studio.window.commands.toggle_panels()
    assert find(studio, "maskAdjust").isVisible()
    assert not studio.window.tool_options.isVisible()
    press(studio, "maskAdjustCancel")
    assert studio.window.tool_options.isVisible()
