"""What is asked for and what is kept: the request of an edit and the record of it in the library. Plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.operation import Operation, Translate
from dalle_studio.core.reshape import Reshape

if TYPE_CHECKING:  # the window knows operations and records before numpy is loaded
    from dalle_studio.core.mask import FrozenMask
    from dalle_studio.core.picture import Picture, Pixels


__all__ = [
    "BlendMode",
    "BlendSettings",
    "Candidate",
    "EditIntent",
    "EditRecord",
    "EditRequest",
    "Layer",
    "Operation",
    "Original",
    "Reshape",
    "State",
    "Translate",
    "Usage",
]


class BlendMode(StrEnum):
    """How an answer meets the photo."""

    NORMAL = "normal"
    """Mixed over the band."""
    POISSON = "poisson"
    """With the photo's values all round: for plain areas."""
    COLOUR = "colour"
    """Its colours on the photo's light and shade, so that every detail of the photo stays."""
    LUMINOSITY = "luminosity"
    """Its light and shade in the photo's colours."""


class State(StrEnum):
    """Where an edit stands in the library."""

    SENT = "sent"
    """The intent is journalled; the request may have left."""
    RECEIVED = "received"
    """At least one raw answer is on disk, not composed yet."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class BlendSettings:
    """How an answer is put into the photo; stays adjustable, so it is stored with the edit."""

    feather: int | None = None
    """Width of the band outside the mask in pixels; None = from the mask's size, 0 = none."""
    align: bool = True
    """Whether the answer is moved to where it fits the photo."""
    match: float = 1.0
    """How much of a cast is taken out, 0 to 1."""
    grain: float | None = None
    """How much of the photo's grain is added, as a share of what the answer lacks; None = all of it, 0 = none."""
    mode: BlendMode = BlendMode.NORMAL
    grow: int = 0
    """Pixels by which the mask is wider for blending; narrower when negative."""
    opacity: float = 1.0
    """0 to 1. New area of an extension is always opaque."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One edit in the stack that a version consists of, and how it is shown there."""

    edit_id: str
    candidate: int
    blend: BlendSettings
    is_visible: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class EditRequest:
    """Everything relevant to one edit, frozen when the user says go. Pixels are immutable or copies."""

    operation: Operation
    picture: Picture | None = None
    """None only for `generate`."""
    mask: FrozenMask | None = None
    """Of the picture's size, before growing."""
    margins: Margins = field(default_factory=Margins)
    """How far the canvas grows (`extend`)."""
    prompt: str = ""
    english: str | None = None
    """The translation, when the user supplied or approved it."""
    translate: Translate = Translate.AUTO
    size: Size | None = None
    """Forced size to send; None = planned."""
    quality: str = "auto"
    count: int = 1
    context: int | None = None
    """Pixels of surroundings to send around the mask; None = planned."""
    blend: BlendSettings = field(default_factory=BlendSettings)
    references: tuple[bytes, ...] = ()
    """Further pictures, already re-encoded as clean PNG."""
    markup: Pixels | None = None
    """(h, w, 4) uint8 sRGB of the picture's size, transparent where nothing is drawn: arrows and notes for `vary`."""
    background: str = "auto"
    answer_format: str | None = None
    """`png`, `jpeg` or `webp`: as what the service sends its answer; None = PNG."""
    seed: int | None = None
    timeout: float | None = None
    """Total seconds; None = the engine's default for the quality."""
    original: str | None = None
    """Id (SHA-256) of the original in the library."""
    parent: str | None = None
    """Id of the edit this one stands on; None = on the original itself."""
    parent_candidate: int = 0
    """Which candidate of the parent was shown then; choosing another one later changes nothing here."""
    source: Path | None = None
    """The file that was opened."""


@dataclass(frozen=True, slots=True)
class Original:
    """A photo the user opened: `original_id` is the SHA-256 of its file, whose bytes the library keeps."""

    original_id: str
    path: Path | None
    """Where it was last opened from; None for pasted and generated pictures."""
    name: str
    size: Size
    created: str
    """ISO 8601, UTC."""
    thumbnail: str | None = None
    """Blob id of a small JPEG."""
    caption: str = ""
    """What it shows, where that was described and kept."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the service counted and what it costs; None = unknown."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    details: str | None = None
    """The service's own `usage` object as JSON text, verbatim."""
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer of an edit, composed: a lossless patch of the canvas."""

    index: int
    answer: str
    """Blob id of the raw answer; empty for what was put together here."""
    patch: str
    """Blob id of the lossless PNG of `rect`, in the photo's own depth and profile."""
    rect: Rect
    """Where the patch lies on the (grown) canvas."""
    shift: tuple[float, float] = (0.0, 0.0)
    outside_identical: bool = True
    thumbnail: str | None = None


@dataclass(frozen=True, slots=True)
class EditIntent:
    """What is journalled before anything leaves: enough to finish the edit from an answer on disk."""

    edit_id: str
    operation: Operation
    original: str | None
    parent: str | None
    prompt: str
    prompt_sent: str | None
    engine: str
    model: str | None
    host: str | None
    quality: str
    count: int
    canvas: Size
    """Size of the picture after the edit."""
    margins: Margins
    crop: Rect
    sent: Size
    placed: Rect
    mask_png: bytes | None
    """The user's own mask on the canvas, 8-bit grey PNG; None when there is none."""
    blend: BlendSettings
    parent_candidate: int = 0
    source: Path | None = None
    reshape: Reshape | None = None
    """How the frame changes, and nothing else does."""
    layers: tuple[Layer, ...] = ()
    """The whole stack, from the bottom, of an `Operation.BLEND`."""
    references: tuple[bytes, ...] = ()
    """Further pictures that were sent, the very PNG files."""
    markup_png: bytes | None = None
    """The drawing that was sent, the very PNG file."""
    estimate_usd: float | None = None
    """What it will cost by the price table; None = unknown, or nothing."""
    cap_usd: float | None = None
    """Dollars that may be spent in a calendar month, this edit included; None = as many as it takes."""


@dataclass(frozen=True, slots=True)
class EditRecord:
    """One edit as the history shows it. `sequence` orders edits; clocks may jump."""

    edit_id: str
    sequence: int
    state: State
    operation: Operation
    original: str | None
    """Original's id; None for a generated picture."""
    parent: str | None
    prompt: str
    prompt_sent: str | None
    engine: str
    model: str | None
    created: str
    """ISO 8601, UTC."""
    quality: str
    count: int
    canvas: Size
    margins: Margins
    crop: Rect
    sent: Size
    placed: Rect
    mask: str | None
    """Blob id of the user's mask (grey PNG of the canvas' size)."""
    blend: BlendSettings
    feather: int = 0
    """Pixels that were really used."""
    candidates: tuple[Candidate, ...] = ()
    chosen: int = 0
    answers: tuple[str, ...] = ()
    """Blob ids of raw answers, composed or not."""
    usage: Usage | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    outputs: tuple[Path, ...] = ()
    maybe_billed: bool = False
    parent_candidate: int = 0
    source: Path | None = None
    """The file that was opened then; the same bytes may lie elsewhere, too."""
    error: str | None = None
    """Message id of the failure."""
    reshape: Reshape | None = None
    """How the frame changed; then there is no candidate, the picture is made from the one below."""
    layers: tuple[Layer, ...] = ()
    """The whole stack, from the bottom, of an `Operation.BLEND`; its one candidate is a patch of the parent."""
    small: str | None = None
    """Blob id of a thumbnail, where no candidate has one."""
    references: tuple[str, ...] = ()
    """Blob ids of the further pictures that were sent, in their order."""
    markup: str | None = None
    """Blob id of the drawing that was sent, at the size it was sent."""

    @property
    def thumbnail(self) -> str | None:
        """Blob id of a small JPEG."""
        return self.small if self.candidate is None else self.candidate.thumbnail

    @property
    def cost_usd(self) -> float | None:
        return None if self.usage is None else self.usage.cost_usd

    @property
    def candidate(self) -> Candidate | None:
        """The chosen candidate."""
        return next((c for c in self.candidates if c.index == self.chosen), None)
