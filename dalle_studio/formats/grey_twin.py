"""The RGB twin of a greyscale profile: the profile that a greyscale photo gets when colour arrives in it.

Equal numbers of red, green and blue look in the twin as their one number looks in the grey profile: the photo's grey
values stay the very numbers they are, and colours have a place beside them. Pure, any thread.
Source: ICC.1:2022, 7 (layout), 8.3.4 (monochrome profiles), 9.2 (tags), 10.6 (curveType); for connection in Lab, CIE
015:2018, 8.2.1, as LittleCMS reads such profiles: the curve gives L*.
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from dalle_studio.formats import shaper

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PRIMARIES: Final = (
    (0.4360657, 0.2224884, 0.0139160),
    (0.3851471, 0.7168732, 0.0970764),
    (0.1430664, 0.0606079, 0.7140961),
)
"""Of sRGB, adapted to D50: what services answer in has a place, whatever the curve."""
_WHITE: Final = (0.9642, 1.0, 0.8249)
_SAMPLES: Final = 4096
_NAME: Final = b"Greyscale with colour\x00"


@lru_cache(maxsize=8)
def rgb_twin(icc: bytes) -> bytes | None:
    """The twin of a grey profile; None for a profile of another kind, or a damaged one."""
    if icc[16:20] != b"GRAY":
        return None
    try:
        own = shaper.tags(icc)[b"kTRC"]
        curve = shaper.curve(own)
    except (KeyError, ValueError, struct.error):
        return None
    if icc[20:24] == b"Lab ":
        own = _sampled(_luminance(100 * curve))
    elif icc[20:24] != b"XYZ ":
        return None
    elif own[:4] != b"curv":
        own = _sampled(curve)
    described = struct.pack(">4sII", b"desc", 0, len(_NAME)) + _NAME + bytes(78)
    parts = [(b"desc", described), (b"cprt", b"text\x00\x00\x00\x00CC0\x00"), (b"wtpt", _xyz(_WHITE))]
    parts += [(name, _xyz(colour)) for name, colour in zip((b"rXYZ", b"gXYZ", b"bXYZ"), _PRIMARIES, strict=True)]
    return _profile(parts, own)


def _luminance(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness * 27 / 24389)


def _sampled(curve: NDArray[np.float64]) -> bytes:
    at = np.linspace(0, len(curve) - 1, _SAMPLES).round().astype(int)
    values: NDArray[np.uint16] = np.rint(np.clip(curve[at], 0, 1) * 65_535).astype(">u2")
    return struct.pack(">4sII", b"curv", 0, _SAMPLES) + values.tobytes()


def _xyz(values: tuple[float, float, float]) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(value * 65_536) for value in values))


def _profile(parts: list[tuple[bytes, bytes]], curve: bytes) -> bytes:
    """Version 2.4, so that every reader takes it; the three curves are one and the same piece of the file."""
    start = 128 + 4 + 12 * (len(parts) + 3)
    table, body = struct.pack(">I", len(parts) + 3), b""
    for name, content in [*parts, (b"rTRC", curve)]:
        table += struct.pack(">4sII", name, start + len(body), len(content))
        if name == b"rTRC":
            table += b"".join(struct.pack(">4sII", twin, start + len(body), len(curve)) for twin in (b"gTRC", b"bTRC"))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(
        ">I4sI4s4s4s6H4s4sI4s4s8sI3i",
        *(start + len(body), bytes(4), 0x02400000, b"mntr", b"RGB ", b"XYZ "),
        *(2026, 1, 1, 0, 0, 0, b"acsp", bytes(4), 0, bytes(4), bytes(4), bytes(8)),
        *(1, *(round(value * 65_536) for value in _WHITE)),  # relative colorimetric; under D50
    )
    return header + bytes(128 - len(header)) + table + body
