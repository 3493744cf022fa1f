from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from dalle_studio.core.errors import BadInput
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import MaskPixels
from dalle_studio.core.words import Words
from dalle_studio.formats.masks import LARGE, Polarity, encode_mask, read_mask
from tests.formats.files import encoded, noise, turned_exif

masks = arrays.arrays(np.uint8, st.tuples(st.integers(1, 30), st.integers(1, 30)))
SOFT = (Polarity.WHITE, Polarity.BLACK, Polarity.CHANNEL)


@given(masks, st.sampled_from(SOFT))
def test_soft_masks_survive_exactly(mask: MaskPixels, polarity: Polarity) -> None:
    back, used, warnings = read_mask(encode_mask(mask, polarity), polarity=polarity)
    assert np.array_equal(back, mask)
    assert used is polarity
    assert warnings == ()


@given(masks)
def test_openai_masks_survive_but_for_the_threshold(mask: MaskPixels) -> None:
    hard = np.where(mask >= 128, 255, 0)
    for polarity in (Polarity.OPENAI, Polarity.WHITE):  # right for readers of alpha and for readers of luminance
        back, _, _ = read_mask(encode_mask(mask), polarity=polarity)
        assert np.array_equal(back, hard)


@given(masks)
def test_auto_finds_the_polarity_of_what_this_program_writes(mask: MaskPixels) -> None:
    back, used, _ = read_mask(encode_mask(mask, Polarity.OPENAI))
    assert np.array_equal(back, np.where(mask >= 128, 255, 0))
    assert used is (Polarity.OPENAI if (mask >= 128).any() else Polarity.WHITE)
    back, used, _ = read_mask(encode_mask(mask, Polarity.WHITE))
    assert np.array_equal(back, mask)
    assert used is Polarity.WHITE


def test_openai_masks_are_two_colours_and_nothing_else() -> None:
    mask = noise(50, 40, 1)
    data = encode_mask(mask)
    image = Image.open(io.BytesIO(data))
    assert image.mode == "RGBA"
    assert set(image.info) == set()
    pixels = np.asarray(image)
    assert (pixels[mask >= 128] == (255, 255, 255, 0)).all()
    assert (pixels[mask < 128] == (0, 0, 0, 255)).all()


def test_openai_masks_stay_below_the_services_limit() -> None:
    y, x = np.mgrid[:2160, :3840]
    painted = np.where((x - 1500) ** 2 + (y - 900) ** 2 < 700**2, 255, 0).astype(np.uint8)
    assert len(encode_mask(painted)) < 200_000
    specks = np.random.default_rng(1).integers(0, 256, (2160, 3840), dtype=np.uint8)
    data = encode_mask(specks)
    assert len(data) < 4_000_000
    assert np.array_equal(read_mask(data)[0] > 0, specks >= 128)


def test_auto_takes_alpha_below_128_and_otherwise_white() -> None:
    pixels = np.full((4, 4, 4), 255, np.uint8)
    pixels[..., :3] = 0
    pixels[0, 0, 3] = 127
    mask, used, _ = read_mask(encoded(pixels, "PNG"))
    assert used is Polarity.OPENAI
    assert mask.sum() == mask[0, 0] == 255
    pixels[0, 0] = (255, 255, 255, 128)
    mask, used, _ = read_mask(encoded(pixels, "PNG"))
    assert used is Polarity.WHITE
    assert mask.sum() == mask[0, 0] == 255


def test_a_photo_with_a_hole_is_a_mask_too() -> None:
    pixels = noise(30, 20, 4)
    pixels[..., 3] = 255
    pixels[5:9, 3:8, 3] = 0
    mask, used, _ = read_mask(encoded(pixels, "PNG"))
    assert used is Polarity.OPENAI
    assert mask[5:9, 3:8].min() == 255
    assert np.count_nonzero(mask) == 20


def test_auto_warns_of_a_mask_over_more_than_half() -> None:
    mask = np.zeros((10, 10), np.uint8)
    mask[:5] = 255
    assert read_mask(encode_mask(mask, Polarity.WHITE))[2] == ()
    mask[5, 0] = 255
    for polarity in (Polarity.WHITE, Polarity.OPENAI):
        assert read_mask(encode_mask(mask, polarity))[2] == (LARGE,)
        assert read_mask(encode_mask(mask, polarity), polarity=polarity)[2] == ()
    for language in ("ko", "en"):
        assert "--from black" in Words(language)(LARGE, option="--from black")


def test_a_black_mask_is_never_guessed() -> None:
    mask = np.zeros((10, 10), np.uint8)
    mask[2:4] = 255
    data = encode_mask(mask, Polarity.BLACK)
    assert np.array_equal(read_mask(data)[0], 255 - mask)
    assert np.array_equal(read_mask(data, polarity=Polarity.BLACK)[0], mask)


def test_a_mask_of_another_size_is_refused_naming_both() -> None:
    data = encode_mask(np.zeros((30, 40), np.uint8), Polarity.WHITE)
    assert read_mask(data, size=Size(40, 30))[0].shape == (30, 40)
    with pytest.raises(BadInput) as caught:
        read_mask(data, size=Size(30, 40), name="mask.png")
    for language in ("ko", "en"):
        sentence, hint = Words(language).of(caught.value)
        assert "40x30" in sentence
        assert "30x40" in sentence
        assert hint


def test_a_masks_own_orientation_is_applied() -> None:
    pixels = noise(40, 30, 1)
    mask, _, _ = read_mask(encoded(pixels, "PNG", exif=turned_exif(6)), size=Size(30, 40))
    assert np.array_equal(mask, np.rot90(pixels, -1))


def test_openai_polarity_needs_alpha() -> None:
    with pytest.raises(BadInput) as caught:
        read_mask(encoded(noise(9, 9), "PNG"), polarity=Polarity.OPENAI)
    assert caught.value.message == "errors_formats.mask_without_alpha"
    assert all(Words("ko").of(caught.value))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_white_masks_of_any_kind_of_pixel_are_read(mode: str) -> None:
    mask = np.zeros((12, 16), np.uint8)
    mask[3:7, 2:9] = 255
    for kind in ("PNG", "TIFF", "WEBP"):
        options: dict[str, object] = {"lossless": True} if kind == "WEBP" else {}
        data = encoded(Image.fromarray(mask).convert(mode), kind, **options)
        back, used, _ = read_mask(data)
        assert np.array_equal(back, mask)
        assert used is Polarity.WHITE


def test_16_bit_masks_are_read_to_the_nearest_level() -> None:
    mask = noise(20, 20, 1).astype(np.uint16) * 257
    assert np.array_equal(read_mask(encoded(mask, "PNG"))[0], mask // 257)


def test_the_noise_of_a_jpeg_is_no_soft_edge() -> None:
    mask = np.full((64, 64), 3, np.uint8)  # black and white as a lossy file may state them
    mask[20:40, 20:40] = 251
    back, _, _ = read_mask(encoded(mask, "JPEG", quality=100))
    assert not back[:12].any()
    assert not back[:, 48:].any()
    assert (back[24:32, 24:32] == 255).all()


def test_a_mask_cannot_be_written_without_a_polarity() -> None:
    with pytest.raises(ValueError, match="polarity"):
        encode_mask(np.zeros((2, 2), np.uint8), Polarity.AUTO)


def test_unreadable_masks_are_bad_input() -> None:
    for data in (b"", b"nonsense", encode_mask(noise(20, 20, 1))[:90]):
        with pytest.raises(BadInput):
            read_mask(data)
