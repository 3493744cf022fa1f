"""The main job as a person does it: a real window under X, a real pointer, real keys, a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.fakes.images_server import KEY, FakeImagesServer
from tests.ui.real_window import RealWindow

pytestmark = pytest.mark.real_window

STROKE = [(2000 + 12 * step, 1400 + 3 * step) for step in range(30)]


def history() -> list[dict[str, Any]]:
    """What the command line says about the same library."""
    words = [sys.executable, "-m", "dalle_studio", "history", "list", "--json"]
    done = subprocess.run(words, env=os.environ, capture_output=True, check=True, timeout=60)
    edits: list[dict[str, Any]] = json.loads(done.stdout)["edits"]
    return edits


def test_a_painted_area_is_replaced_saved_and_still_there_after_a_restart(
    real_display: str, tmp_path: Path, sample_photo: Path, server: FakeImagesServer
) -> None:
    state = tmp_path / "state.json"
    access = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}
    with RealWindow(real_display, state, sample_photo, **access) as window:
        window.drag(STROKE)
        painted = window.wait(lambda state: state["undo"] == 1)
        assert painted["coverage"] > 0
        window.keys("ctrl+z")
        window.wait(lambda state: state["coverage"] == 0)
        window.keys("ctrl+shift+z")
        window.wait(lambda state: state["coverage"] == painted["coverage"])
        window.keys("ctrl+l")
        window.type("a red sailing boat")
        window.wait(lambda state: state["prompt"] == "a red sailing boat")
        window.keys("ctrl+Return")
        done = window.wait(lambda state: state["edit"] is not None and not state["busy"])
        assert done["identical"] is True
        edit_id = done["edit"]
    assert window.status == 0
    assert len(server.pictures) == 1
    (edit,) = history()
    assert (edit["edit_id"], edit["prompt"], edit["operation"]) == (edit_id, "a red sailing boat", "edit")
    with RealWindow(real_display, state, **access) as again:
        again.wait(lambda state: state["edit"] == edit_id)
    out = tmp_path / "out.png"
    words = [sys.executable, "-m", "dalle_studio", "history", "export", edit_id, "-o", str(out)]
    subprocess.run(words, env=os.environ, check=True, timeout=60)
    before, after = np.asarray(Image.open(sample_photo)), np.asarray(Image.open(out))
    changed = (before != after).any(axis=2)
    assert changed[1400:1500, 2000:2350].any()
    assert not changed[:1200].any()
    assert not changed[:, :1800].any()


def test_the_local_engine_removes_without_key_or_network(real_display: str, tmp_path: Path, sample_photo: Path) -> None:
    with RealWindow(real_display, tmp_path / "state.json", sample_photo) as window:
        window.drag(STROKE)
        window.wait(lambda state: state["undo"] == 1)
        window.click("modeRemove")
        window.click("generate")
        done = window.wait(lambda state: state["edit"] is not None and not state["busy"], 60)
        assert done["identical"] is True
    (edit,) = history()
    assert (edit["operation"], edit["engine"], edit["cost_usd"]) == ("remove", "local", 0)


def test_painting_and_prompt_survive_a_kill(real_display: str, tmp_path: Path, sample_photo: Path) -> None:
    state = tmp_path / "state.json"
    with RealWindow(real_display, state, sample_photo) as window:
        window.drag(STROKE)
        painted = window.wait(lambda state: state["undo"] == 1)
        window.keys("ctrl+l")
        window.type("boat")
        window.wait(lambda state: state["prompt"] == "boat")
        # The promise is that a draft is at most five seconds behind.
        drafts = Path(os.environ["DALLE_STUDIO_DATA_DIR"], "journal", "drafts")
        window.wait(lambda _: any("boat" in path.read_text(errors="replace") for path in drafts.glob("*.json")), 8)
        window.kill()
    state.unlink()
    with RealWindow(real_display, state, sample_photo) as again:
        back = again.wait(lambda state: state["coverage"] > 0)
    assert back["coverage"] == pytest.approx(painted["coverage"])
    assert back["prompt"] == "boat"
