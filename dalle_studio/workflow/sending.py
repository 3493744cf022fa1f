"""What an edit would send, before it does: the same pixels and bytes, made in the same way. Nothing leaves here.

The window shows it and `--dry-run` writes it. What is sent is made anew by the edit, by the same functions of the same
values, so that both are equal to the byte; tests hold them against what a server received.
"""

from __future__ import annotations

from dataclasses import dataclass

from dalle_studio.core.geometry import Size
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Codec, EngineInfo
from dalle_studio.core.records import EditRequest, Operation
from dalle_studio.workflow import payload
from dalle_studio.workflow.payload import Payload
from dalle_studio.workflow.prompt import SpokenPrompt, check_prompt, said


@dataclass(frozen=True, slots=True, eq=False)
class Sending:
    """Everything of one request. Without a picture (words alone) there is neither plan nor parcel."""

    info: EngineInfo
    size: Size
    plan: Plan | None
    parcel: Payload | None
    prompt: SpokenPrompt | None
    """None where a translation is still to come: only asking for it tells the English."""

    @property
    def masked(self) -> float | None:
        """The share of the sent pixels that the engine may change, 0 to 1; None where no mask is sent."""
        if self.parcel is None or self.parcel.mask is None:
            return None
        return float((self.parcel.mask > 0).mean())


def look_at(request: EditRequest, info: EngineInfo, codec: Codec) -> Sending:
    """*Blocking.* Raises what the edit itself would raise before it asks: BadInput, BadUsage."""
    check_prompt(request, info)
    if request.operation is Operation.GENERATE:
        return Sending(info, payload.size_of_new(request, info), None, None, said(request, info))
    canvas = payload.lay_canvas(request)
    plan = payload.make_plan(canvas, request, info)
    parcel = payload.build(canvas, plan, request, info, codec)
    return Sending(info, plan.sent, plan, parcel, said(request, info))
