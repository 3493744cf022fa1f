"""The user's own words for things: a term and the English for it, which no translation may change.

As text, one term a line, `한복 = hanbok` (a tab does as well, as a spreadsheet gives it); `#` begins a remark, and
quotation marks around either side are none of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from dalle_studio.core.script import HANGUL, QUOTED

_PARTICLES: Final = (
    "이|가|은|는|을|를|의|에|에서|에게|께|한테|으로|로|와|과|랑|이랑|하고|도|만|까지|부터|처럼|같은|같이|보다|마다|이나|나|들|들이|들을"
    "|들의|들은|들과|들에|이라고|라고|이라|라|이고|고|이며|며|인|입니다|이에요|예요|이다|으로서|로서|으로써|로써|에는|에도|에서는|에만|으로는"
    "|로는|과는|와는|까지는"
)
"""What may hang on a Korean noun. 배가 is a boat with a particle, 배경 is another word."""

_AFTER_HANGUL: Final = f"(?=(?:{_PARTICLES})?(?![{HANGUL}]))"


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the user's and the English that stands for it."""

    term: str
    english: str


@dataclass(frozen=True, slots=True)
class Glossary:
    """All terms of a user."""

    terms: tuple[Term, ...] = ()
    _pattern: re.Pattern[str] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Glossary:
        """Read the lines that hold a term; the last one of two with the same term counts."""
        found: dict[str, Term] = {}
        for line in text.splitlines():
            term = _term_of(line)
            if term is not None:
                found[term.term.casefold()] = term
        return cls.of(found.values())

    @classmethod
    def of(cls, terms: Iterable[Term]) -> Glossary:
        """From terms, in any order."""
        kept = tuple(terms)
        longest_first = sorted((one.term for one in kept), key=len, reverse=True)
        pattern = re.compile("|".join(map(_pattern_of, longest_first)), re.IGNORECASE) if kept else None
        return cls(kept, pattern)

    def replace(self, text: str, by: Callable[[Term], str]) -> str:
        """`text` with every term in it exchanged for what `by` makes of it; of overlapping ones the longest."""
        if self._pattern is None:
            return text
        known = {one.term.casefold(): one for one in self.terms}

        def exchange(match: re.Match[str]) -> str:
            # Case is not always told apart alike here and in patterns (ı, İ): what is not known again stays.
            one = known.get(" ".join(match[0].split()).casefold())
            return match[0] if one is None else by(one)

        return self._pattern.sub(exchange, text)


def wrong_lines(text: str) -> list[int]:
    """Numbers, from 1, of the lines that say something but no term."""
    return [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#") and _term_of(line) is None
    ]


def _term_of(line: str) -> Term | None:
    if line.lstrip().startswith("#"):
        return None
    left, sign, right = line.partition("\t") if "\t" in line.strip() else line.partition("=")
    term, english = _bare(left), _bare(right)
    return Term(term, english) if sign and term and english else None


def _bare(words: str) -> str:
    """Without the quotation marks around them: what is quoted in a prompt is never a term."""
    words = " ".join(words.split())
    return words[1:-1].strip() if QUOTED.fullmatch(words) else words


def _pattern_of(term: str) -> str:
    """Whole words only, where the script has words with ends."""
    middle = re.escape(term).replace("\\ ", r"\s+")
    if re.search(f"[{HANGUL}]$", term):
        return f"(?<![{HANGUL}]){middle}{_AFTER_HANGUL}"
    if re.search(r"[A-Za-z0-9]$", term):
        return f"(?<![A-Za-z0-9]){middle}(?![A-Za-z0-9])"
    return middle
