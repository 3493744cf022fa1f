"""What happens when there is not enough memory: the open photo stays, and one sentence says why."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits address space")

WIDTH, HEIGHT = 9000, 6000
DECODED = WIDTH * HEIGHT * 3
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _jpeg(tmp_path_factory.mktemp("large") / "large.jpg", WIDTH, HEIGHT)


def _jpeg(path: Path, width: int, height: int) -> Path:
    path.write_bytes(simplejpeg.encode_jpeg(np.zeros((height, width, 3), np.uint8), quality=50))
    return path


@pytest.mark.parametrize("room", [DECODED + 20_000_000, DECODED // 2])
def test_a_photo_too_large_for_the_memory_leaves_the_open_one_open(
    data_dir: Path, tmp_path: Path, photo_path: Path, large: Path, room: int
) -> None:
    ordinary = _jpeg(tmp_path / "ordinary.jpg", 3000, 2000)
    program = [sys.executable, "-m", "tests.session.opening_in_little_memory"]
    done = subprocess.run(
        [*program, str(data_dir), str(photo_path), str(ordinary), str(large), str(room)],
        cwd=ROOT,
        # Each arena of glibc reserves 64 MB, which it may give back in the middle: room that nobody counted.
        env={**os.environ, "MALLOC_ARENA_MAX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["came_to_rest"]
    ((kind, text, hint),) = found["messages"]
    assert (kind, text) == ("error", "There is not enough memory to open large.jpg.")
    assert hint
    assert found["bugs"] == 0
    assert found["same_photo"]
    assert found["same_mask"]
    assert found["then_opens"] == [WIDTH, HEIGHT]  # with enough memory
