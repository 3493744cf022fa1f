"""Edits adjusted by a real pointer in a real window, and again after a restart; the server counts what was sent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.fakes.images_server import KEY, FakeImagesServer
from tests.ui.real_window import RealWindow, State

pytestmark = pytest.mark.real_window

WHOLE = [[True, 1.0]]
STROKE = [(2000 + 12 * step, 1400 + 3 * step) for step in range(30)]


def exported(edit_id: str, out: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    words = [sys.executable, "-m", "dalle_studio", "history", "export", edit_id, "-o", str(out)]
    subprocess.run(words, env=os.environ, check=True, timeout=60)
    return np.asarray(Image.open(out))


def test_an_edit_is_adjusted_by_the_pointer_taken_back_and_adjusted_after_a_restart(
    real_display: str, tmp_path: Path, sample_photo: Path
) -> None:
    def rests(now: State) -> bool:
        return not (now["busy"] or now["tuning"] or now["looks"])

    with FakeImagesServer() as server:
        access = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}
        with RealWindow(real_display, tmp_path / "state.json", sample_photo, **access) as window:
            window.drag(STROKE)
            window.wait(lambda now: now["undo"] == 1)
            window.keys("ctrl+l")
            window.type("a red boat")
            window.keys("ctrl+Return")
            made = window.wait(lambda now: not now["busy"] and now["blends"] == WHOLE)
            window.click("tabEdits")
            window.wait(lambda now: "blendOpacity" in now["widgets"])
            sent = len(server.requests)

            window.slide("blendOpacity", 0.95, 0.4, let_go=False)
            looked = window.wait(lambda now: now["looks"])
            assert looked["edit"] == made["edit"]  # nothing is kept while it is held
            window.release()
            kept = window.wait(lambda now: rests(now) and now["undo"] == made["undo"] + 1)
            assert 0.3 < kept["blends"][0][1] < 0.5
            assert kept["identical"] is True
            window.keys("ctrl+z")
            window.wait(lambda now: now["edit"] == made["edit"] and now["blends"] == WHOLE)
            window.keys("ctrl+shift+z")
            window.wait(lambda now: now["edit"] == kept["edit"])
            window.keys("ctrl+shift+h")
            window.wait(lambda now: rests(now) and now["blends"][0][0] is False)
            window.keys("ctrl+shift+d")
            assert window.wait(lambda now: now["heat"] is not None)["heat"] == [0, 0]
            window.keys("ctrl+z")
            heat = window.wait(lambda now: now["heat"] is not None and now["edit"] == kept["edit"])["heat"]
            assert heat[0] > 0
            assert heat[1] == 0
        assert window.status == 0

        with RealWindow(real_display, tmp_path / "again.json", **access) as again:
            found = again.wait(lambda now: now["edit"] == kept["edit"] and now["blends"] == kept["blends"])
            again.click("tabEdits")
            again.wait(lambda now: "blendOpacity" in now["widgets"])
            again.click("blendReset")
            last = again.wait(lambda now: rests(now) and now["blends"] == WHOLE and now["edit"] != found["edit"])
        assert len(server.requests) == sent
    first, reset = exported(made["edit"], tmp_path / "a.png"), exported(last["edit"], tmp_path / "b.png")
    assert np.array_equal(first, reset)
