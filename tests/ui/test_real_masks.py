"""Choosing where the photo is to change, as a person does it: a real window, a real pointer, real keys."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from dalle_studio.core.geometry import Size
from dalle_studio.core.mask import Mask
from dalle_studio.formats.masks import Polarity, encode_mask, read_mask
from dalle_studio.storage.settings import Settings
from dalle_studio.tools.brush import BrushTool
from dalle_studio.tools.pointer import Brush, PointerEvent, PointerKind
from tests.ui.real_window import RealWindow, State

pytestmark = pytest.mark.real_window

LINE = [(1600 + 20 * step, 1100 + 6 * step) for step in range(20)]
LOOP = [(300, 300), (900, 260), (1000, 700), (600, 900), (280, 760)]
BOX = [(1250, 620), (1500, 900), (1800, 1200)]


def test_every_sample_of_a_fast_stroke_counts(real_display: str, tmp_path: Path, sample_photo: Path) -> None:
    """Also those that arrive while the first of them is still being worked on."""
    turns = np.linspace(0, 8 * np.pi, 240)
    spiral = [(1600 + (200 + 20 * a) * np.cos(a), 900 + (200 + 20 * a) * np.sin(a)) for a in turns]
    expected, tool, brush = (
        Mask(Size(3200, 1800)),
        BrushTool(),
        Brush(Settings().brush_radius, Settings().brush_hardness),
    )
    kinds = [PointerKind.PRESS, *[PointerKind.MOVE] * (len(spiral) - 1), PointerKind.RELEASE]
    for kind, place in zip(kinds, [*spiral, spiral[-1]], strict=True):
        tool.handle(PointerEvent(kind, *place), expected, brush)
    with RealWindow(real_display, tmp_path / "state.json", sample_photo) as window:
        window.drag(spiral, pause=False)
        state = window.wait(lambda state: state["undo"] == 1)
        assert state["coverage"] == pytest.approx(expected.coverage, rel=0.02)
        window.keys("ctrl+q")


def test_a_mask_is_made_with_every_tool_and_taken_back_by_keyboard(
    real_display: str, tmp_path: Path, sample_photo: Path
) -> None:
    with RealWindow(real_display, tmp_path / "state.json", sample_photo) as window:

        def done(count: int) -> State:
            return window.wait(lambda state: state["undo"] == count and not state["selecting"])

        window.drag(LINE)
        painted = done(1)["coverage"]
        assert painted > 0
        window.drag(LINE[10:], button=3)
        assert 0 < done(2)["coverage"] < painted
        window.keys("l")
        window.drag(LOOP, key="shift")
        lasso = done(3)["coverage"]
        assert lasso > painted
        window.keys("w")
        window.drag([(1500, 40)], key="shift")
        wand = done(4)["coverage"]
        assert wand > lasso
        window.keys("s")
        window.drag(BOX, key="shift")
        smart = done(5)["coverage"]
        assert smart >= wand
        window.keys("m")
        window.drag([(100, 100), (400, 400)], key="alt")  # some window managers take this one for themselves
        window.click("refine_button")
        window.keys("Down", "Return")
        window.wait(lambda state: "maskAdjust" in state["widgets"])
        before = window.state()["undo"]
        window.keys("Right", "Right", "Return")
        grown = done(before + 1)
        assert grown["steps"][-1] == "tools.step_grow"
        assert grown["coverage"] > smart * 0.9
        window.click("refine_button")
        window.keys("Down", "Down", "Down", "Return")
        window.wait(lambda state: "maskAdjust" in state["widgets"])
        window.click("maskAdjustApply")
        feathered = done(before + 2)
        assert feathered["steps"][:5] == [
            *("ui_canvas.step_paint", "ui_canvas.step_erase", "tools.step_lasso"),
            *("tools.step_wand", "tools.step_smart_select"),
        ]
        assert feathered["steps"][-1] == "tools.step_feather"
        window.keys(*["ctrl+z"] * feathered["undo"])
        assert done(0)["coverage"] == 0
        window.keys(*["ctrl+y"] * 3)
        assert done(3)["coverage"] == lasso
        window.keys(*["ctrl+shift+z"] * (feathered["undo"] - 3))
        assert done(feathered["undo"])["coverage"] == feathered["coverage"]
    assert window.status == 0


def test_an_outline_is_clicked_left_by_escape_and_closed_by_return(
    real_display: str, tmp_path: Path, sample_photo: Path
) -> None:
    with RealWindow(real_display, tmp_path / "state.json", sample_photo) as window:
        window.keys("l")
        for corner in LOOP[:3]:
            window.drag([corner])
        window.keys("Escape")
        for corner in LOOP:
            window.drag([corner])
        window.keys("Return")
        closed = window.wait(lambda state: state["undo"] == 1)
        outline = np.array(LOOP)
        expected = cv2.contourArea(outline) / (3200 * 1800)
        assert closed["coverage"] == pytest.approx(expected, rel=0.03)
        assert closed["steps"] == ["tools.step_lasso"]


def test_a_mask_goes_out_and_comes_back_through_dialogs_and_clipboard(
    real_display: str, tmp_path: Path, sample_photo: Path
) -> None:
    black, white = tmp_path / "black.png", tmp_path / "white.png"
    mask = np.full((1800, 3200), 255, np.uint8)
    mask[600:900, 1000:1600] = 0
    black.write_bytes(encode_mask(mask, Polarity.WHITE))
    share = 300 * 600 / mask.size
    with RealWindow(real_display, tmp_path / "state.json", sample_photo) as window:

        def covers(state: State) -> bool:
            return bool(abs(state["coverage"] - share) < 1e-6)

        window.keys("ctrl+alt+m")
        window.wait(lambda state: "QFileDialog" in state["dialogs"])
        window.type(str(black))
        window.keys("Return")
        asked = window.wait(lambda state: "invertFound" in state["widgets"])
        assert asked["coverage"] == 0
        window.click("invertFound")
        window.wait(lambda state: "invertFound" not in state["widgets"])
        window.keys("Return")
        window.wait(covers)
        window.keys("ctrl+shift+m")
        window.wait(lambda state: "QFileDialog" in state["dialogs"])
        window.keys("ctrl+a")
        window.type(str(white.with_suffix("")))
        window.keys("Tab", "Down", "Return")  # the second kind: white
        window.wait(lambda _: white.exists())
        assert np.array_equal(read_mask(white.read_bytes(), polarity=Polarity.WHITE)[0], 255 - mask)
        window.keys("ctrl+shift+c")
        window.wait(lambda state: state["message"] != "")
        window.keys("ctrl+d")
        window.wait(lambda state: state["coverage"] == 0)
        window.keys("ctrl+shift+v")
        pasted = window.wait(covers)
        assert pasted["steps"] == ["session.step.import", "session.step.clear", "mask_files.step_paste"]
        window.keys("ctrl+z", "ctrl+z", "ctrl+z")
        window.wait(lambda state: state["undo"] == 0 and state["coverage"] == 0)


def test_the_undo_list_is_gone_through_by_pointer(real_display: str, tmp_path: Path, sample_photo: Path) -> None:
    with RealWindow(real_display, tmp_path / "state.json", sample_photo) as window:
        window.drag(LINE)
        painted = window.wait(lambda state: state["undo"] == 1)["coverage"]
        window.keys("ctrl+shift+i")
        window.wait(lambda state: state["undo"] == 2)
        window.keys("ctrl+a")
        window.wait(lambda state: state["undo"] == 3 and state["coverage"] == 1)
        window.click("statusStep")
        window.wait(lambda state: "undoHistory" in state["widgets"])
        window.click("undoHistory", down=1.5 / 4)  # the start, and three steps
        window.wait(lambda state: state["undo"] == 1 and state["coverage"] == painted)
