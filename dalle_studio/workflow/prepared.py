"""Prepare offline, finish anywhere: crop, masks and plan as files, and an answer from any tool put back by them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from dalle_studio.core.errors import BadInput, EngineUnavailable
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Codec, EngineInfo
from dalle_studio.core.records import BlendSettings, EditRequest
from dalle_studio.imaging import likeness, planning
from dalle_studio.workflow import composing, payload
from dalle_studio.workflow.composing import Composition

VERSION = 1
_LEAST_LIKENESS = 0.5
"""Of the kept ring: an engine's own rendering of the crop is above 0.9, another picture near 0."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything of a `plan.json`. `photo_path` is where the photo was; `photo_sha256` is of its file."""

    photo_path: str
    photo_sha256: str
    plan: Plan
    mask_sha256: str
    prompt: str
    profile: str

    def to_json(self) -> str:
        padding = self.plan.padding
        document = {
            "version": VERSION,
            "photo": {
                "path": self.photo_path,
                "sha256": self.photo_sha256,
                "size": [self.plan.photo.width, self.plan.photo.height],
            },
            "crop": self.plan.crop.as_list(),
            "sent_size": str(self.plan.sent),
            "scale": self.plan.scale,
            "padding": [padding.left, padding.top, padding.right, padding.bottom],
            "mask_sha256": self.mask_sha256,
            "prompt": self.prompt,
            "profile": self.profile,
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Prepared:
        """BadInput for anything that is no plan of this version."""
        try:
            document: Any = json.loads(text)
            if document["version"] != VERSION:
                raise BadInput("errors_workflow.plan_version", version=str(document["version"])[:20])
            photo = Size(*(int(side) for side in document["photo"]["size"]))
            sent = Size.parse(document["sent_size"])
            left, top, right, bottom = (int(side) for side in document["padding"])
            crop = Rect(*(int(side) for side in document["crop"]))
            placed = Rect.of_edges(left, top, sent.width - right, sent.height - bottom)
            if crop.is_empty or not Rect.of_size(photo).contains(crop):
                raise ValueError("the crop leaves the photo")
            if placed.is_empty or not Rect.of_size(sent).contains(placed):
                raise ValueError("the padding leaves nothing")
            return cls(
                photo_path=str(document["photo"]["path"]),
                photo_sha256=str(document["photo"]["sha256"]),
                plan=Plan(photo, crop, sent, placed),
                mask_sha256=str(document["mask_sha256"]),
                prompt=str(document.get("prompt") or ""),
                profile=str(document.get("profile") or ""),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput("errors_workflow.plan_unreadable", reason=str(error)[:200]) from error


def prepare(request: EditRequest, info: EngineInfo, codec: Codec) -> tuple[Plan, bytes, bytes, bytes]:
    """*Blocking.* The plan, `image.png`, `mask.png` (API form, grown) and `blend.png` (the user's own, photo size)."""
    canvas = payload.lay_canvas(request)
    plan = payload.make_plan(canvas, request, info)
    parcel = payload.build(canvas, plan, request, info, codec)
    image = parcel.image_png if parcel.image_png is not None else codec.encode_png(parcel.image)
    if parcel.mask_png is None:
        raise BadInput("errors_workflow.mask_empty")
    return plan, image, parcel.mask_png, codec.encode_png(canvas.mask.full())


def read_answer(data: bytes, codec: Codec) -> Pixels:
    """*Blocking.* A picture from any tool, (h, w, 3|4) uint8 sRGB. BadInput when it is none."""
    try:
        return codec.decode_answer(data)
    except EngineUnavailable as error:
        raise BadInput("errors_workflow.answer_unreadable") from error


def check_answer(prepared: Prepared, picture: Picture, mask: FrozenMask, answer: Pixels, codec: Codec) -> None:
    """*Blocking.* BadInput when the answer shows something else where the photo was to be kept."""
    plan = prepared.plan
    if picture.size != plan.photo or mask.size != plan.photo:
        return  # said by `put_back`
    sent = planning.cut_pixels(plan, codec.to_srgb(picture.cut(plan.crop), picture.metadata))
    like = likeness.ring_correlation(sent, planning.fit_answer(plan, answer), planning.cut_mask(plan, mask, 16))
    if like is not None and like < _LEAST_LIKENESS:
        raise BadInput("errors_workflow.answer_of_another")


def put_back(
    prepared: Prepared, picture: Picture, mask: FrozenMask, answer: Pixels, codec: Codec, blend: BlendSettings
) -> Composition:
    """*Blocking.* Compose an answer that came from anywhere, by the plan. BadInput when photo or mask do not fit."""
    if picture.size != prepared.plan.photo:
        raise BadInput("errors_workflow.plan_other_photo", photo=str(picture.size), plan=str(prepared.plan.photo))
    if mask.size != picture.size:
        raise BadInput("errors_workflow.mask_size", mask=str(mask.size), photo=str(picture.size))
    canvas = payload.Canvas(picture, mask, Margins(), whole=False)
    return composing.compose(canvas, prepared.plan, answer, codec, blend)
