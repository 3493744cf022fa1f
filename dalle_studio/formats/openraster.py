"""Layers as OpenRaster, so that GIMP, Krita and others go on from there. Pure functions.

Source: OpenRaster 0.0.5 (file layout, layer stack): `mimetype` first and stored as it is, `stack.xml` with the topmost
layer first, `data/` with a PNG for each layer, `mergedimage.png` and a thumbnail of at most 256 pixels a side.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast
from xml.sax.saxutils import quoteattr

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect
from dalle_studio.formats import colour, encoding, png

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dalle_studio.core.picture import MaskPixels, Metadata, Picture, Pixels

MIMETYPE: Final = b"image/openraster"
SUFFIX: Final = ".ora"
_LONGEST_THUMBNAIL: Final = 256
_NOT_IN_XML: Final = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF))


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One layer; its pixels lie at `x`, `y` of the picture, in the picture's own colours."""

    name: str
    pixels: Pixels
    """(h, w, 3|4)."""
    x: int = 0
    y: int = 0
    opacity: float = 1.0
    is_visible: bool = True


def answer_layer(name: str, pixels: Pixels, rect: Rect, alpha: MaskPixels, *, opacity: float = 1.0) -> Layer:
    """An answer that shows where `alpha` says: (h, w, 3|4) and (h, w) uint8, both of the size of `rect`.

    An answer's own transparency is kept besides.
    """
    most = int(np.iinfo(pixels.dtype).max)
    shown = alpha.astype(np.uint32) * (most // 255)
    if pixels.shape[2] == 4:
        shown = shown * pixels[..., 3] // most
    return Layer(name, np.dstack((pixels[..., :3], shown.astype(pixels.dtype))), rect.x, rect.y, opacity)


def mask_layer(name: str, mask: MaskPixels) -> Layer:
    """A mask as a hidden white layer whose alpha it is: a click on it makes a selection elsewhere."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    rect = Rect(0, 0, 1, 1)
    if rows.size:
        rect = Rect.of_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    part = mask[rect.slices]
    return Layer(name, np.dstack((*[np.full_like(part, 255)] * 3, part)), rect.x, rect.y, is_visible=False)


def write_layers(merged: Picture, layers: Sequence[Layer]) -> bytes:
    """The file: `layers` from the topmost to the lowest, and `merged`, how they look together.

    All layers carry the profile of `merged`, and its resolution is stated. ValueError without a layer.
    """
    if not layers:
        raise ValueError("a picture has at least one layer")
    metadata = merged.metadata
    if encoding.fitting_profile(metadata.icc, grey=False) is None:
        # Krita asks, for each layer of 16 bits, what one without a profile means, and proposes linear light.
        metadata = replace(metadata, icc=colour.srgb_profile())
    extra = encoding.png_chunks_of_colour(metadata)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:  # PNGs are deflated already
        _put(archive, "mimetype", MIMETYPE)
        _put(archive, "stack.xml", _stack(merged, layers).encode(), zipfile.ZIP_DEFLATED)
        for number, layer in enumerate(layers):
            _put(archive, f"data/layer{number}.png", png.encode(layer.pixels, extra))
        _put(archive, "mergedimage.png", png.encode(merged.pixels, extra))
        _put(archive, "Thumbnails/thumbnail.png", _thumbnail(merged))
    return out.getvalue()


def _put(archive: zipfile.ZipFile, name: str, data: bytes, method: int = zipfile.ZIP_STORED) -> None:
    # A fixed time: the same layers are the same bytes, and nobody learns when they were saved.
    entry = zipfile.ZipInfo(name)
    entry.compress_type = method
    archive.writestr(entry, data)


def _stack(merged: Picture, layers: Sequence[Layer]) -> str:
    size, resolution = merged.size, _resolution(merged.metadata)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<image version="0.0.5" w="{size.width}" h="{size.height}"{resolution}>',
        "  <stack>",
    ]
    for number, layer in enumerate(layers):
        name = quoteattr(layer.name.translate(_NOT_IN_XML))
        shown = "visible" if layer.is_visible else "hidden"
        lines.append(
            f'    <layer name={name} src="data/layer{number}.png" x="{layer.x}" y="{layer.y}"'
            f' opacity="{min(1.0, max(0.0, layer.opacity)):.4f}" visibility="{shown}" composite-op="svg:src-over"/>'
        )
    return "\n".join((*lines, "  </stack>", "</image>", ""))


def _resolution(metadata: Metadata) -> str:
    """Whole pixels per inch, as the specification has it."""
    if metadata.dpi is None:
        return ""
    x, y = (max(1, round(dots)) for dots in metadata.dpi)
    return f' xres="{x}" yres="{y}"'


def _thumbnail(merged: Picture) -> bytes:
    """8-bit sRGB, with transparency when the picture has it."""
    scale = min(1.0, _LONGEST_THUMBNAIL / merged.size.longest)
    size = (max(1, round(merged.size.width * scale)), max(1, round(merged.size.height * scale)))
    small = cast("Pixels", cv2.resize(merged.pixels, size, interpolation=cv2.INTER_AREA))
    shown = colour.to_srgb(small, merged.metadata)
    if merged.has_alpha:
        shown = np.dstack((shown, colour.eight_bit(small)[..., 3]))
    return png.encode(np.ascontiguousarray(shown))
