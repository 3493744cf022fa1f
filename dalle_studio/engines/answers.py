"""What an Images server sent back, checked before anything uses it: pictures as bytes, addresses, usage."""

from __future__ import annotations

import binascii
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from dalle_studio.core.errors import EngineUnavailable
from dalle_studio.core.records import Usage
from dalle_studio.engines.models import EngineModel

_SLICE: Final = 4 * 2**18
"""Characters decoded at once, a multiple of four: other threads get their turn between slices."""

_MOST_TOKENS: Final = 10_000_000
"""Of one picture, far above any that was billed: what is more is no count, and would use up every limit here."""

_DATA_URL: Final = re.compile(r"\s*data:[^,]{0,100};base64,", re.IGNORECASE)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One picture of an answer: its bytes, or the address where it lies."""

    data: bytes | None
    url: str | None


def unusable(request_id: str | None) -> EngineUnavailable:
    """An answer without a picture in it."""
    return EngineUnavailable("errors_engines.answer_unusable", request_id=request_id, maybe_billed=True)


def items(payload: object, request_id: str | None) -> list[object]:
    """What stands in `data`, one entry a picture. EngineUnavailable when there is nothing."""
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(data, list) or not data:
        raise unusable(request_id)
    return data


def first_delivery(payload: object, request_id: str | None) -> Delivery:
    """The first picture of an answer that holds one; several may come that nobody asked for, and empty entries."""
    found = items(payload, request_id)
    for item in found[:-1]:
        with suppress(EngineUnavailable):
            return delivery(item, request_id)
    return delivery(found[-1], request_id)


def delivery(item: object, request_id: str | None) -> Delivery:
    """The picture of one entry, `{"b64_json": …}` or `{"url": …}`. EngineUnavailable when it holds none.

    Some servers put the picture itself where an address is expected, as a `data:` URL.
    """
    if isinstance(item, dict):
        if item.get("b64_json"):
            return Delivery(decode_base64(item["b64_json"], request_id), None)
        url = item.get("url")
        if isinstance(url, str):
            inside = _DATA_URL.match(url) is not None
            return Delivery(decode_base64(url, request_id), None) if inside else Delivery(None, url)
    raise unusable(request_id)


def decode_base64(text: object, request_id: str | None = None) -> bytes:
    """Strict: a character that does not belong, or a missing end, is an unusable answer, not a damaged picture.

    Some gateways put `data:image/png;base64,` before it, or break it into lines as letters do (RFC 2045, 6.8).
    """
    if not isinstance(text, str):
        raise unusable(request_id)
    if (start := _DATA_URL.match(text)) is not None:
        text = text[start.end() :]
    text = text.replace("\r", "").replace("\n", "")
    try:
        data = b"".join(
            binascii.a2b_base64(text[start : start + _SLICE], strict_mode=True) for start in range(0, len(text), _SLICE)
        )
    except ValueError:  # binascii.Error is one, and text that is not ASCII
        raise unusable(request_id) from None
    if not data:
        raise unusable(request_id)
    return data


def usage(payload: object, row: EngineModel | None) -> Usage | None:
    """The `usage` object of an answer and its price by the engine model's row; None when there is none."""
    counted = payload.get("usage") if isinstance(payload, dict) else None
    if not isinstance(counted, dict):
        return None
    incoming, outgoing = _count(counted.get("input_tokens")), _count(counted.get("output_tokens"))
    return Usage(
        input_tokens=incoming,
        output_tokens=outgoing,
        details=json.dumps(_counts(counted), separators=(",", ":"))[:4000],
        cost_usd=_cost(counted, incoming, outgoing, row),
    )


def _cost(
    counted: dict[str, object], incoming: int | None, outgoing: int | None, row: EngineModel | None
) -> float | None:
    if row is None or outgoing is None:
        return None
    prices = row.prices
    details_in, details_out = counted.get("input_tokens_details"), counted.get("output_tokens_details")
    pictures = _of(details_in, "image_tokens")
    text = max(0, (incoming or 0) - pictures)
    cached = _cached(details_in)
    cached_pictures = min(pictures, cached.get("image_tokens", 0))
    cached_text = min(text, cached.get("text_tokens", 0))
    written = min(outgoing, _of(details_out, "text_tokens")) if prices.text_out else 0
    dollars = (
        (pictures - cached_pictures) * prices.image_in
        + cached_pictures * prices.image_cached
        + (text - cached_text) * prices.text_in
        + cached_text * prices.text_cached
        + (outgoing - written) * prices.image_out
        + written * prices.text_out
    )
    return dollars / 1_000_000


def _cached(details: object) -> dict[str, int]:
    """Cached tokens by kind; an undivided number counts as text, the kind that repeats."""
    if not isinstance(details, dict):
        return {}
    inner = details.get("cached_tokens_details")
    if isinstance(inner, dict):
        return {kind: _count(inner.get(kind)) or 0 for kind in ("image_tokens", "text_tokens")}
    return {"text_tokens": _count(details.get("cached_tokens")) or 0}


def _of(details: object, kind: str) -> int:
    return (_count(details.get(kind)) or 0) if isinstance(details, dict) else 0


def _count(value: object) -> int | None:
    """A token count: a whole number that is neither negative nor absurd; True is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS else None


def _counts(counted: dict[str, object]) -> dict[str, object]:
    """Of a usage object what is a count, with the groups it stands in: it is kept, so no words of a server's go in."""
    kept: dict[str, object] = {}
    for name, value in counted.items():
        inner = _counts(value) if isinstance(value, dict) else _count(value)
        if _NAME.fullmatch(name) is not None and inner is not None:
            kept[name] = inner
    return kept


def unfinished(request_id: str | None, host: str) -> EngineUnavailable:
    """A stream that ended before its picture was complete."""
    return EngineUnavailable("errors_engines.cut_off", request_id=request_id, maybe_billed=True, host=host)
