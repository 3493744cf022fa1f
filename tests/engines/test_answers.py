"""Pictures in base64 and what was counted: strict, and never a crash."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.errors import EngineUnavailable
from dalle_studio.engines.answers import decode_base64, delivery, first_delivery, items, usage
from dalle_studio.engines.models import DEFAULT_MODEL, MODELS
from tests.engines.test_failures import JSON

FLARE = MODELS[DEFAULT_MODEL]


@given(st.binary(min_size=1), st.sampled_from(["", "data:image/png;base64,"]))
def test_base64_is_decoded(data: bytes, prefix: str) -> None:
    assert decode_base64(prefix + base64.b64encode(data).decode()) == data


def test_long_base64_is_decoded_in_slices() -> None:
    data = bytes(range(256)) * 12_345
    assert decode_base64(base64.b64encode(data).decode()) == data


@given(st.binary(min_size=1), st.integers(1, 80), st.sampled_from(["\n", "\r\n"]))
def test_base64_in_lines_is_decoded(data: bytes, width: int, end: str) -> None:
    text = base64.b64encode(data).decode()
    assert decode_base64(end.join(text[at : at + width] for at in range(0, len(text), width)) + end) == data


def test_a_picture_inside_its_address_is_taken() -> None:
    found = delivery({"url": "data:image/webp;charset=x;base64,QUJD"}, None)
    assert (found.data, found.url) == (b"ABC", None)
    for not_base64 in ("data:image/svg+xml,%3Csvg%3E", "data:,", "ftp://x"):
        assert delivery({"url": not_base64}, None).data is None
    with pytest.raises(EngineUnavailable):
        delivery({"url": "data:image/png;base64,QU!D"}, None)


@pytest.mark.parametrize(
    "text", ["", "====", "AAA", "A", "AA=A", "AAAA!AAA", "AA AA", "가나다라", "data:", None, 5, ["AAAA"]]
)
def test_anything_else_is_unusable(text: object) -> None:
    with pytest.raises(EngineUnavailable) as caught:
        decode_base64(text, "req_9")
    assert caught.value.request_id == "req_9"
    assert caught.value.maybe_billed


@given(JSON | st.fixed_dictionaries({"data": JSON}))
def test_an_answer_of_any_form_is_pictures_or_unusable(payload: Any) -> None:
    try:
        found = [delivery(item, None) for item in items(payload, None)]
    except EngineUnavailable:
        return
    assert all(bool(one.data) != bool(one.url is not None) for one in found)


@given(JSON | st.fixed_dictionaries({"usage": st.fixed_dictionaries({"input_tokens": JSON, "output_tokens": JSON})}))
def test_usage_of_any_form_is_read_or_unknown(payload: Any) -> None:
    found = usage(payload, FLARE)
    assert found is None or found.cost_usd is None or found.cost_usd >= 0


def counted(**more: Any) -> dict[str, Any]:
    details = {"image_tokens": 1000, "text_tokens": 100} | more
    return {"usage": {"input_tokens": 1100, "output_tokens": 500, "input_tokens_details": details}}


def test_cached_input_is_cheaper() -> None:
    full = usage(counted(), FLARE)
    cached = usage(counted(cached_tokens_details={"image_tokens": 400, "text_tokens": 50}), FLARE)
    assert full is not None
    assert cached is not None
    assert full.cost_usd == pytest.approx((1000 * 8 + 100 * 5 + 500 * 30) / 1e6)
    assert cached.cost_usd == pytest.approx((600 * 8 + 400 * 2 + 50 * 5 + 50 * 1.25 + 500 * 30) / 1e6)


def test_a_model_without_a_price_has_usage_but_no_cost() -> None:
    found = usage(counted(), None)
    assert found is not None
    assert found.output_tokens == 500
    assert found.cost_usd is None


@pytest.mark.parametrize("tokens", [10**30, 2**62, 10**9])
def test_an_absurd_count_is_no_count(tokens: int) -> None:
    payload = {"usage": {"input_tokens": tokens, "output_tokens": tokens}}
    found = usage(payload, FLARE)
    assert found is not None
    assert (found.input_tokens, found.output_tokens, found.cost_usd) == (None, None, None)


def test_of_usage_only_counts_are_kept() -> None:
    payload = {"usage": counted()["usage"] | {"note": "sk-secret", "sk-secret": 1, "lone": "\ud800", "big": 10**30}}
    found = usage(payload, FLARE)
    assert found is not None
    assert found.details is not None
    assert json.loads(found.details) == counted()["usage"]


def test_an_empty_entry_before_the_picture_loses_nothing() -> None:
    picture = {"b64_json": base64.b64encode(b"picture").decode()}
    for before in (None, {}, {"b64_json": "!"}, 5):
        assert first_delivery({"data": [before, picture]}, None).data == b"picture"
    with pytest.raises(EngineUnavailable):
        first_delivery({"data": [None, {}]}, None)
