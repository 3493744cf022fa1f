"""The two looks of the window: colour tokens, the palette and the fonts made of them. GUI thread.

Neutral greys, so that the photo is the brightest and most colourful thing, and one accent. Custom painted widgets
ask the `Theme` they were given; everything else follows the palette and the style sheet. All text pairs reach
WCAG AA (4.5:1), which a test computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from dalle_studio.ui.stylesheet import stylesheet


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours by what they are for, as `#rrggbb`."""

    name: str
    window: str
    panel: str
    raised: str
    field: str
    line: str
    text: str
    second: str
    second_on_raised: str
    canvas: str
    on_canvas: str
    """Text that lies on the empty canvas."""
    accent: str
    """Focus, lines, the current edit; never a ground for text."""
    ground: str
    """Behind the primary button's text."""
    ground_hover: str
    ground_pressed: str
    on_ground: str
    hover: str
    current: str
    """Behind the current row of the history."""
    verified: str
    warning: str
    overlay: tuple[int, int, int, int]
    """Red, green, blue, alpha: the mask over the photo."""


DARK: Final = Tokens(
    name="dark",
    window="#232427",
    panel="#2b2c30",
    raised="#35363b",
    field="#1f2023",
    line="#3d3f45",
    text="#e6e6e8",
    second="#9a9ca3",
    second_on_raised="#a6a8af",
    canvas="#1b1b1d",
    on_canvas="#a6a8af",
    accent="#5b8def",
    ground="#3f72d6",
    ground_hover="#3a6bcb",
    ground_pressed="#335fb6",
    on_ground="#ffffff",
    hover="#323338",
    current="#35363b",
    verified="#6fbf8b",
    warning="#e0a458",
    overlay=(235, 64, 64, 122),
)

LIGHT: Final = Tokens(
    name="light",
    window="#f1f1f2",
    panel="#fafafa",
    raised="#ffffff",
    field="#ffffff",
    line="#d9dadd",
    text="#1e1f22",
    second="#6a6c73",
    second_on_raised="#6a6c73",
    canvas="#c9c9cb",
    on_canvas="#3c3e44",
    accent="#2f66d0",
    ground="#2f66d0",
    ground_hover="#2a5cbd",
    ground_pressed="#2450a6",
    on_ground="#ffffff",
    hover="#ececee",
    current="#ffffff",
    verified="#2e7d4f",
    warning="#8a5a00",
    overlay=(225, 40, 40, 115),
)

_LATIN: Final = ("Inter", "Noto Sans")
_KOREAN: Final = ("Noto Sans KR", "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic")
"""Looked for behind the system's own interface font."""


def tokens_of(name: str) -> Tokens:
    """`dark`, `light`, or `system` for what the desktop says (dark where it says nothing)."""
    if name == "light":
        return LIGHT
    if name == "system" and QApplication.styleHints().colorScheme() == Qt.ColorScheme.Light:
        return LIGHT
    return DARK


def interface_font(system: QFont, language: str, pixels: int = 13) -> QFont:
    """The system's interface font at our size, numbers tabular, with Hangul behind it.

    In a Korean window the Korean font comes before a Latin one: Qt draws PostScript outlines (Noto Sans CJK) darker
    than others, and two weights within one line look like an emphasis nobody meant.
    """
    font = QFont(system)
    family = font.family()
    # A bare X server names no font but the generic one, which fontconfig fills with whatever comes first.
    own = () if family.lower() in {"sans", "sans serif", "sans-serif", ""} else (family,)
    ours = (*_KOREAN, *_LATIN) if language == "ko" else (*_LATIN, *_KOREAN)
    font.setFamilies([*own, *ours])
    font.setPixelSize(pixels)
    # Hinting squeezes the strokes of small Hangul together until it looks bold.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def sized(font: QFont, pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A copy in another size and weight."""
    copy = QFont(font)
    copy.setPixelSize(pixels)
    copy.setWeight(weight)
    return copy


def palette_of(tokens: Tokens) -> QPalette:
    """What Qt paints by itself: menus, text, selections, tool tips."""
    role = QPalette.ColorRole
    colours = {
        role.Window: tokens.window,
        role.WindowText: tokens.text,
        role.Base: tokens.field,
        role.AlternateBase: tokens.panel,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.second,
        role.Button: tokens.panel,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.on_ground,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.Highlight: tokens.ground,
        role.HighlightedText: tokens.on_ground,
        role.Accent: tokens.accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.Light: tokens.raised,
        role.Midlight: tokens.raised,
        role.Mid: tokens.line,
        role.Dark: tokens.line,
        role.Shadow: tokens.line,
    }
    palette = QPalette()
    for which, colour in colours.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        faint = QColor(tokens.second)
        faint.setAlphaF(0.55)
        palette.setColor(QPalette.ColorGroup.Disabled, which, faint)
    return palette


class Theme(QObject):
    """The look in use. `changed` tells widgets that paint by themselves to do it again."""

    changed = Signal()

    def __init__(self, application: QApplication, name: str, language: str) -> None:
        super().__init__()
        self._application = application
        self.tokens = tokens_of(name)
        application.setFont(interface_font(application.font(), language))
        application.setPalette(palette_of(self.tokens))

    def dress(self, window: QWidget) -> None:
        """Put the style sheet on a window and all that belongs to it, now and when the look changes.

        Once it is built and before it is shown: each widget is then styled once instead of with every step of its
        making, which is a tenth of the time to the first paint.
        """
        window.setStyleSheet(stylesheet(self.tokens))
        self.changed.connect(lambda: window.setStyleSheet(stylesheet(self.tokens)))

    def choose(self, name: str) -> None:
        """Change the look while the program runs."""
        tokens = tokens_of(name)
        if tokens is not self.tokens:
            self.tokens = tokens
            self._application.setPalette(palette_of(tokens))
            self.changed.emit()
