"""What an unfinished syllable may become."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.hangul import begun

SHOWN = {
    "빨간": ["ㅃ", "빠", "빨", "빨ㄱ", "빨가", "빨간"],
    "가게": ["ㄱ", "가", "각", "가게"],
    "닭이": ["ㄷ", "다", "달", "닭", "닭이"],
    "안자": ["ㅇ", "아", "안", "앉", "안자"],
    "과일": ["ㄱ", "고", "과", "과이"],
    "의자": ["ㅇ", "으", "의", "읮"],
    "값": ["ㄱ", "가", "갑", "값"],
}


@pytest.mark.parametrize(("word", "steps"), SHOWN.items())
def test_a_word_is_found_at_every_step_of_writing_it(word: str, steps: list[str]) -> None:
    for shown in steps:
        assert re.match(re.escape(shown[:-1]) + begun(shown[-1]), word), shown


def test_what_can_no_longer_become_the_word_does_not_find_it() -> None:
    assert not re.match(begun("ㄴ"), "가")
    assert not re.match(begun("거"), "가")
    assert not re.match(begun("갈"), "가나")
    assert not re.match(begun("앉"), "안하")


def test_other_signs_stand_for_themselves() -> None:
    assert re.fullmatch(begun("."), ".")
    assert not re.fullmatch(begun("."), "x")
    assert re.fullmatch(begun("x"), "x")


@given(st.integers(0xAC00, 0xD7A3).map(chr))
def test_every_syllable_is_found_by_its_beginnings(syllable: str) -> None:
    letters = unicodedata.normalize("NFD", syllable)
    open_syllable = unicodedata.normalize("NFC", letters[:2])
    for shown in (syllable, open_syllable):
        assert re.match(begun(shown), syllable)
