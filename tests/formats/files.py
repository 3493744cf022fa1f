"""Picture files and profiles for the tests of formats, made from scratch so that nothing comes from elsewhere."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray


def encoded(pixels: NDArray[np.uint8] | NDArray[np.uint16] | Image.Image, kind: str, **options: object) -> bytes:
    """A file's bytes, written by Pillow."""
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def encoded_deep(pixels: NDArray[np.uint16], suffix: str) -> bytes:
    """A file of 16 bits a channel, written by OpenCV; (h, w), RGB or RGBA."""
    if pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])
    done, data = cv2.imencode(suffix, pixels)
    assert done
    return data.tobytes()


def turned_exif(orientation: int) -> bytes:
    """An EXIF block, with JPEG's prefix, that states an orientation and a camera."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "Maker"
    return block.tobytes()


def noise(width: int, height: int, channels: int = 3) -> NDArray[np.uint8]:
    """Random pixels, the same every time: any transposition or rounding shows. (h, w) for one channel."""
    return (deep_noise(width, height, channels) >> 8).astype(np.uint8)


def deep_noise(width: int, height: int, channels: int = 3) -> NDArray[np.uint16]:
    """The same with 16 bits."""
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(width * 7 + height).integers(0, 65_536, shape, dtype=np.uint16)


# --- ICC profiles ----------------------------------------------------------------------------------------------------

SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2919, 0.6922, 0.0419), (0.1572, 0.0666, 0.7841))
ADOBE_RGB = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
"""Red, green and blue in XYZ under D50."""
WHITE = (0.9642, 1.0, 0.8249)


def matrix_profile(colours: tuple[tuple[float, float, float], ...], curve: bytes) -> bytes:
    """An RGB display profile of three colours and one curve (ICC.1:2001-04, 6.3.1.2)."""
    tags = {b"rXYZ": _xyz(colours[0]), b"gXYZ": _xyz(colours[1]), b"bXYZ": _xyz(colours[2])}
    return _profile(b"RGB ", b"mntr", b"XYZ ", tags | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve))


def grey_profile(curve: bytes) -> bytes:
    return _profile(b"GRAY", b"mntr", b"XYZ ", {b"kTRC": curve})


def ink_profile() -> bytes:
    """A CMYK profile that is wrong on purpose, so that its use shows: lightness depends on black ink only, inverted."""
    nodes = np.zeros((2, 2, 2, 2, 3), np.uint8)
    nodes[...] = (0, 128, 128)
    nodes[:, :, :, 1] = (255, 128, 128)  # full black ink is white
    ramp = bytes(range(256))
    table = struct.pack(">4sIBBBB9i", b"mft1", 0, 4, 3, 2, 0, *(65536, 0, 0, 0, 65536, 0, 0, 0, 65536))
    return _profile(b"CMYK", b"prtr", b"Lab ", {b"A2B0": table + ramp * 4 + nodes.tobytes() + ramp * 3})


def gamma_curve(gamma: float) -> bytes:
    return struct.pack(">4sIIH", b"curv", 0, 1, round(gamma * 256)) + b"\x00\x00"


def srgb_curve() -> bytes:
    """The sRGB curve as parametric type 3."""
    values = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return struct.pack(">4sIHH5i", b"para", 0, 3, 0, *(round(v * 65536) for v in values))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(v * 65536) for v in values))


def _profile(space: bytes, device: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = b"test\x00"
    tags = {b"desc": struct.pack(">4sII", b"desc", 0, len(text)) + text + bytes(78), b"wtpt": _xyz(WHITE)} | tags
    tags[b"cprt"] = b"text\x00\x00\x00\x00CC0\x00"
    table, body = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    header = struct.pack(
        ">I4sI4s4s4s6H4s4sI4s4s8sI3i", start + len(body), bytes(4), 0x02400000, device, space, connection,
        2026, 1, 1, 0, 0, 0, b"acsp", bytes(4), 0, bytes(4), bytes(4), bytes(8), 0, *(round(v * 65536) for v in WHITE),
    )  # fmt: skip
    return header.ljust(128, b"\x00") + struct.pack(">I", len(tags)) + table + body


def png_bomb(width: int, height: int, depth: int = 8) -> bytes:
    """A PNG whose header promises much and whose pixels are a few deflated zeros."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")
