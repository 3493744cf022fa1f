"""How pictures look is found out once, kept beside the library's rows, and gone when they go."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dalle_studio.core.look import Colour, Look
from dalle_studio.session import editor_history, looking
from dalle_studio.session.history_rows import HistoryRow
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.session.conftest import Heard, NewEditor, TestHouse, open_photo, wait_for, write_png
from tests.storage import material

if TYPE_CHECKING:
    import pytest

    from dalle_studio.core.ports import Codec
    from dalle_studio.session.editor import Editor


def rows_of(editor: Editor, *, looks: bool) -> list[HistoryRow]:
    shown: list[list[HistoryRow]] = []
    if looks:
        editor.look_through()
        assert editor.wait_idle(10)
    editor.load_history(shown.append)
    assert editor.wait_idle(10)
    return shown[-1]


def plain_photo(path: Path, rgb: tuple[int, int, int]) -> Path:
    write_png(path, np.full((80, 120, 3), rgb, np.uint8))
    return path


def test_new_pictures_are_looked_at_in_passing_many_only_when_asked(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_photo(editor, plain_photo(tmp_path / "red.png", (220, 30, 20)))
    (red,) = rows_of(editor, looks=False)
    assert red.look is not None
    assert red.look.colours == {Colour.RED}
    monkeypatch.setattr(editor_history, "_FEW", 0)
    open_photo(editor, plain_photo(tmp_path / "blue.png", (40, 90, 220)))
    assert sorted(row.look is None for row in rows_of(editor, looks=False)) == [False, True]
    found = {row.original.name: row.look for row in rows_of(editor, looks=True) if row.original}
    assert found["red.png"] == red.look
    blue = found["blue.png"]
    assert blue is not None
    assert blue.colours == {Colour.BLUE}


def test_looking_can_be_ended_and_goes_on_where_it_was(
    editor: Editor, heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editor_history, "_FEW", 0)
    monkeypatch.setattr(looking, "_PORTION", 1)
    for name, colour in (("red", (220, 30, 20)), ("green", (40, 150, 60)), ("blue", (40, 90, 220))):
        open_photo(editor, plain_photo(tmp_path / f"{name}.png", colour))
    calls, gate, real = [0], threading.Event(), looking._look

    def look(codec: Codec, data: dict[str, bytes]) -> dict[str, Look]:
        calls[0] += 1
        if calls[0] == 2:
            gate.wait(20)
        return real(codec, data)

    monkeypatch.setattr(looking, "_look", look)
    shares: list[float | None] = []
    editor.looking_changed.connect(shares.append)
    editor.look_through()
    editor.look_through()  # once is enough
    wait_for(editor, lambda: calls[0] == 2)
    assert editor.cancel_looking()
    assert editor.wait_idle(10)
    gate.set()
    assert not editor.cancel_looking()
    assert shares == [1 / 3, None]
    assert [text for _, text, _ in heard.messages][-1] == "Stopped looking at the pictures."
    assert sum(row.look is not None for row in rows_of(editor, looks=False)) == 1
    assert all(row.look is not None for row in rows_of(editor, looks=True))
    assert calls[0] == 4, "the one that was given up, and the two that were left"


def test_the_next_start_knows_them(
    editor: Editor, new_editor: NewEditor, house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_photo(editor, plain_photo(tmp_path / "green.png", (40, 150, 60)))
    (before,) = rows_of(editor, looks=True)
    editor.shutdown()
    monkeypatch.setattr(editor_history, "_FEW", 0)
    (after,) = rows_of(new_editor(), looks=False)
    assert after.look == before.look is not None


def test_looks_go_with_their_pictures_when_the_trash_is_emptied(data_dir: Path) -> None:
    library = StudioLibrary(Places(data_dir))
    edits = [material.perform(library, name) for name in ("stays", "goes")]
    looks = {str(edit.thumbnail): Look(number, frozenset({Colour.PINK})) for number, edit in enumerate(edits)}
    library.looks.put(looks)
    assert library.looks.of([*looks, "unknown"]) == looks
    library.delete("goes")
    library.empty_trash()
    assert set(library.looks.of(looks)) == {edits[0].thumbnail}
    library.close()
    library.places.close()
