"""A version of a photo as an OpenRaster file: the original, each answer with its transparency, each mask. Blocking.

Where an answer's border is soft, other programs mix numbers where this one mixes light: there, and only there, the
layers together may look a little different from `mergedimage.png`, which is this program's picture to the bit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from dalle_studio.formats.openraster import Layer, answer_layer, mask_layer, write_layers

if TYPE_CHECKING:
    from dalle_studio.core.frozen_mask import FrozenMask
    from dalle_studio.core.picture import MaskPixels, Picture
    from dalle_studio.core.words import Words
    from dalle_studio.workflow.layers import Part, TakenApart

_LONGEST_NAME: Final = 80


def encode_version(apart: TakenApart, words: Words, present: FrozenMask | None = None) -> bytes:
    """The file. `present` is the mask that is being painted; it becomes a hidden layer of its own on top."""
    layers: list[Layer] = []
    if present is not None and not present.is_empty:
        layers.append(_mask(words("layers.present_mask"), present.pixels, (present.bounds.x, present.bounds.y)))
    for number, part in reversed(list(enumerate(apart.parts, 1))):
        called = _name(part, number, words)
        layers.append(_mask(words("layers.mask", name=called), part.mask, (part.mask_rect.x, part.mask_rect.y)))
        answer = answer_layer(called, part.pixels, part.rect, part.alpha, opacity=part.opacity)
        layers.append(replace(answer, is_visible=part.is_visible))
    x, y = apart.ground_at
    name = words("layers.original" if apart.is_original else "layers.ground")
    return write_layers(apart.merged, [*layers, Layer(name, apart.ground.pixels, x, y)])


def encode_photo(picture: Picture, words: Words, present: FrozenMask | None = None) -> bytes:
    """A photo without edits, and the mask that is being painted on it."""
    layers = [Layer(words("layers.original"), picture.pixels)]
    if present is not None and not present.is_empty:
        layers.insert(0, _mask(words("layers.present_mask"), present.pixels, (present.bounds.x, present.bounds.y)))
    return write_layers(picture, layers)


def _mask(name: str, pixels: MaskPixels, at: tuple[int, int]) -> Layer:
    layer = mask_layer(name, pixels)
    return replace(layer, x=layer.x + at[0], y=layer.y + at[1])


def _name(part: Part, number: int, words: Words) -> str:
    """What an edit is called: its number from the bottom, and its words where it has any."""
    said = " ".join(part.record.prompt.split())[:_LONGEST_NAME]
    return f"{number} · {said or words(f'cli.operation_{part.record.operation}')}"
