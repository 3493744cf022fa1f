from __future__ import annotations

import threading
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dalle_studio.core.errors import BadInput, BudgetExceeded, StorageProblem
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.ports import Answer, ComposedCandidate, EditStore, Library
from dalle_studio.core.records import Operation, State, Usage
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.storage import material
from tests.storage.conftest import OpenLibrary


def test_it_is_the_library_of_the_ports(library: StudioLibrary) -> None:
    as_library: Library = library
    as_store: EditStore = library
    assert as_library is as_store


def test_an_original_comes_back_as_it_was(library: StudioLibrary, tmp_path: Path) -> None:
    photo = tmp_path / "사진.jpg"
    kept = library.keep_original(photo, b"photo", Size(30, 20), b"small", "사진.jpg")
    assert library.original(kept.original_id) == kept
    assert (kept.path, kept.name, kept.size) == (photo, "사진.jpg", Size(30, 20))
    assert library.blob(kept.original_id) == b"photo"
    assert kept.thumbnail is not None
    assert library.blob(kept.thumbnail) == b"small"


def test_the_same_photo_again_is_the_same_original_at_its_new_place(library: StudioLibrary, tmp_path: Path) -> None:
    first = library.keep_original(tmp_path / "a.jpg", b"photo", Size(30, 20), b"small", "a.jpg")
    second = library.keep_original(tmp_path / "b.jpg", b"photo", Size(30, 20), b"small", "b.jpg")
    third = library.keep_original(None, b"photo", Size(30, 20), b"small", "b.jpg")
    assert first.original_id == second.original_id
    assert third.path == tmp_path / "b.jpg"
    assert library.originals() == [third]


def test_originals_come_newest_first(library: StudioLibrary) -> None:
    names = [material.keep(library, name.encode(), name).name for name in ("one", "two", "three")]
    assert [original.name for original in library.originals()] == names[::-1]


def test_a_file_name_that_is_no_text_is_kept(library: StudioLibrary) -> None:
    name = b"\xff\xfe\n.jpg".decode("utf-8", "surrogateescape")
    kept = library.keep_original(Path("/photos") / name, b"photo", Size(3, 2), b"small", name)
    assert kept.path == Path("/photos") / name
    assert library.originals() == [kept]
    material.perform(library, "one", original=kept.original_id)
    library.add_output("one", Path("/photos") / name)
    assert library.edit("one").outputs == (Path("/photos") / name,)


def test_an_edit_comes_back_as_it_was(library: StudioLibrary, open_library: OpenLibrary) -> None:
    original = material.keep(library)
    asked = material.intent("one", original=original.original_id, parent="before", count=2)
    library.begin(asked)
    library.store_answer("one", material.answer("one", 0))
    library.store_answer("one", material.answer("one", 1))
    done = library.finish(
        "one", (material.composed("one", 0), material.composed("one", 1)), feather=5, seconds={"wait": 1.5}
    )
    assert done.state is State.DONE
    for name in ("edit_id", "operation", "original", "parent", "prompt", "prompt_sent", "engine", "model", "quality"):
        assert getattr(done, name) == getattr(asked, name), name
    for name in ("count", "canvas", "margins", "crop", "sent", "placed", "blend"):
        assert getattr(done, name) == getattr(asked, name), name
    assert (done.feather, done.seconds, done.chosen, done.error) == (5, {"wait": 1.5}, 0, None)
    assert done.mask is not None
    assert library.blob(done.mask) == b"mask"
    assert [library.blob(blob) for blob in done.answers] == [material.answer("one", i).data for i in range(2)]
    for index, candidate in enumerate(done.candidates):
        put = material.composed("one", index)
        assert (candidate.index, candidate.rect, candidate.shift) == (index, put.rect, put.shift)
        assert candidate.answer == done.answers[index]
        assert library.blob(candidate.patch) == put.patch_png
        assert candidate.thumbnail is not None
        assert library.blob(candidate.thumbnail) == put.thumbnail
    assert open_library().edit("one") == done
    assert open_library().edits() == [done]


def test_a_generated_picture_needs_no_original_and_is_as_large_as_it_came(library: StudioLibrary) -> None:
    asked = material.intent("new", operation=Operation.GENERATE, mask_png=None, canvas=Size(1024, 1024))
    library.begin(asked)
    library.store_answer("new", material.answer("new"))
    whole = ComposedCandidate(0, b"patch", Rect(0, 0, 1536, 864), b"small")
    done = library.finish("new", (whole,), feather=0, seconds={})
    assert (done.original, done.mask, done.canvas) == (None, None, Size(1536, 864))
    assert library.edits() == [done]
    assert library.verify().damaged == ()


def test_the_intent_and_the_raw_answer_are_there_before_the_edit_is_done(
    library: StudioLibrary, open_library: OpenLibrary
) -> None:
    library.begin(material.intent("one"))
    other = open_library()
    assert [(edit.edit_id, edit.state) for edit in other.edits(every_state=True)] == [("one", State.SENT)]
    assert other.edits() == []
    library.store_answer("one", material.answer("one"))
    received = other.edit("one")
    assert received.state is State.RECEIVED
    assert other.blob(received.answers[0]) == material.answer("one").data
    assert other.answer_indices("one") == {0: received.answers[0]}


def test_one_job_begins_once(library: StudioLibrary) -> None:
    library.begin(material.intent("one"))
    with pytest.raises(StorageProblem) as caught:
        library.begin(material.intent("one"))
    assert caught.value.message == "errors_storage.already_begun"


def test_finishing_twice_changes_nothing(library: StudioLibrary) -> None:
    done = material.perform(library, "one")
    again = library.finish("one", (material.composed("other"),), feather=99, seconds={})
    assert again == done


def test_what_is_done_stays_done_when_a_cancellation_comes_late(library: StudioLibrary) -> None:
    done = material.perform(library, "one")
    library.end("one", State.CANCELLED, error=None, maybe_billed=True)
    assert library.edit("one") == done


def test_a_cancelled_edit_keeps_its_answer_and_can_still_be_finished(library: StudioLibrary) -> None:
    library.begin(material.intent("one"))
    library.store_answer("one", material.answer("one"))
    library.end("one", State.CANCELLED, error=None, maybe_billed=True)
    cancelled = library.edit("one")
    assert (cancelled.state, cancelled.maybe_billed) == (State.CANCELLED, True)
    assert library.blob(cancelled.answers[0]) == material.answer("one").data
    assert library.edits() == []
    done = library.finish("one", (material.composed("one"),), feather=0, seconds={})
    assert done.state is State.DONE
    assert library.edits() == [done]


def test_a_failed_edit_says_why(library: StudioLibrary) -> None:
    library.begin(material.intent("one"))
    library.end("one", State.FAILED, error="errors.refused", maybe_billed=False)
    failed = library.edit("one")
    assert (failed.state, failed.error, failed.maybe_billed) == (State.FAILED, "errors.refused", False)


def test_an_answer_that_comes_twice_is_kept_once_and_another_one_beside_it(library: StudioLibrary) -> None:
    library.begin(material.intent("one"))
    usage = Usage(10, 20, '{"total":30}', 0.5)
    library.store_answer("one", material.answer("one", 0, usage))
    library.store_answer("one", material.answer("one", 0, usage))
    library.store_answer("one", Answer(0, b"a second picture for the same candidate"))
    record = library.edit("one")
    assert len(record.answers) == 2
    assert record.usage == usage
    done = library.finish("one", (material.composed("one"),), feather=0, seconds={})
    assert done.candidates[0].answer == record.answers[1]


def test_usage_and_cost_add_up_over_candidates(library: StudioLibrary) -> None:
    library.begin(material.intent("one", count=3))
    library.store_answer("one", material.answer("one", 0, Usage(10, 100, '{"a": 1}', 0.25)))
    library.store_answer("one", material.answer("one", 1))
    library.store_answer("one", material.answer("one", 2, Usage(10, 200, '{"a": 2}', 0.5)))
    assert library.edit("one").usage == Usage(20, 300, '[{"a": 1}, {"a": 2}]', 0.75)
    library.begin(material.intent("two"))
    library.store_answer("two", material.answer("two", 0, Usage(1, 2, None, None)))
    assert library.edit("two").usage == Usage(1, 2, None, None)


def test_edits_are_ordered_by_sequence_when_the_clock_jumps(places: Places) -> None:
    now = datetime(2026, 7, 21, 12, tzinfo=UTC)
    times = iter([now, now, now - timedelta(days=400), now - timedelta(days=400), now, now])
    library = StudioLibrary(places, clock=lambda: next(times))
    for name in ("one", "two", "three"):
        library.begin(material.intent(name))
    assert [edit.edit_id for edit in library.edits(every_state=True)] == ["three", "two", "one"]
    assert library.edit("two").created == "2025-06-16T12:00:00Z"
    library.close()


def test_pages_follow_each_other_without_gap_or_overlap(library: StudioLibrary) -> None:
    for number in range(7):
        material.perform(library, f"edit {number}")
    seen: list[str] = []
    page = library.page(limit=3)
    while page:
        seen += [edit.edit_id for edit in page]
        page = library.page(page[-1].sequence, limit=3)
    assert seen == [f"edit {number}" for number in range(6, -1, -1)]
    assert [edit.edit_id for edit in library.edits(limit=2)] == ["edit 6", "edit 5"]


def test_outputs_are_absolute_in_order_and_once(
    library: StudioLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    material.perform(library, "one")
    for name in ("b.png", "a.png", "b.png"):
        library.add_output("one", Path(name))
    assert library.edit("one").outputs == (tmp_path / "b.png", tmp_path / "a.png")


def test_another_candidate_can_be_chosen_and_none_that_is_not_there(library: StudioLibrary) -> None:
    material.perform(library, "one", count=2)
    chosen = library.choose("one", 1)
    assert chosen.candidate is not None
    assert chosen.candidate.index == 1
    assert library.edit("one").chosen == 1
    with pytest.raises(BadInput):
        library.choose("one", 2)


def test_ids_that_nobody_knows_are_bad_input(library: StudioLibrary) -> None:
    with pytest.raises(BadInput):
        library.edit("nothing")
    with pytest.raises(BadInput):
        library.original("nothing")
    with pytest.raises(BadInput):
        library.store_answer("nothing", material.answer("nothing"))
    with pytest.raises(StorageProblem) as caught:
        library.begin(material.intent("one", original="gone"))
    assert caught.value.message == "errors_storage.original_gone"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("감은", ["one"]),  # two syllables
        ("눈", ["one"]),
        ("CLOSED", ["one"]),
        ("표정 closed", ["one"]),
        ("closed sky", []),
        ("사진", ["two", "one"]),
        ("100%", ["two"]),
        ("%", ["two"]),
        ("_", []),
        ("!", []),
        ("result", ["two"]),
        ("  ", ["two", "one"]),
    ],
)
def test_search_looks_through_prompts_and_names(library: StudioLibrary, text: str, found: list[str]) -> None:
    decomposed = unicodedata.normalize("NFD", "사진.jpg")  # as macOS names files
    original = material.keep(library, name=decomposed).original_id
    material.perform(library, "one", original=original)
    material.perform(library, "two", original=original, prompt="하늘 100%", prompt_sent="sky")
    library.add_output("two", Path("/photos/Result.PNG"))
    assert [edit.edit_id for edit in library.search(text)] == found


def test_what_never_left_is_not_counted(library: StudioLibrary) -> None:
    for name, unsent in (("left", False), ("stayed", True), ("answered", True)):
        library.begin(material.intent(name))
        if name == "answered":
            library.store_answer(name, material.answer(name))
        library.end(name, State.FAILED, error="errors_engines.no_connection", maybe_billed=False, unsent=unsent)
    assert library.sent_counts_today() == {"api.openai.com": 2}


def test_what_left_and_what_it_cost_is_counted_by_local_day(places: Places) -> None:
    day = [datetime(2026, 7, 21, 12).astimezone()]
    library = StudioLibrary(places, clock=lambda: day[0])
    library.begin(material.intent("one"))
    library.store_answer("one", material.answer("one", 0, Usage(1, 1, None, 0.25)))
    library.begin(material.intent("generated", operation=Operation.GENERATE))
    library.begin(material.intent("local", host=None))
    library.begin(material.intent("elsewhere", host="127.0.0.1:8080"))
    library.store_answer("elsewhere", material.answer("elsewhere", 0, Usage(1, 1, None, None)))
    assert library.sent_counts_today() == {"127.0.0.1:8080": 1, "api.openai.com": 1}
    costs = library.costs("2026-07-21")
    assert (costs.requests, costs.known_usd, costs.unpriced) == (3, 0.25, 1)
    day[0] += timedelta(days=1)
    assert library.sent_counts_today() == {}
    library.begin(material.intent("two", count=3))
    assert library.sent_counts_today() == {"api.openai.com": 3}, "each candidate is a request of its own"
    library.store_answer("two", material.answer("two", 0, Usage(1, 1, None, 1.0)))
    assert library.costs("2026-07-22").known_usd == 1.0
    assert library.costs("2026-07").known_usd == 1.25
    assert library.costs("2026-08").requests == 0
    library.close()


def test_what_is_expected_counts_until_it_is_known(library: StudioLibrary) -> None:
    month = datetime.now().astimezone().date().isoformat()[:7]
    library.begin(material.intent("one", estimate_usd=0.5))
    assert library.costs(month).most_usd == 0.5
    library.store_answer("one", material.answer("one", 0, Usage(1, 1, None, 0.25)))
    costs = library.costs(month)
    assert (costs.known_usd, costs.maybe_usd) == (0.25, 0.25)
    library.finish("one", (material.composed("one"),), feather=1, seconds={})
    assert library.costs(month).most_usd == 0.25


@pytest.mark.parametrize(
    ("maybe_billed", "unsent", "counted"), [(True, False, 0.5), (False, False, 0.0), (False, True, 0.0)]
)
def test_a_lost_edit_counts_where_it_may_have_been_billed(
    library: StudioLibrary, *, maybe_billed: bool, unsent: bool, counted: float
) -> None:
    month = datetime.now().astimezone().date().isoformat()[:7]
    library.begin(material.intent("one", estimate_usd=0.5))
    library.end("one", State.FAILED, error=None, maybe_billed=maybe_billed, unsent=unsent)
    assert library.costs(month).most_usd == counted


def test_an_answer_without_a_price_counts_as_what_was_expected(library: StudioLibrary) -> None:
    month = datetime.now().astimezone().date().isoformat()[:7]
    library.begin(material.intent("one", estimate_usd=0.5))
    library.store_answer("one", material.answer("one"))
    library.finish("one", (material.composed("one"),), feather=1, seconds={})
    assert library.costs(month).most_usd == 0.5


def test_a_lost_candidate_beside_one_that_came_counts_too(library: StudioLibrary) -> None:
    month = datetime.now().astimezone().date().isoformat()[:7]
    library.begin(material.intent("one", count=2, estimate_usd=0.5))
    library.store_answer("one", material.answer("one", 0, Usage(1, 1, None, 0.25)))
    record = library.finish("one", (material.composed("one"),), feather=1, seconds={}, maybe_billed=True)
    assert record.maybe_billed
    assert library.costs(month).most_usd == 0.5


def test_the_cap_is_kept_by_two_programs_together(library: StudioLibrary, open_library: OpenLibrary) -> None:
    other = open_library()
    library.begin(material.intent("one", estimate_usd=0.6, cap_usd=1.0))
    with pytest.raises(BudgetExceeded) as caught:
        other.begin(material.intent("two", estimate_usd=0.6, cap_usd=1.0))
    assert caught.value.unsent
    with pytest.raises(BadInput):
        other.edit("two")
    other.begin(material.intent("free", estimate_usd=0.0, cap_usd=1.0))
    other.begin(material.intent("here", host=None, cap_usd=0.0))
    other.begin(material.intent("three", estimate_usd=0.4, cap_usd=1.0))


def test_it_may_be_made_in_one_thread_and_used_in_others(library: StudioLibrary) -> None:
    problems: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(5):
                material.perform(library, f"{name} {number}")
        except BaseException as problem:  # noqa: BLE001 - shown below
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(library.edits()) == 15
