from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester

from dalle_studio.core.engine_names import short_model
from dalle_studio.core.look import Colour, Look
from dalle_studio.core.marks import Label, Marks
from dalle_studio.core.records import EditRecord, Operation
from dalle_studio.core.words import Words
from dalle_studio.session.history_filter import Filter, found
from dalle_studio.session.history_model import HistoryModel, Role
from dalle_studio.session.history_rows import Grouping, HistoryRow, kept, trash_rows, versions_of
from tests.fakes.records import NOW, arranged, edit, listed, original


def shown(rows: list[HistoryRow]) -> list[tuple[str, int]]:
    return [(row.key, row.depth) for row in rows]


class Thumbnails:
    """Answers when it is told to, as a library would."""

    def __init__(self) -> None:
        self.asked: dict[str, Callable[[QImage], None]] = {}

    def __call__(self, blob: str, show: Callable[[QImage], None]) -> None:
        assert blob not in self.asked, "asked twice"
        self.asked[blob] = show


def model_of(rows: list[HistoryRow], thumbnails: Thumbnails | None = None) -> HistoryModel:
    model = HistoryModel(Words("en"), thumbnails or Thumbnails())
    if thumbnails is None:  # the tester looks at every row, thumbnails included
        QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show(rows)
    return model


# --- arranging -------------------------------------------------------------------------------------------------------


def test_edits_stand_below_their_original_newest_first() -> None:
    rows = arranged([original("O1")], [edit("e1", 1), edit("e2", 2)])
    assert shown(rows) == [("O1", 0), ("e2", 1), ("e1", 1)]


def test_an_edit_of_an_edit_stands_below_it() -> None:
    rows = arranged([original("O1")], [edit("e1", 1), edit("e2", 2), edit("e3", 3, parent="e1")])
    assert shown(rows) == [("O1", 0), ("e2", 1), ("e1", 1), ("e3", 2)]


def test_the_original_worked_on_last_comes_first() -> None:
    rows = arranged([original("O1", hours=-5), original("O2", hours=-1)], [edit("e1", 1, of="O1")])
    assert [row.key for row in rows] == ["O1", "e1", "O2"]


def test_clocks_may_jump_but_the_sequence_decides() -> None:
    late = edit("e1", 1, created=(NOW + timedelta(days=9)).isoformat())
    assert [row.key for row in arranged([original("O1")], [late, edit("e2", 2)])] == ["O1", "e2", "e1"]


def test_what_has_lost_its_roots_stands_on_its_own() -> None:
    rows = arranged([], [edit("e1", 1, of=None), edit("e2", 2, of="gone"), edit("e3", 3, parent="gone too", of="gone")])
    assert sorted(shown(rows)) == [("e1", 0), ("e2", 0), ("e3", 0)]


def test_a_chain_of_a_thousand_edits_is_no_problem() -> None:
    chain = [edit(f"e{n}", n, parent=f"e{n - 1}" if n else None) for n in range(1000)]
    rows = arranged([original("O1")], chain)
    assert len(rows) == 1001
    assert rows[-1].depth == 1000


# --- searching -------------------------------------------------------------------------------------------------------


def test_a_search_keeps_what_a_hit_hangs_on() -> None:
    rows = arranged(
        [original("O1"), original("O2")],
        [edit("e1", 1, prompt="sky"), edit("e2", 2, parent="e1", prompt="빨간 돛단배"), edit("e3", 3, of="O2")],
    )
    assert [row.key for row in found(rows, "돛단배")] == ["O1", "e1", "e2"]


def test_every_word_of_a_search_must_be_there() -> None:
    rows = arranged([original("O1")], [edit("e1", 1, prompt="red boat"), edit("e2", 2, prompt="red house")])
    assert [row.key for row in found(rows, "BOAT red")] == ["O1", "e1"]


def test_a_search_finds_the_edits_of_a_file_by_its_name() -> None:
    rows = arranged([original("O1", name="Harbour.jpg"), original("O2")], [edit("e1", 1), edit("e2", 2, of="O2")])
    assert [row.key for row in found(rows, "harbour")] == ["O1", "e1"]


def test_a_search_finds_names_that_came_in_pieces_and_what_was_noted() -> None:
    pieces = unicodedata.normalize("NFD", "돛단배.jpg")
    marks = {"e1": Marks(note="하늘을 더 밝게", tags=("봄",)), "O2": Marks(name="표지")}
    rows = arranged([original("O1", name=pieces), original("O2")], [edit("e1", 1), edit("e2", 2, of="O2")], marks)
    assert [row.key for row in found(rows, "돛단")] == ["O1", "e1"]
    assert [row.key for row in found(rows, "하늘 봄")] == ["O1", "e1"]
    assert [row.key for row in found(rows, "표지")] == ["O2", "e2"]


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (Filter(favourite=True), ["O1", "e2"]),
        (Filter(rating=2), ["O1", "e2", "O2"]),
        (Filter(rating=4), ["O2"]),
        (Filter(label=Label.RED), ["O1", "e1"]),
        (Filter(operation=Operation.REMOVE), ["O2", "e3"]),
        (Filter(engine="local"), ["O2", "e3"]),
        (Filter(paid=True), ["O1", "e1"]),
        (Filter(text="boat", paid=True), ["O1", "e1"]),
        (Filter(text="house", paid=True), []),
        (Filter(colour=Colour.BLUE), ["O1", "e2"]),
        (Filter(like=0b111), ["O1", "e1", "e2"]),
        (Filter(like=0b111, colour=Colour.RED), ["O1", "e1"]),
    ],
)
def test_a_filter_keeps_what_it_accepts_with_what_that_hangs_on(wanted: Filter, left: list[str]) -> None:
    marks = {"e2": Marks(favourite=True, rating=3), "e1": Marks(label=Label.RED), "O2": Marks(rating=5)}
    edits = [
        edit("e1", 1, cost=0.02),
        edit("e2", 2),
        edit("e3", 3, of="O2", engine="local", operation=Operation.REMOVE),
    ]
    looks: dict[str, Look | None] = {
        "thumbnail of e1": Look(0b110, frozenset({Colour.RED, Colour.WHITE})),
        "thumbnail of e2": Look(0, frozenset({Colour.BLUE})),
        "thumbnail of e3": Look(2**40 - 1, frozenset({Colour.BLACK})),
        "thumbnail of O2": None,
    }
    rows = arranged([original("O1"), original("O2", hours=-9)], edits, marks, looks=looks)
    assert sorted(row.key for row in found(rows, wanted)) == sorted(left)


def test_edits_are_put_together_by_day() -> None:
    edits = [edit("e1", 1, created="2026-10-01T12:00:00Z"), edit("e2", 2), edit("e3", 3, of=None)]
    rows = arranged([original("O1")], edits, grouping=Grouping.DAY)
    assert [(row.heading or row.key, row.depth) for row in rows] == [
        ("2026-11-03", 0),
        ("e3", 1),
        ("e2", 1),
        ("2026-10-01", 0),
        ("e1", 1),
    ]
    model = model_of(rows)
    assert model.index(0).data(Role.IS_HEADING) is True
    assert model.index(0).data() == "3/11"


def test_edits_are_put_together_by_the_projects_of_their_own_and_of_their_photo() -> None:
    marks = {"e1": Marks(projects=("b", "a")), "O2": Marks(projects=("a",))}
    rows = arranged(
        [original("O1"), original("O2")],
        [edit("e1", 1), edit("e2", 2, of="O2"), edit("e3", 3)],
        marks,
        Grouping.PROJECT,
    )
    assert [row.heading or row.key for row in rows] == ["a", "e2", "e1", "b", "e1", "project:", "e3"]
    assert model_of(rows).index(5).data() == "No project"


# --- the item model --------------------------------------------------------------------------------------------------


def test_a_row_says_what_was_done_by_whom_for_how_much() -> None:
    model = model_of(arranged([original("O1")], [edit("e1", 1, cost=0.016)]))
    index = model.index(1)
    assert index.data() == "a boat"
    assert index.data(Role.SECOND).startswith("2.5 Flare · $0.016 · ")
    assert index.data(Role.VERIFIED) is True
    assert "a boat" in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_a_local_edit_without_words_says_what_it_did_and_how_long_it_took() -> None:
    removal = edit("e1", 1, prompt="", operation=Operation.REMOVE, engine="local")
    model = model_of(arranged([original("O1")], [removal]))
    assert model.index(1).data() == "Remove"
    assert model.index(1).data(Role.SECOND).startswith("This computer · 1.8 s · ")


def test_marks_are_shown_and_spoken() -> None:
    marks = {"e1": Marks(name="cover", favourite=True, rating=3, label=Label.GREEN, note="brighter", tags=("spring",))}
    index = model_of(arranged([original("O1")], [edit("e1", 1)], marks)).index(1)
    assert index.data() == "cover"
    assert index.data(Role.SECOND).startswith("★★★ · 2.5 Flare")
    assert index.data(Role.MARKS) == marks["e1"]
    assert all(word in index.data(Qt.ItemDataRole.ToolTipRole) for word in ("a boat", "brighter", "#spring"))
    spoken = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert all(word in spoken for word in ("cover", "Favourite", "3 stars", "Green"))


def test_only_what_was_verified_is_checked() -> None:
    new = edit("e2", 2, of=None, operation=Operation.GENERATE)
    varied = edit("e3", 3, operation=Operation.VARY)
    model = model_of(arranged([original("O1")], [edit("e1", 1, identical=False), new, varied]))
    assert not any(model.index(row).data(Role.VERIFIED) for row in range(model.rowCount()))


def test_the_current_edit_is_marked_and_only_it() -> None:
    model = model_of(arranged([original("O1")], [edit("e1", 1), edit("e2", 2)]))
    model.set_current("e1")
    assert [model.index(row).data(Role.CURRENT) for row in range(3)] == [False, False, True]
    model.set_current("O1")
    assert [model.index(row).data(Role.CURRENT) for row in range(3)] == [True, False, False]


def test_only_thumbnails_in_sight_are_loaded_and_once() -> None:
    thumbnails = Thumbnails()
    model = model_of(arranged([original("O1")], [edit("e1", 1), edit("e2", 2)]), thumbnails)
    assert thumbnails.asked == {}
    assert model.index(1).data(Qt.ItemDataRole.DecorationRole) is None
    assert model.index(1).data(Qt.ItemDataRole.DecorationRole) is None
    assert list(thumbnails.asked) == ["thumbnail of e2"]
    thumbnails.asked["thumbnail of e2"](QImage(4, 4, QImage.Format.Format_RGB32))
    assert model.index(1).data(Qt.ItemDataRole.DecorationRole).width() == 4


def test_a_new_edit_inserts_one_row_and_keeps_the_others() -> None:
    edits = [edit(f"e{n}", n) for n in range(5)]
    model = model_of(arranged([original("O1")], edits))
    kept = model.index(3)
    inserted: list[tuple[int, int]] = []
    resets: list[object] = []
    model.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    model.modelReset.connect(lambda: resets.append(None))
    model.show(arranged([original("O1")], [*edits, edit("e9", 9)]))
    assert inserted == [(1, 1)]
    assert resets == []
    assert model.row_of("e9") == 1
    assert kept.isValid()


@given(st.lists(st.sets(st.integers(0, 8)), max_size=6))
def test_any_way_from_one_history_to_another_ends_right(steps: list[set[int]]) -> None:
    model = model_of([])
    for step in steps:
        edits = [edit(f"e{n}", n, parent=f"e{n - 2}" if n % 3 == 2 else None) for n in sorted(step)]
        rows = arranged([original("O1")], edits)
        model.show(rows)
        assert [model.index(at).data(Role.KEY) for at in range(model.rowCount())] == [row.key for row in rows]


@pytest.mark.parametrize(
    ("model", "short"),
    [
        ("gpt-image-2.5-flare", "2.5 Flare"),
        ("gpt-image-2.5-sunburst", "2.5 Sunburst"),
        ("gpt-image-1-mini", "1 Mini"),
        ("gpt-image-2", "2"),
        ("stable-diffusion-xl", "stable-diffusion-xl"),
    ],
)
def test_models_have_short_names(model: str, short: str) -> None:
    assert short_model(model) == short


def blend(key: str, sequence: int, parent: str) -> EditRecord:
    return edit(key, sequence, parent=parent, operation=Operation.BLEND, prompt="")


@pytest.mark.usefixtures("qapp")
def test_settings_that_were_tried_one_after_the_other_are_one_row() -> None:
    edits = [edit("e", 1), blend("b1", 2, "e"), blend("b2", 3, "b1"), blend("b3", 4, "b2")]
    rows = arranged([original("O1")], edits)
    assert [row.key for row in rows] == ["O1", "e", "b3"]
    model = HistoryModel(Words("en"), lambda *_: None)
    model.show(rows)
    model.set_current("b2")  # taken back
    assert model.row_of("b2") == 2
    assert model.index(2).data(Role.CURRENT)
    assert model.rows_of(["b3"])[0].folded == ("b1", "b2")


def test_settings_are_one_row_in_the_trash_too() -> None:
    blends = [edit("e", 1), blend("b1", 2, "e"), blend("b2", 3, "b1"), blend("b3", 4, "b2"), edit("on", 5, parent="b2")]
    thrown = [listed(one) for one in reversed(blends)]
    rows = trash_rows([original("O1")], thrown)
    assert [(row.key, row.folded) for row in rows] == [
        ("O1", ()),
        ("on", ()),
        ("b3", ()),
        ("b2", ("b1",)),
        ("e", ()),
    ]
    rows = trash_rows([], thrown[1:-2])
    assert [(row.key, row.folded) for row in rows] == [("b3", ("b2",))]
    assert versions_of(rows) == ("b2", "b3")


def test_a_row_that_is_still_right_is_used_again() -> None:
    photos, edits = [original("O1")], [edit("e1", 1), edit("e2", 2)]
    first = arranged(photos, edits)
    before = {row.key: row for row in first}
    again = kept(before, arranged(photos, edits))
    assert all(new is old for new, old in zip(again, first, strict=True))
    marks = {"O1": Marks(name="cover")}
    noted = kept(before, arranged(photos, edits, marks))
    assert not any(new is old for new, old in zip(noted, first, strict=True)), "all are found by it"
    later = kept(before, arranged(photos, [edits[0], replace(edits[1], prompt="sky")]))
    assert [new is old for new, old in zip(later, first, strict=True)] == [True, False, True]


def test_a_setting_that_was_saved_or_built_upon_keeps_its_row() -> None:
    blends = [edit("e", 1), blend("b1", 2, "e"), blend("b2", 3, "b1")]
    upon = edit("on", 4, parent="b1")
    assert [row.key for row in arranged([original("O1")], [*blends, upon])] == ["O1", "e", "b1", "on", "b2"]
    saved = [blends[0], replace(blends[1], outputs=(Path("out.png"),)), blends[2]]
    assert [row.key for row in arranged([original("O1")], saved)] == ["O1", "e", "b1", "b2"]
