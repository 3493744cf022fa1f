"""What the canvas reads, as Protocols: `session.editor.Editor` and `ui.theme.Theme` fit, and so do small fakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from dalle_studio.core.geometry import Margins, Rect, Region
from dalle_studio.tools.pointer import Brush

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from dalle_studio.core.markup import Mark
    from dalle_studio.core.mask import Mask
    from dalle_studio.core.picture import Picture, Pixels
    from dalle_studio.core.plan import Plan
    from dalle_studio.core.ports import Progress
    from dalle_studio.core.undo import Step
    from dalle_studio.core.words import Words
    from dalle_studio.session.document_view import DocumentView, MaskLevels
    from dalle_studio.session.heat import Heat
    from dalle_studio.session.qimages import SharedImage
    from dalle_studio.tools.selecting import SelectionJob
    from dalle_studio.ui.theme import Tokens


class Patch(Protocol):
    """Pixels of a rectangle of the photo."""

    @property
    def rect(self) -> Rect: ...

    @property
    def pixels(self) -> Pixels: ...


class CanvasTheme(Protocol):
    """The look in use; `ui.theme.Theme` fits."""

    @property
    def tokens(self) -> Tokens: ...

    @property
    def changed(self) -> SignalInstance: ...


class CanvasModel(Protocol):
    """An open document, or none. Everything is read and called on the GUI thread."""

    @property
    def document_changed(self) -> SignalInstance:
        """Another picture, or the same at another size."""
        ...

    @property
    def pixels_changed(self) -> SignalInstance:
        """(Rect) Pixels of the picture changed inside the rectangle; `view` shows them already."""
        ...

    @property
    def mask_changed(self) -> SignalInstance:
        """(Region) The session changed the mask there; `view.mask` shows it already."""
        ...

    @property
    def mask_preview_changed(self) -> SignalInstance:
        """`mask_preview` is another one."""
        ...

    @property
    def room_made(self) -> SignalInstance:
        """(Mask) What `begin_stroke` had to wait for is done."""
        ...

    @property
    def markup_changed(self) -> SignalInstance:
        """`markup` is another one."""
        ...

    @property
    def markup(self) -> tuple[Mark, ...]:
        """What is drawn onto the version that is shown."""
        ...

    def add_mark(self, mark: Mark) -> None: ...

    def remove_mark_at(self, x: float, y: float, near: float) -> None:
        """In photo pixels."""
        ...

    @property
    def selecting_changed(self) -> SignalInstance:
        """(bool) A selection that takes its time began or ended."""
        ...

    @property
    def preview_changed(self) -> SignalInstance:
        """`partial` changed."""
        ...

    @property
    def plan_changed(self) -> SignalInstance:
        """`plan` changed."""
        ...

    @property
    def heat_changed(self) -> SignalInstance:
        """`heat` is another one."""
        ...

    @property
    def loading_changed(self) -> SignalInstance:
        """(bool) A photo begins or ends to load; when it ends without `document_changed`, it could not be opened."""
        ...

    @property
    def words(self) -> Words: ...

    @property
    def view(self) -> DocumentView | None:
        """None while no document is open."""
        ...

    @property
    def keep_view(self) -> bool:
        """True when `document_changed` shall not fit the picture anew."""
        ...

    @property
    def picture(self) -> Picture | None: ...

    @property
    def mask(self) -> Mask | None: ...

    @property
    def mask_preview(self) -> MaskLevels | None:
        """Shown instead of the mask, while an operation on it is being adjusted."""
        ...

    @property
    def mask_spent(self) -> bool:
        """An edit used the mask and nobody touched it since: drawn, it would only hide the result."""
        ...

    @property
    def heat(self) -> Heat | None:
        """A map of what changed, to be laid over the photo."""
        ...

    @property
    def shows_heat(self) -> bool:
        """The map is wanted; until the present one is there, the last one stays."""
        ...

    @property
    def tuned_heat(self) -> SharedImage | None:
        """The map of `partial`, where an edit is being adjusted."""
        ...

    @property
    def brush(self) -> Brush: ...

    @property
    def plan(self) -> Plan | None: ...

    @property
    def plans(self) -> tuple[Plan, ...]:
        """`plan`, and those of further requests where every separate area is one."""
        ...

    @property
    def host(self) -> str | None:
        """Where the plan's crop would go; None = it stays here."""
        ...

    @property
    def margins(self) -> Margins:
        """How far the canvas is to grow (`extend`); the plan's crop is counted from the grown corner."""
        ...

    @property
    def partial(self) -> Progress | None:
        """The latest partial picture while an engine streams."""
        ...

    @property
    def before(self) -> Patch | None:
        """What the last edit replaced."""
        ...

    def set_brush(self, radius: float, hardness: float) -> None: ...

    def settle_mask(self) -> bool:
        """Wait out a change of the mask that is just being written. False when it can't be painted on now."""
        ...

    def begin_stroke(self, *, erases: bool) -> Region | None:
        """Open a mask step, in a spent mask making room for a new one. Returns what that changed.

        None where making room takes its time: the step is open when `room_made` comes, or there is none.
        """
        ...

    def select(self, job: SelectionJob) -> None:
        """Make a selection and join it to the mask."""
        ...

    def push_step(self, step: Step) -> None:
        """A finished stroke, done already."""
        ...
