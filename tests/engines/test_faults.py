"""Every way in which a picture job can fail, on the engine, over real HTTP. The table: `tests/fakes/expected.py`."""

from __future__ import annotations

import re

import pytest

from dalle_studio.core.errors import Kind, StudioError
from dalle_studio.core.geometry import Size
from dalle_studio.core.words import LANGUAGES, Words
from dalle_studio.engines.model_table import read_overrides, table_of
from tests.engines.asking import make_ask, make_engine, run_job
from tests.fakes.expected import ROWS, Row
from tests.fakes.faults import script
from tests.fakes.images_server import KEY, FakeImagesServer


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_fault(row: Row, server: FakeImagesServer) -> None:
    server.script += script(row.fault)
    engine = make_engine(server, partial_images=1 if row.streams else 0)
    timeout = 2.0 if row.message == "timed_out" else None  # long enough to be sent on a busy machine
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


@pytest.mark.parametrize("fault", ["ok", "html", "null", "compressed", "string_error"])
def test_a_key_in_the_name_of_a_request_is_blotted_out(fault: str, server: FakeImagesServer) -> None:
    (step,) = script(fault)
    server.script.append(step | {"headers": step.get("headers", {}) | {"x-request-id": f"req {KEY} {'r' * 500}"}})
    outcome = run_job(make_engine(server, partial_images=0), make_ask())
    spoke = outcome.answers[0] if fault == "ok" else outcome.error
    assert spoke is not None
    found = spoke.request_id
    assert found is not None
    assert found.startswith("req [key]")
    assert len(found) <= 200


@pytest.mark.parametrize("wait", ["inf", "nan", "Wed, 21 Oct 99999 07:28:00 GMT"])
def test_a_wait_that_is_none_is_as_good_as_unsaid(wait: str, server: FakeImagesServer) -> None:
    (step,) = script("rate_long")
    server.script += [step | {"headers": {"Retry-After": wait}}, {}]
    outcome = run_job(make_engine(server), make_ask())
    assert outcome.error is None
    assert len(outcome.answers) == 1
    assert len(server.requests) == 2


def test_what_fastapi_does_not_like_is_said_in_its_words(server: FakeImagesServer) -> None:
    said = [{"loc": ["body", "size"], "msg": "not a valid size", "type": "value_error"}, {"msg": "no prompt"}]
    server.script.append({"status": 422, "detail": said})
    error = run_job(make_engine(server), make_ask()).error
    assert error is not None
    assert error.params["detail"] == "not a valid size; no prompt"


def test_the_successor_is_the_one_of_the_table_as_it_is_today(server: FakeImagesServer) -> None:
    own = read_overrides('[models."gpt-image-2.5-flare"]\nsuccessor = "gpt-image-2"')
    server.script += script("deprecated")
    error = run_job(make_engine(server, table=table_of(None, own)), make_ask()).error
    assert error is not None
    check_words(error, "Choose gpt-image-2 instead")


def test_a_server_with_models_of_its_own_is_not_told_to_use_those_of_openai() -> None:
    with FakeImagesServer("vllm") as server:
        server.script += script("deprecated")
        error = run_job(make_engine(server), make_ask(size=Size(768, 512))).error
    assert error is not None
    check_words(error, "Check the engine model's name")
    assert "gpt-image" not in " ".join(Words("en").of(error))


def test_a_stream_that_stops_without_a_word_names_the_host_once(server: FakeImagesServer) -> None:
    server.script.append({"status": 200, "body": '{"error": {"code": "x"}}', "type": "application/json"})
    error = run_job(make_engine(server, partial_images=0), make_ask()).error
    assert error is not None
    for language in LANGUAGES:
        assert Words(language).of(error)[0].count("127.0.0.1") == 1
    check_words(error, "stopped while painting.")
