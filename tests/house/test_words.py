"""Both languages say the same things, and what the code says by id exists."""

from __future__ import annotations

import ast
import json
import re
import string
from pathlib import Path

import pytest

from dalle_studio.core.errors import Seconds
from dalle_studio.core.words import Words
from tests.conftest import ROOT

WORDS = ROOT / "resources" / "words"
AREAS = sorted({file.stem for file in WORDS.glob("*/*.json")})
SOURCES = sorted((ROOT / "dalle_studio").rglob("*.py"))


def sentences(language: str, area: str) -> dict[str, str]:
    """The catalogue of an area; an id that stands twice is an error."""

    def unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
        found = dict(pairs)
        assert len(found) == len(pairs), f"an id stands twice in {language}/{area}"
        return found

    text = (WORDS / language / f"{area}.json").read_text(encoding="utf-8")
    loaded: dict[str, str] = json.loads(text, object_pairs_hook=unique)
    return loaded


def placeholders(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_hold_the_same_ids_with_the_same_placeholders(area: str) -> None:
    korean, english = sentences("ko", area), sentences("en", area)
    assert korean.keys() == english.keys()
    for name in korean:
        assert placeholders(korean[name]) == placeholders(english[name]), name


@pytest.mark.parametrize("area", AREAS)
def test_ids_name_their_area_and_sentences_are_not_empty(area: str) -> None:
    for language in ("ko", "en"):
        for name, sentence in sentences(language, area).items():
            assert name.startswith(f"{area}."), name
            assert sentence.strip(), name


@pytest.mark.parametrize("area", AREAS)
def test_korean_sentences_are_korean_and_english_ones_are_not(area: str) -> None:
    hangul = re.compile("[가-힣]")
    for sentence in sentences("en", area).values():
        # A language's own name, or a quoted example, may stand in the other one.
        assert not hangul.search(re.sub("“[^”]*”|한국어", "", sentence)), sentence
    assert any(hangul.search(sentence) for sentence in sentences("ko", area).values())


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "dalle_studio")))
def test_every_sentence_that_the_code_names_exists(path: Path) -> None:
    known = {name for area in AREAS for name in sentences("en", area)}
    whole, beginnings = named_in(path)
    assert not whole - known
    # f"cli.key_{state}": at least one sentence must begin that way.
    assert not {text for text in beginnings if not any(name.startswith(text) for name in known)}


def named_in(path: Path) -> tuple[set[str], set[str]]:
    """Sentence ids that stand in a module's strings, and the beginnings of those put together in f-strings."""
    of_areas = re.compile(r"(?:errors|ui|cli)(?:_[a-z]+)*\.[a-z][a-z0-9_.]*")
    whole: set[str] = set()
    beginnings: set[str] = set()
    parts: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):  # walked before its parts
            parts.update(map(id, node.values))
            first = node.values[0] if node.values else None
            if isinstance(first, ast.Constant) and of_areas.fullmatch(str(first.value)):
                beginnings.add(str(first.value))
        elif isinstance(node, ast.Constant) and id(node) not in parts and of_areas.fullmatch(str(node.value)):
            whole.add(str(node.value))
    return whole, beginnings


@pytest.mark.parametrize(
    ("seconds", "en", "ko"),
    [(1, "1 s", "1초"), (119, "119 s", "119초"), (121, "3 min", "3분"), (3600, "60 min", "60분"),
     (7201, "3 h", "3시간"), (400_000, "5 days", "5일")],
)  # fmt: skip
def test_a_long_wait_is_said_in_units_of_its_own(seconds: int, en: str, ko: str) -> None:
    for language, said in (("en", en), ("ko", ko)):
        hint = Words(language)("errors_engines.rate_limited.hint", seconds=Seconds(seconds))
        assert said in hint
