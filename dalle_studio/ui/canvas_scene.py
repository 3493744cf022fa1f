"""Everything that one paint of the canvas reads, gathered by the canvas. Lengths are device pixels. GUI thread."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.ui.canvas_cursor import BrushOutline

if TYPE_CHECKING:
    from PySide6.QtGui import QFont

    from dalle_studio.core.markup import Mark
    from dalle_studio.core.plan import Plan
    from dalle_studio.core.words import Words
    from dalle_studio.session.document_view import MaskLevels, PictureLevels
    from dalle_studio.session.heat import HeatLevels
    from dalle_studio.session.qimages import SharedImage
    from dalle_studio.tools.crop import CropTool
    from dalle_studio.tools.extending import MarginsTool
    from dalle_studio.tools.selecting import Outline
    from dalle_studio.ui.canvas_view import View
    from dalle_studio.ui.theme import Tokens


@dataclass(slots=True)
class Scene:
    """What is shown and where. The layers only read it."""

    tokens: Tokens
    words: Words
    view: View
    width: int = 0
    height: int = 0
    dpr: float = 1.0
    """Device pixels per logical pixel."""
    font: QFont | None = None
    size: Size | None = None
    """Of the photo; None without one."""
    picture: PictureLevels | None = None
    """The photo, or while it is loading a small version of it, stretched."""
    mask: MaskLevels | None = None
    smooth: bool = False
    """Magnified pixels are blurred instead of shown: a small version is no photo to be judged."""
    overlay: bool = True
    previewing: bool = False
    """The mask is one that an operation would make: shown whatever hides the mask otherwise."""
    alone: bool = False
    """The mask is shown without the photo."""
    phase: int = 0
    """How far the dashes have marched."""
    selection: Outline | None = None
    """Of the open gesture of a selection tool."""
    markup: tuple[Mark, ...] = ()
    """Drawn onto the photo for the engine."""
    drawn: Mark | None = None
    """The mark that is being drawn."""
    crop: CropTool | None = None
    """While the photo's frame is set; the mask and what would be sent are out of sight then."""
    extending: MarginsTool | None = None
    """While the canvas can be extended by dragging its sides."""
    spent: bool = False
    """The mask has done its work and would only hide the result."""
    partial: PictureLevels | None = None
    partial_rect: Rect | None = None
    before: PictureLevels | None = None
    before_rect: Rect | None = None
    """Set while before/after is held; hides everything that lies on the photo."""
    heat: HeatLevels | None = None
    """A map of what changed; hides the mask and the crop."""
    tuned_heat: tuple[SharedImage, Rect] | None = None
    """The map of what is being adjusted, stretched over the rectangle; the rest is as `heat` has it."""
    margins: Margins = field(default_factory=Margins)
    plan: Plan | None = None
    others: tuple[Plan, ...] = ()
    """Of further requests, where every separate area is one."""
    leaves: bool = True
    """The part that is framed will leave this computer."""
    outline: BrushOutline = field(default_factory=BrushOutline)
    photo_rect: QRect = field(default_factory=QRect)
    """Where the photo is shown; `settle` keeps it current."""

    def settle(self) -> None:
        """Once a paint, before the layers."""
        self.photo_rect = QRect() if self.size is None else self.place(Rect.of_size(self.size))

    @property
    def is_covered(self) -> bool:
        """Something is looked at that mask and crop would only disturb."""
        return self.before is not None or self.crop is not None or self.heat is not None

    @property
    def shows_mask(self) -> bool:
        if self.mask is None or self.is_covered:
            return False
        return self.previewing or (self.overlay and not self.shows_result)

    @property
    def shows_result(self) -> bool:
        """What an engine painted is to be looked at as it is: an answer, or a partial picture on the way to it."""
        return self.spent or self.partial is not None

    @property
    def grown_rect(self) -> QRect:
        """Where the canvas as it will be sent is shown: the photo and its margins."""
        if self.size is None:
            return QRect()
        grown = self.margins.around(self.size)
        return self.place(Rect(-self.margins.left, -self.margins.top, grown.width, grown.height))

    @property
    def crop_rect(self) -> QRect | None:
        """Where the part that will be sent is shown; not over a result, nor where the mask is shown alone."""
        if self.plan is None or self.shows_result or self.is_covered or (self.alone and self.shows_mask):
            return None
        if self.extending is not None and self.extending.is_open:
            return None  # planned for other margins
        return self.place_crop(self.plan)

    @property
    def crops(self) -> tuple[tuple[Plan, QRect], ...]:
        """All the parts that will be sent, and where they are shown; none over a result."""
        if self.crop_rect is None or self.plan is None:
            return ()
        return tuple((plan, self.place_crop(plan)) for plan in (self.plan, *self.others))

    def place_crop(self, plan: Plan) -> QRect:
        """Where the part that a plan sends is shown."""
        return self.place(plan.crop.moved(-self.margins.left, -self.margins.top))

    def place(self, rect: Rect) -> QRect:
        """A rectangle of photo pixels, on whole device pixels."""
        scale, x, y = self.view.scale, self.view.left, self.view.top
        left, top = round(rect.x * scale), round(rect.y * scale)
        right, bottom = round((rect.x + rect.width) * scale), round((rect.y + rect.height) * scale)
        return QRect(x + left, y + top, right - left, bottom - top)
