"""What happens when there is not enough memory: the open photo stays, and one sentence says why."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import simplejpeg

from dalle_studio.core.geometry import Rect
from dalle_studio.session.editor import Editor
from tests.session.conftest import Heard, mask_of, open_photo, paint, pixels_of

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits address space")

WIDTH, HEIGHT = 9000, 6000
DECODED = WIDTH * HEIGHT * 3


@contextmanager
def only_so_much_more(size: int) -> Iterator[None]:
    """This process may take no more than so many bytes besides what it has."""
    import resource

    gc.collect()  # what is freed only later would be room on top
    present = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (present + size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.jpg"
    path.write_bytes(simplejpeg.encode_jpeg(np.zeros((HEIGHT, WIDTH, 3), np.uint8), quality=50))
    return path


@pytest.mark.parametrize("room", [DECODED + 20_000_000, DECODED // 2])
def test_a_photo_too_large_for_the_memory_leaves_the_open_one_open(opened: Editor, large: Path, room: int) -> None:
    editor = opened
    paint(editor, Rect(20, 20, 100, 50))
    before, mask = pixels_of(editor), mask_of(editor)
    heard = Heard(editor)
    with only_so_much_more(room):
        editor.open(large)
        assert editor.wait_idle(30)
    (said,) = heard.of("message")
    assert said[0] == "error"
    assert said[1] == "There is not enough memory to open large.jpg."
    assert said[2]
    assert heard.of("bug_met") == []
    assert pixels_of(editor) is before
    assert mask_of(editor) is mask
    assert not mask.is_empty
    if room < DECODED:  # in the last case only: a large photo that is freed late would be room for the next
        open_photo(editor, large)  # with enough memory, it opens
        assert editor.size is not None
        assert editor.size.width == WIDTH
