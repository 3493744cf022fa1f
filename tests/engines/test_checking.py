"""The free safety check, and what is made of its answer."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from dalle_studio.core.checking import Cause, Finding, cause_of, parts_of
from dalle_studio.core.errors import EngineRefused, Reasons, StudioError
from dalle_studio.core.words import Words
from dalle_studio.engines.checking import ServiceChecker
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.profiles import PROFILES
from tests.engines.asking import Key
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer


def checker(server: FakeImagesServer) -> ServiceChecker:
    return ServiceChecker(Connection(server.url, Key()))


def png(colour: tuple[int, int, int]) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    ("prompt", "colour", "finding"),
    [
        ("a red boat", (9, 9, 9), Finding()),
        ("a knife with blood", (9, 9, 9), Finding(True, ("violence",))),
        ("a red boat", (0, 0, 0), Finding(True, ("violence",))),
    ],
)
def test_words_and_picture_are_looked_at_together(
    server: FakeImagesServer, prompt: str, colour: tuple[int, int, int], finding: Finding
) -> None:
    assert asyncio.run(checker(server).check(prompt, png(colour))) == finding
    (request,) = server.requests
    assert request.path == "/v1/moderations"
    assert [part["type"] for part in request.fields["input"]] == ["text", "image_url"]


def test_the_part_that_is_met_is_found_in_one_question(server: FakeImagesServer) -> None:
    texts = parts_of("빨간 배, 피 묻은 칼, 파란 하늘")
    findings = asyncio.run(checker(server).check_each(texts))
    assert cause_of(texts, findings) == Cause(Finding(True, ("violence",)), "피 묻은 칼")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("texts", "flagged", "part"),
    [
        (("a", "b"), (True, False), ""),
        (("a",), (True,), "a"),
        (("a",), (False,), ""),
        (("a, b", "a", "b"), (True, True, True), "a"),
    ],
)
def test_no_part_is_blamed_without_a_finding(texts: tuple[str, ...], flagged: tuple[bool, ...], part: str) -> None:
    assert cause_of(texts, [Finding(one) for one in flagged]).part == part


@pytest.mark.parametrize("fault", ["html", "null", "broken_json", "server_error", "rate"])
def test_failures_are_told_once_and_cost_nothing(server: FakeImagesServer, fault: str) -> None:
    server.script += script(fault)
    with pytest.raises(StudioError) as caught:
        asyncio.run(checker(server).check("a boat", None))
    assert not caught.value.maybe_billed
    assert len(server.requests) == 1
    assert all(Words("ko").of(caught.value))


def test_profiles_without_a_check_are_not_asked() -> None:
    with FakeImagesServer("sdcpp", key=None) as server:
        one = ServiceChecker(Connection(server.url, None, PROFILES["sdcpp"]))
        with pytest.raises(StudioError, match="no_check"):
            asyncio.run(one.check("a boat", None))
        assert server.requests == []


@pytest.mark.parametrize(
    ("names", "korean"),
    [((), ""), (("sexual/minors", "self-harm"), " (미성년자와 성적인 내용, 자해)"), (("new-rule",), " (new-rule)")],
)
def test_categories_are_said_in_plain_words(names: tuple[str, ...], korean: str) -> None:
    text, _ = Words("ko").of(EngineRefused("errors_checking.refused", reason=Reasons(names)))
    assert f"걸렸어요{korean}." in text
