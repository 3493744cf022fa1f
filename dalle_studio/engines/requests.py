"""What goes out for one candidate: route, fields and file parts in the form that a server's profile names. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dalle_studio.core.errors import BadInput
from dalle_studio.core.operation import Operation
from dalle_studio.core.picture import Pixels
from dalle_studio.core.ports import Ask
from dalle_studio.engines.exchange import FilePart
from dalle_studio.engines.profiles import MaskUse, Profile

_FILE_NAME: Final = "image.png"
_MASK_NAME: Final = "mask.png"
_MARKUP_FIELD: Final = "markup"
_MARKUP_NAME: Final = "markup.png"
_PNG: Final = "image/png"
_LARGEST_MASK: Final = 4_000_000
LARGEST_COUNT: Final = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What goes out for the candidate of that index."""

    index: int
    route: str
    fields: dict[str, object]
    files: tuple[FilePart, ...]
    streams: bool
    warnings: tuple[str, ...] = ()
    """What this server makes nothing of, though it was asked for: message ids."""

    @property
    def pictures(self) -> int:
        """Input pictures without the mask: a service may limit them by the minute."""
        return sum(name.startswith("image") for name, _ in self.files)  # `image` and `image[]`


@dataclass(frozen=True, slots=True)
class Manner:
    """How to ask: the engine model, and how many partial pictures."""

    model: str | None
    partial_images: int = 0


def route_of(profile: Profile, operation: Operation, *, with_references: bool = False) -> str | None:
    """Where an operation is asked for; None where the server has no such thing.

    A new picture from references is an edit of these without a mask: the generations route takes no pictures.
    """
    if operation is Operation.GENERATE and not with_references:
        return profile.generations
    if operation is Operation.VARY and profile.variations is not None:
        return profile.variations
    if profile.needs_mask and operation in {Operation.GENERATE, Operation.VARY}:
        return None
    return profile.edits


def requests_of(ask: Ask, profile: Profile, manner: Manner) -> Iterator[Request]:
    """One request a candidate, so that each streams by itself and one failure does not lose the others.

    May encode, so it runs off the loop. BadInput for a picture that is too large to send.
    """
    route = route_of(profile, ask.operation, with_references=bool(ask.references))
    if route is None:
        raise BadInput("errors_engines.operation_unknown", server=profile.name)
    fields, files = _fields(ask, route, profile, manner), tuple(_files(ask, route, profile))
    streams, warnings = manner.partial_images > 0, tuple(_unread(ask, profile))
    if streams:
        fields |= {"stream": True, "partial_images": manner.partial_images}
    for index in range(ask.count):
        yield Request(index, route, fields, files, streams, warnings)


def _fields(ask: Ask, route: str, profile: Profile, manner: Manner) -> dict[str, object]:
    fields: dict[str, object] = {}
    if profile.sends_model and manner.model:
        fields["model"] = manner.model
    if route != profile.variations:
        fields["prompt"] = ask.prompt
    fields["n"] = 1
    fields["size"] = str(ask.size)
    if profile.sends_quality and ask.quality:
        fields["quality"] = ask.quality
    if profile.sends_background and ask.background != "auto":
        fields["background"] = ask.background
    if profile.sends_format and ask.answer_format is not None:
        fields["output_format"] = ask.answer_format
    if profile.response_format is not None:
        fields["response_format"] = profile.response_format
    return fields


def _unread(ask: Ask, profile: Profile) -> Iterator[str]:
    if profile.mask is MaskUse.IGNORED and ask.mask_png is not None:
        yield "errors_engines.mask_ignored"
    if ask.background == "transparent" and not profile.sends_background:
        yield "errors_engines.background_unread"


def _files(ask: Ask, route: str, profile: Profile) -> Iterator[FilePart]:
    if route == profile.generations:
        return
    own = () if ask.image_png is None or ask.operation is Operation.GENERATE else (ask.image_png,)
    if own and profile.image_alpha and ask.image is not None:
        own = (_with_alpha(ask.image),)
    pictures = (*own, *ask.references)
    name = profile.image_field if len(pictures) == 1 else f"{profile.image_field}[]"
    for each in pictures:
        if len(each) > profile.max_image_bytes:
            raise BadInput("errors_engines.picture_big", unsent=True, limit=profile.max_image_bytes // 1_000_000)
        yield name, (_FILE_NAME, each, _PNG)
    if ask.mask_png is not None and profile.mask_field is not None and route != profile.variations:
        if len(ask.mask_png) > _LARGEST_MASK:
            raise BadInput("errors_engines.picture_big", unsent=True, limit=_LARGEST_MASK // 1_000_000)
        yield profile.mask_field, (_MASK_NAME, ask.mask_png, _PNG)
    if ask.markup_png is not None:
        yield _MARKUP_FIELD, (_MARKUP_NAME, ask.markup_png, _PNG)


def _with_alpha(pixels: Pixels) -> bytes:
    """(h, w, 3) as an opaque RGBA PNG: DALL·E 2 refuses pictures without an alpha channel."""
    import cv2

    done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA))
    if not done:
        raise ValueError("not encoded")
    return data.tobytes()
