"""Which engine and which servers an edit wants: a value of the composition roots, which the floors below hand back."""

from __future__ import annotations

from dataclasses import dataclass

from dalle_studio.core.operation import Operation

LOCAL = "local"
OPENAI = "openai"


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """What the user wants to paint with; None = as the operation and the settings say."""

    operation: Operation
    engine: str | None = None
    """`local`, `openai`, or the name of a server in the settings."""
    model: str | None = None
    base_url: str | None = None
    server_profile: str | None = None
    translator_url: str | None = None
    translator_model: str | None = None
    partial_images: int = 0
    """Previews asked for while a candidate is painted; each is billed, so only where somebody sees them."""
    prompted: bool = False
    """Whether there are words to follow: an extension by words is not silently done by an engine that follows none."""

    @property
    def is_local(self) -> bool:
        """The local engine is the default for removing and extending, and only for these."""
        if self.engine is not None:
            return self.engine == LOCAL
        return self.operation is Operation.REMOVE or (self.operation is Operation.EXTEND and not self.prompted)
