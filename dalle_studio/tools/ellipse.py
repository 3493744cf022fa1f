"""The ellipse: the largest one in a dragged rectangle."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.tools.marquee import Marquee
from dalle_studio.tools.selecting import Shape

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask


class EllipseTool(Marquee):
    """Dragged from corner to corner. Implements `tools.selecting.SelectionTool`."""

    shape: ClassVar[Shape] = Shape.ELLIPSE
    name: ClassVar[str] = "tools.step_ellipse"

    def draw(self, size: Size, rect: Rect, *, antialias: bool) -> FrozenMask:
        from dalle_studio.imaging import shapes

        return shapes.ellipse(size, rect, antialias=antialias)
