"""Which words of a refused prompt meet the safety rules, asked of the service's free check. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.core.checking import cause_of, parts_of
from dalle_studio.core.errors import BadUsage, Reasons
from dalle_studio.session.editor_describing import EditorDescribing

if TYPE_CHECKING:
    from dalle_studio.core.checking import Cause
    from dalle_studio.session.worker import Tell


class EditorChecking(EditorDescribing):
    """Looks for the cause of a refusal; nothing is sent again, only the words are asked about."""

    @property
    def can_find_cause(self) -> bool:
        """Whether the engine's server has a free check, and there are words to ask about."""
        return self._ahead is not None and self._ahead.info.has_check and bool(self.prompt.strip())

    def find_cause(self) -> None:
        """Say which part of the words is met, or that none is."""
        english = "" if self.english_is_stale or not self.wants_english else self.english.strip()
        texts = parts_of(english or self.prompt.strip())
        choice, host = self._choice(self.mode), self.host or ""

        async def ask(_: Tell) -> Cause:
            checker = await self._lanes.keyring(self._house.servers.checker, choice)
            if checker is None:
                raise BadUsage("errors_checking.no_check", host=host)
            return cause_of(texts, await checker.check_each(texts))

        def found(cause: Cause) -> None:
            reason = Reasons(cause.finding.categories)
            if cause.part:
                self._tell("warning", "session.cause", part=cause.part, reason=reason)
            elif cause.finding.flagged:
                self._tell("warning", "session.cause_whole", reason=reason)
            else:
                self._tell("warning", "session.no_cause")

        self._submit("find cause", ask, found)
