"""A text whose quotations and own terms are replaced by marks, so that no translation can change them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dalle_studio.core.errors import EngineUnavailable
from dalle_studio.core.glossary import Glossary, Term
from dalle_studio.core.script import QUOTED

_MARKS: Final = (("[[", "]]"), ("<<", ">>"), ("{{", "}}"), ("⟦", "⟧"))


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with marks, numbered from 1, and what comes back in their place."""

    text: str
    kept: tuple[str, ...]
    meanings: tuple[str, ...]
    """For each mark what it means, for the grammar around it; empty for a quotation, which does not leave."""
    mark: Callable[[int], str]
    """The mark with that number."""

    @classmethod
    def of(cls, text: str, glossary: Glossary | None = None) -> Marked:
        left, right = next((pair for pair in _MARKS if pair[0] not in text), _MARKS[-1])
        kept: list[str] = []
        meanings: list[str] = []

        def mark(number: int) -> str:
            return f"{left}{number}{right}"

        def keep(words: str, meaning: str) -> str:
            kept.append(words)
            meanings.append(meaning)
            return mark(len(kept))

        def term(one: Term) -> str:
            return keep(one.english, one.english)

        # The quotations split the text, so that no term is looked for inside them.
        marked, at = [], 0
        terms = glossary or Glossary()
        for quotation in QUOTED.finditer(text):
            marked += [terms.replace(text[at : quotation.start()], term), keep(quotation[0], "")]
            at = quotation.end()
        marked.append(terms.replace(text[at:], term))
        return cls("".join(marked), tuple(kept), tuple(meanings), mark)

    @property
    def has_words(self) -> bool:
        """Whether anything but marks is left to translate."""
        rest = self.text
        for number in range(1, len(self.kept) + 1):
            rest = rest.replace(self.mark(number), "")
        return any(ch.isalpha() for ch in rest)

    @property
    def legend(self) -> str:
        """What the marks of terms stand for, as a sentence for the instructions."""
        known = [f"{self.mark(number)} is “{meaning}”" for number, meaning in enumerate(self.meanings, 1) if meaning]
        return f" Read, but do not write out: {'; '.join(known)}." if known else ""

    def restored(self, translation: str) -> str:
        """The translation with everything back; EngineUnavailable when a mark was lost or doubled."""
        if any(translation.count(self.mark(number)) != 1 for number in range(1, len(self.kept) + 1)):
            raise EngineUnavailable("errors_engines.translation_quotes", maybe_billed=True)
        numbers = {self.mark(number): words for number, words in enumerate(self.kept, 1)}
        if not numbers:
            return translation
        marks = re.compile("|".join(map(re.escape, numbers)))
        return marks.sub(lambda match: numbers[match[0]], translation)
