"""The fake server's text routes: scripted translations in the two forms, as strict as their schemas."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

from PIL import Image

from tests.fakes.rules import Refusal

TRANSLATIONS = {
    "눈 감은 표정": "closed eyes",
    "빨간 풍선": "a red balloon",
    "파란 하늘": "a blue sky",
    "해 질 녘의 바다": "the sea at dusk",
    "고양이": "a cat",
}
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]+")
_RESPONSES = {"model", "input", "instructions", "store", "max_output_tokens", "reasoning", "text", "stream"}
_CHAT = {"model", "messages", "max_completion_tokens", "store", "stream", "reasoning_effort"}


def translated(route: str, fields: dict[str, Any], table: dict[str, str], said: str | None = None) -> dict[str, Any]:
    """The answer of /responses or /chat/completions; `said` instead of a translation.

    Raises Refusal for what the service would refuse.
    """
    known = _RESPONSES if route == "responses" else _CHAT
    for name in fields:
        if name not in known:
            raise Refusal(f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name)
    if not isinstance(fields.get("model"), str):
        raise Refusal("you must provide a model parameter", code="missing_required_parameter", param="model")
    if route == "responses":
        if fields.get("store") is not False:
            raise Refusal("A test wants store=false.", code="invalid_value", param="store")
        english = said if said is not None else answer_to(fields["input"], "input_text", "input_image", table)
        return {
            "id": "resp_1",
            "object": "response",
            "status": "completed",
            "error": None,
            "model": fields["model"],
            "usage": {"input_tokens": 900, "output_tokens": 60, "total_tokens": 960},
            "output": [
                {"type": "reasoning", "summary": []},
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": english, "annotations": []}],
                },
            ],
        }
    text = next(message["content"] for message in reversed(fields["messages"]) if message["role"] == "user")
    return {
        "id": "chat_1",
        "object": "chat.completion",
        "model": fields["model"],
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {
                    "role": "assistant",
                    "content": said if said is not None else answer_to(text, "text", "image_url", table),
                },
            }
        ],
        "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
    }


def answer_to(asked: object, text_type: str, picture_type: str, table: dict[str, str]) -> str:
    """A translation of a text; of a message with a picture, what the picture shows. Refusal for a bad picture."""
    if isinstance(asked, str):
        return english_of(asked, table)
    if text_type == "input_text" and isinstance(asked, list):
        asked = asked[0]["content"]
    parts = {part["type"]: part for part in asked if isinstance(part, dict)} if isinstance(asked, list) else {}
    if set(parts) != {text_type, picture_type}:
        raise Refusal("Invalid content.", code="invalid_value", param="input")
    address = parts[picture_type]["image_url"]
    address = address["url"] if isinstance(address, dict) else address
    picture = picture_of(address)
    return f"A picture of {picture[0]} by {picture[1]}."


def picture_of(address: str) -> tuple[int, int]:
    """The size of a picture in a data URL. Refusal for anything else."""
    head, _, data = address.partition(",")
    if head != "data:image/png;base64":
        raise Refusal("Invalid image URL.", code="invalid_image_url", param="url")
    image = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
    if image.format != "PNG" or image.info:
        raise Refusal("A test wants a PNG without metadata.", code="invalid_image", param="url")
    return image.size


def english_of(text: str, table: dict[str, str] | None = None) -> str:
    """Known phrases by the table, any other Hangul as `thing`; everything else stays."""
    for korean, english in sorted((TRANSLATIONS | (table or {})).items(), key=lambda pair: -len(pair[0])):
        text = text.replace(korean, english)
    return _HANGUL.sub("thing", text)
