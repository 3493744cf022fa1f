from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.formats import png
from dalle_studio.formats.codec import StudioCodec
from tests.formats.files import deep_noise, noise

sides = st.integers(1, 40)
shapes = st.one_of(st.tuples(sides, sides), st.tuples(sides, sides, st.just(3)), st.tuples(sides, sides, st.just(4)))


@given(st.sampled_from((np.uint8, np.uint16)).flatmap(lambda depth: arrays.arrays(depth, shapes)))
def test_decoding_gives_exactly_what_was_encoded(pixels: Pixels | MaskPixels) -> None:
    codec = StudioCodec()
    back = codec.decode_png(codec.encode_png(pixels))
    assert back.dtype == pixels.dtype
    assert np.array_equal(back, pixels)


def test_pictures_of_several_bands_survive() -> None:
    codec = StudioCodec()
    for pixels in (noise(1500, 2100), deep_noise(1500, 2100, 4), noise(1500, 2100, 1)):
        assert np.array_equal(codec.decode_png(codec.encode_png(pixels)), pixels)


def test_views_and_read_only_arrays_are_encoded() -> None:
    codec = StudioCodec()
    whole = noise(60, 50, 4)
    whole.flags.writeable = False
    for view in (whole[5:30, 7:40], whole[::-1, ::2], whole[..., :3], whole[..., 0]):
        assert np.array_equal(codec.decode_png(codec.encode_png(view)), view)


def test_deflating_for_few_colours_holds_the_same_pixels() -> None:
    pixels = noise(30, 20)
    assert np.array_equal(StudioCodec().decode_png(png.encode(pixels, few_colours=True)), pixels)


@pytest.mark.parametrize("keep", [0, 4, 20, 33, 100, -13, -5, -1])
def test_a_blob_cut_short_is_a_storage_problem(keep: int) -> None:
    codec = StudioCodec()
    with pytest.raises(StorageProblem):
        codec.decode_png(codec.encode_png(noise(20, 20))[:keep])


def test_every_flipped_byte_of_a_blob_is_noticed(capfd: pytest.CaptureFixture[str]) -> None:
    codec = StudioCodec()
    good = codec.encode_png(noise(9, 9))
    for at in range(len(good)):
        bad = good[:at] + bytes((good[at] ^ 0x40,)) + good[at + 1 :]
        with pytest.raises(StorageProblem):
            codec.decode_png(bad)
    assert capfd.readouterr().err == ""  # no decoder complains on stderr
