"""One edit from request to record, with a scripted engine and real codec, library and lanes."""

from __future__ import annotations

import asyncio
import itertools
import selectors
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dalle_studio.core.errors import BadInput, BadUsage, EngineUnavailable, StorageProblem
from dalle_studio.core.geometry import Margins, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.plan import FixedSizes, FreeSizes
from dalle_studio.core.ports import Answer, Ask, Waiting
from dalle_studio.core.records import BlendSettings, EditRequest, Operation, State, Translate
from dalle_studio.workflow import restore
from dalle_studio.workflow.edit import AnswerNotKept, EditOutcome, run_edit
from tests.conftest import PhotoFactory
from tests.workflow.scripted import ScriptedEngine, World, repaint

WorldMaker = Callable[..., World]


@pytest.fixture
def make_world(data_dir: Path) -> Iterator[WorldMaker]:
    worlds: list[World] = []

    def make(**script: object) -> World:
        world = World(data_dir, ScriptedEngine(**script))  # type: ignore[arg-type]  # the script's own fields
        worlds.append(world)
        return world

    yield make
    for world in worlds:
        world.close()


def disc(size: Size, x: int, y: int, radius: int) -> FrozenMask:
    rows, columns = np.ogrid[: size.height, : size.width]
    return FrozenMask.of((((columns - x) ** 2 + (rows - y) ** 2 <= radius**2) * 255).astype(np.uint8))


def request_for(world: World, pixels: Pixels, operation: Operation = Operation.EDIT, **fields: object) -> EditRequest:
    picture = Picture(pixels)
    mask = disc(picture.size, picture.size.width // 3, picture.size.height // 2, 70)
    base = EditRequest(operation, picture, mask, prompt="a green disc", original=world.keep(picture))
    return replace(base, **fields)  # type: ignore[arg-type]  # the caller names fields of EditRequest


def run(world: World, request: EditRequest) -> EditOutcome:
    return asyncio.run(run_edit(request, world.ports, world.tell))


@pytest.mark.parametrize(("channels", "depth"), [(3, 8), (4, 8), (3, 16), (4, 16)])
def test_only_the_mask_and_its_band_change(
    make_world: WorldMaker, photo: PhotoFactory, channels: int, depth: int
) -> None:
    world = make_world()
    request = request_for(world, photo(1500, 1100, channels=channels, depth=depth))
    outcome = run(world, request)
    assert request.picture is not None
    assert request.mask is not None
    before, after = request.picture.pixels, outcome.picture().pixels
    assert after.dtype == before.dtype
    assert after.shape == before.shape
    changed = (before != after).any(axis=2)
    band = outcome.compositions[0].feather
    mask = request.mask.full() > 0
    far = ~_dilated(mask, band)
    assert not changed[far].any()
    assert changed[mask].mean() > 0.9
    assert outcome.compositions[0].outside_identical
    scale = 257 if depth == 16 else 1
    colour = np.median(after[mask][:, :3] / scale, axis=0)  # single pixels carry the photo's grain
    assert np.abs(colour - (30, 200, 60)).max() < 1


def test_the_engine_gets_a_legal_size_at_scale_one_and_a_grown_binary_mask(
    make_world: WorldMaker, photo: PhotoFactory
) -> None:
    world = make_world()
    run(world, request_for(world, photo(2400, 1600)))
    (ask,) = world.engine.asked
    assert FreeSizes().allows(ask.size)
    assert ask.image is not None
    assert ask.mask is not None
    assert ask.image.shape == (ask.size.height, ask.size.width, 3)
    assert ask.image.dtype == np.uint8
    assert set(np.unique(ask.mask)) == {0, 255}
    assert np.count_nonzero(ask.mask) > np.pi * 70**2
    assert ask.image_png is not None
    assert ask.image_png.startswith(b"\x89PNG")
    assert world.library.edits()[0].crop.size == ask.size


def test_the_record_holds_what_was_asked_and_what_it_cost(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world()
    record = run(world, request_for(world, photo(1300, 900))).record
    assert record.state is State.DONE
    assert (record.prompt, record.prompt_sent) == ("a green disc", "a green disc")
    assert record.cost_usd == pytest.approx(0.01)
    assert record.candidate is not None
    assert world.library.blob(record.answers[0]).startswith(b"\x89PNG")
    assert {"plan", "translate", "wait", "compose"} <= set(record.seconds)


def test_every_version_can_be_rebuilt_from_the_library(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world()
    first = request_for(world, photo(1300, 900))
    one = run(world, first)
    second = replace(
        first,
        picture=one.picture(),
        mask=disc(Size(1300, 900), 900, 300, 60),
        parent=one.record.edit_id,
    )
    two = run(world, second)
    wider = run(
        world,
        replace(
            second,
            operation=Operation.EXTEND,
            picture=two.picture(),
            mask=None,
            margins=Margins(40, 0, 24, 0),
            parent=two.record.edit_id,
        ),
    )
    for outcome in (one, two, wider):
        rebuilt = restore.load_version(world.library, world.codec, _open, outcome.record.edit_id)
        assert np.array_equal(rebuilt.pixels, outcome.picture().pixels)


def test_an_extension_keeps_the_original_pixels(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world()
    pixels = photo(900, 700)
    request = request_for(world, pixels, Operation.EXTEND, mask=None, prompt="", margins=Margins(100, 60, 30, 0))
    outcome = run(world, request)
    result = outcome.picture()
    assert result.size == Size(1030, 760)
    assert np.array_equal(result.pixels[60:, 100:1000], pixels)
    assert np.abs(result.pixels[:50, :90].astype(int) - (30, 200, 60)).max() < 30
    (ask,) = world.engine.asked
    assert ask.prompt
    assert ask.image is not None
    assert ask.image[:40].mean() > 20, "what lies under the mask is a plausible fill, not black"


def test_removing_and_extending_in_one_edit_changes_only_the_mask_and_the_new_area(
    make_world: WorldMaker, photo: PhotoFactory
) -> None:
    world = make_world()
    pixels = photo(900, 700)
    mask = disc(Size(900, 700), 450, 350, 50)
    request = request_for(
        world, pixels, Operation.EXTEND, mask=mask, margins=Margins(right=64), blend=BlendSettings(feather=6)
    )
    result = run(world, request).picture().pixels
    changed = (result[:, :900] != pixels).any(axis=2)
    assert not changed[~_dilated(mask.full() > 0, 6)].any()
    assert changed[350, 450]


def test_a_variation_is_a_picture_of_its_own(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world()
    outcome = run(world, request_for(world, photo(3000, 2000), Operation.VARY, mask=None, prompt=""))
    record = outcome.record
    assert record.operation is Operation.VARY
    assert FreeSizes().allows(record.sent)
    assert outcome.picture().size.ratio == pytest.approx(1.5, abs=0.02)
    rebuilt = restore.load_version(world.library, world.codec, _open, record.edit_id)
    assert np.array_equal(rebuilt.pixels, outcome.picture().pixels)


def test_a_generated_picture_needs_no_photo(make_world: WorldMaker) -> None:
    world = make_world()
    outcome = run(world, EditRequest(Operation.GENERATE, prompt="a harbour", size=Size(1280, 832)))
    assert outcome.picture().size == Size(1280, 832)
    rebuilt = restore.load_version(world.library, world.codec, _open, outcome.record.edit_id)
    assert np.array_equal(rebuilt.pixels, outcome.picture().pixels)


@pytest.mark.parametrize("side", [256, 512, 1024])
def test_squares_are_letterboxed_and_undone(make_world: WorldMaker, photo: PhotoFactory, side: int) -> None:
    world = make_world(sizes=FixedSizes((Size(side, side),)))
    pixels = photo(700, 240)
    mask = disc(Size(700, 240), 350, 120, 60)
    request = request_for(world, pixels, mask=mask, context=300)
    outcome = run(world, request)
    (ask,) = world.engine.asked
    assert ask.size == Size(side, side)
    changed = (outcome.picture().pixels != pixels).any(axis=2)
    assert not changed[~_dilated(mask.full() > 0, outcome.compositions[0].feather)].any()
    assert changed[120, 350]


def test_several_candidates_are_all_kept_and_can_be_chosen(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world()
    outcome = run(world, request_for(world, photo(1200, 900), count=3))
    assert [c.index for c in outcome.record.candidates] == [0, 1, 2]
    world.library.choose(outcome.record.edit_id, 2)
    rebuilt = restore.load_version(world.library, world.codec, _open, outcome.record.edit_id)
    assert np.array_equal(rebuilt.pixels, outcome.picture(2).pixels)


def test_the_first_candidate_is_chosen_whichever_comes_first(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world(order=[2, 0, 1])
    outcome = run(world, request_for(world, photo(1200, 900), count=3))
    assert [c.index for c in outcome.record.candidates] == [0, 1, 2]
    assert [c.index for c in outcome.compositions] == [0, 1, 2]
    assert outcome.record.candidate is not None
    assert outcome.record.candidate.index == 0


def test_one_failed_candidate_does_not_lose_the_others(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world(failures=[None, EngineUnavailable("errors_workflow.no_answer", engine="x", maybe_billed=True)])
    outcome = run(world, request_for(world, photo(1200, 900), count=2))
    assert len(outcome.compositions) == 1
    told = [notice.message for notice in outcome.warnings]
    assert told == ["errors_workflow.some_failed", "errors_workflow.no_answer", "errors_money.maybe_billed"]
    assert outcome.record.maybe_billed


@pytest.mark.parametrize("size", [(1, 1), (4000, 10), (100, 1024)])
def test_a_dot_or_a_strip_is_not_pasted(make_world: WorldMaker, photo: PhotoFactory, size: tuple[int, int]) -> None:
    world = make_world()
    world.engine.data = world.codec.encode_png(np.full((*size, 3), (30, 200, 60), np.uint8))
    with pytest.raises(EngineUnavailable) as caught:
        run(world, request_for(world, photo(1200, 900)))
    assert caught.value.message == "errors_workflow.answer_tiny"
    assert caught.value.maybe_billed


def test_an_answer_of_another_size_is_resampled_and_said(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world()
    odd = world.codec.encode_png(np.full((1254, 1254, 3), (30, 200, 60), np.uint8))
    world.engine.data = odd
    outcome = run(world, request_for(world, photo(1200, 900)))
    assert "errors_workflow.other_size" in [notice.message for notice in outcome.warnings]
    assert outcome.compositions[0].outside_identical


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"prompt": "  "}, BadInput, "errors_workflow.prompt_empty"),
        ({"mask": FrozenMask.of(np.zeros((900, 1200), np.uint8))}, BadInput, "errors_workflow.mask_empty"),
        ({"mask": disc(Size(90, 90), 9, 9, 9)}, BadInput, "errors_workflow.mask_size"),
        ({"operation": Operation.EXTEND}, BadUsage, "errors_workflow.margins_empty"),
        ({"prompt": "x" * 32_001}, BadInput, "errors_workflow.prompt_long"),
        ({"size": Size(1500, 1500)}, BadInput, None),
    ],
)
def test_a_request_that_cannot_work_sends_nothing(
    make_world: WorldMaker,
    photo: PhotoFactory,
    fields: dict[str, object],
    error: type[Exception],
    message: str | None,
) -> None:
    world = make_world()
    with pytest.raises(error) as caught:
        run(world, request_for(world, photo(1200, 900), **fields))  # type: ignore[arg-type]  # fields of EditRequest
    assert message is None or caught.value.args[0] == message
    assert world.engine.asked == []
    assert world.library.edits(every_state=True) == []


def test_korean_for_an_english_engine_without_translator_asks_for_the_english(
    make_world: WorldMaker, photo: PhotoFactory
) -> None:
    world = make_world(needs_english=True)
    with pytest.raises(BadUsage, match=r"needs_english"):
        run(world, request_for(world, photo(1200, 900), prompt="눈 감은 표정"))
    outcome = run(world, request_for(world, photo(1200, 900), prompt="눈 감은 표정", english="closed eyes"))
    assert world.engine.asked[0].prompt == "closed eyes"
    assert (outcome.record.prompt, outcome.record.prompt_sent) == ("눈 감은 표정", "closed eyes")


def test_korean_goes_as_it_is_where_it_is_understood_or_wished(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world()
    run(world, request_for(world, photo(1200, 900), prompt="눈 감은 표정"))
    world.engine.needs_english = True
    run(world, request_for(world, photo(1200, 900), prompt="눈 감은 표정", translate=Translate.OFF))
    assert [ask.prompt for ask in world.engine.asked] == ["눈 감은 표정", "눈 감은 표정"]


def test_an_unreadable_answer_fails_but_its_bytes_are_kept(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world(data=b"<html>not a picture</html>")
    with pytest.raises(EngineUnavailable):
        run(world, request_for(world, photo(1200, 900)))
    (record,) = world.library.edits(every_state=True)
    assert record.state is State.FAILED
    assert world.library.blob(record.answers[0]) == b"<html>not a picture</html>"


def test_cancelling_closes_the_engine_keeps_what_came_and_is_recorded(
    make_world: WorldMaker, photo: PhotoFactory
) -> None:
    world = make_world(wait_for_ever=True)
    request = request_for(world, photo(1200, 900))

    async def cancel_after_the_answer() -> None:
        task = asyncio.ensure_future(run_edit(request, world.ports, world.tell))
        await world.engine.waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_after_the_answer())
    (record,) = world.library.edits(every_state=True)
    assert record.state is State.CANCELLED
    assert record.maybe_billed
    assert len(record.answers) == 1
    assert world.engine.closed


class _LibraryOnAFullDisk:
    """Begins edits, then has no room for answers; a port of its own, not the library with parts replaced."""

    def __init__(self, world: World) -> None:
        self._library = world.library

    def __getattr__(self, name: str) -> object:
        return getattr(self._library, name)

    def store_answer(self, edit_id: str, answer: Answer) -> None:
        raise StorageProblem("errors_storage.disk_full", folder="/full", need="1 MB")


def test_a_paid_answer_survives_a_full_disk_in_memory(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world()
    request = request_for(world, photo(1200, 900))
    ports = replace(world.ports, store=_LibraryOnAFullDisk(world))  # type: ignore[arg-type]  # by delegation
    with pytest.raises(AnswerNotKept) as caught:
        asyncio.run(run_edit(request, ports, world.tell))
    rescued = caught.value
    assert rescued.exit_status == 9
    assert rescued.answers[0].data.startswith(b"\x89PNG")
    assert np.abs(rescued.picture().pixels[450, 400].astype(int) - (30, 200, 60)).max() < 2


def test_progress_tells_the_stages_in_order(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world()
    run(world, request_for(world, photo(1200, 900)))
    stages = [progress.stage for progress in world.progress]
    assert stages.index("wait") < stages.index("compose") < stages.index("save")


def test_a_pause_is_counted_down_and_its_end_is_told(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world(pause=Waiting("errors_engines.waiting_rate_limit", 3.0))
    request = request_for(world, photo(1200, 900))
    with asyncio.Runner(loop_factory=Hurried) as runner:
        runner.run(run_edit(request, world.ports, world.tell))
    waits = [one for one in world.progress if one.stage == "wait" and one.fraction is None]
    pause = [one.params.get("seconds") for one in waits if one.message is not None]
    assert pause == [3, 2, 1]
    assert [one.message is None for one in waits] == [True, False, False, False, True]


class Hurried(asyncio.SelectorEventLoop):
    """A loop that waits for threads, but never for a timer: its clock jumps to the next one."""

    def __init__(self) -> None:
        self.selector = _Jumping()
        super().__init__(self.selector)

    def time(self) -> float:
        return super().time() + self.selector.jumped


class _Jumping(selectors.DefaultSelector):
    jumped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(None if timeout is None else 0)
        if timeout and not found:
            self.jumped += timeout
        return found


def _open(data: bytes, name: str) -> Picture:
    from dalle_studio.formats import opening

    return opening.open_picture(data, name=name)


def _dilated(mask: np.ndarray, radius: int) -> np.ndarray:
    import cv2

    if radius == 0:
        return mask
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return distance <= radius + 1


def test_a_child_keeps_the_candidate_it_was_made_on(make_world: WorldMaker, photo: PhotoFactory) -> None:
    world = make_world(paint=_another_colour_each_time())
    first = request_for(world, photo(1200, 900), count=2)
    parent = run(world, first)
    world.library.choose(parent.record.edit_id, 1)
    child = run(
        world,
        replace(
            first,
            picture=parent.picture(1),
            mask=disc(Size(1200, 900), 900, 300, 50),
            parent=parent.record.edit_id,
            parent_candidate=1,
            count=1,
        ),
    )
    world.library.choose(parent.record.edit_id, 0)
    rebuilt = restore.load_version(world.library, world.codec, _open, child.record.edit_id)
    assert np.array_equal(rebuilt.pixels, child.picture().pixels)
    assert not np.array_equal(rebuilt.pixels[450, 400], parent.picture(0).pixels[450, 400])


def _another_colour_each_time() -> Callable[[Ask], Pixels]:
    calls = itertools.count()

    def paint(ask: Ask) -> Pixels:
        painted = repaint(ask).copy()
        assert ask.mask is not None
        painted[ask.mask > 0] = (40 + 60 * next(calls), 90, 160)
        return painted

    return paint
