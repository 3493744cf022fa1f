"""Answers put back into real photos: aligned, matched, blended, and nothing else touched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Metadata, Picture, Pixels
from dalle_studio.core.plan import AnySize, FreeSizes, Plan, SizeRules
from dalle_studio.core.records import BlendMode, BlendSettings, EditRequest, Operation
from dalle_studio.formats.codec import StudioCodec
from dalle_studio.imaging import planning
from dalle_studio.workflow import composing, payload
from dalle_studio.workflow.composing import Composition
from dalle_studio.workflow.fitting import fit
from dalle_studio.workflow.payload import Canvas
from tests.imaging.rerender import (
    CAST,
    MOVED,
    OBJECT,
    SHIFT,
    Bytes,
    Changes,
    crop_of,
    ellipse,
    grown,
    low_pass_error,
    rerender,
)

AS_IT_CAME = BlendSettings(align=False, match=0.0, grain=0.0)
ALL: Changes = {**MOVED, **CAST}
PALE: Changes = {**CAST, "colour": None}


@dataclass
class Scene:
    """A photo, a mask in it, and what is sent."""

    canvas: Canvas
    plan: Plan
    codec: StudioCodec

    @classmethod
    def of(
        cls,
        pixels: Pixels,
        mask: Bytes | None,
        margins: Margins | None = None,
        *,
        rules: SizeRules | None = None,
        icc: bytes | None = None,
    ) -> Scene:
        operation = Operation.EDIT if margins is None else Operation.EXTEND
        request = EditRequest(
            operation,
            Picture(pixels.copy(), Metadata(icc=icc)),
            None if mask is None else FrozenMask.of(mask),
            margins=margins or Margins(),
        )
        canvas = payload.lay_canvas(request)
        plan = planning.make_plan(canvas.picture.size, canvas.mask.bounds, rules or FreeSizes())
        return cls(canvas, plan, StudioCodec())

    def sent(self, truth: Pixels | None = None) -> Bytes:
        pixels = self.canvas.picture.pixels if truth is None else truth
        return planning.cut_pixels(self.plan, self.codec.to_srgb(pixels, self.canvas.picture.metadata)).astype(np.uint8)

    def answer(self, truth: Pixels | None = None, **changes: object) -> Bytes:
        return rerender(self.sent(truth), planning.cut_mask(self.plan, self.canvas.mask, 0), **changes)  # type: ignore[arg-type]  # of Changes

    def compose(self, answer: Bytes, blend: BlendSettings | None = None) -> Composition:
        return composing.compose(self.canvas, self.plan, answer, self.codec, blend or BlendSettings())

    def whole(self, one: Composition) -> Pixels:
        return composing.apply(self.canvas.picture, one.rect, one.patch, one.canvas).pixels

    @property
    def mask(self) -> Bytes:
        return self.canvas.mask.full()


@pytest.fixture(scope="module")
def photo(sample_photo: Path) -> Bytes:
    return crop_of(sample_photo, 500, 250, 1300, 1000)


@pytest.fixture(scope="module")
def mask() -> Bytes:
    return ellipse(1000, 1300, 0.12)


@pytest.fixture(scope="module")
def scene(photo: Bytes, mask: Bytes) -> Scene:
    return Scene.of(photo, mask)


def in_depth(pixels: Bytes, depth: int, channels: int) -> Pixels:
    if channels == 4:
        pixels = np.dstack((pixels, np.full(pixels.shape[:2], 255, np.uint8)))
    return pixels.copy() if depth == 8 else pixels.astype(np.uint16) * np.uint16(257)


# --- what it must show (editing.md, parts 4 to 6) --------------------------------------------------------------


@pytest.mark.parametrize("changes", [MOVED, CAST, ALL], ids=["moved", "cast", "both"])
def test_the_rings_low_pass_error_falls_by_95_percent(scene: Scene, changes: Changes) -> None:
    answer = scene.answer(**changes)
    crop = scene.plan.crop
    ring = ~grown(scene.mask, 8)[crop.slices]
    before = scene.canvas.picture.cut(crop)
    after = fit(scene.canvas, scene.plan, answer, scene.codec).draw(Rect.of_size(crop.size))
    assert scene.plan.is_exact
    assert low_pass_error(before, after, ring) < 0.05 * low_pass_error(before, answer, ring)


@pytest.mark.parametrize("place", [(0, 0), (1000, 700), (1700, 0), (1900, 800)])
@pytest.mark.parametrize("share", [0.06, 0.25])
def test_so_it_does_all_over_the_photo_with_noise_over_the_whole_crop(
    sample_photo: Path, place: tuple[int, int], share: float
) -> None:
    """Blossoms, grass, blurred ground; small masks and large ones. An unshifted answer stays, wherever it is."""
    pixels = crop_of(sample_photo, *place, 1300, 900)
    scene = Scene.of(pixels, ellipse(900, 1300, share))
    crop = scene.plan.crop
    ring = ~grown(scene.mask, 8)[crop.slices]
    before = scene.canvas.picture.cut(crop)
    answer = scene.answer(**ALL, noise=2.0)
    fitted = fit(scene.canvas, scene.plan, answer, scene.codec)
    left = low_pass_error(before, fitted.draw(Rect.of_size(crop.size)), ring)
    assert left < 0.05 * low_pass_error(before, answer, ring)
    assert fitted.shift == pytest.approx(SHIFT, abs=0.1)
    core = ~grown((255 - scene.mask).astype(np.uint8), 6)
    result = scene.whole(scene.compose(answer))
    assert np.abs(np.median(result[core], axis=0) - OBJECT).max() <= 3
    assert np.abs(scene.compose(scene.answer(**CAST, noise=2.0)).shift).max() < 0.1


@pytest.mark.parametrize("changes", [{}, CAST, {"noise": 5.0}, {"blur": 1.2}])
def test_an_unshifted_answer_moves_less_than_a_tenth_of_a_pixel(scene: Scene, changes: Changes) -> None:
    assert np.abs(scene.compose(scene.answer(**changes)).shift).max() < 0.1


@pytest.mark.parametrize("changes", [CAST, ALL, {**ALL, "noise": 2.0}])
def test_the_new_object_keeps_its_own_colour(scene: Scene, changes: Changes) -> None:
    result = scene.whole(scene.compose(scene.answer(**changes)))
    core = ~grown((255 - scene.mask).astype(np.uint8), 6)
    assert np.abs(np.median(result[core], axis=0) - OBJECT).max() <= 3
    assert np.abs(result[core].mean(axis=0) - OBJECT).max() <= 3


def test_a_leak_leaves_no_trace_outside_the_band(scene: Scene, photo: Bytes) -> None:
    one = scene.compose(scene.answer(**ALL, leak=6))
    result = scene.whole(one)
    outside = cv2.distanceTransform((scene.mask == 0).astype(np.uint8), cv2.DIST_L2, 5) > one.feather + 1
    np.testing.assert_array_equal(result[outside], photo[outside])
    assert one.outside_identical


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("blend", [BlendSettings(), BlendSettings(mode=BlendMode.POISSON, grow=5, opacity=0.8)])
def test_outside_the_band_every_bit_stays(
    photo: Bytes, mask: Bytes, depth: int, channels: int, blend: BlendSettings
) -> None:
    pixels = in_depth(photo, depth, channels)
    pixels[::3, ::5, :3] += 1  # not only multiples of 257
    scene = Scene.of(pixels, mask)
    one = scene.compose(scene.answer(**ALL), blend)
    result = scene.whole(one)
    assert result.dtype == pixels.dtype
    assert result.shape == pixels.shape
    reach = one.feather + blend.grow
    outside = cv2.distanceTransform((mask == 0).astype(np.uint8), cv2.DIST_L2, 5) > reach + 1
    np.testing.assert_array_equal(result[outside], pixels[outside])
    assert (result[mask > 0] != pixels[mask > 0]).any(axis=1).mean() > 0.95
    assert one.outside_identical
    assert one.aligned
    assert one.matched


def test_what_was_not_asked_for_comes_back_as_it_was(scene: Scene, photo: Bytes) -> None:
    """A model that repaints what was there: after matching, its border can't be found."""
    answer = scene.answer(**ALL, colour=None)
    before, after = (scene.whole(scene.compose(answer, blend)) for blend in (AS_IT_CAME, None))
    band = grown(scene.mask, 20)
    assert low_pass_error(photo, after, band) < 0.05 * low_pass_error(photo, before, band)


# --- alignment -------------------------------------------------------------------------------------------------


def test_the_shift_is_told_in_photo_pixels_at_the_crops_centre(scene: Scene) -> None:
    one = scene.compose(scene.answer(**ALL))
    assert one.aligned
    assert one.shift == pytest.approx(SHIFT, abs=0.05)


@pytest.mark.parametrize("size", [Size(700, 500), Size(340, 640)])
def test_the_shift_is_told_in_photo_pixels_when_the_photo_was_enlarged(photo: Bytes, size: Size) -> None:
    pixels = np.ascontiguousarray(photo[: size.height, : size.width])
    scene = Scene.of(pixels, ellipse(size.height, size.width))
    assert scene.plan.scale > 1.2
    one = scene.compose(scene.answer(**ALL, colour=None))
    assert one.shift == pytest.approx(np.array(SHIFT) / scene.plan.scale, abs=0.05)
    result = scene.whole(one)
    assert low_pass_error(pixels, result, grown(scene.mask, 8)) < 0.6


def test_the_shift_is_told_in_photo_pixels_when_the_photo_was_reduced(sample_photo: Path) -> None:
    pixels = crop_of(sample_photo, 0, 0, 3200, 1800)
    scene = Scene.of(pixels, ellipse(1800, 3200, 0.3), rules=FreeSizes(longest=1408, max_area=1408 * 1024))
    assert scene.plan.scale < 0.8
    one = scene.compose(scene.answer(**ALL, colour=None))
    assert one.shift == pytest.approx(np.array(SHIFT) / scene.plan.scale, abs=0.1)
    assert low_pass_error(pixels, scene.whole(one), grown(scene.mask, 8)) < 1.2


def test_alignment_can_be_switched_off(scene: Scene) -> None:
    one = scene.compose(scene.answer(**ALL), BlendSettings(align=False))
    assert (one.shift, one.aligned, one.matched) == ((0.0, 0.0), False, True)


# --- colour and grain ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_strength_decides_how_much_of_a_cast_goes(scene: Scene, strength: float) -> None:
    one = scene.compose(scene.answer(**CAST), BlendSettings(match=strength))
    core = ~grown((255 - scene.mask).astype(np.uint8), 6)
    left = np.median(scene.whole(one)[core], axis=0) - OBJECT
    cast = np.array(OBJECT) * 0.95 - 6 - OBJECT
    assert left == pytest.approx(cast * (1 - strength), abs=1.5)
    assert one.matched is (strength > 0)


def test_an_answer_that_shows_something_else_is_taken_as_it_is(scene: Scene) -> None:
    answer = (255 - scene.sent()).astype(np.uint8)
    one = scene.compose(answer)
    inside = scene.mask > 0
    expected = scene.whole(scene.compose(answer, AS_IT_CAME))
    np.testing.assert_array_equal(scene.whole(one)[inside], expected[inside])
    assert not one.aligned
    assert not one.matched


def test_what_is_transparent_in_the_photo_has_no_say(photo: Bytes, mask: Bytes) -> None:
    pixels = in_depth(photo, 8, 4)
    pixels[:, 750:] = (255, 0, 255, 0)
    scene = Scene.of(pixels, mask)
    answer = scene.answer(**CAST)
    answer[:, 700:] = (0, 255, 0)
    result = scene.whole(scene.compose(answer))
    core = ~grown((255 - mask).astype(np.uint8), 10)
    core[:, 680:] = False
    assert np.abs(np.median(result[core][:, :3], axis=0) - OBJECT).max() <= 3


def sky(height: int = 900, width: int = 1200) -> np.ndarray:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack((70 + y * 0.03, 110 + y * 0.02 + x * 0.005, 190 - x * 0.01), axis=2).astype(np.float32)


def test_a_deep_photo_gets_no_bands() -> None:
    true = sky()
    pixels = np.rint(true * 257).astype(np.uint16)
    scene = Scene.of(pixels, ellipse(900, 1200))
    result = scene.whole(scene.compose(scene.answer(**PALE)))
    inside = scene.mask > 0
    apart = result[inside] / 257 - true[inside]
    assert np.abs(apart).max() < 1.2
    # Bands would be runs of equal values, a level high, across a gradient that rises by 0.02 a row.
    column = result[300:600, 540, 1].astype(int)
    assert len(np.unique(column)) > 150
    assert np.abs(np.diff(column)).max() < 0.35 * 257


def test_a_grainy_photo_gets_grain_and_a_clean_one_does_not() -> None:
    true = sky()
    noise = cv2.GaussianBlur(np.random.default_rng(0).normal(0, 1, true.shape).astype(np.float32), (0, 0), 0.7)
    pixels = np.clip(np.rint(true + noise * (6 / noise.std())), 0, 255).astype(np.uint8)
    clean = np.rint(true).astype(np.uint8)
    scene = Scene.of(pixels, ellipse(900, 1200))
    answer = scene.answer(clean, colour=None, noise=0.5)
    core = ~grown((255 - scene.mask).astype(np.uint8), 4)
    band = grown(scene.mask, 14) & (scene.mask == 0)
    for share, expected in ((None, 6), (0.0, 0.6), (0.5, 3)):
        one = scene.compose(answer, BlendSettings(grain=share))
        assert one.grained is (share != 0.0)
        noise_left = scene.whole(one) - true
        assert noise_left[core].std() == pytest.approx(expected, rel=0.2)
        if share is None:
            assert noise_left[band].std() == pytest.approx(6, rel=0.2)
    smooth = Scene.of(clean, ellipse(900, 1200))
    assert not smooth.compose(smooth.answer(clean, colour=None, noise=0.5)).grained


# --- local engines ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [8, 16])
def test_an_answer_that_left_the_ring_alone_goes_in_byte_for_byte(photo: Bytes, mask: Bytes, depth: int) -> None:
    scene = Scene.of(in_depth(photo, depth, 3), mask, rules=AnySize())
    answer = scene.answer()
    one = scene.compose(answer)
    assert (one.aligned, one.matched, one.grained, one.shift) == (False, False, False, (0.0, 0.0))
    inside = mask[one.rect.slices] > 0
    came = in_depth(answer[one.rect.moved(-scene.plan.crop.x, -scene.plan.crop.y).slices], depth, 3)
    np.testing.assert_array_equal(one.patch[inside], came[inside])


# --- extension -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", list(BlendMode))
@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_an_extensions_seam_vanishes(photo: Bytes, mode: BlendMode, side: str) -> None:
    true = photo[100:800, 100:1100]
    margins = Margins(**{side: 150})
    old = Rect.of_edges(margins.left, margins.top, 1000 - margins.right, 700 - margins.bottom)
    scene = Scene.of(np.ascontiguousarray(true[old.slices]), None, margins)
    answer = scene.answer(np.ascontiguousarray(true), **ALL, colour=None)
    one = scene.compose(answer, BlendSettings(mode=mode))
    result = scene.whole(one)
    np.testing.assert_array_equal(result[old.slices], true[old.slices])
    kept = np.zeros((700, 1000), np.uint8)
    kept[old.slices] = 255
    seam = grown(kept, 12) & (kept == 0)
    came = scene.whole(scene.compose(answer, AS_IT_CAME))
    assert low_pass_error(true, result, seam) < 0.1 * low_pass_error(true, came, seam)


def test_growing_a_mask_does_not_grow_a_new_area(photo: Bytes) -> None:
    mask = ellipse(700, 900, 0.08)
    scene = Scene.of(np.ascontiguousarray(photo[:700, :900]), mask, Margins(right=100))
    one = scene.compose(scene.answer(**ALL), BlendSettings(grow=6, feather=4))
    changed = (scene.whole(one)[:, :900] != photo[:700, :900]).any(axis=2)
    assert not changed[~grown(mask, 11)].any()
    assert changed[grown(mask, 3)].mean() > 0.95


# --- blending again --------------------------------------------------------------------------------------------


def test_what_was_fitted_once_serves_every_other_blend(scene: Scene) -> None:
    answer = scene.answer(**ALL)
    fitted = fit(scene.canvas, scene.plan, answer, scene.codec)
    for blend in (BlendSettings(feather=3), BlendSettings(match=0.3, opacity=0.5), BlendSettings(grow=-4)):
        again = composing.compose(scene.canvas, scene.plan, answer, scene.codec, blend, fitted=fitted)
        anew = scene.compose(answer, blend)
        assert again.rect == anew.rect
        np.testing.assert_array_equal(again.patch, anew.patch)


@pytest.mark.parametrize("pixels", [-10, 10])
def test_the_mask_grows_and_shrinks(scene: Scene, photo: Bytes, pixels: int) -> None:
    result = scene.whole(scene.compose(scene.answer(), BlendSettings(grow=pixels, feather=0)))
    object_ = (result == OBJECT).all(axis=2)
    reach = cv2.distanceTransform(scene.mask, cv2.DIST_L2, 5)
    away = cv2.distanceTransform((scene.mask == 0).astype(np.uint8), cv2.DIST_L2, 5)
    if pixels < 0:
        assert object_[reach > 12].all()
        assert not object_[(reach > 0) & (reach < 9)].any()
    changed = (result != photo).any(axis=2)
    assert not changed[away > max(0, pixels) + 1].any()


def test_opacity_lets_the_photo_through(scene: Scene, photo: Bytes) -> None:
    for opacity in (0.0, 0.5):
        result = scene.whole(scene.compose(scene.answer(), BlendSettings(opacity=opacity, feather=0)))
        core = scene.mask > 0
        expected = photo[core] * (1 - opacity) + np.array(OBJECT) * opacity
        assert np.abs(result[core] - expected).mean() < 1.5


def test_a_shrunk_mask_may_vanish(scene: Scene, photo: Bytes) -> None:
    one = scene.compose(scene.answer(), BlendSettings(grow=-500))
    np.testing.assert_array_equal(scene.whole(one), photo)


def test_the_gradient_mode_closes_a_border_that_matching_does_not() -> None:
    true = np.rint(sky()).astype(np.uint8)
    scene = Scene.of(true, ellipse(900, 1200))
    answer = scene.answer(colour=None, offset=9.0)
    plain, closed = (
        scene.compose(answer, replace(AS_IT_CAME, feather=0, mode=mode))
        for mode in (BlendMode.NORMAL, BlendMode.POISSON)
    )
    errors = [float(np.abs(scene.whole(one).astype(int) - true).mean()) for one in (plain, closed)]
    assert errors[1] < 0.1 * errors[0]


def test_the_same_answer_is_composed_the_same_way_every_time(scene: Scene) -> None:
    answer = scene.answer(**ALL, noise=1.0)
    first, second = scene.compose(answer), scene.compose(answer)
    np.testing.assert_array_equal(first.patch, second.patch)


def test_a_result_can_borrow_the_photos_memory_and_gives_it_back(scene: Scene, photo: Bytes) -> None:
    one = scene.compose(scene.answer(shift=(2.0, 1.0)))
    base = Picture(photo.copy())
    wanted = composing.apply(base, one.rect, one.patch)
    with composing.laid_on(base, one) as whole:
        assert whole.pixels is base.pixels
        assert np.array_equal(whole.pixels, wanted.pixels)
        assert not whole.pixels.flags.writeable
    assert np.array_equal(base.pixels, photo)
    assert not base.pixels.flags.writeable
    shared = Picture(photo.copy()[:])
    with composing.laid_on(shared, one) as whole:
        assert whole.pixels is not shared.pixels
        assert np.array_equal(whole.pixels, wanted.pixels)
