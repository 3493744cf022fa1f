"""Organising and keeping the library from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.cli.conftest import Cli, Scene


def removed(cli: Cli, scene: Scene) -> str:
    """An edit by the local engine; its id."""
    done = cli("edit", scene.photo, "--remove", "--mask", scene.mask, "--json").json
    edit_id: str = done["edit_id"]
    return edit_id


def test_an_edit_is_marked_and_found_by_its_marks(cli: Cli, make_scene: Callable[..., Scene]) -> None:
    edit_id = removed(cli, make_scene(200, 150, radius=20))
    words = (
        "--favourite",
        "--rating",
        4,
        "--label",
        "green",
        "--note",
        "하늘이 좋다",
        "--tags",
        "하늘, 봄",
        "--name",
        "표지",
    )
    marked = cli("history", "mark", edit_id, *words, "--json").json["marks"][edit_id]
    expected = {"favourite": True, "rating": 4, "label": "green", "note": "하늘이 좋다", "tags": ["하늘", "봄"]}
    assert marked == {"name": "표지", "projects": [], **expected}
    for text in ("하늘", "표지", "좋다"):
        (found,) = cli("history", "search", text, "--json").json["edits"]
        assert found["edit_id"] == edit_id
        assert {name: found[name] for name in expected} == expected
    assert cli("history", "mark", edit_id, "--label", "none", "--tags", "").status == 0
    shown = cli("history", "show", edit_id, "--json").json
    assert (shown["label"], shown["tags"], shown["rating"]) == (None, [], 4)
    unknown = cli("history", "mark", "nobody", "--rating", 1, "--json")
    assert (unknown.status, unknown.json["error"]["kind"]) == (3, "bad_input")


def test_the_trash_is_shown_and_gives_back(cli: Cli, make_scene: Callable[..., Scene]) -> None:
    edit_id = removed(cli, make_scene(200, 150, radius=20))
    assert cli("history", "delete", edit_id).status == 0
    assert [edit["edit_id"] for edit in cli("history", "list", "--trash", "--json").json["edits"]] == [edit_id]
    assert cli("history", "put-back", edit_id).status == 0
    assert [edit["edit_id"] for edit in cli("history", "list", "--json").json["edits"]] == [edit_id]
    assert cli("history", "list", "--trash", "--json").json["edits"] == []


def test_several_go_to_the_trash_together_and_what_lies_there_already_is_told(
    cli: Cli, make_scene: Callable[..., Scene]
) -> None:
    scene = make_scene(200, 150, radius=20)
    one, two = removed(cli, scene), removed(cli, scene)
    unknown = cli("history", "delete", one, "nobody", "--json")
    assert (unknown.status, unknown.json["error"]["kind"]) == (3, "bad_input")
    assert cli("history", "list", "--trash", "--json").json["edits"] == [], "all or none"
    assert cli("history", "delete", one, "--json").json["moved"] == [one]
    again = cli("history", "delete", one, two)
    assert again.out.splitlines() == [f"Already in the trash: {one}", f"{two} is in the trash."]
    back = cli("history", "put-back", one, two, "--json").json
    assert (back["edit_ids"], back["moved"]) == ([one, two], [one, two])
    assert cli("history", "put-back", two).out == f"Not in the trash, it is where it belongs: {two}\n"


def test_a_library_moves_in_one_file(cli: Cli, make_scene: Callable[..., Scene], tmp_path: Path) -> None:
    scene = make_scene(200, 150, radius=20)
    edit_id = removed(cli, scene)
    file = tmp_path / "backup.zip"
    made = cli("history", "backup", file, "--json").json
    assert (made["outputs"], made["edits"], made["missing"]) == ([str(file)], 1, [])
    there = ("--data-dir", tmp_path / "new computer")
    assert cli("history", "restore", file, "--json", *there).json["edits"] == 1
    assert cli("history", "restore", file, "--json", *there).json["edits"] == 0
    out = tmp_path / "again.png"
    assert cli("history", "export", edit_id, "-o", out, *there).status == 0
    (here,) = cli("history", "list", "--json").json["edits"]
    assert (scene.read(out) == scene.read(Path(here["outputs"][0]))).all()
    assert cli("history", "verify", "--json", *there).json["orphans"] == 0
    assert cli("history", "gc", "--json", *there).json["blobs"] == 0
    refused = cli("history", "restore", scene.photo, "--json", *there)
    assert (refused.status, refused.json["error"]["kind"]) == (3, "bad_input")
