"""What saving tells: by how much a format that codes every pixel anew changed the picture, and nothing elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dalle_studio.session.editor import Editor
from tests.session.conftest import Heard, open_photo, pixels_of
from tests.session.test_editor_stack import LEFT, edit


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jpg", ".webp", ".avif"])
def test_the_largest_difference_is_said_where_pixels_were_coded_anew(
    opened: Editor, heard: Heard, tmp_path: Path, suffix: str
) -> None:
    edit(opened, LEFT)
    out = tmp_path / f"out{suffix}"
    opened.save(out)
    assert opened.wait_idle(30)
    came = np.asarray(Image.open(out).convert("RGB")).astype(int)
    apart = np.abs(came - pixels_of(opened)).max()
    said = next(text for _, text, _ in heard.messages if text.startswith("Saved"))
    if suffix in {".png", ".tif"}:
        assert (said, apart) == (f"Saved: out{suffix}", 0)
    else:
        assert apart > 0
        assert f"up to {apart} of 255" in said


def test_a_jpeg_that_kept_its_blocks_is_simply_saved(editor: Editor, photo_path: Path, tmp_path: Path) -> None:
    heard, source, out = Heard(editor), tmp_path / "photo.jpg", tmp_path / "out.jpg"
    Image.open(photo_path).save(source, quality=92)
    open_photo(editor, source)
    edit(editor, LEFT)
    editor.save(out)
    assert editor.wait_idle(30)
    assert "Saved: out.jpg" in [text for _, text, _ in heard.messages]
