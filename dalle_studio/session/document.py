"""The open photo: picture, mask, undo list, and which version of the photo is shown. No Qt. GUI thread only.

A step of the picture (`PictureStep`) lies in the same undo list as the strokes. Undoing it means copying the photo,
so the other picture is made beforehand on the worker (`versions.prepare`) and only put in place by `swap`.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dalle_studio.core.errors import StudioError
from dalle_studio.core.geometry import Margins, Rect, Region
from dalle_studio.core.mask import Mask
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.records import Candidate, EditRecord, Operation, Original
from dalle_studio.core.reshape import Reshape
from dalle_studio.core.undo import Step, UndoStack

if TYPE_CHECKING:
    from dalle_studio.core.markup import Mark
    from dalle_studio.session.opening import Unkept

KEPT_BYTES: Final = 96 * 2**20
"""Pixels kept in memory for undoing edits; older ones are made again from the library when they are wanted."""


MADE_NEW: Final = {Operation.VARY, Operation.GENERATE}
"""Edits that leave nothing of a photo as it was."""


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the photo, as the library knows it."""

    edit_id: str | None = None
    """None = the photo as it was opened."""
    candidates: tuple[Candidate, ...] = ()
    chosen: int = 0
    is_kept: bool = True
    """False for an edit that the library could not record; its pixels are in memory only."""
    is_new: bool = False
    """The whole picture was made anew (a variation, a picture from words): nothing could have stayed the same."""

    @classmethod
    def of(cls, record: EditRecord) -> Version:
        return cls(record.edit_id, record.candidates, record.chosen, is_new=record.operation in MADE_NEW)

    def choosing(self, index: int) -> Version:
        """The same edit with another of its candidates."""
        return replace(self, chosen=index)

    @property
    def candidate(self) -> Candidate | None:
        return next((one for one in self.candidates if one.index == self.chosen), None)

    @property
    def identical(self) -> bool | None:
        """Whether everything outside the blend band was found identical; None = there is no outside."""
        candidate = self.candidate
        return None if candidate is None or self.is_new else candidate.outside_identical


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Pixels of a rectangle of the photo, in its own depth and space."""

    rect: Rect
    pixels: Pixels


@dataclass(slots=True, eq=False)
class Side:
    """What one end of a picture step shows."""

    version: Version
    patch: Patch | None = None
    """What differs from the other end, where it is still in memory."""
    picture: Picture | None = None
    """The whole, where the library could not keep it."""
    mask: Mask | None = None
    """The mask in this picture's frame; None = the present one, or a new one where the size is another."""
    spent: bool = False


@dataclass(slots=True, eq=False, weakref_slot=True)
class PictureStep:
    """One undoable change of the picture: an edit, or going to another version."""

    name: str
    document: Document
    before: Side
    after: Side
    rect: Rect | None = None
    """Where the two ends differ; None = anywhere, or they differ in size."""
    prompt: str = ""
    """What an edit was asked for."""
    reshape: Reshape | None = None
    """How the frame changed, where that is what was done."""
    margins: Margins = field(default_factory=Margins)
    """What was set before it grew the canvas, or changed the frame; there are none after it."""
    ready: Picture | None = None
    """The picture that `swap` puts in place."""
    done: bool = True

    @property
    def target(self) -> Side:
        """What the next swap shows."""
        return self.before if self.done else self.after

    @property
    def size_bytes(self) -> int:
        patches = (side.patch for side in (self.before, self.after))
        return 256 + sum(patch.pixels.nbytes for patch in patches if patch is not None)

    def swap(self) -> Region:
        """Show the other end. `ready` must hold its picture."""
        if self.ready is None:
            raise RuntimeError("the other picture was not made yet")
        picture, self.ready = self.ready, None
        side = self.target
        self.done = not self.done
        return (self.document.show(picture, side, self.rect),)


@dataclass(slots=True, eq=False)
class Document:
    """What is open. `show` is the only way to another picture."""

    picture: Picture
    mask: Mask
    name: str
    path: Path | None = None
    """Where it was opened from or last saved to."""
    original: Original | None = None
    """None for a generated picture, or when the library could not keep the photo."""
    root: str | None = None
    """What all versions of this photo have in common: the original's id, or the edit that made the picture."""
    version: Version = field(default_factory=Version)
    unkept: Unkept | None = None
    """Set where the library could not take the photo yet."""
    problem: StudioError | None = None
    """Why the library could not keep the version that is shown: nothing can be built on it."""
    undo: UndoStack = field(default_factory=UndoStack)
    came_spent: bool = False
    """The mask that came back with the photo had done its work, as below."""
    spent: bool = False
    """The mask has done its work and was not touched since: there is no need to draw it."""
    markups: dict[str | None, tuple[Mark, ...]] = field(default_factory=dict)
    """What is drawn onto each version for the engine, by its edit's id."""
    saved: Version | None = None
    """The version that `path` holds."""
    saved_here: bool = False
    """The user chose where to save; until then saving asks for a place."""
    saved_digest: str | None = None
    """SHA-256 of what was written there."""
    _steps: weakref.WeakValueDictionary[int, PictureStep] = field(default_factory=weakref.WeakValueDictionary)
    _count: int = 0

    def __post_init__(self) -> None:
        self.spent = self.spent or self.came_spent

    @property
    def before(self) -> Patch | None:
        """The pixels that the present edit replaced; None when they are no longer in memory."""
        step = self.made_by
        return None if step is None else step.before.patch

    @property
    def made_by(self) -> PictureStep | None:
        """The step that made the present version."""
        made = (step for step in self._steps.values() if step.done and step.after.version == self.version)
        return next(made, None)

    def add(self, step: PictureStep) -> None:
        """Put a step that was just done into the undo list."""
        self._steps[self._count] = step
        self._count += 1
        self.undo.push(step)
        self._forget_old_pixels()

    def push(self, step: Step) -> None:
        """A step of the mask."""
        self.spent = False
        self.undo.push(step)

    def show(self, picture: Picture, side: Side, rect: Rect | None = None) -> Rect:
        """Put a picture in place; returns what changed: `rect`, or the whole where that is not known."""
        self.picture = picture
        self.version = side.version
        self.spent = side.spent
        if side.mask is None and picture.size != self.mask.size:
            side.mask = Mask(picture.size)
        keeps = side.mask is None or side.mask is self.mask
        if side.mask is not None:
            self.mask = side.mask
        return rect if keeps and rect is not None else Rect.of_size(picture.size)

    def _forget_old_pixels(self) -> None:
        kept = 0
        for number in sorted(self._steps, reverse=True):
            step = self._steps.get(number)
            if step is None:
                continue
            kept += step.size_bytes
            if kept > KEPT_BYTES and step.before.picture is None and self.can_reload(step.before.version):
                step.before.patch = step.after.patch = None

    def can_reload(self, version: Version) -> bool:
        """Whether the library holds this version."""
        if not version.is_kept:
            return False
        return version.edit_id is not None or self.original is not None
