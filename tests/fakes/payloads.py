"""Pieces of what the fake server says: pictures as text, usage, the list of models."""

from __future__ import annotations

import base64
from typing import Any

from tests.fakes.faults import Step
from tests.fakes.rules import FIXED_SIZE_MODELS, FREE_SIZE_MODELS, Job


def base64_of(picture: bytes, step: Step) -> str:
    text = base64.b64encode(picture).decode()
    match step.get("b64"):
        case "truncate":
            return text[: len(text) // 2 | 1]
        case "prefix":
            return f"data:image/png;base64,{text}"
        case "lines":
            return base64.encodebytes(picture).decode().replace("\n", "\r\n")
        case "illegal":
            return f"{text[:100]}!{text[101:]}"
        case _:
            return text


def usage_of(job: Job, count: int) -> dict[str, Any]:
    pictures, text = 512 * job.inputs, 20
    out = (196 + 100 * job.partials) * count
    return {
        "input_tokens": pictures + text,
        "input_tokens_details": {"image_tokens": pictures, "text_tokens": text},
        "output_tokens": out,
        "output_tokens_details": {"image_tokens": out, "text_tokens": 0},
        "total_tokens": pictures + text + out,
    }


def models_of(profile: str) -> dict[str, Any]:
    if profile in {"openai", "azure"}:
        names = [*FREE_SIZE_MODELS, *FIXED_SIZE_MODELS]
    else:
        names = ["sd-cpp-local" if profile == "sdcpp" else "stable-diffusion"]
    dying = dict.fromkeys(FIXED_SIZE_MODELS, "2026-12-01")
    return {
        "object": "list",
        "data": [
            {"id": name, "object": "model", "created": 1, "owned_by": "system", "shutdown_date": dying.get(name)}
            for name in names
        ],
    }
