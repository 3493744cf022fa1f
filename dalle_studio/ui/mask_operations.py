"""What can be made of the mask, one row of a table each: its words, what can be set, and the work itself.

The work runs on the worker, where numpy and OpenCV are loaded; this module is loaded with the first adjustment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from dalle_studio.ui.numbers import Range

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask
    from dalle_studio.imaging.stopping import ShouldStop
    from dalle_studio.session.editor import Editor
    from dalle_studio.session.editor_selections import MaskWork
    from dalle_studio.session.masks import Found

_EVERY_HOLE: Final = 20_000
"""From here on the size of a hole does not matter."""

Colour: TypeAlias = tuple[int, int, int]
"""8-bit RGB."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What an operation is to do."""

    value: int = 0
    channel: str = "luminance"
    inverted: bool = False
    colours: tuple[Colour, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One way to adjust the mask. `id` is part of word ids."""

    id: str
    step: str
    make: Callable[[Editor, Setting], MaskWork]
    span: Range | None = None
    start: int = 0
    amount: str = "ui_tools.by"
    """Message id beside the slider."""
    hint: str = ""
    """Message id of a second line, where the words beside the slider don't say it all."""
    has_channel: bool = False
    has_inversion: bool = False
    picks_colours: bool = False
    found: Found | None = field(default=None, compare=False)
    """A mask that was read from a file."""


def _morphology(which: str) -> Callable[[Editor, Setting], MaskWork]:
    def make(_: Editor, setting: Setting) -> MaskWork:
        def work(mask: FrozenMask, should_stop: ShouldStop) -> FrozenMask:
            from dalle_studio.imaging import morphology

            act: Callable[[FrozenMask, int, ShouldStop], FrozenMask] = getattr(morphology, which)
            return act(mask, setting.value, should_stop)

        return work

    return make


def _fill_holes(_: Editor, setting: Setting) -> MaskWork:
    largest = None if setting.value >= _EVERY_HOLE else setting.value

    def work(mask: FrozenMask, should_stop: ShouldStop) -> FrozenMask:
        from dalle_studio.imaging import morphology

        return morphology.fill_holes(mask, largest, should_stop)

    return work


def _colour_range(editor: Editor, setting: Setting) -> MaskWork:
    picture = editor.picture

    def work(mask: FrozenMask, should_stop: ShouldStop) -> FrozenMask:
        from dalle_studio.imaging.colour_range import colour_range

        if picture is None or not setting.colours:
            return mask
        found = colour_range(picture.pixels, setting.colours, setting.value, should_stop=should_stop)
        return _turned(found, setting)

    return work


def _from_channel(editor: Editor, setting: Setting) -> MaskWork:
    picture = editor.picture

    def work(mask: FrozenMask, should_stop: ShouldStop) -> FrozenMask:
        from dalle_studio.imaging.colour_range import Channel, from_channel

        if picture is None:
            return mask
        return _turned(from_channel(picture.pixels, Channel(setting.channel), should_stop=should_stop), setting)

    return work


def _turned(mask: FrozenMask, setting: Setting) -> FrozenMask:
    from dalle_studio.imaging import morphology

    return morphology.invert(mask) if setting.inverted else mask


def of_file(found: Found) -> Operation:
    """A mask that was read, to be looked at before it is taken."""
    chosen = found.mask

    def make(_: Editor, setting: Setting) -> MaskWork:
        def work(mask: FrozenMask, _stop: ShouldStop) -> FrozenMask:
            return mask if chosen is None else _turned(chosen, setting)

        return work

    return Operation("import", "session.step.import", make, has_inversion=True, found=found)


OPERATIONS: Final = {
    operation.id: operation
    for operation in (
        Operation("grow", "tools.step_grow", _morphology("grow"), Range(1, 300, "px", 2), 8),
        Operation("shrink", "tools.step_shrink", _morphology("shrink"), Range(1, 300, "px", 2), 8),
        Operation("feather", "tools.step_feather", _morphology("feather"), Range(1, 300, "px", 2), 12),
        Operation("smooth", "tools.step_smooth", _morphology("smooth"), Range(1, 100, "px", 2), 8),
        Operation(
            "fill_holes",
            "tools.step_fill_holes",
            _fill_holes,
            Range(1, _EVERY_HOLE, "px", 3),
            _EVERY_HOLE,
            amount="ui_tools.largest_hole",
            hint="ui_tools.fill_holes.hint",
        ),
        Operation(
            "remove_specks",
            "tools.step_remove_specks",
            _morphology("remove_specks"),
            Range(2, 20000, "px", 3),
            64,
            amount="tools.smallest_speck",
        ),
        Operation(
            "colour_range",
            "tools.step_colour_range",
            _colour_range,
            Range(1, 200, ""),
            40,
            amount="tools.tolerance",
            hint="ui_tools.colour_range.hint",
            has_inversion=True,
            picks_colours=True,
        ),
        Operation("from_channel", "tools.step_from_channel", _from_channel, has_channel=True, has_inversion=True),
    )
}
"""What can be adjusted, by id."""
