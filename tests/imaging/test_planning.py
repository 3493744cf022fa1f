from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalle_studio.core.errors import BadInput
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.plan import AnySize, FixedSizes, FreeSizes, Plan, SizeRules
from dalle_studio.core.words import LANGUAGES, Words
from dalle_studio.imaging.planning import (
    LEAST_CONTEXT,
    cut_mask,
    cut_pixels,
    default_context,
    has_sent_size,
    make_plan,
    nearest_sizes,
    paste_back,
)

FREE = FreeSizes()
LISTED = FixedSizes((Size(1024, 1024), Size(1536, 1024), Size(1024, 1536)))
SQUARES = FixedSizes((Size(256, 256), Size(512, 512), Size(1024, 1024)))
STRICTER = FreeSizes(step=64, longest=2048, ratio=2.0, min_area=262_144, max_area=2_097_152, preferred_area=1_048_576)

RULES = st.sampled_from([FREE, LISTED, SQUARES, STRICTER, AnySize()])
SIDE = st.one_of(st.integers(1, 64), st.integers(65, 1400), st.integers(1401, 12_000))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Size, Rect, int | None]:
    photo = Size(draw(SIDE), draw(SIDE))
    left, top = draw(st.integers(0, photo.width - 1)), draw(st.integers(0, photo.height - 1))
    right, bottom = draw(st.integers(left + 1, photo.width)), draw(st.integers(top + 1, photo.height))
    context = draw(st.none() | st.integers(0, 3000))
    return photo, Rect.of_edges(left, top, right, bottom), context


def noise(size: Size, channels: int = 3, dtype: type = np.uint8, seed: int = 0) -> np.ndarray:
    top = np.iinfo(dtype).max
    return np.random.default_rng(seed).integers(0, top, (*size.shape, channels), dtype, endpoint=True)


def has_legal_crop(rules: FreeSizes, photo: Size, bounds: Rect) -> bool:
    """Brute force, independent of the planner: does the photo hold a legal size around the bounds?"""
    step = rules.step
    for width in range(-(-bounds.width // step) * step, min(photo.width, rules.longest) + 1, step):
        highest = min(photo.height, rules.longest, int(width * rules.ratio), rules.max_area // width) // step * step
        lowest = max(bounds.height, -(-rules.min_area // width), int(np.ceil(width / rules.ratio)))
        if -(-lowest // step) * step <= highest:
            return True
    return False


@settings(max_examples=700, deadline=None)
@given(scenes(), RULES)
def test_every_plan_is_legal_and_shows_the_bounds(scene: tuple[Size, Rect, int | None], rules: SizeRules) -> None:
    photo, bounds, context = scene
    plan = make_plan(photo, bounds, rules, context=context)
    assert rules.allows(plan.sent)
    assert Rect.of_size(photo).contains(plan.crop)
    assert plan.crop.contains(bounds)
    assert Rect.of_size(plan.sent).contains(plan.placed)
    assert plan.is_exact == (plan.scale == 1.0)
    # Half a pixel: one scale for both axes explains where the crop's sides end, rounded once there and once here.
    sides = ((plan.crop.width, plan.placed.width), (plan.crop.height, plan.placed.height))
    lowest = max((placed - 0.5) / (side + 0.5) for side, placed in sides)
    highest = min((placed + 0.5) / (side - 0.5) for side, placed in sides)
    assert lowest <= highest or min(plan.placed.width, plan.placed.height) == 1


@settings(max_examples=250, deadline=None)
@given(scenes(), st.sampled_from([FREE, STRICTER]))
def test_nothing_is_resampled_where_a_legal_crop_exists(scene: tuple[Size, Rect, int | None], rules: FreeSizes) -> None:
    photo, bounds, context = scene
    plan = make_plan(photo, bounds, rules, context=context)
    if has_legal_crop(rules, photo, bounds):
        assert plan.scale == 1.0
        assert plan.padding.is_empty
    assert plan.experimental == (plan.sent.area > rules.preferred_area)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 900),
    st.integers(1, 900),
    st.data(),
    st.sampled_from([SQUARES, LISTED, FreeSizes(min_area=40_000)]),
    st.sampled_from([(3, np.uint8), (4, np.uint8), (3, np.uint16), (4, np.uint16)]),
)
def test_an_exact_plan_is_undone_exactly(
    width: int, height: int, data: st.DataObject, rules: SizeRules, kind: tuple[int, type]
) -> None:
    photo = Size(width, height)
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    bounds = Rect(left, top, data.draw(st.integers(1, width - left)), data.draw(st.integers(1, height - top)))
    pixels = noise(photo, *kind)
    plan = make_plan(photo, bounds, rules)
    sent = cut_pixels(plan, pixels)
    assert sent.shape[:2] == plan.sent.shape
    assert has_sent_size(plan, sent)
    np.testing.assert_array_equal(cut_pixels(plan, pixels[plan.crop.slices]), sent)
    back = paste_back(plan, sent)
    assert back.shape[:2] == plan.crop.size.shape
    assert back.dtype == pixels.dtype
    if plan.is_exact:
        np.testing.assert_array_equal(back, pixels[plan.crop.slices])


def centre_of(spot: np.ndarray) -> tuple[float, float]:
    weight = spot[..., 0].astype(float)
    weight[weight < 3] = 0
    ys, xs = np.mgrid[: weight.shape[0], : weight.shape[1]]
    return float((weight * xs).sum() / weight.sum()), float((weight * ys).sum() / weight.sum())


@pytest.mark.parametrize("rules", [FREE, LISTED, SQUARES])
@pytest.mark.parametrize(
    ("photo", "bounds"),
    [
        (Size(500, 333), Rect(10, 10, 480, 310)),
        (Size(4203, 2501), Rect(7, 9, 4190, 2480)),
        (Size(1100, 200), Rect(30, 20, 1000, 170)),
        (Size(31, 80), Rect(3, 2, 29, 70)),
    ],
)
def test_a_scaled_picture_comes_back_where_it_was(rules: SizeRules, photo: Size, bounds: Rect) -> None:
    plan = make_plan(photo, bounds, rules)
    ys, xs = np.mgrid[: photo.height, : photo.width].astype(np.float32)
    middle = (bounds.x + bounds.width * 0.37, bounds.y + bounds.height * 0.61)
    spot = 255 * np.exp(-((xs - middle[0]) ** 2 + (ys - middle[1]) ** 2) / (2 * (photo.shortest / 12) ** 2))
    pixels = np.repeat(spot.astype(np.uint8)[..., None], 3, axis=2)
    before = centre_of(pixels[plan.crop.slices])
    after = centre_of(paste_back(plan, cut_pixels(plan, pixels)))
    assert before == pytest.approx(after, abs=0.5)


def test_a_large_photo_is_cropped_not_scaled() -> None:
    plan = make_plan(Size(6000, 4000), Rect(2000, 1500, 500, 300), FREE)
    assert plan.scale == 1.0
    assert not plan.experimental
    wish = Rect(2000, 1500, 500, 300).grown(default_context(plan.photo, Rect(2000, 1500, 500, 300)))
    assert plan.crop.contains(wish)


def test_a_crop_is_shifted_into_the_photo_at_its_corner() -> None:
    plan = make_plan(Size(3000, 2000), Rect(2990, 0, 10, 10), FREE)
    assert plan.scale == 1.0
    assert (plan.crop.right, plan.crop.top) == (3000, 0)


def test_context_shrinks_before_the_experimental_area_is_used() -> None:
    photo, bounds = Size(6000, 4000), Rect(2000, 1200, 1800, 1500)
    plan = make_plan(photo, bounds, FREE)
    assert plan.scale == 1.0
    assert not plan.experimental
    assert plan.crop.contains(bounds.grown(LEAST_CONTEXT))


def test_a_context_that_the_user_chose_may_use_the_experimental_area() -> None:
    bounds = Rect(2000, 1200, 1800, 1500)
    plan = make_plan(Size(6000, 4000), bounds, FREE, context=300)
    assert plan.scale == 1.0
    assert plan.experimental
    assert plan.crop.contains(bounds.grown(300))


def test_a_mask_beyond_every_legal_size_is_scaled_to_the_preferred_area() -> None:
    plan = make_plan(Size(6000, 4000), Rect(300, 300, 5000, 3000), FREE)
    assert plan.scale < 1
    assert plan.padding.is_empty
    assert 0.97 * FREE.preferred_area < plan.sent.area <= FREE.preferred_area
    assert plan.crop.contains(Rect(300, 300, 5000, 3000).grown(LEAST_CONTEXT))


def test_a_small_photo_is_sent_whole_and_enlarged() -> None:
    plan = make_plan(Size(500, 333), Rect(10, 10, 20, 20), FREE)
    assert plan.scale > 1
    assert plan.crop.area > 0.97 * 500 * 333
    assert plan.padding.is_empty


def test_sides_that_miss_the_step_by_a_few_pixels_are_padded_not_resampled() -> None:
    plan = make_plan(Size(1000, 1000), Rect(0, 0, 1000, 1000), FREE)
    assert plan.scale == 1.0
    assert plan.sent == Size(1008, 1008)


def test_a_ratio_the_service_forbids_is_padded() -> None:
    plan = make_plan(Size(3000, 300), Rect(0, 0, 3000, 300), FREE)
    assert plan.crop == Rect(0, 0, 3000, 300)
    assert plan.scale == 1.0
    assert plan.placed.height == 300
    assert plan.sent.ratio <= 3


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        (Rect(2000, 1500, 300, 300), Size(1024, 1024)),
        (Rect(2000, 1500, 1300, 300), Size(1536, 1024)),
        (Rect(2000, 1500, 300, 1300), Size(1024, 1536)),
    ],
)
def test_a_listed_size_that_fits_is_cut_exactly(bounds: Rect, expected: Size) -> None:
    plan = make_plan(Size(6000, 4000), bounds, LISTED)
    assert plan.sent == expected
    assert plan.scale == 1.0
    assert plan.padding.is_empty


@pytest.mark.parametrize(
    ("photo", "bounds", "expected"),
    [
        (Size(3000, 2000), Rect(900, 900, 40, 40), Size(512, 512)),
        (Size(3000, 2000), Rect(900, 900, 400, 400), Size(1024, 1024)),
        (Size(800, 600), Rect(0, 0, 800, 600), Size(1024, 1024)),
        (Size(3000, 2000), Rect(0, 0, 2500, 2000), Size(1024, 1024)),
        (Size(400, 300), Rect(0, 0, 400, 300), Size(512, 512)),
    ],
)
def test_the_smallest_square_that_loses_nothing_is_sent(photo: Size, bounds: Rect, expected: Size) -> None:
    assert make_plan(photo, bounds, SQUARES).sent == expected


def test_a_letterbox_repeats_the_edge_and_belongs_to_the_mask() -> None:
    photo = Size(800, 400)
    pixels = noise(photo)
    mask = FrozenMask.of(np.full(photo.shape, 255, np.uint8))
    plan = make_plan(photo, mask.bounds, SQUARES)
    pad = plan.padding
    assert pad.top > 0
    assert pad.bottom > 0
    sent = cut_pixels(plan, pixels)
    assert (sent[: pad.top] == sent[pad.top]).all()
    assert (sent[-pad.bottom :] == sent[-pad.bottom - 1]).all()
    small = np.zeros(photo.shape, np.uint8)
    small[10:20, 0:799] = 255
    form = cut_mask(plan, FrozenMask.of(small), 0)
    assert (form[: pad.top] == 255).all()
    assert (form[-pad.bottom :] == 255).all()
    assert set(np.unique(form)) == {0, 255}
    assert (form[plan.placed.bottom - 10 : plan.placed.bottom] == 0).all()


@pytest.mark.parametrize("photo", [Size(2400, 1800), Size(301, 227), Size(9001, 7003)])
def test_the_sent_mask_covers_every_pixel_the_user_touched(photo: Size) -> None:
    pixels = np.zeros(photo.shape, np.uint8)
    spots = [(3, 5), (photo.height // 2, photo.width // 3), (photo.height - 2, photo.width - 1)]
    for y, x in spots:
        pixels[y, x] = 1  # the faintest touch of a soft brush
    mask = FrozenMask.of(pixels)
    plan = make_plan(photo, mask.bounds, FREE)
    form = cut_mask(plan, mask, 0)
    assert set(np.unique(form)) <= {0, 255}
    for y, x in spots:
        place = (
            int((y - plan.crop.y + 0.5) * plan.placed.height / plan.crop.height) + plan.placed.y,
            int((x - plan.crop.x + 0.5) * plan.placed.width / plan.crop.width) + plan.placed.x,
        )
        assert form[place] == 255
    assert np.count_nonzero(form) < 0.05 * form.size


def test_the_sent_mask_grows_by_whole_pixels_all_round() -> None:
    pixels = np.zeros((2000, 3000), np.uint8)
    pixels[800, 900] = 255
    mask = FrozenMask.of(pixels)
    plan = make_plan(Size(3000, 2000), mask.bounds, FREE)
    form = cut_mask(plan, mask, 8)
    ys, xs = np.nonzero(form)
    assert (ys.min(), ys.max()) == (792 - plan.crop.y, 808 - plan.crop.y)
    assert (xs.min(), xs.max()) == (892 - plan.crop.x, 908 - plan.crop.x)


def test_an_answer_of_another_size_is_resampled_to_what_was_asked() -> None:
    plan = make_plan(Size(3000, 2000), Rect(100, 100, 50, 50), FREE)
    answer = np.full((777, 1254, 3), 90, np.uint8)
    assert not has_sent_size(plan, answer)
    back = paste_back(plan, answer)
    assert back.shape[:2] == plan.crop.size.shape
    assert (back == 90).all()


def test_any_size_sends_the_bounds_with_their_context() -> None:
    plan = make_plan(Size(3000, 2000), Rect(10, 900, 50, 50), AnySize(), context=100)
    assert plan == Plan(Size(3000, 2000), Rect(0, 800, 160, 250), Size(160, 250), Rect(0, 0, 160, 250))


def test_an_empty_mask_is_bad_input() -> None:
    with pytest.raises(BadInput) as caught:
        make_plan(Size(100, 100), Rect(0, 0, 0, 0), FREE)
    assert caught.value.message == "errors_imaging.empty_mask"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_forced_size_that_is_not_allowed_names_the_nearest(language: str) -> None:
    with pytest.raises(BadInput) as caught:
        make_plan(Size(3000, 2000), Rect(1, 1, 9, 9), FREE, forced=Size(1500, 1500))
    sentence, hint = Words(language).of(caught.value)
    assert "1500x1500" in sentence
    assert "1504x1504" in hint


@settings(max_examples=200, deadline=None)
@given(scenes(), RULES, st.data())
def test_a_forced_size_is_sent(scene: tuple[Size, Rect, int | None], rules: SizeRules, data: st.DataObject) -> None:
    photo, bounds, context = scene
    near = nearest_sizes(Size(data.draw(st.integers(16, 4000)), data.draw(st.integers(16, 4000))), rules)
    assert all(rules.allows(size) for size in near)
    plan = make_plan(photo, bounds, rules, context=context, forced=near[0])
    assert plan.sent == near[0]
    assert plan.crop.contains(bounds)
    assert Rect.of_size(photo).contains(plan.crop)
