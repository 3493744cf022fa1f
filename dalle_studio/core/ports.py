"""What the workflow needs from the world, as Protocols. Adapters live in engines, formats and storage.

Functions marked *blocking* run in a lane (`Lanes`), never on the event loop or the GUI thread.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeAlias, TypeVar

from dalle_studio.core.checking import Finding
from dalle_studio.core.describing import DescriptionIntent
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.outlay import Outlay
from dalle_studio.core.plan import SizeRules
from dalle_studio.core.records import (
    Candidate,
    EditIntent,
    EditRecord,
    EditRequest,
    Operation,
    Original,
    State,
    Usage,
)

if TYPE_CHECKING:  # the library opens before numpy is loaded
    from dalle_studio.core.picture import Bytes, MaskPixels, Metadata, Picture, Pixels

P = ParamSpec("P")
T = TypeVar("T")


class Lanes(Protocol):
    """Where blocking work runs. Awaiting may be cancelled; the work itself then goes on unseen."""

    async def cpu(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """In the small pool for pixel work."""
        ...

    async def disk(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """In the library's own thread, in order."""
        ...


# --- engines ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What an engine with one engine model can do; facts only, so that planning and the window can ask."""

    name: str
    """`openai`, `local` or the server profile's name."""
    model: str | None
    host: str | None
    """Where the crop goes; None = nothing leaves this computer."""
    sizes: SizeRules
    operations: frozenset[Operation]
    follows_prompt: bool = True
    wordless: frozenset[Operation] = frozenset()
    """Of one that follows prompts, what it does without reading any."""
    needs_english: bool = False
    max_prompt: int = 32_000
    max_count: int = 10
    max_pictures: int = 1
    """Of one request: the photo's crop and the references."""
    backgrounds: tuple[str, ...] = ()
    """Of `auto`, `opaque` and `transparent`, what may be asked for a whole picture; empty = nothing."""
    formats: tuple[str, ...] = ()
    """As what an answer may come; the first is the usual one."""
    profile: str = "openai"
    """What kind of server it is."""
    has_check: bool = False
    """Whether its server has a free safety check."""
    takes_markup: bool = False
    """Whether it reads a layer of drawn arrows and notes; never together with a mask."""
    streams: bool = False
    needs_key: bool = False
    charges: bool = False
    """Whether it is a service that takes money: without a known price no cap can be kept there."""
    grows_mask: int = 8
    """Pixels by which the sent mask is grown, so that the engine has room."""

    def reads_words(self, operation: Operation) -> bool:
        """Whether a prompt makes a difference to that operation."""
        return self.follows_prompt and operation not in self.wordless


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One request. Arrays are 8-bit sRGB; the PNG bytes are the very ones that leave (None for the local engine)."""

    operation: Operation
    prompt: str
    size: Size
    image: Pixels | None = None
    """(h, w, 3) of `size`."""
    mask: MaskPixels | None = None
    """(h, w), only 0 and 255, 255 = edit; grown already."""
    image_png: bytes | None = None
    mask_png: bytes | None = None
    """RGBA, edit (255,255,255,0), keep (0,0,0,255): right for alpha readers and for luma readers."""
    references: tuple[bytes, ...] = ()
    """Further pictures as clean PNG."""
    markup_png: bytes | None = None
    """RGBA of `size`: what was drawn onto the picture to guide the edit. Never together with a mask."""
    quality: str = "auto"
    count: int = 1
    background: str = "auto"
    answer_format: str | None = None
    """`png`, `jpeg` or `webp`: as what the answer comes; None = PNG."""
    seed: int | None = None
    timeout: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """A partial picture of candidate `index`, encoded. May be dropped."""

    index: int
    data: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A complete raw answer, encoded as it came. Must be stored before anything else happens to it."""

    index: int
    data: bytes
    usage: Usage | None = None
    request_id: str | None = None
    warnings: tuple[str, ...] = ()
    """Message ids of what the user should know (mask ignored by this server …)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The engine waits by itself (rate limit, connecting again); visible and cancellable."""

    message: str
    """Message id."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Working:
    """How far the engine is, 0 to 1, where it knows."""

    fraction: float


EngineEvent: TypeAlias = Partial | Answer | Waiting | Working


class Engine(Protocol):
    """Something that paints. Raises StudioError; closing the iterator cancels within a second."""

    @property
    def info(self) -> EngineInfo: ...

    async def prepare(self) -> None:
        """Find out what `info` lacks (the engine model of a server that was given none). No picture leaves."""
        ...

    def run(self, ask: Ask) -> AsyncIterator[EngineEvent]: ...


class Translator(Protocol):
    """Text into English and back. Quoted text stays as it is. Raises StudioError."""

    async def translate(self, text: str) -> str: ...

    async def translate_back(self, english: str, language: str) -> str:
        """What the English says, in `ko`, `ja` or `zh`."""
        ...


class Checker(Protocol):
    """A free safety check. Raises StudioError."""

    async def check(self, prompt: str, picture_png: bytes | None) -> Finding: ...

    async def check_each(self, texts: Sequence[str]) -> tuple[Finding, ...]: ...


class TextService(Protocol):
    """Where texts come from."""

    @property
    def host(self) -> str: ...

    @property
    def model(self) -> str: ...

    @property
    def charges(self) -> bool:
        """Whether it is a service that takes money: without a known price no cap can be kept there."""
        ...


class Ledger(Protocol):
    """Where paid requests for text are written down, before they leave and after."""

    async def paid(
        self, service: TextService, expected_usd: float | None, ask: Callable[[], Awaitable[tuple[T, Usage]]]
    ) -> T:
        """What `ask` brings. BudgetExceeded, and nothing is asked, where the month's cap would be crossed."""
        ...


class Describer(TextService, Protocol):
    """A picture into words. Raises StudioError."""

    async def describe(self, picture_png: bytes, language: str) -> tuple[str, Usage]:
        """`language` is `ko` or `en`."""
        ...

    def estimate(self, sent: Size) -> float | None:
        """US dollars, roughly; None where unknown."""
        ...


# --- formats ---------------------------------------------------------------------------------------------------


class Codec(Protocol):
    """Encoding and colour. All *blocking*."""

    def decode_answer(self, data: bytes) -> Bytes:
        """Check type, dimensions and pixel count, then decode to (h, w, 3|4) uint8 sRGB. EngineUnavailable if bad."""
        ...

    def encode_png(self, pixels: Pixels | MaskPixels) -> bytes:
        """Lossless and fast; 8 or 16 bit, (h, w), (h, w, 3) or (h, w, 4); no metadata."""
        ...

    def decode_png(self, data: bytes) -> Pixels | MaskPixels:
        """Exactly what `encode_png` was given. Only for the library's own blobs."""
        ...

    def encode_mask(self, mask: MaskPixels) -> bytes:
        """The both-ways form for engines: RGBA PNG, edit (255,255,255,0), keep (0,0,0,255). Thresholded at 128."""
        ...

    def to_srgb(self, pixels: Pixels, metadata: Metadata) -> Bytes:
        """(h, w, 3) uint8 sRGB rendition of pixels in the photo's own space; alpha laid over nothing (dropped)."""
        ...

    def from_srgb(self, pixels: Pixels, like: Picture) -> Pixels:
        """From sRGB (h, w, 3) of 8 or 16 bits into the space and depth of `like`, (h, w, 3)."""
        ...

    def thumbnail(self, pixels: Pixels, metadata: Metadata, longest: int = 256) -> bytes:
        """A small sRGB JPEG."""
        ...

    def clean_reference(self, data: bytes, *, name: str = "") -> bytes:
        """A picture file as it may leave: an upright 8-bit sRGB PNG without metadata. BadInput when unreadable."""
        ...


# --- storage ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class ComposedCandidate:
    """A composed candidate on its way into the library."""

    index: int
    patch_png: bytes
    rect: Rect
    thumbnail: bytes
    shift: tuple[float, float] = (0.0, 0.0)
    outside_identical: bool = True


class EditStore(Protocol):
    """The part of the library that one edit writes. All *blocking*; durable when they return."""

    def begin(self, intent: EditIntent) -> None:
        """Journal the intent, before the request leaves. BudgetExceeded where the month's cap would be crossed."""
        ...

    def store_answer(self, edit_id: str, answer: Answer) -> None:
        """Keep a raw answer, before it is decoded or any cancellation is looked at."""
        ...

    def finish(
        self,
        edit_id: str,
        candidates: tuple[ComposedCandidate, ...],
        *,
        feather: int,
        seconds: dict[str, float],
        maybe_billed: bool = False,
    ) -> EditRecord:
        """The edit is done: record it with its patches. Raises StorageProblem; the answers stay.

        `maybe_billed` says that another candidate was lost, for which the service may charge.
        """
        ...

    def end(self, edit_id: str, state: State, *, error: str | None, maybe_billed: bool, unsent: bool = False) -> None:
        """The edit failed or was cancelled. Answers that arrived stay and can be recovered.

        `unsent` = nothing of it left this computer: it does not count as sent.
        """
        ...


class OutlayStore(Protocol):
    """The account of what leaves and is no edit. All *blocking*; durable when they return."""

    def begin(self, outlay: Outlay) -> None:
        """Journal it. BudgetExceeded where the month's cap would be crossed."""
        ...

    def end(self, outlay_id: str, usage: Usage | None, *, unsent: bool, maybe_billed: bool) -> None: ...


class DescriptionStore(Protocol):
    """What is kept of pictures that are described. All *blocking*; durable when they return."""

    def begin(self, intent: DescriptionIntent) -> None:
        """Journal it, before the picture leaves. BudgetExceeded where the month's cap would be crossed."""
        ...

    def end(
        self,
        description_id: str,
        *,
        text: str | None,
        usage: Usage | None,
        error: str | None,
        unsent: bool,
        maybe_billed: bool,
    ) -> None:
        """It came, failed (a message id), or was cancelled (neither)."""
        ...

    def caption(self, original_id: str) -> str: ...

    def set_caption(self, original_id: str, text: str) -> None: ...


class Library(EditStore, Protocol):
    """Originals and edits, for ever. All *blocking*."""

    def keep_original(self, path: Path | None, data: bytes, size: Size, thumbnail: bytes, name: str) -> Original: ...

    def original(self, original_id: str) -> Original: ...

    def originals(self) -> list[Original]: ...

    def edit(self, edit_id: str) -> EditRecord: ...

    def edits(self, *, limit: int | None = None, every_state: bool = False) -> list[EditRecord]: ...

    def blob(self, blob_id: str) -> bytes: ...

    def record(self, intent: EditIntent, patch: ComposedCandidate | None, small: bytes) -> EditRecord:
        """Keep a version that was made here, without an engine. `small` is its thumbnail."""
        ...

    def answer_indices(self, edit_id: str) -> Mapping[int, str]:
        """Stored raw answers: candidate's index → blob id."""
        ...

    def add_output(self, edit_id: str, path: Path) -> None: ...

    def choose(self, edit_id: str, index: int) -> EditRecord: ...


@dataclass(frozen=True, slots=True)
class Budget:
    """What edits cost by the price table, and what may be spent. `price` is cheap and gives None where unknown."""

    price: Callable[[EngineInfo, EditRequest, Size], float | None]
    cap_usd: float | None = None
    """Dollars a calendar month."""


# --- what the workflow tells -------------------------------------------------------------------------------------


class Stage:
    """Names of the stages, also the keys of `seconds` in the command line's JSON."""

    TRANSLATE = "translate"
    CHECK = "check"
    PLAN = "plan"
    WAIT = "wait"
    COMPOSE = "compose"
    SAVE = "save"


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """Told by the workflow while it runs; `partial` is a preview, 8-bit sRGB (h, w, 3), placed at `partial_rect` in
    photo pixels; None there = it will be a picture of its own.
    """

    stage: str
    fraction: float | None = None
    message: str | None = None
    """Message id, when there is something to say."""
    params: dict[str, object] = field(default_factory=dict)
    partial: Pixels | None = None
    partial_rect: Rect | None = None


OnProgress: TypeAlias = Callable[[Progress], None]
Post: TypeAlias = Callable[[Callable[[], None]], None]
"""Runs a call where results belong: on the GUI thread for the window, at once for the command line."""

__all__ = [
    "Answer",
    "Ask",
    "Awaitable",
    "Budget",
    "Candidate",
    "Checker",
    "Codec",
    "ComposedCandidate",
    "Describer",
    "DescriptionStore",
    "EditStore",
    "Engine",
    "EngineEvent",
    "EngineInfo",
    "Lanes",
    "Ledger",
    "Library",
    "OnProgress",
    "OutlayStore",
    "Partial",
    "Post",
    "Progress",
    "Stage",
    "TextService",
    "Translator",
    "Waiting",
    "Working",
]
