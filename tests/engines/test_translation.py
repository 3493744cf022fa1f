"""Prompts into English: what is sent, what stays, and what is not believed."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.errors import BadUsage, StudioError
from dalle_studio.core.glossary import Glossary
from dalle_studio.core.ports import Translator
from dalle_studio.core.script import is_foreign
from dalle_studio.core.words import LANGUAGES, Words
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.marks import Marked
from dalle_studio.engines.profiles import PROFILES
from dalle_studio.engines.translation import ServiceTranslator
from tests.engines.asking import Key
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer


def translator(server: FakeImagesServer, profile: str = "openai") -> ServiceTranslator:
    return ServiceTranslator(Connection(server.url, Key(), PROFILES[profile]))


def translate(server: FakeImagesServer, text: str) -> str:
    port: Translator = translator(server)
    return asyncio.run(port.translate(text))


def test_closed_eyes(server: FakeImagesServer) -> None:
    assert translate(server, "눈 감은 표정") == "closed eyes"
    (request,) = server.requests
    assert request.path == "/v1/responses"
    assert request.fields["model"] == "gpt-6-luna"
    assert request.fields["input"] == "눈 감은 표정"
    assert request.fields["store"] is False
    assert set(request.fields) == {"model", "input", "instructions", "store"}


def test_a_server_with_chat_only_is_asked_there_and_remembered() -> None:
    with FakeImagesServer("dalle2") as server:
        both = translator(server)

        async def twice() -> list[str]:
            return [await both.translate("눈 감은 표정"), await both.translate("고양이")]

        assert asyncio.run(twice()) == ["closed eyes", "a cat"]
        assert [request.path for request in server.requests] == [
            "/v1/responses",
            "/v1/chat/completions",
            "/v1/chat/completions",
        ]
        chat = server.requests[1].fields
        assert set(chat) == {"model", "messages", "max_completion_tokens"}
        assert [message["role"] for message in chat["messages"]] == ["system", "user"]


def test_a_profile_that_has_no_responses_is_not_asked_for_them() -> None:
    with FakeImagesServer("localai") as server:
        assert asyncio.run(translator(server, "localai").translate("고양이")) == "a cat"
        assert [request.path for request in server.requests] == ["/v1/chat/completions"]


def test_where_there_is_no_translator_the_english_is_asked_for() -> None:
    with FakeImagesServer("sdcpp") as server, pytest.raises(BadUsage) as caught:
        translate(server, "고양이")
    assert caught.value.message == "errors_engines.no_translator"
    assert "--english" in Words("en").of(caught.value)[1]


@pytest.mark.parametrize(
    "quotation", ['"영업 중"', "'영업 중'", "“영업 중”", "‘영업 중’", "「영업 중」", "『영업 중』", '"OPEN 24h"']
)
def test_quoted_text_does_not_leave_and_comes_back_letter_for_letter(server: FakeImagesServer, quotation: str) -> None:
    english = translate(server, f"빨간 풍선에 {quotation}이라고 고양이")
    assert english.count(quotation) == 1
    assert not is_foreign(english.replace(quotation, ""))
    assert quotation not in str(server.requests[0].fields["input"])
    assert quotation[1:-1] not in str(server.requests[0].fields["input"])


def test_an_apostrophe_is_no_quotation_mark(server: FakeImagesServer) -> None:
    translate(server, "don't 고양이 the dogs' 고양이")
    assert server.requests[0].fields["input"] == "don't 고양이 the dogs' 고양이"


def test_marks_that_stand_in_the_text_already_are_not_mistaken(server: FakeImagesServer) -> None:
    assert translate(server, '고양이 [[1]] "가"') == 'a cat [[1]] "가"'
    assert server.requests[0].fields["input"] == "고양이 [[1]] <<1>>"


def test_a_text_of_quotations_alone_is_not_sent(server: FakeImagesServer) -> None:
    assert translate(server, '"영업 중"') == '"영업 중"'
    assert server.requests == []


@pytest.mark.parametrize(
    ("text", "said", "message"),
    [
        ("고양이", "", "translation_unusable"),
        ("고양이", "   ", "translation_unusable"),
        ("고양이", "cat " * 500, "translation_unusable"),
        ("고양이", "고양이", "translation_unusable"),
        ('고양이 "가"', "a cat", "translation_quotes"),
        ('고양이 "가"', "a cat [[1]] [[1]]", "translation_quotes"),
    ],
)
def test_what_is_no_translation_is_not_believed(server: FakeImagesServer, text: str, said: str, message: str) -> None:
    server.script.append({"say": said})
    with pytest.raises(StudioError) as caught:
        translate(server, text)
    assert caught.value.message == f"errors_engines.{message}"


@pytest.mark.parametrize(("said", "english"), [('"a cat"', "a cat"), (" a\u202e cat\n", "a cat"), ("a\tcat", "a cat")])
def test_a_translation_is_plain_text(server: FakeImagesServer, said: str, english: str) -> None:
    server.script.append({"say": said})
    assert translate(server, "고양이") == english


@pytest.mark.parametrize(
    ("fault", "message", "billed"),
    [
        ("bad_key", "key_refused", False),
        ("quota", "quota", False),
        ("rate", "rate_limited", False),
        ("server_error", "server_error", True),
        ("html", "web_page", False),
        ("null", "translation_unusable", True),
        ("broken_json", "cut_off", True),
        ("deprecated", "translator_gone", False),
        ("redirect", "redirected", False),
    ],
)
def test_failures_are_told_and_nothing_is_sent_twice(
    server: FakeImagesServer, fault: str, message: str, billed: bool
) -> None:
    server.script += script(fault)
    with pytest.raises(StudioError) as caught:
        translate(server, "고양이")
    assert caught.value.message == f"errors_engines.{message}"
    assert caught.value.maybe_billed is billed
    assert len(server.requests) == 1
    for language in LANGUAGES:
        assert all(Words(language).of(caught.value))


def test_cancelling_closes_the_socket(server: FakeImagesServer) -> None:
    server.script += script("slow")

    async def go() -> None:
        task = asyncio.create_task(translator(server).translate("고양이"))
        await asyncio.to_thread(server.wait_for_requests, 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(go())
    assert server.requests[0].disconnected.wait(1.0)


@given(st.text(alphabet="가나 a\"'“”「」『』‘’[]<>{}⟦⟧12.\n"))
def test_protecting_and_restoring_is_the_identity(text: str) -> None:
    marked = Marked.of(text)
    if all(marked.text.count(marked.mark(number + 1)) == 1 for number in range(len(marked.kept))):
        assert marked.restored(marked.text) == text


def test_terms_of_the_glossary_come_back_as_the_user_says(server: FakeImagesServer) -> None:
    glossary = Glossary.parse("한복 = hanbok\n배 = wooden ship")
    port = ServiceTranslator(Connection(server.url, Key(), PROFILES["openai"]), glossary=glossary)
    english = asyncio.run(port.translate('한복을 입은 고양이, 배경에 배가 있고 "한복 가게" 간판'))
    assert english.count("hanbok") == 1
    assert english.count("wooden ship") == 1
    assert '"한복 가게"' in english
    (request,) = server.requests
    assert "한복" not in str(request.fields["input"])
    assert "배경에" in str(request.fields["input"])
    assert "hanbok" in str(request.fields["instructions"])
    assert "가게" not in request.body.decode()


def test_a_prompt_of_terms_alone_needs_nobody(server: FakeImagesServer) -> None:
    port = ServiceTranslator(Connection(server.url, Key()), glossary=Glossary.parse("한복 = hanbok"))
    assert asyncio.run(port.translate("한복")) == "hanbok"
    assert server.requests == []


@pytest.mark.parametrize("text", ["赤い風船", "红色的气球", "あかい"])
def test_japanese_and_chinese_are_not_taken_for_english(server: FakeImagesServer, text: str) -> None:
    server.script.append({"say": text})
    with pytest.raises(StudioError, match="translation_unusable"):
        translate(server, text)
    server.script.append({"say": "a red balloon"})
    assert translate(server, text) == "a red balloon"


def test_the_english_is_told_in_the_users_language(server: FakeImagesServer) -> None:
    server.script.append({"say": "[[1]]라고 쓴 빨간 풍선"})
    back = asyncio.run(translator(server).translate_back("a red balloon that says “영업 중”", "ko"))
    assert back == "“영업 중”라고 쓴 빨간 풍선"
    (request,) = server.requests
    assert request.fields["input"] == "a red balloon that says [[1]]"
    assert "Korean" in str(request.fields["instructions"])
