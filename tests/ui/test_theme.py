from __future__ import annotations

import re

import pytest

from dalle_studio.ui import icons
from dalle_studio.ui.stylesheet import stylesheet
from dalle_studio.ui.theme import DARK, LIGHT, Tokens, palette_of


def luminance(colour: str) -> float:
    """WCAG 2.1, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_every_text_is_readable_on_its_ground(tokens: Tokens) -> None:
    pairs = [
        *((tokens.text, ground) for ground in (tokens.window, tokens.panel, tokens.raised, tokens.field, tokens.hover)),
        *((tokens.second, ground) for ground in (tokens.window, tokens.panel, tokens.field)),
        *((tokens.second_on_raised, ground) for ground in (tokens.raised, tokens.current)),
        *((tokens.on_ground, g) for g in (tokens.ground, tokens.ground_hover, tokens.ground_pressed)),
        (tokens.on_canvas, tokens.canvas),
        (tokens.verified, tokens.panel),
        (tokens.verified, tokens.current),
    ]
    weak = [(text, ground, round(contrast(text, ground), 2)) for text, ground in pairs if contrast(text, ground) < 4.5]
    assert weak == []


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_the_focus_ring_can_be_seen(tokens: Tokens) -> None:
    for ground in (tokens.panel, tokens.field, tokens.window):
        assert contrast(tokens.accent, ground) >= 3


@pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda tokens: tokens.name)
def test_the_style_sheet_holds_no_placeholder(tokens: Tokens) -> None:
    assert not re.search(r"\$\w", stylesheet(tokens))
    assert tokens.ground in stylesheet(tokens)


def test_the_palette_follows_the_tokens() -> None:
    palette = palette_of(LIGHT)
    assert palette.color(palette.ColorRole.Window).name() == LIGHT.window
    assert palette.color(palette.ColorRole.PlaceholderText).name() == LIGHT.second


@pytest.mark.parametrize("name", sorted(icons.PATHS))
def test_icons_stay_within_their_box(name: str) -> None:
    bounds = icons.PATHS[name]().boundingRect()
    assert bounds.left() >= 1
    assert bounds.top() >= 1
    assert bounds.right() <= 19
    assert bounds.bottom() <= 19
    assert not bounds.isEmpty()
