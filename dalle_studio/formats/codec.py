"""`core.ports.Codec` on this floor: what one edit encodes, decodes and converts. Blocking; any thread."""

from __future__ import annotations

import re
from typing import Final, cast

import cv2
import numpy as np
import simplejpeg

from dalle_studio.core.errors import BadInput, EngineUnavailable, StorageProblem
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import Bytes, MaskPixels, Metadata, Picture, Pixels
from dalle_studio.formats import colour, masks, png, png_reader, sniffing
from dalle_studio.formats.opening import PIXEL_LIMIT, header, open_picture
from dalle_studio.imaging.shrinking import shrunk

_ANSWER_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
_SVG: Final = re.compile(rb"(?s)(?:\xef\xbb\xbf)?\s*<(?:svg|(?:\?xml|!--|!DOCTYPE).*<svg)[\s>]", re.IGNORECASE)
_SVG_HEAD: Final = 2000
_ANSWER_LONGEST: Final = 8192
_ANSWER_PIXELS: Final = 40_000_000
_REFERENCE_LONGEST: Final = 2048
_THUMBNAIL_QUALITY: Final = 85


class StudioCodec:
    """Holds nothing."""

    def decode_answer(self, data: bytes) -> Bytes:
        """An engine's answer as (h, w, 3|4) uint8 sRGB. EngineUnavailable when it is no picture of a sane size."""
        if sniffing.sniff(data) not in _ANSWER_FORMATS:
            svg = _SVG.match(data[:_SVG_HEAD]) is not None
            raise EngineUnavailable("errors_formats.answer_svg" if svg else "errors_formats.answer_not_a_picture")
        try:
            _, size = header(data)
            if size.longest > _ANSWER_LONGEST or size.area > _ANSWER_PIXELS:
                raise EngineUnavailable("errors_formats.answer_too_large", size=str(size))
            picture = open_picture(data, name="")
        except BadInput as error:
            raise EngineUnavailable("errors_formats.answer_unreadable") from error
        return _srgb(picture)

    def encode_png(self, pixels: Pixels | MaskPixels) -> bytes:
        return png.encode(pixels)

    def decode_png(self, data: bytes) -> Pixels | MaskPixels:
        """Exactly what `encode_png` was given. StorageProblem when the blob is damaged."""
        try:
            png.check(data)
            plain = png_reader.read(data)
            if plain is not None:
                return plain
            found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        except (ValueError, cv2.error) as error:
            raise StorageProblem("errors_formats.blob_damaged") from error
        if found is None:
            raise StorageProblem("errors_formats.blob_damaged")
        if found.ndim == 3:
            found = cv2.cvtColor(found, cv2.COLOR_BGRA2RGBA if found.shape[2] == 4 else cv2.COLOR_BGR2RGB)
        return cast("Pixels | MaskPixels", found)

    def encode_mask(self, mask: MaskPixels) -> bytes:
        return masks.encode_mask(mask, masks.Polarity.OPENAI)

    def to_srgb(self, pixels: Pixels, metadata: Metadata) -> Bytes:
        return colour.to_srgb(pixels, metadata)

    def from_srgb(self, pixels: Pixels, like: Picture) -> Pixels:
        return colour.from_srgb(pixels, like)

    def thumbnail(self, pixels: Pixels, metadata: Metadata, longest: int = 256) -> bytes:
        """A small sRGB JPEG; what is transparent is white. Never larger than the picture."""
        height, width = pixels.shape[:2]
        scale = min(1.0, longest / max(width, height))
        size = Size(max(1, round(width * scale)), max(1, round(height * scale)))
        small = cast("Pixels", cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_AREA))
        shown = colour.over_white(_srgb(Picture(small, metadata)))
        return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(shown), _THUMBNAIL_QUALITY, "RGB", "420"))

    def clean_reference(self, data: bytes, *, name: str = "", pixel_limit: int = PIXEL_LIMIT) -> bytes:
        """A picture file as it may leave: upright 8-bit sRGB PNG without metadata. BadInput when unreadable.

        Transparency is laid on white: engines look at the colours under alpha 0, which are arbitrary. What is larger
        than engines look at is made smaller, for it would only be slow to send, or be refused (50 MB).
        """
        picture = open_picture(data, name=name, pixel_limit=pixel_limit)
        shown = shrunk(colour.over_white(_srgb(picture)), _REFERENCE_LONGEST)
        return png.encode(shown)

    def with_alpha(self, data: bytes, *, name: str = "", pixel_limit: int = PIXEL_LIMIT) -> Bytes:
        """A picture file as (h, w, 3|4) uint8 sRGB, its transparency kept. BadInput when unreadable."""
        return _srgb(open_picture(data, name=name, pixel_limit=pixel_limit))


def _srgb(picture: Picture) -> Bytes:
    """(h, w, 3|4) uint8 sRGB, alpha kept."""
    colours = colour.to_srgb(picture.pixels, picture.metadata)
    if not picture.has_alpha:
        return colours
    return np.dstack((colours, colour.eight_bit(picture.pixels)[..., 3]))
