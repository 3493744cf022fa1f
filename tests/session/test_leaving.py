"""What was asked for is finished before anything else takes its place: another version, another photo, the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.records import Operation
from dalle_studio.core.reshape import Reshape
from dalle_studio.session import drafts
from dalle_studio.session.editor import Editor
from tests.session.conftest import Heard, NewEditor, Script, TestHouse, digest, mask_of, open_photo, pixels_of, wait_for
from tests.session.test_editor_stack import LEFT, RIGHT, blended, edit

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def opacities(house: TestHouse) -> list[float]:
    """Of every version that was blended anew."""
    return [one.layers[0].blend.opacity for one in house.library.edits() if one.operation is Operation.BLEND]


def test_a_save_and_a_value_just_set_are_finished_at_the_end_and_there_at_the_next_start(
    new_editor: NewEditor, photo_path: Path, tmp_path: Path
) -> None:
    editor, out = new_editor(), tmp_path / "out.png"
    open_photo(editor, photo_path)
    edit(editor, LEFT)
    editor.tune(blended(editor, opacity=0.3), None)
    editor.save(out)
    assert not out.exists()

    assert editor.finish(30)
    shown = pixels_of(editor).copy()
    editor.shutdown()

    again = new_editor()
    again.resume()
    wait_for(again, lambda: bool(again.stack) and again.is_idle)
    assert again.stack[0].layer.blend.opacity == 0.3
    assert (pixels_of(again) == shown).all()
    open_photo(again, out)
    assert (pixels_of(again) == shown).all()


def test_nothing_is_sent_at_the_end_that_waited_for_something_else(opened: Editor, script: Script) -> None:
    edit(opened, LEFT)
    opened.set_prompt("another disc")
    opened.tune(blended(opened, opacity=0.3), None)
    opened.generate()

    assert opened.finish(30)

    assert opened.wait_idle(10)
    assert len(script.asks) == 1
    opened.generate()  # the end was called off
    assert opened.wait_idle(30)
    assert len(script.asks) == 2


def test_what_can_not_be_written_leaves_the_old_file(opened: Editor, tmp_path: Path, script: Script) -> None:
    edit(opened, LEFT)
    out = tmp_path / "out.png"
    opened.save(out)
    assert opened.wait_idle(30)
    before = digest(out)
    script.faults["edit"] = StorageProblem("errors_storage.disk_full", folder="x", need="1")
    opened.save(out)
    assert opened.finish(30)
    assert digest(out) == before


@pytest.mark.parametrize(
    "go",
    [
        lambda editor, _: editor.restore(editor.original_id),
        lambda editor, _: editor.go_to_step(0),
        lambda editor, _: editor.step_candidate(1),
        lambda editor, _: editor.reshape(Reshape(turns=1)),
        lambda editor, _: editor.close_document(),
        lambda editor, other: editor.open(other),
        lambda editor, other: editor.open_bytes(other.read_bytes(), "other.png"),
        lambda editor, _: editor.encode_picture(lambda _: None),
        lambda editor, folder: editor.export_layers(folder.with_suffix(".ora")),
    ],
    ids=["version", "step", "candidate", "turn", "close", "open", "paste", "copy", "layers"],
)
def test_a_value_just_set_is_kept_in_its_own_version_whatever_is_done_next(
    opened: Editor, house: TestHouse, heard: Heard, photo_path: Path, go: Callable[[Editor, Path], None]
) -> None:
    other = photo_path.with_name("other.png")
    other.write_bytes(photo_path.read_bytes()[:-12] + b"\0\0\0\0IEND\xaeB`\x82")
    edit(opened, LEFT)
    edit(opened, RIGHT)
    made = opened.current_edit
    opened.tune(blended(opened, 0, opacity=0.3), None)

    go(opened, other)
    assert opened.wait_idle(30)

    assert opacities(house) == [0.3]
    (kept,) = [one for one in house.library.edits() if one.operation is Operation.BLEND]
    assert kept.parent == made
    assert heard.of("edit_failed") == []
    assert [kind for kind, _, _ in heard.messages if kind == "error"] == []


def test_the_photo_left_for_another_is_remembered_with_the_value_just_set(
    opened: Editor, house: TestHouse, photo_path: Path, tmp_path: Path
) -> None:
    edit(opened, LEFT)
    root = opened.original_id
    assert root is not None
    opened.tune(blended(opened, opacity=0.3), None)
    other = tmp_path / "other.png"
    other.write_bytes(photo_path.read_bytes() + b" ")
    opened.open(other)
    wait_for(opened, lambda: opened.path == other and opened.is_idle)
    left = drafts.load(house.places.journal, root)
    assert left is not None
    assert left.edit_id is not None
    assert [layer.blend.opacity for layer in house.library.edit(left.edit_id).layers] == [0.3]


def test_a_stroke_held_while_the_draft_is_due_is_kept_soon_after_it_ends(
    qtbot: QtBot, opened: Editor, house: TestHouse
) -> None:
    root, mask = opened.original_id, mask_of(opened)
    assert root is not None
    mask.begin()
    mask.writable(LEFT)[...] = 255
    opened.keep_draft()
    step = mask.commit("session.step.all")
    assert step is not None
    opened.push_step(step)

    def is_kept() -> bool:
        kept = drafts.load(house.places.journal, root)
        return kept is not None and kept.mask_png is not None

    qtbot.waitUntil(is_kept, timeout=3000)  # a full wait for the next draft would be four seconds
