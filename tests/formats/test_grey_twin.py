"""The RGB profile that takes the place of a grey one: greys look the same in both, to LittleCMS as well."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from dalle_studio.core.picture import Metadata, Picture, Source
from dalle_studio.formats import saving
from dalle_studio.formats.grey_twin import rgb_twin
from dalle_studio.formats.opening import open_picture
from tests.formats.files import DISPLAY_P3, gamma_curve, grey_profile, matrix_profile, srgb_curve

DOT_GAIN = struct.pack(">4sII", b"curv", 0, 256) + (np.linspace(0, 1, 256) ** 1.75 * 65_535).astype(">u2").tobytes()
LIGHTNESS = grey_profile(struct.pack(">4sII", b"curv", 0, 0))
PROFILES = {
    "gamma": grey_profile(gamma_curve(1.8)),
    "table": grey_profile(DOT_GAIN),
    "parametric": grey_profile(srgb_curve()),
    "lightness": LIGHTNESS[:20] + b"Lab " + LIGHTNESS[24:],
}


def seen(
    pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], icc: bytes, mode: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """What LittleCMS shows of it."""
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    return np.asarray(ImageCms.applyTransform(Image.fromarray(pixels), transform))


@pytest.mark.parametrize("which", PROFILES)
def test_every_grey_looks_in_the_twin_as_in_its_own_profile(which: str) -> None:
    icc = PROFILES[which]
    twin = rgb_twin(icc)
    assert twin is not None
    ramp = np.arange(256, dtype=np.uint8).reshape(1, -1)
    there = seen(ramp, icc, "L").astype(int)
    assert (
        np.abs(there - seen(np.repeat(ramp[..., None], 3, axis=2), twin, "RGB")).max() <= 2
    )  # LittleCMS is coarse in darks
    assert rgb_twin(twin) is None


@pytest.mark.parametrize(
    "damage", [b"", b"\0" * 200, PROFILES["gamma"][:140], matrix_profile(DISPLAY_P3, gamma_curve(2))]
)
def test_what_is_no_grey_profile_has_no_twin(damage: bytes) -> None:
    assert rgb_twin(damage) is None


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "WEBP", "AVIF", "JPEG2000"])
def test_a_grey_photo_in_which_colour_arrived_is_saved_under_the_twin(kind: str) -> None:
    icc = PROFILES["gamma"]
    pixels = np.full((40, 50, 3), 90, np.uint8)
    grey = Picture(pixels, Metadata(icc=icc), Source(grey=True))
    data, _ = saving.encode_picture(grey, kind)
    # These two have no single channel: the twin keeps the tones right there, too.
    assert open_picture(data, name="x").metadata.icc == (rgb_twin(icc) if kind in {"WEBP", "AVIF"} else icc)
    pixels = pixels.copy()
    pixels[10:20, 10:20] = (200, 40, 30)
    data, _ = saving.encode_picture(Picture(pixels, Metadata(icc=icc), Source(grey=True)), kind)
    saved = open_picture(data, name="x")
    assert saved.metadata.icc == rgb_twin(icc)
    assert not saved.source.grey
