"""How pictures look is found out once, kept beside the library's rows, and gone when they go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dalle_studio.core.look import Colour, Look
from dalle_studio.session import editor_library
from dalle_studio.session.history_rows import HistoryRow
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.session.conftest import NewEditor, TestHouse, open_photo, write_png
from tests.storage import material

if TYPE_CHECKING:
    import pytest

    from dalle_studio.session.editor import Editor


def rows_of(editor: Editor, *, looks: bool) -> list[HistoryRow]:
    shown: list[list[HistoryRow]] = []
    editor.load_history(shown.append, looks=looks)
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
    monkeypatch.setattr(editor_library, "_FEW", 0)
    open_photo(editor, plain_photo(tmp_path / "blue.png", (40, 90, 220)))
    assert sorted(row.look is None for row in rows_of(editor, looks=False)) == [False, True]
    found = {row.original.name: row.look for row in rows_of(editor, looks=True) if row.original}
    assert found["red.png"] == red.look
    blue = found["blue.png"]
    assert blue is not None
    assert blue.colours == {Colour.BLUE}


def test_the_next_start_knows_them(
    editor: Editor, new_editor: NewEditor, house: TestHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_photo(editor, plain_photo(tmp_path / "green.png", (40, 150, 60)))
    (before,) = rows_of(editor, looks=True)
    editor.shutdown()
    monkeypatch.setattr(editor_library, "_FEW", 0)
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
