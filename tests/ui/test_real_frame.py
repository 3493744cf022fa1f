"""The photo's frame, as a person changes it: a real window, a real pointer, real keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dalle_studio.formats.opening import open_picture
from tests.ui.real_window import RealWindow, State

pytestmark = pytest.mark.real_window


def test_a_photo_is_cropped_straightened_and_turned_and_all_is_taken_back(
    real_display: str, tmp_path: Path, sample_photo: Path
) -> None:
    size = list(reversed(open_picture(sample_photo.read_bytes(), name="photo").pixels.shape[:2]))
    with RealWindow(real_display, tmp_path / "state.json", sample_photo) as window:

        def done(count: int) -> State:
            return window.wait(lambda state: state["undo"] == count and not state["selecting"])

        assert window.state()["canvas"][2] == size
        window.drag([(0.4 * size[0], 0.4 * size[1]), (0.5 * size[0], 0.5 * size[1])])
        painted = done(1)["coverage"]
        assert painted > 0
        window.keys("c")
        window.wait(lambda state: "cropBar" in state["widgets"])
        window.drag([(0, 0), (0.1 * size[0], 0.1 * size[1]), (0.25 * size[0], 0.25 * size[1])])
        window.keys("Return")
        cropped = done(2)
        assert cropped["steps"][-1] == "reshape.step.crop"
        across, down = cropped["canvas"][2]
        assert np.allclose([across, down], [0.75 * size[0], 0.75 * size[1]], atol=0.01 * size[0])
        assert cropped["coverage"] > painted
        window.keys("c")
        window.wait(lambda state: "cropBar" in state["widgets"])
        window.click("cropLevel")
        window.drag([(0.2 * across, 0.5 * down), (0.5 * across, 0.51 * down), (0.8 * across, 0.52 * down)])
        window.keys("Return")
        assert done(3)["steps"][-1] == "reshape.step.straighten"
        straight = window.state()["canvas"][2]
        window.keys("ctrl+r")
        turned = done(4)
        assert turned["canvas"][2] == straight[::-1]
        window.keys("c")
        window.wait(lambda state: "cropBar" in state["widgets"])
        window.keys("Escape")
        window.wait(lambda state: "cropBar" not in state["widgets"])
        window.keys("ctrl+z", "ctrl+z", "ctrl+z")
        back = done(1)
        assert back["canvas"][2] == size
        assert back["coverage"] == painted
        window.keys("ctrl+shift+z", "ctrl+shift+z", "ctrl+shift+z")
        assert done(4)["canvas"][2] == turned["canvas"][2]


def test_the_canvas_is_extended_by_dragging_its_sides(real_display: str, tmp_path: Path, sample_photo: Path) -> None:
    with RealWindow(real_display, tmp_path / "state.json", sample_photo) as window:
        across, down = window.state()["canvas"][2]
        fitted = window.state()["zoom"]
        window.click("modeExtend")
        window.wait(lambda state: "marginRight" in state["widgets"] and state["zoom"] < fitted)
        window.drag([(across, down / 2), (1.03 * across, down / 2), (1.06 * across, down / 2)])
        pulled = window.wait(lambda state: state["undo"] == 1)
        assert pulled["steps"] == ["reshape.step.margins"]
        window.drag([(across / 2, 0), (across / 2, -0.03 * down), (across / 2, -0.06 * down)], key="shift")
        window.wait(lambda state: state["undo"] == 2)
        window.keys("ctrl+Return")
        grown = window.wait(lambda state: state["undo"] == 3 and not state["busy"], 60)
        width, height = grown["canvas"][2]
        assert np.allclose([width, height], [1.06 * across, 1.12 * down], atol=0.01 * across)
        window.keys("ctrl+z", "ctrl+z", "ctrl+z")
        back = window.wait(lambda state: state["undo"] == 0)
        assert back["canvas"][2] == [across, down]
