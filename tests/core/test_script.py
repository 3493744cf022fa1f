"""Scripts, quotations and terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.glossary import Glossary, Term, wrong_lines
from dalle_studio.core.script import is_foreign, language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("눈 감은 표정", "ko"),
        ("ㅋㅋ", "ko"),
        ("漢字 섞은 글", "ko"),
        ("赤い風船", "ja"),
        ("红色的气球", "zh"),
        ("closed eyes", None),
        ("", None),
        ("a shop sign that says “영업 중”", None),
        ("간판에 'OPEN'", "ko"),
        ("a sign 「営業中」", None),
    ],
)
def test_the_language_is_that_of_what_is_not_quoted(text: str, language: str | None) -> None:
    assert language_of(text) == language
    assert is_foreign(text) is (language is not None)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("배가 떠 있는 바다", True),
        ("배", True),
        ("작은 배, 큰 배", True),
        ("배처럼 생긴 구름", True),
        ("배경을 흐리게", False),
        ("돛배 한 척", False),
        ("배고픈 고양이", False),
    ],
)
def test_a_korean_term_is_a_word_with_its_particles(text: str, found: bool) -> None:
    replaced = Glossary.parse("배 = boat").replace(text, lambda term: f"<{term.english}>")
    assert ("<boat>" in replaced) is found


def test_of_terms_that_overlap_the_longest_is_taken_and_spaces_may_differ() -> None:
    glossary = Glossary.parse("한복 = hanbok\n한복  치마 = hanbok skirt\nUX kit = design kit")
    said = glossary.replace("한복  치마와 한복, ux  KIT 그리고 UX kits", lambda term: term.english)
    assert said == "hanbok skirt와 hanbok, design kit 그리고 UX kits"


def test_quotation_marks_around_a_term_are_none_of_its_own() -> None:
    told = '“우리 로고” = the NORI logo\n\'하회탈\' = "Hahoe mask"\n"" = nothing'
    assert Glossary.parse(told).terms[:2] == (Term("우리 로고", "the NORI logo"), Term("하회탈", "Hahoe mask"))


def test_a_glossary_is_read_line_by_line() -> None:
    text = "# 옷\n한복 = hanbok\n\n저고리\tjeogori\n= nothing\n한복 = Korean dress\nhalf\n"
    assert Glossary.parse(text).terms == (Term("한복", "Korean dress"), Term("저고리", "jeogori"))
    assert wrong_lines(text) == [5, 7]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_a_glossary_and_any_be_looked_through(terms: str, text: str) -> None:
    glossary = Glossary.parse(terms)
    assert len(glossary.replace(text, lambda _: "")) <= len(text)
    assert glossary.replace("", lambda term: term.english) == ""
    assert all(1 <= line <= len(terms.splitlines()) for line in wrong_lines(terms))
