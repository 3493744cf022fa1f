"""What engines and engine models are called where people read it: in the history, in lists and on contact sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dalle_studio.core.listed import Listed
    from dalle_studio.core.records import EditRecord
    from dalle_studio.core.words import Words


def engine_name(words: Words, edit: EditRecord | Listed) -> str:
    """Who made it, in few words."""
    if edit.model:
        return short_model(edit.model)
    known = f"ui.engine.{edit.engine}"
    return words(known) if words.has(known) else edit.engine


def short_model(model: str) -> str:
    """`gpt-image-2.5-flare` → `2.5 Flare`; other names as they are."""
    if not model.startswith("gpt-image-"):
        return model
    version, _, family = model.removeprefix("gpt-image-").partition("-")
    return f"{version} {family.replace('-', ' ').title()}".strip()
