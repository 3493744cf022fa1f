"""What the user has chosen beside the mask: operation, words, engine, size. Plain state, GUI thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from dalle_studio.core.areas import Areas
from dalle_studio.core.geometry import Margins, Size
from dalle_studio.core.operation import Operation, Translate

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask
    from dalle_studio.core.picture import Picture
    from dalle_studio.core.records import EditRequest
    from dalle_studio.core.reference import Reference
    from dalle_studio.storage.settings import Settings

LOCAL: Final = "local"
OPENAI: Final = "openai"
AUTO: Final = "auto"

_LOCAL_FIRST: Final = {Operation.REMOVE, Operation.EXTEND}
"""For these the local engine is the default; a prompt is never quietly given to it."""


WHOLE: Final = {Operation.GENERATE, Operation.VARY}
"""What comes is a picture of its own: it may have any background, and come as any kind of file."""


@dataclass(slots=True)
class Choices:
    """The right side of the window as values."""

    mode: Operation = Operation.EDIT
    prompt: str = ""
    english: str = ""
    """The translation of a prompt, or the user's own; empty = none."""
    english_of: str = ""
    """The prompt that the English belongs to; of another one it is stale."""
    wants_english: bool = False
    """The user asked for the English although the engine understands the prompt."""
    sent_size: str = AUTO
    quality: str = AUTO
    count: int = 1
    margins: Margins = field(default_factory=Margins)
    references: tuple[Reference, ...] = ()
    """Pictures that go along where words are followed."""
    context: int | None = None
    areas: Areas = Areas.AUTO
    background: str = AUTO
    answer_format: str | None = None
    """Both of a whole picture; None = as it usually comes."""
    translate: Translate = Translate.AUTO
    translates_typing: bool = False
    """The English follows the prompt while it is typed; its text leaves then."""
    timeout: float | None = None
    """Total seconds of one edit; None = by quality."""
    preferred: str = OPENAI
    """The engine of the modes that follow a prompt, until another is chosen."""
    _engines: dict[Operation, str] = field(default_factory=dict)
    _models: dict[str, str] = field(default_factory=dict)

    @property
    def engine(self) -> str:
        """The engine of the present mode."""
        return self.engine_for(self.mode)

    @engine.setter
    def engine(self, name: str) -> None:
        self._engines[self.mode] = name

    def engine_for(self, mode: Operation) -> str:
        return self._engines.get(mode, LOCAL if mode in _LOCAL_FIRST else self.preferred)

    @property
    def model(self) -> str | None:
        """The engine model that was chosen for the present engine; None = its default."""
        return self._models.get(self.engine)

    @model.setter
    def model(self, name: str | None) -> None:
        if name:
            self._models[self.engine] = name
        else:
            self._models.pop(self.engine, None)

    def adopt(self, settings: Settings, chosen: set[str]) -> None:
        """What was chosen the last time, and what is set; settings named in `chosen` were chosen again since."""
        if "engine" not in chosen:
            self.preferred = settings.engine or OPENAI
        if "model" not in chosen and settings.model is not None:
            self._models.setdefault(self.preferred, settings.model)
        if "quality" not in chosen:
            self.quality = settings.quality
        if "count" not in chosen:
            self.count = settings.count
        self.translate, self.timeout = Translate(settings.translate), settings.timeout_seconds
        self.translates_typing = settings.translate_while_typing

    def model_for(self, engine: str) -> str | None:
        return self._models.get(engine)

    @property
    def english_is_stale(self) -> bool:
        """The English is there, but of what the prompt said before. It is never sent."""
        return bool(self.english.strip()) and self.english_of != self.prompt.strip()

    @property
    def size(self) -> Size | None:
        """None = planned. ValueError when it is none."""
        return None if self.sent_size == AUTO else Size.parse(self.sent_size)

    def request(
        self,
        mode: Operation,
        picture: Picture | None,
        mask: FrozenMask | None,
        original: str | None,
        parent: str | None,
        parent_candidate: int = 0,
    ) -> EditRequest:
        """An edit by the present choices. Values that the operation has no use for are left out."""
        from dalle_studio.core.records import EditRequest  # not needed before the first paint

        wordless = mode is Operation.REMOVE
        return EditRequest(
            operation=mode,
            picture=None if mode is Operation.GENERATE else picture,
            mask=None if mode in {Operation.GENERATE, Operation.VARY} else mask,
            margins=self.margins if mode is Operation.EXTEND else Margins(),
            prompt="" if wordless else self.prompt,
            english=None if wordless or not self.english or self.english_is_stale else self.english,
            # What stands beside the prompt is what the user expects to leave: a stale one is made anew first.
            translate=Translate.ON if self.english_is_stale else self.translate,
            size=None if self.engine_for(mode) == LOCAL else self.size,
            quality=self.quality,
            count=self.count,
            context=self.context,
            references=() if wordless else tuple(one.png for one in self.references),
            background=self.background if mode in WHOLE else AUTO,
            answer_format=self.answer_format if mode in WHOLE else None,
            timeout=self.timeout,
            original=None if mode is Operation.GENERATE else original,
            parent=None if mode is Operation.GENERATE else parent,
            parent_candidate=0 if mode is Operation.GENERATE else parent_candidate,
        )
