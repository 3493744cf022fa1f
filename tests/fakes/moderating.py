"""The fake server's moderation route, as strict as its schema: it objects to a few words, and to black pictures."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image

from tests.fakes.rules import Refusal
from tests.fakes.translating import picture_of

MET = {"blood": "violence", "피 묻은": "violence", "nude": "sexual", "누드": "sexual"}
_CATEGORIES = ("sexual", "violence", "self-harm/intent")


def moderated(fields: dict[str, Any]) -> dict[str, Any]:
    """One result for a list of parts, one a text for a list of texts. Refusal for what the service would refuse."""
    if set(fields) != {"model", "input"} or fields["model"] != "omni-moderation-latest":
        raise Refusal("Unknown parameter or model.", code="unknown_parameter", param="model")
    asked = fields["input"]
    if not isinstance(asked, list) or not asked:
        raise Refusal("Invalid input.", code="invalid_value", param="input")
    if all(isinstance(text, str) for text in asked):
        results = [_result(_met(text)) for text in asked]
    else:
        met: set[str] = set()
        for part in asked:
            if part["type"] == "text":
                met |= _met(part["text"])
            else:
                met |= _seen(part["image_url"]["url"])
        results = [_result(met)]
    return {"id": "modr_1", "model": fields["model"], "results": results}


def _met(text: str) -> set[str]:
    return {category for word, category in MET.items() if word in text.casefold()}


def _seen(address: str) -> set[str]:
    picture_of(address)
    image = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    return set() if image.getbbox() else {"violence"}


def _result(met: set[str]) -> dict[str, Any]:
    return {
        "flagged": bool(met),
        "categories": {name: name in met for name in _CATEGORIES},
        "category_scores": {name: 0.9 if name in met else 0.01 for name in _CATEGORIES},
    }
