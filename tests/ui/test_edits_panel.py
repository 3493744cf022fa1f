"""The panel of edits in the real program, by its sliders, buttons and keys; the fake server counts what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QListView, QSlider

from dalle_studio import app
from dalle_studio.app import Studio
from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import Pixels
from dalle_studio.core.records import BlendMode
from dalle_studio.session.stack_model import LayerRole
from dalle_studio.ui.controls import CurvedSlider
from tests.fakes.images_server import FakeImagesServer
from tests.session.conftest import write_png
from tests.ui.masked_studio import do, find, paint, press

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from tests.conftest import PhotoFactory

FIRST, SECOND = Rect(100, 150, 200, 120), Rect(700, 400, 160, 160)
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def studio(
    qtbot: QtBot,
    qapp: QApplication,
    data_dir: Path,
    tmp_path: Path,
    photo: PhotoFactory,
    server: FakeImagesServer,
) -> Iterator[Studio]:
    """A photo with two edits, two candidates each, and the panel of edits open."""
    path = tmp_path / "harbour.png"
    write_png(path, photo(1200, 800))
    studio = app.create(["--lang", "en", str(path)])
    assert studio.wait_idle(30)
    for where, prompt in ((FIRST, "a boat"), (SECOND, "a lighthouse")):
        studio.editor.clear_mask()
        paint(studio, where)
        studio.editor.set_prompt(prompt)
        studio.editor.set_count(2)
        do(studio, "run")
        assert studio.wait_idle(60)
    do(studio, "edits")
    yield studio
    studio.close()


def pixels(studio: Studio) -> Pixels:
    assert studio.editor.picture is not None
    return studio.editor.picture.pixels


def slider(studio: Studio, which: str) -> CurvedSlider:
    found = find(studio, which)
    assert isinstance(found, CurvedSlider)
    return found


def looks(studio: Studio) -> bool:
    """Whether the canvas shows what a setting would give."""
    return studio.window.canvas._scene.partial is not None


def drag(studio: Studio, which: str, share: float) -> None:
    """Press the handle's track, move in steps, and stop without letting go."""
    target = slider(studio, which)
    middle = target.height() // 2
    QTest.mousePress(target, LEFT, NONE, QPoint(target.width() // 2, middle))
    for step in range(1, 6):
        x = round(target.width() * (0.5 + (share - 0.5) * step / 5))
        QTest.mouseMove(target, QPoint(x, middle))
    assert studio.wait_idle(30)


def let_go(studio: Studio, which: str) -> None:
    QTest.mouseRelease(slider(studio, which), LEFT)
    assert studio.wait_idle(30)


def test_a_slider_shows_what_it_does_and_becomes_a_step_when_it_is_let_go(
    studio: Studio, server: FakeImagesServer
) -> None:
    sent, composed, steps = len(server.requests), pixels(studio).copy(), studio.editor.undo.position

    drag(studio, "blendOpacity", 0.3)

    assert looks(studio)
    assert np.array_equal(pixels(studio), composed)
    let_go(studio, "blendOpacity")
    assert not looks(studio)
    assert studio.editor.undo.position == steps + 1
    assert not np.array_equal(pixels(studio)[SECOND.slices], composed[SECOND.slices])
    assert np.array_equal(pixels(studio)[FIRST.slices], composed[FIRST.slices])
    assert studio.editor.stack[1].layer.blend.opacity == slider(studio, "blendOpacity").value() / 100
    do(studio, "undo")
    assert np.array_equal(pixels(studio), composed)
    assert slider(studio, "blendOpacity").value() == 100
    assert len(server.requests) == sent


@pytest.mark.parametrize("which", ["blendFeather", "blendGrain", "blendOpacity"])
def test_escape_takes_back_what_a_held_slider_did(studio: Studio, which: str) -> None:
    composed, steps, stack = pixels(studio).copy(), studio.editor.undo.position, studio.editor.stack
    target = slider(studio, which)
    value = target.value()
    drag(studio, which, 0.2)
    assert looks(studio)

    QTest.keyClick(target, Qt.Key.Key_Escape)
    assert studio.wait_idle(30)
    QTest.mouseMove(target, QPoint(5, 5))
    let_go(studio, which)

    assert target.value() == value
    assert not looks(studio)
    assert studio.editor.stack == stack
    assert studio.editor.undo.position == steps
    assert np.array_equal(pixels(studio), composed)


def test_undone_to_the_photo_the_keys_are_the_canvass(studio: Studio) -> None:
    """Qt would take the focus from the slider that is gone to the search, where undo and redo are the field's."""
    slider(studio, "blendOpacity").setFocus()
    while studio.editor.stack:
        do(studio, "undo")
        assert studio.wait_idle(30)
    assert studio.application.focusWidget() is studio.window.canvas


def test_with_sliders_that_are_disabled_the_keys_are_the_canvass(studio: Studio) -> None:
    """Qt would take the focus on to the size of the brush."""
    slider(studio, "blendOpacity").setFocus()
    do(studio, "rotate_right")
    assert studio.wait_idle(30)
    assert not slider(studio, "blendOpacity").isEnabled()
    assert studio.application.focusWidget() is studio.window.canvas


def test_the_keys_for_candidates_go_on_where_an_edit_was_blended_anew(studio: Studio, server: FakeImagesServer) -> None:
    drag(studio, "blendOpacity", 0.5)
    let_go(studio, "blendOpacity")
    sent, layer = len(server.requests), studio.editor.stack[1].layer
    told = find(studio, "candidate")
    assert isinstance(told, QLabel)
    for _ in range(2):  # round and round
        index = 1 - studio.editor.stack[1].layer.candidate
        do(studio, "next_candidate")
        assert studio.wait_idle(30)
        assert studio.editor.stack[1].layer == replace(layer, candidate=index)
        assert told.text() == f"{index + 1} / 2"
    studio.editor.toggle_layer(1)
    assert studio.wait_idle(30)
    assert not told.isVisibleTo(studio.window)  # of a hidden one nothing would be seen
    assert len(server.requests) == sent


def test_after_a_restart_choosing_an_edit_with_several_candidates_does_not_move_the_list(studio: Studio) -> None:
    studio.editor.clear_mask()
    paint(studio, Rect(400, 600, 100, 100))
    studio.editor.set_prompt("a buoy")
    studio.editor.set_count(1)
    do(studio, "run")
    assert studio.wait_idle(60)
    drag(studio, "blendOpacity", 0.5)
    let_go(studio, "blendOpacity")
    studio.close()
    again = app.create(["--lang", "en"])
    assert again.wait_idle(30)
    do(again, "edits")
    places, seen = [], []
    for at in (2, 0):
        again.editor.choose_layer(at)
        assert again.wait_idle(30)
        again.application.processEvents()
        places.append(find(again, "layers").mapTo(again.window, QPoint(0, 0)).y())
        seen.append(find(again, "candidate").isVisibleTo(again.window))
    again.close()
    assert seen == [False, True]
    assert places[0] == places[1]


def test_keys_on_a_slider_are_kept_after_a_moment(studio: Studio, qtbot: QtBot) -> None:
    steps = studio.editor.undo.position
    target = slider(studio, "blendFeather")
    target.setFocus()
    for _ in range(3):
        QTest.keyClick(target, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: studio.editor.undo.position == steps + 1 and studio.editor.is_idle, timeout=20_000)
    assert studio.editor.stack[1].layer.blend.feather == target.value()


def test_mode_candidate_and_alignment_are_steps_and_reset_takes_all_back(studio: Studio) -> None:
    composed, record = pixels(studio).copy(), studio.editor.stack[1].record
    for object_name, data in (("blendMode", BlendMode.COLOUR), ("blendCandidate", 1 - record.chosen)):
        choice = find(studio, object_name)
        assert isinstance(choice, QComboBox)
        choice.setCurrentIndex(choice.findData(data))
        assert studio.wait_idle(30)
    press(studio, "blendAlign")
    layer = studio.editor.stack[1].layer
    assert (layer.blend.mode, layer.candidate, layer.blend.align) == (BlendMode.COLOUR, 1 - record.chosen, False)
    assert not np.array_equal(pixels(studio), composed)

    press(studio, "blendReset")

    assert np.array_equal(pixels(studio), composed)
    reset = find(studio, "blendReset")
    assert not reset.isEnabled()


def test_an_edit_is_hidden_by_its_eye_and_its_settings_rest(studio: Studio) -> None:
    composed = pixels(studio).copy()
    layers = find(studio, "layers")
    assert isinstance(layers, QListView)
    row = layers.visualRect(layers.model().index(1, 0))

    QTest.mouseClick(layers.viewport(), LEFT, NONE, QPoint(row.right() - 12, row.center().y()))
    assert studio.wait_idle(30)

    assert [item.layer.is_visible for item in studio.editor.stack] == [False, True]
    assert studio.editor.layer_at == 1  # the eye is no choice
    assert not np.array_equal(pixels(studio)[FIRST.slices], composed[FIRST.slices])
    QTest.mouseClick(layers.viewport(), LEFT, NONE, row.center())
    assert studio.editor.layer_at == 0
    assert not slider(studio, "blendFeather").isEnabled()
    QTest.keyClick(layers, Qt.Key.Key_Space)
    assert studio.wait_idle(30)
    assert np.array_equal(pixels(studio), composed)
    assert slider(studio, "blendFeather").isEnabled()
    do(studio, "layer_visible")
    assert not studio.editor.stack[0].layer.is_visible


def test_edits_change_places_by_buttons_and_keys_where_they_do_not_overlap(studio: Studio) -> None:
    composed = pixels(studio).copy()
    up, down = find(studio, "layerUp"), find(studio, "layerDown")
    assert (up.isEnabled(), down.isEnabled()) == (False, True)
    press(studio, "layerDown")
    assert [item.record.prompt for item in studio.editor.stack] == ["a lighthouse", "a boat"]
    assert (up.isEnabled(), down.isEnabled()) == (True, False)
    do(studio, "layer_up")
    assert [item.record.prompt for item in studio.editor.stack] == ["a boat", "a lighthouse"]
    assert np.array_equal(pixels(studio), composed)


def test_what_cannot_be_hidden_or_moved_says_why(studio: Studio) -> None:
    from dalle_studio.core.reshape import Reshape

    studio.editor.reshape(Reshape(mirrored=True))
    assert studio.wait_idle(30)
    why, layers = find(studio, "layerFixed"), find(studio, "layers")
    assert isinstance(layers, QListView)
    assert isinstance(why, QLabel)
    assert "size" in why.text()
    assert [layers.model().index(row, 0).data(LayerRole.CAN_HIDE) for row in range(3)] == [False, True, True]
    assert not slider(studio, "blendFeather").isEnabled()
    studio.editor.choose_layer(1)
    assert "neighbour" in why.text()


def test_the_map_shows_what_changed_and_nothing_outside(studio: Studio) -> None:
    do(studio, "heat_map")
    heat = studio.editor.heat
    assert heat is not None
    assert heat.stray == 0
    assert 0 < heat.share < 0.2
    assert heat.largest > 20
    legend = find(studio, "heatLegend")
    assert legend.isVisible()
    assert str(heat.largest) in legend.accessibleDescription()
    assert "not one pixel" in legend.accessibleDescription()
    shown = studio.window.canvas.grab().toImage()
    dark, hot = (shown.pixelColor(studio.window.canvas.photo_to_widget(*place)) for place in ((20, 20), (200, 210)))
    assert dark.lightness() < 90
    assert hot.saturation() > 100
    do(studio, "undo")
    assert studio.editor.heat is not None  # of the version that is shown now
    assert studio.editor.heat is not heat
    press(studio, "heatClose")
    assert not legend.isVisible()
    assert not studio.window.actions_by_id["heat_map"].isChecked()


def test_the_badge_explains_itself_and_leads_to_the_map(studio: Studio) -> None:
    press(studio, "identicalBadge")
    assert studio.window.notice.isVisible()
    press(studio, "offerHeat")
    assert studio.editor.shows_heat
    assert studio.editor.heat is not None


def test_without_an_edit_there_is_only_the_history(studio: Studio) -> None:
    assert find(studio, "tabEdits").isVisible()
    studio.editor.go_to_step(0)
    assert studio.wait_idle(30)
    assert studio.editor.stack == ()
    assert not find(studio, "tabEdits").isVisible()
    assert studio.window.history_panel.isVisible()
    assert not studio.window.actions_by_id["edits"].isEnabled()


def test_everything_that_can_be_used_has_its_names(studio: Studio) -> None:
    page = find(studio, "edits")
    used = [child for kind in (QAbstractButton, QSlider, QComboBox) for child in page.findChildren(kind)]
    assert len(used) >= 11
    assert all(child.objectName() and child.accessibleName() for child in used)


def close_at_once(studio: Studio) -> list[bool]:
    """Closing asked for by the user; returns where it is noted that the window has gone."""
    gone: list[bool] = []
    studio.window.closed.connect(lambda: gone.append(True))
    studio.window.actions_by_id["quit"].trigger()
    return gone


def test_what_was_let_go_just_before_quitting_is_kept(studio: Studio, qtbot: QtBot) -> None:
    drag(studio, "blendOpacity", 0.3)
    wanted = slider(studio, "blendOpacity").value() / 100
    before = studio.editor.current_edit
    QTest.mouseRelease(slider(studio, "blendOpacity"), LEFT)

    gone = close_at_once(studio)

    assert gone == []
    qtbot.waitUntil(lambda: gone == [True], timeout=20_000)
    assert studio.editor.current_edit != before
    assert studio.editor.stack[1].layer.blend.opacity == wanted


def test_what_keys_set_just_before_quitting_is_kept(studio: Studio, qtbot: QtBot) -> None:
    before = studio.editor.current_edit
    QTest.keyClick(slider(studio, "blendOpacity"), Qt.Key.Key_Left)
    gone = close_at_once(studio)
    qtbot.waitUntil(lambda: gone == [True], timeout=20_000)
    assert studio.editor.current_edit != before
    assert studio.editor.stack[1].layer.blend.opacity < 1


def test_a_file_is_saved_before_the_window_goes(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    target = tmp_path / "saved.tif"
    studio.editor.save(target)
    assert not target.exists()
    gone = close_at_once(studio)
    qtbot.waitUntil(lambda: gone == [True], timeout=20_000)
    assert target.stat().st_size > 0


def test_the_window_stays_when_the_file_can_not_be_saved(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    studio.editor.save(tmp_path / "no such folder" / "saved.tif")
    gone = close_at_once(studio)
    qtbot.waitUntil(studio.window.notice.isVisible, timeout=20_000)
    assert studio.wait_idle(20)
    assert gone == []
    assert studio.window.isVisible()


def test_two_quick_clicks_on_an_eye_show_the_edit_again(studio: Studio) -> None:
    layers = find(studio, "layers")
    assert isinstance(layers, QListView)
    port = layers.viewport()
    eye = QPoint(port.width() - 12, layers.visualRect(layers.currentIndex()).center().y())
    QTest.mousePress(port, LEFT, NONE, eye)
    assert studio.wait_idle(30)
    assert not studio.editor.stack[1].layer.is_visible
    QTest.mouseDClick(port, LEFT, NONE, eye)
    assert studio.wait_idle(30)
    assert studio.editor.stack[1].layer.is_visible


def test_the_edits_take_the_place_of_unfolded_details(studio: Studio) -> None:
    panel = studio.window.sent_panel
    studio.window.resize(1500, 1000)
    do(studio, "edits")
    press(studio, "sentUnfold")
    assert panel.isVisible()
    do(studio, "edits")
    assert not panel.isVisible()
    do(studio, "edits")
    assert panel.isVisible()
    press(studio, "sentUnfold")
    do(studio, "edits")
    assert panel.isVisible()


def test_the_map_follows_what_is_adjusted_and_stays_until_the_new_one_is_there(studio: Studio) -> None:
    do(studio, "heat_map")
    canvas = studio.window.canvas
    spots = {"adjusted": (780, 480), "other": (200, 210), "untouched": (20, 20)}

    def colours() -> dict[str, tuple[int, int, int]]:
        shown = canvas.grab().toImage()
        found = {which: shown.pixelColor(canvas.photo_to_widget(*place)) for which, place in spots.items()}
        return {which: (one.red(), one.green(), one.blue()) for which, one in found.items()}

    def apart(first: tuple[int, int, int], second: tuple[int, int, int]) -> int:
        return max(abs(a - b) for a, b in zip(first, second, strict=True))

    before = colours()
    drag(studio, "blendOpacity", 0.15)
    live = colours()
    assert looks(studio)
    assert (live["other"], live["untouched"]) == (before["other"], before["untouched"])
    assert apart(live["adjusted"], before["adjusted"]) > 20
    seen: list[int] = []
    canvas._model.preview_changed.connect(lambda: seen.append(apart(colours()["adjusted"], live["adjusted"])))
    let_go(studio, "blendOpacity")
    assert not looks(studio)
    assert seen
    assert max(seen) < 12  # no look at the photo, nor at the map as it was, in between
    after = colours()
    assert apart(after["adjusted"], live["adjusted"]) < 12
    assert (after["other"], after["untouched"]) == (before["other"], before["untouched"])
