"""Changing how far the canvas is to grow, as a step that can be taken back. Nothing of the photo changes with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.geometry import Margins, Region

NAME = "reshape.step.margins"


@dataclass(slots=True, eq=False)
class MarginsStep:
    """Between two sets of margins."""

    take: Callable[[Margins], None]
    before: Margins
    after: Margins
    joins: bool = False
    """Made by typing numbers: what is typed next belongs to it."""
    name: str = NAME
    size_bytes: int = 256
    done: bool = True

    def swap(self) -> Region:
        """Undo or redo; the margins lie outside the photo, of which nothing is to be painted again."""
        self.done = not self.done
        self.take(self.after if self.done else self.before)
        return ()
