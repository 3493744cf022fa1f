"""What the Images service receives, in what number, and what comes back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
import pytest

from dalle_studio.core.errors import BadInput, KeyProblem
from dalle_studio.core.geometry import Size
from dalle_studio.core.plan import FixedSizes, FreeSizes
from dalle_studio.core.ports import Answer, Engine, EngineEvent, Partial
from dalle_studio.core.records import Operation
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.job import AT_ONCE
from dalle_studio.engines.openai import OpenAIEngine
from tests.engines.asking import SMALL, Clock, both_ways, make_ask, make_engine, png, run_job, size_of
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer


def test_it_is_an_engine() -> None:
    engine: Engine = OpenAIEngine(Connection())
    assert engine.info.needs_key
    assert engine.info.model == "gpt-image-2.5-flare"
    assert engine.info.operations == {one for one in Operation if one.is_asked}


def test_an_edit_is_one_request_with_picture_mask_and_explicit_size(server: FakeImagesServer) -> None:
    ask = make_ask(quality="low", prompt="눈 감은 표정")
    outcome = run_job(make_engine(server), ask)
    (request,) = server.requests
    assert request.path == "/v1/images/edits"
    assert request.fields == {
        "model": "gpt-image-2.5-flare",
        "prompt": "눈 감은 표정",
        "n": "1",
        "size": str(SMALL),
        "quality": "low",
        "stream": "true",
        "partial_images": "1",
    }
    assert [(part.name, part.filename, part.content_type, part.data) for part in request.files] == [
        ("image", "image.png", "image/png", ask.image_png),
        ("mask", "mask.png", "image/png", ask.mask_png),
    ]
    (answer,) = outcome.answers
    assert size_of(answer.data) == (SMALL.width, SMALL.height)
    assert answer.request_id == "req_1"
    assert answer.warnings == ()


def test_an_answer_carries_what_it_really_cost(server: FakeImagesServer) -> None:
    (answer,) = run_job(make_engine(server), make_ask()).answers
    assert answer.usage is not None
    assert answer.usage.input_tokens == 532
    assert answer.usage.output_tokens == 296
    assert answer.usage.cost_usd == pytest.approx((20 * 5 + 512 * 8 + 296 * 30) / 1e6)
    assert answer.usage.details is not None
    assert '"image_tokens":512' in answer.usage.details


def test_generating_sends_json_without_files(server: FakeImagesServer) -> None:
    run_job(make_engine(server), make_ask(Operation.GENERATE, quality="max", background="transparent"))
    (request,) = server.requests
    assert request.path == "/v1/images/generations"
    assert request.fields == {
        "model": "gpt-image-2.5-flare",
        "prompt": "closed eyes",
        "n": 1,
        "size": str(SMALL),
        "quality": "max",
        "background": "transparent",
        "stream": True,
        "partial_images": 1,
    }


def test_a_variation_is_an_edit_without_a_mask(server: FakeImagesServer) -> None:
    run_job(make_engine(server), make_ask(Operation.VARY))
    (request,) = server.requests
    assert request.path == "/v1/images/edits"
    assert [part.name for part in request.files] == ["image"]


@pytest.mark.parametrize("operation", [Operation.EXTEND, Operation.REMOVE])
def test_extending_and_removing_are_edits_with_a_mask(server: FakeImagesServer, operation: Operation) -> None:
    assert run_job(make_engine(server), make_ask(operation)).answers
    assert [part.name for part in server.requests[0].files] == ["image", "mask"]


def test_a_new_picture_from_references_is_an_edit_of_them(server: FakeImagesServer) -> None:
    other = png(np.zeros((64, 64, 3), np.uint8))
    assert run_job(make_engine(server), make_ask(Operation.GENERATE, references=(other, other))).answers
    (request,) = server.requests
    assert request.path == "/v1/images/edits"
    assert [part.name for part in request.files] == ["image[]", "image[]"]


def test_sixteen_pictures_go_along_and_not_one_more(server: FakeImagesServer) -> None:
    other = png(np.zeros((64, 64, 3), np.uint8))
    assert run_job(make_engine(server), make_ask(references=(other,) * 15)).answers
    assert len([part for part in server.requests[0].files if part.name == "image[]"]) == 16
    assert run_job(make_engine(server), make_ask(Operation.GENERATE, references=(other,) * 17)).error is not None
    assert len(server.requests) == 1


def test_a_drawing_goes_along_as_markup(server: FakeImagesServer) -> None:
    drawn = np.zeros((*SMALL.shape, 4), np.uint8)
    drawn[100:200, 100:110] = (255, 0, 0, 255)
    assert run_job(make_engine(server), make_ask(Operation.VARY, markup_png=png(drawn))).answers
    files = server.requests[0].files
    assert [part.name for part in files] == ["image", "markup"]
    assert files[1].content_type == "image/png"


def test_an_engine_model_that_reads_no_markup_gets_none(server: FakeImagesServer) -> None:
    engine = make_engine(server, model="gpt-image-2")
    assert not engine.info.takes_markup
    outcome = run_job(engine, make_ask(Operation.VARY, markup_png=b""))
    assert outcome.error is not None
    assert outcome.error.message == "errors_markup.unread"
    assert server.requests == []


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_the_format_of_the_answer_can_be_chosen(server: FakeImagesServer, kind: str) -> None:
    run_job(make_engine(server), make_ask(answer_format=kind))
    assert server.requests[0].fields["output_format"] == kind


@pytest.mark.parametrize("quality", ["auto", "low", "medium", "high", "xhigh", "max"])
def test_every_quality_can_be_asked_for(server: FakeImagesServer, quality: str) -> None:
    assert run_job(make_engine(server), make_ask(quality=quality)).answers
    assert server.requests[0].fields["quality"] == quality


def test_references_follow_the_picture(server: FakeImagesServer) -> None:
    other = png(np.zeros((64, 64, 3), np.uint8))
    ask = make_ask(references=(other, other))
    assert run_job(make_engine(server), ask).answers
    files = server.requests[0].files
    assert [part.name for part in files] == ["image[]", "image[]", "image[]", "mask"]
    assert files[0].data == ask.image_png


def test_partial_pictures_come_before_the_answer(server: FakeImagesServer) -> None:
    outcome = run_job(make_engine(server, partial_images=3), make_ask())
    assert [type(event) for event in outcome.events] == [Partial, Partial, Partial, Answer]
    assert size_of(outcome.partials[0].data) == (SMALL.width, SMALL.height)


def test_without_partial_pictures_nothing_streams(server: FakeImagesServer) -> None:
    outcome = run_job(make_engine(server, partial_images=0), make_ask())
    assert "stream" not in server.requests[0].fields
    assert len(outcome.answers) == 1


@pytest.mark.parametrize("partials", [0, 1])
def test_candidates_are_a_request_each_and_each_says_what_it_cost(server: FakeImagesServer, partials: int) -> None:
    outcome = run_job(make_engine(server, partial_images=partials), make_ask(count=5))
    assert [request.fields["n"] for request in server.requests] == ["1"] * 5
    assert sorted(answer.index for answer in outcome.answers) == [0, 1, 2, 3, 4]
    assert all(answer.usage is not None for answer in outcome.answers)


def test_at_most_two_requests_are_open_at_once(server: FakeImagesServer) -> None:
    server.script += script("slow:0.3,slow:0.3,ok,ok,ok")
    outcome = run_job(make_engine(server), make_ask(count=5))
    assert len(outcome.answers) == 5
    assert server.most_at_once == AT_ONCE


def test_one_failed_candidate_does_not_lose_the_others(server: FakeImagesServer) -> None:
    server.script += script("ok,server_error,ok,ok")
    outcome = run_job(make_engine(server), make_ask(count=4))
    assert len(server.requests) == 4
    assert len(outcome.answers) == 3
    assert outcome.error is not None
    assert outcome.error.message == "errors_engines.server_error"
    assert outcome.error.maybe_billed


@pytest.mark.parametrize("fault", ["quota", "bad_key", "moderation_input", "size"])
def test_what_would_befall_every_candidate_ends_the_sending(server: FakeImagesServer, fault: str) -> None:
    server.script += script(f"{fault}:0.05,{fault}:0.05,ok,ok")
    outcome = run_job(make_engine(server), make_ask(count=4))
    assert len(server.requests) == AT_ONCE
    assert outcome.answers == []


def test_two_failures_before_anything_came_end_the_sending(server: FakeImagesServer) -> None:
    server.script += script("server_error,server_error,ok,ok,ok")
    outcome = run_job(make_engine(server), make_ask(count=5))
    assert len(server.requests) <= AT_ONCE + 1
    assert outcome.error is not None


def test_past_the_deadline_no_further_candidate_is_begun(server: FakeImagesServer) -> None:
    server.script += script("ok,slow,slow,ok,ok")
    clock = Clock()

    def pass_it() -> None:
        server.wait_for_requests(3)  # one has come, two are under way
        clock.put_on(600)

    watching = threading.Thread(target=pass_it)
    watching.start()
    outcome = run_job(make_engine(server), make_ask(count=5, timeout=600), clock)
    watching.join()
    assert len(outcome.answers) == 1
    assert len(server.requests) == 3
    assert outcome.error is not None
    assert outcome.error.message == "errors_engines.timed_out"


def test_the_next_candidate_waits_where_the_headers_say_that_there_is_no_room(server: FakeImagesServer) -> None:
    full = {"headers": {"x-ratelimit-remaining-input-images": "0", "x-ratelimit-reset-input-images": "300ms"}}
    server.script += [full, full]
    outcome = run_job(make_engine(server), make_ask(count=3))
    assert len(outcome.answers) == 3
    assert [wait.message for wait in outcome.waits] == ["errors_engines.waiting_rate_limit"]


def test_another_size_or_kind_than_asked_for_is_handed_on_untouched(server: FakeImagesServer) -> None:
    server.script += script("wrong_size,jpeg")
    engine = make_engine(server)
    assert size_of(run_job(engine, make_ask()).answers[0].data) == (1254, 1254)
    assert run_job(engine, make_ask()).answers[0].data.startswith(b"\xff\xd8")


def test_a_rate_limit_is_visible_while_it_is_waited_for(server: FakeImagesServer) -> None:
    server.script += script("rate,ok")
    outcome = run_job(make_engine(server), make_ask())
    (wait,) = outcome.waits
    assert wait.message == "errors_engines.waiting_rate_limit"
    assert wait.seconds == 0.05


def test_a_wait_past_the_deadline_is_not_begun(server: FakeImagesServer) -> None:
    server.script.append(script("rate")[0] | {"headers": {"Retry-After": "30"}})
    outcome = run_job(make_engine(server), make_ask(timeout=5))
    assert outcome.waits == []
    assert outcome.error is not None
    assert outcome.error.message == "errors_engines.rate_limited"
    assert not outcome.error.maybe_billed
    assert not outcome.error.unsent


def test_a_server_may_forbid_trying_again(server: FakeImagesServer) -> None:
    server.script.append(script("rate")[0] | {"headers": {"Retry-After": "0", "x-should-retry": "false"}})
    assert run_job(make_engine(server), make_ask()).error is not None
    assert len(server.requests) == 1


# --- refused before anything is sent ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prompt": "  "}, "prompt_missing"),
        ({"prompt": "x" * 32_001}, "prompt_long"),
        ({"size": Size(512, 512)}, "size_illegal"),
        ({"size": Size(1500, 1500)}, "size_illegal"),
        ({"count": 0}, "count"),
        ({"count": 11}, "count"),
        ({"references": (b"",) * 16}, "references"),
        ({"quality": "ultra"}, "quality_unknown"),
        ({"background": "transparent", "answer_format": "jpeg"}, "transparent_jpeg"),
        ({"markup_png": b""}, "errors_markup.with_mask"),
        ({"image_png": bytes(50_000_001)}, "picture_big"),
        ({"mask_png": bytes(4_000_001)}, "picture_big"),
    ],
)
def test_what_the_service_would_refuse_is_not_sent(
    server: FakeImagesServer, change: dict[str, Any], message: str
) -> None:
    outcome = run_job(make_engine(server), make_ask(**change))
    assert isinstance(outcome.error, BadInput)
    assert outcome.error.message == (message if "." in message else f"errors_engines.{message}")
    assert outcome.error.unsent
    assert server.requests == []


def test_without_a_key_no_socket_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment-0123456789")
    outcome = run_job(OpenAIEngine(Connection()), make_ask())
    assert isinstance(outcome.error, KeyProblem)
    assert outcome.error.message == "errors_engines.no_key"


def test_sizes_are_those_of_the_model() -> None:
    assert isinstance(OpenAIEngine(Connection()).info.sizes, FreeSizes)
    assert isinstance(OpenAIEngine(Connection(), "gpt-image-1.5").info.sizes, FixedSizes)
    assert isinstance(OpenAIEngine(Connection(), "my-deployment").info.sizes, FreeSizes)


# --- cancelling ---------------------------------------------------------------------------------------------------


async def _close_after(server: FakeImagesServer, events: AsyncGenerator[EngineEvent], requests: int) -> None:
    """Take events until so many requests have arrived, then close the iterator as `aclosing` does."""
    taking = asyncio.ensure_future(anext(events))
    await asyncio.to_thread(server.wait_for_requests, requests)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    await events.aclose()


@pytest.mark.parametrize("partials", [0, 2])
def test_closing_the_iterator_closes_every_socket_at_once(server: FakeImagesServer, partials: int) -> None:
    server.script += script("slow,slow,ok")
    engine = make_engine(server, partial_images=partials)
    asyncio.run(_close_after(server, engine.run(make_ask(count=3)), AT_ONCE))
    assert len(server.requests) == AT_ONCE
    assert all(request.disconnected.wait(1.0) for request in server.requests)
    assert len(server.requests) == AT_ONCE


def test_a_stream_can_be_closed_in_its_middle(server: FakeImagesServer) -> None:
    server.script += script("crawl")
    asyncio.run(_close_after(server, make_engine(server).run(make_ask()), 1))
    assert server.requests[0].disconnected.wait(1.0)


def test_cancelling_the_task_ends_a_wait_for_the_rate_limit(server: FakeImagesServer) -> None:
    server.script.append(script("rate")[0] | {"headers": {"Retry-After": "60"}})
    waiting = threading.Event()

    async def go() -> None:
        async def take() -> None:
            async for _ in make_engine(server).run(make_ask()):
                waiting.set()

        task = asyncio.create_task(take())
        await asyncio.to_thread(waiting.wait, 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    asyncio.run(asyncio.wait_for(go(), 20))
    assert len(server.requests) == 1


def test_the_masks_of_the_tests_are_what_the_service_wants() -> None:
    mask = np.zeros((4, 4), np.uint8)
    mask[1, 1] = 255
    assert both_ways(mask).startswith(b"\x89PNG")
