"""Every way in which a picture job can fail: one row a fault, over real HTTP.

A row says what the user is told, how many requests were sent, and whether it may have been billed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from dalle_studio.core.errors import (
    BadInput,
    BudgetExceeded,
    EngineRefused,
    EngineUnavailable,
    KeyProblem,
    Kind,
    StudioError,
)
from dalle_studio.core.words import LANGUAGES, Words
from tests.engines.asking import make_ask, make_engine, run_job
from tests.fakes.faults import script
from tests.fakes.images_server import KEY, FakeImagesServer


@dataclass(frozen=True)
class Row:
    """`fault` names steps of the fake's script."""

    fault: str
    error: type[StudioError] | None
    message: str = ""
    requests: int = 1
    billed: bool = False
    streams: bool = True
    words: str = ""
    """A part of the English sentence or hint."""

    def __str__(self) -> str:
        return self.fault if self.streams else f"{self.fault} (whole)"


ROWS = [
    Row("bad_key", KeyProblem, "key_refused", words="does not accept the API key"),
    Row("no_key", KeyProblem, "no_key"),
    Row("unverified", KeyProblem, "unverified", words="Verify Organization"),
    Row("country", KeyProblem, "country"),
    Row("forbidden", KeyProblem, "forbidden", words="does not have access to model"),
    Row("detail_key", KeyProblem, "key_refused"),
    Row("retired", BadInput, "model_gone", words="Choose gpt-image-2.6-flare"),
    Row("deprecated", BadInput, "model_gone"),
    Row("moderation_input", EngineRefused, "refused_input", words="(sexual)"),
    Row("moderation_output", EngineRefused, "refused_output", billed=True),
    Row("content_policy", EngineRefused, "refused"),
    Row("billing", BudgetExceeded, "billing_limit"),
    Row("quota,ok", BudgetExceeded, "quota"),
    Row("rate,ok", None, requests=2),
    Row("rate_text,rate,ok", None, requests=3),
    Row("rate,rate,rate,ok", EngineUnavailable, "rate_limited", requests=3),
    Row("rate_long,ok", EngineUnavailable, "rate_limited", words="about 3600 s"),
    Row("too_big", BadInput, "too_big"),
    Row("server_error,ok", EngineUnavailable, "server_error", billed=True, words="(HTTP 500)"),
    Row("gateway,ok", EngineUnavailable, "server_error", billed=True, words="(HTTP 502)"),
    Row("overloaded,ok", EngineUnavailable, "server_error", billed=True),
    Row("unknown_parameter", BadInput, "field_unknown", words="'style'"),
    Row("size", BadInput, "size_refused", words="divisible by 16"),
    Row("picture", BadInput, "picture_refused"),
    Row("mask", BadInput, "mask_refused"),
    Row("transparent", BadInput, "transparent"),
    Row("prompt_long", BadInput, "prompt_long"),
    Row("string_error", BadInput, "rejected", words="prompt is required"),
    Row("detail_error", BadInput, "rejected", words="size not supported"),
    Row("not_found", EngineUnavailable, "no_route"),
    Row("html", EngineUnavailable, "web_page"),
    Row("html", EngineUnavailable, "web_page", streams=False),
    Row("null", EngineUnavailable, "answer_unusable", billed=True),
    Row("null", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("broken_json", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("empty", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("error_200", EngineUnavailable, "stream_error", billed=True, streams=False, words="worker died"),
    Row("no_data", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("empty_data", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("truncated_base64", EngineUnavailable, "answer_unusable", billed=True),
    Row("truncated_base64", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("illegal_base64", EngineUnavailable, "answer_unusable", billed=True),
    Row("prefixed_base64", None),
    Row("wrong_size", None),
    Row("jpeg", None),
    Row("reset,ok", EngineUnavailable, "cut_off", billed=True, streams=False),
    Row("reset_at_once,ok", EngineUnavailable, "cut_off", billed=True),
    Row("slow,ok", EngineUnavailable, "timed_out", billed=True),
    Row("slow,ok", EngineUnavailable, "timed_out", billed=True, streams=False),
    Row("crawl,ok", EngineUnavailable, "timed_out", billed=True),
    Row("crawl,ok", EngineUnavailable, "timed_out", billed=True, streams=False),
    Row("incomplete,ok", EngineUnavailable, "cut_off", billed=True),
    Row("stream_error,ok", EngineUnavailable, "server_error", billed=True),
    Row("stream_refused,ok", EngineRefused, "refused_output", billed=True),
    Row("stream_garbage,ok", EngineUnavailable, "answer_unusable", billed=True),
    Row("stream_reset,ok", EngineUnavailable, "cut_off", billed=True),
    Row("json_for_stream", None),
    Row("fewer_partials", None),
    Row("cut_after_picture", None),
    Row("more_than_asked", None, streams=False),
    Row("payment", BudgetExceeded, "billing_limit"),
    Row("conflict,ok", EngineUnavailable, "server_error", billed=True),
    Row("deployment", BadInput, "deployment_gone"),
    Row("compressed,ok", EngineUnavailable, "answer_unusable", billed=True),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_fault(row: Row, server: FakeImagesServer) -> None:
    server.script += script(row.fault)
    engine = make_engine(server, partial_images=1 if row.streams else 0)
    timeout = 0.7 if row.message == "timed_out" else None
    outcome = run_job(engine, make_ask(timeout=timeout))

    assert len(server.requests) == row.requests
    assert len(outcome.waits) == row.requests - 1
    if row.error is None:
        assert outcome.error is None
        assert len(outcome.answers) == 1
        return
    assert outcome.answers == []
    error = outcome.error
    assert type(error) is row.error
    assert error.message == f"errors_engines.{row.message}"
    assert error.maybe_billed is row.billed
    if row.message != "timed_out":
        assert error.request_id == f"req_{row.requests}"
    check_words(error, row.words)


def check_words(error: StudioError, part: str) -> None:
    """Both languages have a full sentence and a next step, and neither the key nor markup shows in them."""
    for language in LANGUAGES:
        sentence, hint = Words(language).of(error)
        assert hint
        assert KEY not in sentence + hint
        assert not re.search(r"[{}]|<html|Traceback|\(\)|: *$", sentence + hint)
    assert part in " ".join(Words("en").of(error))
    assert KEY not in repr(error) + repr(error.params)


def test_a_redirect_is_not_followed(server: FakeImagesServer) -> None:
    with FakeImagesServer() as elsewhere:
        server.elsewhere = f"{elsewhere.url}/images/edits"
        server.script += script("redirect")
        outcome = run_job(make_engine(server), make_ask())
        assert elsewhere.requests == []
    assert outcome.error is not None
    assert outcome.error.message == "errors_engines.redirected"
    check_words(outcome.error, "")


def test_a_server_that_is_not_there_is_tried_three_times_and_never_billed() -> None:
    with FakeImagesServer() as somewhere:
        engine = make_engine(somewhere)
    outcome = run_job(engine, make_ask())  # it has stopped listening by now
    assert [wait.message for wait in outcome.waits] == ["errors_engines.waiting_connection"] * 2
    assert outcome.error is not None
    assert outcome.error.message == "errors_engines.no_connection"
    assert not outcome.error.maybe_billed
    assert outcome.error.unsent
    check_words(outcome.error, "can't be reached")


def test_a_server_without_tls_is_named(server: FakeImagesServer) -> None:
    from dalle_studio.engines.connection import Connection
    from dalle_studio.engines.openai import OpenAIEngine
    from tests.engines.asking import IMPATIENT, Key

    engine = OpenAIEngine(Connection(server.url.replace("http:", "https:"), Key()), patience=IMPATIENT)
    outcome = run_job(engine, make_ask())
    assert outcome.waits == []
    assert outcome.error is not None
    assert outcome.error.message == "errors_engines.no_tls"
    check_words(outcome.error, "https")


def test_an_echoed_key_and_hidden_characters_are_blotted_out(server: FakeImagesServer) -> None:
    message = f"\u202eYour key {{key}} and sk-proj-other123 \x1b[31mare bad {'x' * 900}"
    server.script.append({"status": 400, "error": {"message": message, "type": "t", "param": None, "code": None}})
    error = run_job(make_engine(server), make_ask()).error
    assert error is not None
    detail = str(error.params["detail"])
    assert detail.startswith("Your key [key] and [key] [31mare bad")
    assert len(detail) <= 500
    check_words(error, "refused the request")


def test_too_large_an_answer_is_not_read(server: FakeImagesServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dalle_studio.engines.job.LARGEST_BODY", 1000)
    error = run_job(make_engine(server, partial_images=0), make_ask()).error
    assert error is not None
    assert error.message == "errors_engines.answer_too_big"
    assert error.maybe_billed


def test_every_kind_of_failure_has_its_exit_status() -> None:
    kinds = {row.error.kind: row.error.exit_status for row in ROWS if row.error is not None}
    assert kinds == {
        Kind.BAD_INPUT: 3,
        Kind.KEY: 4,
        Kind.REFUSED: 5,
        Kind.UNAVAILABLE: 6,
        Kind.BUDGET: 7,
    }
