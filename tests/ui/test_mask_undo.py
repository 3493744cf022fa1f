"""Undo through the window: whatever is done with pointer, tools, adjustments, files and the history comes undone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from dalle_studio.core.operation import Operation
from dalle_studio.formats.masks import Polarity, encode_mask
from dalle_studio.tools.pointer import ToolName
from tests.session.conftest import write_png
from tests.ui.canvas_driver import Hand
from tests.ui.masked_studio import do, find, mask_of, press, set_amount

if TYPE_CHECKING:
    from dalle_studio.app import Studio

Act = tuple[Any, ...]
KEYS = {
    "": Qt.KeyboardModifier.NoModifier,
    "shift": Qt.KeyboardModifier.ShiftModifier,
    "alt": Qt.KeyboardModifier.AltModifier,
    "both": Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier,
}

places = st.tuples(st.integers(-30, 630), st.integers(-30, 430))
held = st.sampled_from(sorted(KEYS))
brushes = st.tuples(st.floats(2, 60), st.floats(0, 1))
acts = st.one_of(
    st.tuples(st.just("paint"), brushes, st.lists(places, min_size=1, max_size=6), st.booleans()),
    st.tuples(
        st.just("select"), st.sampled_from(["rectangle", "ellipse", "lasso"]), st.lists(places, min_size=3), held
    ),
    st.tuples(st.just("select"), st.sampled_from(["wand", "smart_select"]), st.tuples(places, places), held),
    st.tuples(st.just("do"), st.sampled_from(["invert_mask", "clear_mask", "select_all", "flip_vertically"])),
    st.tuples(
        st.just("adjust"),
        st.sampled_from(["grow", "shrink", "feather", "smooth", "fill_holes", "remove_specks"]),
        st.integers(2, 40),
    ),
    st.tuples(st.just("channel"), st.booleans()),
    st.tuples(st.just("import"), st.integers(0, 999), st.booleans()),
    st.tuples(st.just("paste")),
)


class Person:
    """Does one thing after the other in the window, and remembers what could be seen."""

    def __init__(self, studio: Studio, folder: Path) -> None:
        self._studio = studio
        self._folder = folder
        self._hand = Hand(studio.window.canvas)

    def act(self, what: str, *how: Any) -> None:
        getattr(self, f"_{what}")(*how)
        assert self._studio.wait_idle(30)

    def seen(self) -> tuple[bytes, bytes]:
        """The picture and the mask, bit for bit."""
        picture = self._studio.editor.picture
        assert picture is not None
        return picture.pixels.tobytes(), mask_of(self._studio).pixels.tobytes()

    def _paint(self, brush: tuple[float, float], points: list[tuple[float, float]], erases: bool) -> None:
        do(self._studio, "tool_brush")
        self._studio.editor.set_brush(*brush)
        self._hand.drag(*points, button=Qt.MouseButton.RightButton if erases else Qt.MouseButton.LeftButton)

    def _select(self, tool: str, points: list[tuple[float, float]], key: str) -> None:
        do(self._studio, f"tool_{ToolName(tool)}")
        self._hand.drag(*points, modifiers=KEYS[key])
        self._studio.window.canvas.cancel_gesture()  # a lasso that was only clicked

    def _do(self, action: str) -> None:
        do(self._studio, action)

    def _adjust(self, which: str, by: int) -> None:
        if self._studio.window.actions_by_id[f"mask_{which}"].isEnabled():
            do(self._studio, f"mask_{which}")
            set_amount(self._studio, by)
            press(self._studio, "maskAdjustApply")

    def _channel(self, inverted: bool) -> None:
        do(self._studio, "mask_from_channel")
        if inverted:
            press(self._studio, "maskAdjustInvert")
        press(self._studio, "maskAdjustApply")

    def _import(self, seed: int, inverted: bool) -> None:
        path = self._folder / "any.png"
        values = np.random.default_rng(seed).integers(0, 256, (8, 12), dtype=np.uint8)
        path.write_bytes(encode_mask(np.kron(values, np.ones((50, 50), np.uint8)), Polarity.CHANNEL))
        self._studio.window.commands.take_drop(path, "mask")
        assert self._studio.wait_idle(20)
        if inverted:
            press(self._studio, "maskAdjustInvert")
        press(self._studio, "maskAdjustApply")

    def _paste(self) -> None:
        do(self._studio, "copy_mask")
        do(self._studio, "clear_mask")
        do(self._studio, "paste_mask")

    def _remove(self) -> None:
        self._studio.editor.set_mode(Operation.REMOVE)
        do(self._studio, "run")

    def _choose(self, version: str) -> None:
        self._studio.editor.restore(version)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=1, max_size=8))
def test_anything_done_to_the_mask_comes_undone_and_is_done_again_bit_for_bit(
    studio: Studio, tmp_path: Path, done: list[Act]
) -> None:
    studio.editor.go_to_step(0)
    assert studio.wait_idle(30)
    person, canvas = Person(studio, tmp_path), studio.window.canvas
    first = person.seen()
    for act in done:
        person.act(*act)
    last, steps = person.seen(), studio.editor.undo.position
    for _ in range(steps):
        assert studio.window.actions_by_id["undo"].isEnabled()
        do(studio, "undo")
    assert person.seen() == first
    assert mask_of(studio).is_empty
    assert not studio.window.actions_by_id["undo"].isEnabled()
    for _ in range(steps):
        do(studio, "redo")
    assert person.seen() == last
    canvas.cancel_gesture()


def test_undo_reaches_over_edits_and_over_the_choice_of_another_one(studio: Studio, tmp_path: Path) -> None:
    person, editor = Person(studio, tmp_path), studio.editor
    original = editor.original_id
    assert original is not None
    states = [person.seen()]

    def act(*what: Any) -> None:
        before = editor.undo.position
        person.act(*what)
        states.extend([person.seen()] * (editor.undo.position - before))

    act("paint", (20, 0.5), [(200, 150), (260, 180)], False)
    act("remove")
    first = editor.current_edit or ""
    act("paint", (30, 1.0), [(60, 60), (90, 70)], False)
    act("adjust", "grow", 6)
    act("remove")
    assert editor.current_edit not in (None, "", first)
    act("select", "lasso", [(300, 200), (400, 210), (350, 300)], "")
    act("choose", original)
    assert first
    act("paint", (12, 1.0), [(500, 300), (520, 350)], False)
    act("choose", first)
    act("adjust", "feather", 9)
    names = list(editor.undo.names)
    assert names.count("session.step.restore") == 2
    assert len(states) == len(names) + 1
    for position in reversed(range(len(names))):
        do(studio, "undo")
        assert editor.undo.position == position
        assert person.seen() == states[position], names[position]
    for position in range(1, len(names) + 1):
        do(studio, "redo")
        assert person.seen() == states[position], names[position - 1]
    assert editor.undo.names == names


def test_the_list_of_steps_leads_to_any_of_them(studio: Studio, tmp_path: Path) -> None:
    person = Person(studio, tmp_path)
    states = [person.seen()]
    for act in (("do", "invert_mask"), ("channel", False), ("adjust", "smooth", 5), ("paste",)):
        before = studio.editor.undo.position
        person.act(*act)
        states += [person.seen()] * (studio.editor.undo.position - before)
    for position in (0, 3, 1, 2, 3):
        menu = studio.window.commands.mask.steps_menu()
        menu.actions()[position].trigger()
        menu.deleteLater()
        assert studio.wait_idle(20)
        assert person.seen() == states[position]
    assert find(studio, "statusStep").isVisible()


def test_undo_and_redo_pressed_before_a_large_change_is_done_wait_for_it(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    write_png(path, np.full((1700, 2400, 3), 90, np.uint8))
    studio.editor.open(path)
    assert studio.wait_idle(60)
    actions = studio.window.actions_by_id
    actions["invert_mask"].trigger()  # on the worker: its step is not in the list yet
    actions["undo"].trigger()
    assert studio.wait_idle(30)
    assert mask_of(studio).is_empty
    actions["redo"].trigger()
    actions["undo"].trigger()
    actions["redo"].trigger()
    assert studio.wait_idle(30)
    assert mask_of(studio).coverage == 1
    assert not actions["redo"].isEnabled()
    do(studio, "undo")
    assert not actions["undo"].isEnabled()
