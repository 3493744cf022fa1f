from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dalle_studio.core.records import BlendMode, BlendSettings
from dalle_studio.storage.rows import _blend, columns_of
from tests.storage import material


@pytest.mark.parametrize(
    "settings",
    [
        BlendSettings(),
        BlendSettings(feather=3, align=False, match=0.25, grain=0.5, mode=BlendMode.POISSON, grow=-2, opacity=0.75),
    ],
)
def test_blend_settings_come_back_as_they_were(settings: BlendSettings) -> None:
    text = columns_of(replace(material.intent("one"), blend=settings))["blend"]
    assert isinstance(text, str)
    assert _blend(json.loads(text)) == settings


def test_a_row_from_before_there_was_matching_says_what_was_done_then() -> None:
    assert _blend({"feather": 7}) == BlendSettings(feather=7, align=False, match=0.0, grain=0.0)
