"""Which words an engine gets: the user's own, the translation, or the standing instruction of a wordless edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dalle_studio.core.errors import BadInput, BadUsage
from dalle_studio.core.ports import EngineInfo, Translator
from dalle_studio.core.records import EditRequest, Operation, Translate
from dalle_studio.core.script import is_foreign

_WORDLESS: Final = {
    Operation.REMOVE: (
        "Remove what is in the masked area and continue the background naturally, as if it had never been there."
    ),
    Operation.EXTEND: (
        "Continue the picture naturally into the masked area: the same scene, light, perspective and style."
    ),
    Operation.VARY: "Make a variation of this picture: the same subject and style, with a different composition.",
}
"""What is sent when the user said nothing. OpenAI's endpoints need a prompt for every one of these."""


@dataclass(frozen=True, slots=True)
class SpokenPrompt:
    """The prompt as the user wrote it and as it is sent (None when the engine follows no prompt)."""

    written: str
    sent: str | None


def needs_translation(request: EditRequest, info: EngineInfo) -> bool:
    """Whether its prompt must be turned into English before it goes to this engine."""
    wish = request.translate
    if wish is Translate.OFF or not info.reads_words(request.operation) or not is_foreign(request.prompt):
        return False
    return wish is Translate.ON or info.needs_english


def check_prompt(request: EditRequest, info: EngineInfo) -> None:
    """Raise before anything else is done: an empty prompt, or an engine that can't do this operation."""
    if request.operation not in info.operations:
        if request.operation is Operation.EDIT and not info.follows_prompt:
            raise BadUsage("errors_workflow.engine_without_words", engine=info.name)
        raise BadUsage("errors_workflow.operation_unknown", engine=info.name, operation=request.operation.value)
    if request.operation in {Operation.EDIT, Operation.GENERATE} and not request.prompt.strip():
        raise BadInput("errors_workflow.prompt_empty")


def said(request: EditRequest, info: EngineInfo) -> SpokenPrompt | None:
    """What is sent, where nobody has to be asked for it; None where a translation is still to come."""
    written = request.prompt.strip()
    if not info.reads_words(request.operation):
        return SpokenPrompt(written, None)
    if request.english is not None and request.english.strip():
        return SpokenPrompt(written, request.english.strip())
    if not written:
        return SpokenPrompt(written, _WORDLESS.get(request.operation, ""))
    return None if needs_translation(request, info) else SpokenPrompt(written, written)


def without_translator(info: EngineInfo) -> BadUsage:
    """What a prompt that is to be translated ends with where nobody translates."""
    needed = "errors_workflow.needs_english" if info.needs_english else "errors_workflow.no_translator"
    return BadUsage(needed, engine=info.name)


async def speak(request: EditRequest, info: EngineInfo, translator: Translator | None) -> SpokenPrompt:
    """Decide what is sent, translating where needed.

    Raises BadUsage when English is needed and there is no translator and no `english`; BadInput when it is too long.
    """
    spoken = said(request, info)
    if spoken is None:
        if translator is None:
            raise without_translator(info)
        written = request.prompt.strip()
        spoken = SpokenPrompt(written, (await translator.translate(written)).strip())
    if spoken.sent is not None and len(spoken.sent) > info.max_prompt:
        raise BadInput("errors_workflow.prompt_long", length=len(spoken.sent), limit=info.max_prompt)
    return spoken
