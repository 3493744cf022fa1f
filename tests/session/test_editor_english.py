"""The English beside the prompt: stale, told back, remembered, and never sent without a wish."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dalle_studio.core.errors import EngineUnavailable
from dalle_studio.core.geometry import Rect
from dalle_studio.core.operation import Translate
from dalle_studio.storage import settings
from tests.session.conftest import Heard, NewEditor, Script, TestHouse, open_photo, paint, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from dalle_studio.session.editor import Editor

SPOT = Rect(100, 80, 60, 40)


@pytest.fixture
def typing(new_editor: NewEditor, house: TestHouse, photo_path: Path) -> Editor:
    """An editor that translates while somebody types, for an engine that needs English."""
    house.script.needs_english = True
    house.settings = settings.change(house.places, translate_while_typing=True)
    editor = new_editor()
    open_photo(editor, photo_path)
    return editor


def test_english_of_an_earlier_prompt_is_stale_and_made_anew_before_anything_is_sent(
    opened: Editor, script: Script, heard: Heard
) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.translate()
    assert opened.wait_idle(10)
    assert (opened.english, opened.english_is_stale) == ("closed eyes", False)
    opened.set_prompt("눈 뜬 표정")
    assert (opened.english, opened.english_is_stale) == ("closed eyes", True)
    script.english = "open eyes"
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    assert script.asks == []
    assert (opened.english, opened.english_is_stale) == ("open eyes", False)
    opened.generate()
    assert opened.wait_idle(20)
    assert [ask.prompt for ask in script.asks] == ["open eyes"]


def test_a_prompt_that_is_written_back_makes_its_english_good_again(opened: Editor) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.translate()
    assert opened.wait_idle(10)
    opened.set_prompt("눈 감은 표정으로")
    opened.set_prompt("눈 감은 표정")
    assert not opened.english_is_stale


def test_correcting_the_english_says_that_it_is_of_this_prompt(opened: Editor) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.set_english("closed eyes")
    opened.set_prompt("눈 감은 아이")
    opened.set_english("a child with closed eyes")
    assert not opened.english_is_stale


def test_an_english_prompt_is_sent_as_it_is_whatever_was_translated_before(opened: Editor, script: Script) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.translate()
    assert opened.wait_idle(10)
    opened.set_prompt("a red boat")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    assert [ask.prompt for ask in script.asks] == ["a red boat"]


def test_what_the_english_says_is_told_on_demand_and_forgotten_with_it(
    opened: Editor, script: Script, heard: Heard
) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.translate()
    assert opened.wait_idle(10)
    assert (opened.can_tell_back, opened.meaning) == (True, "")
    opened.translate_back()
    assert opened.wait_idle(10)
    assert (opened.can_tell_back, opened.meaning) == (False, "ko: closed eyes")
    opened.set_english("open eyes")
    assert (opened.can_tell_back, opened.meaning) == (True, "")
    assert heard.of("meaning_changed") == ["ko: closed eyes", ""]
    assert script.translated == ["눈 감은 표정", "closed eyes"]


def test_a_japanese_prompt_is_told_back_in_japanese(opened: Editor) -> None:
    opened.set_prompt("赤い風船")
    assert opened.can_translate
    opened.translate()
    assert opened.wait_idle(10)
    opened.translate_back()
    assert opened.wait_idle(10)
    assert opened.meaning == "ja: closed eyes"


def test_a_failed_translation_keeps_the_prompt_and_says_what_to_do(
    opened: Editor, house: TestHouse, heard: Heard
) -> None:
    class Broken:
        async def translate(self, text: str) -> str:
            raise EngineUnavailable("errors_engines.translation_unusable")

        async def translate_back(self, english: str, language: str) -> str:
            raise EngineUnavailable("errors_engines.translation_unusable")

    house.servers.translator = lambda *_: Broken()  # type: ignore[method-assign]
    opened.set_prompt("눈 감은 표정")
    opened.translate()
    assert opened.wait_idle(10)
    ((kind, text, hint),) = heard.messages
    assert kind == "error"
    assert text
    assert hint
    assert opened.prompt == "눈 감은 표정"
    assert opened.can_translate


def test_a_translation_can_be_stopped(opened: Editor, script: Script, heard: Heard) -> None:
    script.waits = True
    opened.set_prompt("눈 감은 표정")
    opened.translate()
    wait_for(opened, script.started.is_set)
    assert (opened.is_translating, opened.can_translate) == (True, False)
    opened.cancel_translation()
    assert (opened.is_translating, opened.can_translate) == (False, True)
    assert opened.wait_idle(10)
    assert opened.english == ""
    assert [kind for kind, _, _ in heard.messages if kind == "error"] == []


def test_nothing_leaves_while_typing_unless_the_user_set_it_so(opened: Editor, script: Script) -> None:
    script.needs_english = True
    for text in ("눈", "눈 감", "눈 감은"):
        opened.set_prompt(text)
    assert opened.wait_idle(10)
    assert script.translated == []


def test_typing_is_translated_after_a_pause_and_once(typing: Editor, script: Script) -> None:
    for text in ("눈", "눈 감", "눈 감은"):
        typing.set_prompt(text)
    assert typing.wait_idle(10)
    assert script.translated == ["눈 감은"]
    assert typing.english == "closed eyes"
    typing.set_prompt("눈 감은 표정")
    typing.set_prompt("눈 감은")
    assert typing.wait_idle(10)
    assert script.translated == ["눈 감은"]


def test_generate_does_not_pay_for_a_translation_twice(typing: Editor, script: Script) -> None:
    heard = Heard(typing)
    paint(typing, SPOT)
    typing.set_prompt("눈 감은")
    typing.generate()  # before the pause of typing is over
    assert typing.wait_idle(10)
    assert script.translated == ["눈 감은"]
    script.waits = True
    script.started.clear()
    typing.set_prompt("눈 뜬")
    wait_for(typing, script.started.is_set)
    typing.generate()  # while it is being translated
    assert not typing.is_busy
    script.waits = False
    script.release.set()
    assert typing.wait_idle(10)
    told = typing.words("session.check_english")
    assert [text for _, text, _ in heard.messages].count(told) == 2
    typing.set_prompt("눈 감은")
    typing.generate()  # what was translated before
    assert (typing.english, typing.english_is_stale) == ("closed eyes", False)
    assert script.translated == ["눈 감은", "눈 뜬"]
    assert script.asks == []
    typing.generate()
    assert typing.wait_idle(20)
    assert [ask.prompt for ask in script.asks] == ["closed eyes"]
    assert script.translated == ["눈 감은", "눈 뜬"]


def test_another_wording_can_be_asked_for(opened: Editor, script: Script) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.translate()
    assert opened.wait_idle(10)
    script.english = "shut eyes"
    opened.translate()
    assert opened.wait_idle(10)
    assert opened.english == "shut eyes"


def test_a_draft_keeps_of_which_prompt_the_english_is(
    opened: Editor, new_editor: NewEditor, photo_path: Path, script: Script
) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.translate()
    assert opened.wait_idle(10)
    opened.set_prompt("눈 감은 아이")
    opened.shutdown()
    second = new_editor()
    open_photo(second, photo_path)
    assert (second.prompt, second.english) == ("눈 감은 아이", "closed eyes")
    assert second.english_is_stale


def test_always_in_english_translates_for_any_engine(
    new_editor: NewEditor, house: TestHouse, photo_path: Path, script: Script
) -> None:
    house.settings = settings.change(house.places, translate=Translate.ON.value)
    editor = new_editor()
    open_photo(editor, photo_path)
    editor.set_prompt("눈 감은 표정")
    assert editor.wants_english
    paint(editor, SPOT)
    editor.generate()
    assert editor.wait_idle(20)
    assert (script.asks, editor.english) == ([], "closed eyes")
