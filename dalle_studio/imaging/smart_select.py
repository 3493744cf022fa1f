"""Smart select: the object in a box, or the one that strokes run over, with its own edge.

GrabCut (Rother, Kolmogorov & Blake 2004) at a reduced size, first coarse until it settles, then once more finer; the
edge is then found at full size (`matting`). What is transparent counts as it looks (`visible`). Within two seconds for
any photo, on any thread; every run gives the same.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.imaging import morphology, strokes
from dalle_studio.imaging.matting import BAND, refined
from dalle_studio.imaging.selection import nothing
from dalle_studio.imaging.stopping import ShouldStop, check, never
from dalle_studio.imaging.visible import Colours, Visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Labels: TypeAlias = "NDArray[np.uint8]"

_Flags: TypeAlias = "NDArray[np.bool_]"

_COARSE: Final = 60_000
_FINE: Final = 250_000
"""Pixels of the two reductions."""

_ROUNDS: Final = 3
_SETTLED: Final = 0.002
"""Coarse rounds end when no larger share of the labels changes."""

_GRAIN: Final = 4
"""Levels of noise; see `_in_lab`."""

_SEARCH: Final = 4
"""How far, in coarse pixels, the fine cut may lie from the coarse one."""

_CRUMB: Final = 0.03
"""Parts smaller than this share of the largest one belong to the background; holes as small are closed."""

_MAIN_COLOURS: Final = 6

_AROUND: Final = 0.7
"""How far around strokes the object may reach, in their extent."""

_ONE_AT_A_TIME = threading.Lock()  # GrabCut starts from OpenCV's random seed


@dataclass(frozen=True, slots=True)
class Stroke:
    """A mark on the object: points in photo pixels, and the radius of the pen."""

    points: Sequence[tuple[float, float]]
    radius: float


def select_in_box(pixels: Pixels, box: Rect, should_stop: ShouldStop = never) -> FrozenMask:
    """The object in `box`, which the box should surround closely; everything outside the box is background.

    Nothing when no object stands out. `pixels` (h, w, 3|4), 8 or 16 bits. Raises Cancelled when told to stop.
    """
    size = Size(pixels.shape[1], pixels.shape[0])
    box = box.clipped(size)
    if box.width < 3 or box.height < 3:
        return nothing(size)
    # The background learns its colours from a frame around the box.
    region = box.grown(max(8, round(0.15 * max(box.width, box.height)))).clipped(size)
    photo = Visible.around(pixels, region)
    small = _reduced(photo, region, _FINE)
    labels = np.full(small.shape[:2], cv2.GC_BGD, np.uint8)
    inner = _scaled(box, region, small)
    labels[inner.slices] = cv2.GC_PR_FGD
    if region == box:  # the whole photo: its rim is the best guess
        rim = max(1, min(labels.shape) // 40)
        labels[:] = cv2.GC_BGD
        labels[rim:-rim, rim:-rim] = cv2.GC_PR_FGD
    inside = _parts(_cut(small, labels, should_stop))
    return refined(photo, region, small, inside, should_stop)


def select_by_strokes(
    pixels: Pixels,
    foreground: Sequence[Stroke],
    background: Sequence[Stroke] = (),
    known: FrozenMask | None = None,
    *,
    removes: bool = False,
    should_stop: ShouldStop = never,
) -> FrozenMask:
    """The object that the `foreground` strokes run over, without what the `background` strokes run over.

    `known` is what is masked already; it tells how the object looks. The result is then only what is to be added to
    it, or, with `removes`, to be taken from it, and the rest of its edge stays. The object is looked for up to about
    the strokes' own extent around them. Raises Cancelled when told to stop.
    """
    size = Size(pixels.shape[1], pixels.shape[0])
    marked = _extent(foreground).clipped(size)
    if marked.is_empty:
        return nothing(size)
    region = marked.grown(max(64, round(_AROUND * max(marked.width, marked.height)))).clipped(size)
    photo = Visible.around(pixels, region)
    small = _reduced(photo, region, _FINE)
    labels = np.full(small.shape[:2], cv2.GC_PR_BGD, np.uint8)
    start = _drawn(foreground, region, small)
    if not start.any():
        return nothing(size)
    frame, ends = _frame(region, size, small)
    alike = _alike(small, start > 0, frame & (start == 0))
    labels[alike] = cv2.GC_PR_FGD
    labels[frame & ~(ends & alike)] = cv2.GC_BGD
    before = np.zeros(small.shape[:2], np.bool_)
    if known is not None:
        shape = (small.shape[1], small.shape[0])
        before = (cv2.resize(known.cut(region), shape, interpolation=cv2.INTER_AREA) > 127) != removes
        labels[before] = cv2.GC_FGD
    labels[_drawn(background, region, small) > 0] = cv2.GC_BGD
    labels[start > 0] = cv2.GC_FGD
    inside = _cut(small, labels, should_stop)
    found = _touching(np.where(before, 0, inside).astype(np.uint8), start)
    # A little of what was known already, so that no seam shows where the two meet.
    overlap = cv2.dilate(found, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (6 * BAND + 1, 6 * BAND + 1)))
    found[before & (overlap > 0) & (inside > 0)] = 255
    return refined(photo, region, small, found, should_stop)


def _cut(small: Colours, labels: _Labels, should_stop: ShouldStop) -> MaskPixels:
    """Object (255) and background (0) in `small`, from what `labels` knows or guesses."""
    shrink = min(1.0, math.sqrt(_COARSE / labels.size))
    width, height = max(2, round(labels.shape[1] * shrink)), max(2, round(labels.shape[0] * shrink))
    coarse = cast("Colours", cv2.resize(small, (width, height), interpolation=cv2.INTER_AREA))
    guess = cast("_Labels", cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST))
    models = (np.zeros((1, 65)), np.zeros((1, 65)))
    if not _two_sides(guess):
        return cast("MaskPixels", np.where(labels % 2 == 1, 255, 0).astype(np.uint8))
    mode = cv2.GC_INIT_WITH_MASK
    for _ in range(_ROUNDS):
        check(should_stop)
        before = guess.copy()
        _round(coarse, guess, models, mode)
        mode = cv2.GC_EVAL
        if not _two_sides(guess) or np.count_nonzero(before != guess) <= _SETTLED * guess.size:
            break
    inside = cv2.resize((guess & 1) * np.uint8(255), labels.shape[::-1], interpolation=cv2.INTER_LINEAR)
    if shrink == 1.0 or not _two_sides(guess):
        return cast("MaskPixels", np.where(inside > 127, 255, 0).astype(np.uint8))
    check(should_stop)
    fine = np.where(inside > 127, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    near = cv2.blur(inside, (2 * round(_SEARCH / shrink) + 1,) * 2)
    fine[near == 255] = cv2.GC_FGD
    fine[near == 0] = cv2.GC_BGD
    sure = (labels == cv2.GC_FGD) | (labels == cv2.GC_BGD)
    fine[sure] = labels[sure]
    _round(small, fine, models, cv2.GC_EVAL_FREEZE_MODEL)
    return cast("MaskPixels", (fine & 1) * np.uint8(255))


def _round(image: Colours, labels: _Labels, models: tuple[NDArray[np.float64], NDArray[np.float64]], mode: int) -> None:
    with _ONE_AT_A_TIME:
        cv2.setRNGSeed(1)
        cv2.grabCut(_in_lab(image), labels, (0, 0, 1, 1), models[0], models[1], 1, mode)


def _in_lab(image: Colours) -> Colours:
    """In Lab, where one thing's colours lie closer together, and with a little noise.

    In plain areas without noise, as drawings have them, OpenCV's GrabCut never comes back (5.0).
    """
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2Lab)
    noise = np.random.default_rng(1).integers(0, _GRAIN, image.shape, np.uint8)
    return cast("Colours", np.minimum(lab, np.uint8(256 - _GRAIN)) + noise)


def _two_sides(labels: _Labels) -> bool:
    """GrabCut fails without at least a few pixels of both."""
    inside = int(np.count_nonzero(labels & 1))
    return 5 <= inside <= labels.size - 5


def _parts(inside: MaskPixels) -> MaskPixels:
    """Without crumbs, and without holes of a crumb's size."""
    _, _, statistics, _ = cv2.connectedComponentsWithStats(inside, connectivity=8)
    if len(statistics) < 2:
        return inside
    crumb = max(2, int(_CRUMB * int(statistics[1:, cv2.CC_STAT_AREA].max())))
    mask = morphology.remove_specks(FrozenMask.of(inside), crumb)
    return morphology.fill_holes(mask, crumb // 4).full()


def _touching(inside: MaskPixels, start: MaskPixels) -> MaskPixels:
    """The connected parts that a stroke runs over."""
    _, labels = cv2.connectedComponents(inside, connectivity=4)
    hit = np.unique(labels[(start > 0) & (inside > 0)])
    return cast("MaskPixels", np.where(np.isin(labels, hit), 255, 0).astype(np.uint8) & inside)


def _reduced(photo: Visible, region: Rect, area: int) -> Colours:
    """`region` with about `area` pixels, or as it is when it has fewer."""
    shrink = math.sqrt(region.area / area)
    # Every n-th pixel still leaves 4 × 4 of them to average.
    colours = np.ascontiguousarray(photo.part(region, int(shrink / 4) if shrink > 8 else 1))
    if shrink <= 1:
        return colours
    size = (max(2, round(region.width / shrink)), max(2, round(region.height / shrink)))
    return cast("Colours", cv2.resize(colours, size, interpolation=cv2.INTER_AREA))


def _scaled(rect: Rect, region: Rect, small: Colours) -> Rect:
    across, down = small.shape[1] / region.width, small.shape[0] / region.height
    return Rect.of_edges(
        round((rect.left - region.left) * across),
        round((rect.top - region.top) * down),
        round((rect.right - region.left) * across),
        round((rect.bottom - region.top) * down),
    )


def _frame(region: Rect, size: Size, small: Colours) -> tuple[_Flags, _Flags]:
    """The rim of the region, and its sides along the photo's own edge, where objects may run out of the photo."""
    height, width = small.shape[0], small.shape[1]
    rim = max(1, min(height, width) // 50)
    frame, ends = np.zeros((2, height, width), np.bool_)
    for side, is_end in (
        (np.s_[:rim], region.top == 0),
        (np.s_[-rim:], region.bottom == size.height),
        (np.s_[:, :rim], region.left == 0),
        (np.s_[:, -rim:], region.right == size.width),
    ):
        frame[side] = True
        if is_end:
            ends[side] = True
    return frame, ends


def _alike(image: Colours, some: _Flags, others: _Flags) -> _Flags:
    """Where a colour is nearer to the main colours of `some` pixels than to those of `others`: a first guess."""
    if not others.any():
        return some
    colours = cv2.cvtColor(image, cv2.COLOR_RGB2Lab).astype(np.float32)
    distances = [_distance(colours, _main_colours(colours[where])) for where in (some, others)]
    return distances[0] < distances[1]


def _main_colours(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    few = colours[:: max(1, len(colours) // 5000)]
    count = min(_MAIN_COLOURS, len(few))
    until = (cv2.TERM_CRITERIA_COUNT, 8, 0.0)
    which = np.zeros((len(few), 1), np.int32)
    with _ONE_AT_A_TIME:
        cv2.setRNGSeed(1)
        return cast("NDArray[np.float32]", cv2.kmeans(few, count, which, until, 1, cv2.KMEANS_PP_CENTERS)[2])


def _distance(colours: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared, to the nearest centre."""
    nearest = np.full(colours.shape[:2], np.inf, np.float32)
    for centre in centres:
        np.minimum(nearest, ((colours - centre) ** 2).sum(axis=2), out=nearest)
    return nearest


def _extent(marks: Sequence[Stroke]) -> Rect:
    extent = Rect(0, 0, 0, 0)
    for mark in marks:
        for x, y in mark.points:
            extent = extent.united(Rect.around(x, y, x, y, mark.radius))
    return extent


def _drawn(marks: Sequence[Stroke], region: Rect, small: Colours) -> MaskPixels:
    """The strokes at the reduced size, never thinner than a pixel."""
    out = np.zeros(small.shape[:2], np.uint8)
    across, down = small.shape[1] / region.width, small.shape[0] / region.height
    for mark in marks:
        at = [((x - region.x) * across, (y - region.y) * down) for x, y in mark.points]
        for start, end in zip(at, at[1:] or at, strict=False):
            strokes.stamp_segment(out, (0, 0), start, end, radius=max(1.0, mark.radius * across))
    return cast("MaskPixels", np.where(out > 127, 255, 0).astype(np.uint8))
