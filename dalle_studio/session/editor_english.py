"""The English beside the prompt: asked for, corrected, told back, and known to be stale. GUI thread.

Text leaves on *Translate* and *Generate*; while typing only where the user set it so. A newer wish ends the older
one, and what was translated once is not asked for again.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PySide6.QtCore import QTimer

from dalle_studio.core.errors import BadUsage, StudioError
from dalle_studio.core.operation import Translate
from dalle_studio.core.script import is_foreign, language_of
from dalle_studio.core.words import Words
from dalle_studio.session.editor_request import EditorRequest

if TYPE_CHECKING:
    from dalle_studio.core.ports import Translator
    from dalle_studio.core.records import EditRequest
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.worker import Job, Tell

_QUIET_MS: Final = 900
"""Typing pauses for so long before its text leaves."""

_REMEMBERED: Final = 200

_Asked: TypeAlias = tuple[str, str]
"""Language that was translated into, and the text."""


class EditorEnglish(EditorRequest):
    """What is sent instead of a prompt that the engine, or the user, wants in English."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._translating: Job[Any] | None = None
        self._asking: _Asked | None = None
        """What `_translating` asks for."""
        self._awaited: _Asked | None = None
        """What an edit would have asked for meanwhile."""
        self._meaning = ""
        self._known: OrderedDict[_Asked, str] = OrderedDict()
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_QUIET_MS)
        self._typed.timeout.connect(self._translate_typed)

    # --- what stands beside the prompt -------------------------------------------------------------------------

    @property
    def english(self) -> str:
        """What will be sent instead of the prompt; empty = nothing yet."""
        return self._choices.english

    def set_english(self, text: str) -> None:
        """The user's own English; it belongs to the prompt as it is now."""
        if text != self._choices.english or self.english_is_stale:
            self._choices.english, self._choices.english_of = text, self.prompt.strip()
            self._forget_meaning()
            self._changed()

    @property
    def english_is_stale(self) -> bool:
        """The prompt has changed since: this English is not sent, and *Generate* makes a new one first."""
        return self._choices.english_is_stale

    @property
    def meaning(self) -> str:
        """The English, told back in the prompt's language."""
        return self._meaning

    @property
    def wants_english(self) -> bool:
        """Whether English is sent: the engine needs it, the settings say so, or the user asked for it."""
        always = self._choices.translate is Translate.ON and self.follows_prompt
        return self.needs_english or always or self._choices.wants_english or bool(self.english)

    def set_prompt(self, text: str) -> None:
        changed = text != self.prompt
        super().set_prompt(text)
        if not text.strip() and self.english:
            self._take_english("", "")
        if changed and self._choices.translates_typing:
            self._drop_translating()
            self._typed.start()

    @property
    def needs_english(self) -> bool:
        return self._ahead is not None and self._ahead.info.needs_english

    @property
    def prompt_is_foreign(self) -> bool:
        """Whether the prompt is worth translating."""
        return is_foreign(self.prompt)

    @property
    def is_translating(self) -> bool:
        return self._translating is not None

    @property
    def can_translate(self) -> bool:
        return self.prompt_is_foreign and not self.is_translating and not self.is_busy

    @property
    def can_tell_back(self) -> bool:
        """Whether there is English whose meaning can be asked for."""
        fresh = bool(self.english.strip()) and not self.english_is_stale
        return fresh and not self._meaning and not self.is_translating and not self.is_busy

    # --- asking ------------------------------------------------------------------------------------------------

    def translate(self) -> None:
        """Ask for the English of the prompt; it arrives as `english_changed`."""
        text = self.prompt.strip()
        if not text or self.is_translating:
            return
        self._typed.stop()
        self._choices.wants_english = True
        again = self.english == self._known.get(("en", text))  # pressed once more: another wording is wanted
        self._ask(("en", text), fresh=again)

    def translate_back(self) -> None:
        """Ask what the English says; it arrives as `meaning_changed`."""
        if self.can_tell_back:
            self._ask((language_of(self.prompt) or self.words.language, self.english.strip()))

    def cancel_translation(self) -> None:
        """Nothing more is asked for; prompt and English stay as they are."""
        self._typed.stop()
        if self._drop_translating():
            self.request_changed.emit()

    def _awaits_english(self, request: EditRequest) -> bool:
        """Whether the English that `request` lacks is known or being asked for, so that it is not asked for again.

        As after any translation, it is to be looked at before it leaves.
        """
        from dalle_studio.workflow.prompt import needs_translation

        self._typed.stop()
        if request.english is not None or self._ahead is None or not needs_translation(request, self._ahead.info):
            return False
        asked = ("en", request.prompt.strip())
        known = self._known.get(asked)
        if known is not None:
            self._answered(asked, known)
            self._tell("info", "session.check_english")
        elif self._asking == asked:
            self._awaited = asked
        else:
            return False
        return True

    def glossary_changed(self) -> None:
        """Terms are translated in another way from now on."""
        self._known.clear()

    def _translate_typed(self) -> None:
        """A pause while typing."""
        text = self.prompt.strip()
        if self.can_translate and self.wants_english and (self.english_is_stale or not self.english):
            self._ask(("en", text))

    def _ask(self, asked: _Asked, *, fresh: bool = False) -> None:
        known = None if fresh else self._known.get(asked)
        if known is not None:
            self._answered(asked, known)
            return
        choice, engine = self._choice(self.mode), self.engine
        language, text = asked

        async def ask(_: Tell) -> str:
            servers = self._house.servers
            translator: Translator | None = await self._lanes.keyring(servers.translator, choice, self._lanes)
            if translator is None:
                raise BadUsage("errors_workflow.no_translator", engine=engine)
            if language == "en":
                return await translator.translate(text)
            return await translator.translate_back(text, language)

        def done(answer: str) -> None:
            self._was_asked()
            if self._translating is job:
                self._translating = self._asking = None
            self._answered(asked, answer)
            if self._awaited == asked:
                self._awaited = None
                self._tell("info", "session.check_english")

        def failed(error: StudioError) -> None:
            self._was_asked()
            if error.kind == "cancelled":
                return  # it was let go before, and another one may be under way
            self._translating = self._asking = self._awaited = None
            self.request_changed.emit()
            if error.kind in {"budget", "bad_usage"}:
                self.edit_failed.emit(error)  # with the way to the limit, or to a translator
            else:
                self._tell_failure(error)

        job = self._translating = self._submit("translate", ask, done, failed)
        self._asking = asked
        self.request_changed.emit()

    def _was_asked(self) -> None:
        """It may have cost something: whoever keeps the account above counts again."""

    def _answered(self, asked: _Asked, answer: str) -> None:
        self._known[asked] = answer
        self._known.move_to_end(asked)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        language, text = asked
        if language == "en":
            self._take_english(text, answer)
        elif text == self.english.strip():
            self._meaning = answer
            self.meaning_changed.emit(answer)
        self.request_changed.emit()

    def _drop_translating(self) -> bool:
        job, self._translating = self._translating, None
        self._asking = self._awaited = None
        if job is not None:
            job.cancel()
        return job is not None

    def _take_english(self, text: str, english: str) -> None:
        """A translation of `text` arrived; it may be of a prompt that was changed meanwhile."""
        if text != self.prompt.strip():
            return
        changed, stale = english != self.english, self.english_is_stale
        self._choices.english, self._choices.english_of = english, text
        if changed:
            self._forget_meaning()
            self.english_changed.emit(english)
        if changed or stale:
            self._changed()

    def _forget_meaning(self) -> None:
        if self._meaning:
            self._meaning = ""
            self.meaning_changed.emit("")

    @property
    def is_idle(self) -> bool:
        return super().is_idle and not self._typed.isActive()
