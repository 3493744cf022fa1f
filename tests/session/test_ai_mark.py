"""A saved file says that a model took part in what is seen of it, and only then, whichever edit lies on top."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dalle_studio.cli import main
from dalle_studio.core.records import Operation
from dalle_studio.formats.opening import open_picture
from dalle_studio.formats.provenance import stated
from dalle_studio.session.editor import Editor
from tests.session.conftest import paint
from tests.session.test_editor_stack import LEFT, RIGHT, edit

COMPOSITE = "compositeWithTrainedAlgorithmicMedia"


@pytest.fixture
def retouched_above(opened: Editor) -> Editor:
    """A photo with a model's edit and, on another place, one of this computer's engine above it."""
    edit(opened, LEFT)
    opened.clear_mask()
    paint(opened, RIGHT)
    opened.set_mode(Operation.REMOVE)
    opened.set_engine("local")
    opened.generate()
    assert opened.wait_idle(30)
    assert [item.record.engine for item in opened.stack] == ["openai", "local"]
    return opened


def saved_mark(editor: Editor, path: Path) -> str | None:
    editor.save(path)
    assert editor.wait_idle(30)
    assert editor.is_saved
    return stated(open_picture(path.read_bytes(), name=path.name).metadata.xmp)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_a_save_is_marked_while_any_edit_of_a_model_is_seen(
    retouched_above: Editor, tmp_path: Path, suffix: str
) -> None:
    editor = retouched_above
    assert saved_mark(editor, tmp_path / f"both{suffix}") == COMPOSITE
    editor.toggle_layer(0)
    assert editor.wait_idle(30)
    assert saved_mark(editor, tmp_path / f"retouched{suffix}") is None
    editor.set_layer(replace(editor.stack[0].layer, is_visible=True))
    editor.set_layer(replace(editor.stack[1].layer, is_visible=False))
    assert editor.wait_idle(30)
    assert saved_mark(editor, tmp_path / f"painted{suffix}") == COMPOSITE


def test_a_reblend_and_an_export_on_the_command_line_say_what_lies_below(
    retouched_above: Editor, tmp_path: Path
) -> None:
    editor, out = retouched_above, tmp_path / "again.png"
    removal = editor.stack[1].layer.edit_id

    def mark_after(*words: str) -> str | None:
        assert main([*words, "-o", str(out)]) == 0
        return stated(open_picture(out.read_bytes(), name=out.name).metadata.xmp)

    assert mark_after("reblend", removal, "--feather", "3") == COMPOSITE
    assert mark_after("history", "export", removal) == COMPOSITE
    editor.toggle_layer(0)
    assert editor.wait_idle(30)
    assert editor.current_edit is not None
    assert mark_after("history", "export", editor.current_edit) is None
