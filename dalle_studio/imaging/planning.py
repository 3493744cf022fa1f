"""The sizing planner: which crop of the photo is sent, at which size, and how the answer comes back.

Whenever a size that the rules allow fits into the photo around the mask, the crop has exactly that size and nothing is
resampled. Else the context shrinks, and only then pixels are scaled; what the photo cannot supply is padding, which
repeats the edge and belongs to the mask. Pure functions on values and arrays; safe on any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.errors import BadInput
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.core.plan import AnySize, FixedSizes, FreeSizes, Plan, SizeRules
from dalle_studio.imaging.morphology import disc

LEAST_CONTEXT: Final = 32
"""Pixels of surroundings that are kept before anything is scaled down."""

THIN: Final = 16
"""Padding narrower than this a side pair is cheaper than resampling the whole crop by a hair."""

WASTE: Final = 2.0
"""What a share of padding weighs against the logarithm of the scale when a size is chosen."""

Sizes: TypeAlias = NDArray[np.int64]
"""(n, 2): widths and heights."""


def default_context(photo: Size, bounds: Rect) -> int:
    """Pixels of surroundings worth sending around a mask with these bounds."""
    return max(photo.longest // 16, (bounds.width + bounds.height) // 4)


def make_plan(
    photo: Size,
    bounds: Rect,
    rules: SizeRules,
    *,
    context: int | None = None,
    forced: Size | None = None,
) -> Plan:
    """The plan for an edit inside `bounds` (photo pixels) under an engine's size rules.

    `context` is how many pixels of surroundings the user wants sent (None = `default_context`; a wish, not a promise).
    `forced` is the size to send. Raises BadInput when the bounds are empty or the rules do not allow `forced`.
    """
    bounds = bounds.clipped(photo)
    if bounds.is_empty:
        raise BadInput("errors_imaging.empty_mask")
    wish = default_context(photo, bounds) if context is None else max(0, context)
    if forced is not None:
        if not rules.allows(forced):
            names = ", ".join(str(size) for size in nearest_sizes(forced, rules))
            raise BadInput("errors_imaging.size_not_allowed", size=forced, nearest=names)
        return _Scene(photo, bounds, wish).plan(forced, rules)
    match rules:
        case AnySize():
            crop = bounds.grown(wish).clipped(photo)
            return Plan(photo, crop, crop.size, Rect.of_size(crop.size))
        case FixedSizes():
            return _plan_fixed(_Scene(photo, bounds, wish), rules)
        case FreeSizes():
            return _plan_free(_Scene(photo, bounds, wish), rules, chosen=context is not None)


@lru_cache(maxsize=64)
def context_range(photo: Size, bounds: Rect, rules: SizeRules) -> tuple[int, int]:
    """Between which contexts the crop changes: below the first it stays as small, above the second as large."""
    longest = photo.longest

    def sent(context: int) -> tuple[Size, Size]:
        plan = make_plan(photo, bounds, rules, context=context)
        return plan.sent, plan.crop.size

    smallest, largest = sent(0), sent(longest)
    if smallest == largest:
        return 0, 0
    # A larger context never leads to a smaller crop, so both ends can be bisected.
    low, beyond = 0, longest
    while beyond - low > 1:
        middle = (low + beyond) // 2
        low, beyond = (middle, beyond) if sent(middle) == smallest else (low, middle)
    below, high = low, longest
    while high - below > 1:
        middle = (below + high) // 2
        below, high = (below, middle) if sent(middle) == largest else (middle, high)
    return low, high


def nearest_sizes(size: Size, rules: SizeRules, count: int = 3) -> list[Size]:
    """Up to `count` sizes that the rules allow, nearest first."""
    if isinstance(rules, AnySize):
        return [size]
    legal = _legal_sizes(rules) if isinstance(rules, FreeSizes) else _listed(rules)
    distance = ((legal - (size.width, size.height)) ** 2).sum(axis=1)
    return [Size(int(w), int(h)) for w, h in legal[np.argsort(distance, kind="stable")[:count]]]


# --- choosing a size -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scene:
    """What has to be seen: the bounds, with as much of the context as there is room for."""

    photo: Size
    bounds: Rect
    context: int

    def around(self, context: int) -> Rect:
        return self.bounds.grown(context).clipped(self.photo)

    def scales(self, sizes: Sizes) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """For each size to send: sent pixels per photo pixel, the share that is padding, whether that is no or thin.

        Scale 1 wherever the bounds fit, then the scale nearest to 1 that needs no padding, then a letterbox.
        """
        photo = np.array((self.photo.width, self.photo.height))
        tight = self.around(min(self.context, LEAST_CONTEXT))
        fills = (sizes / photo).max(axis=1)  # from this scale on the photo fills the size
        holds = (sizes / (tight.width, tight.height)).min(axis=1)  # up to this scale the size holds what must be seen
        exact = (sizes >= (self.bounds.width, self.bounds.height)).all(axis=1)
        exact &= (sizes - photo < THIN).all(axis=1)
        # A letterbox that misses scale 1 by a few pixels is not worth resampling either.
        near = (fills > holds) & (holds >= 1.0) & ((sizes - (tight.width, tight.height)).min(axis=1) < THIN)
        scale = np.where(exact | near, 1.0, np.minimum(np.maximum(fills, 1.0), holds))
        waste = 1.0 - np.minimum(1.0, photo * scale[:, None] / sizes).prod(axis=1)
        return scale, waste, exact

    def plan(self, sent: Size, rules: SizeRules) -> Plan:
        """The plan that sends this very size."""
        scale = float(self.scales(np.array([(sent.width, sent.height)], np.int64))[0][0])
        width, placed_width = _side(sent.width, self.photo.width, scale)
        height, placed_height = _side(sent.height, self.photo.height, scale)
        views = [self.around(context) for context in (self.context, min(self.context, LEAST_CONTEXT), 0)]
        left = _start([(view.left, view.right) for view in views], width, self.photo.width)
        top = _start([(view.top, view.bottom) for view in views], height, self.photo.height)
        crop = Rect(left, top, width, height)
        placed = Rect((sent.width - placed_width) // 2, (sent.height - placed_height) // 2, placed_width, placed_height)
        experimental = isinstance(rules, FreeSizes) and sent.area > rules.preferred_area
        return Plan(self.photo, crop, sent, placed, experimental)


def _side(sent: int, photo: int, scale: float) -> tuple[int, int]:
    """One side of the crop in photo pixels and of its place in sent pixels; either fills `sent` or is all there is."""
    wanted = max(1, round(sent / scale))
    if wanted <= photo:
        return wanted, sent
    return photo, max(1, min(sent, round(photo * scale)))


def _start(views: list[tuple[int, int]], length: int, photo: int) -> int:
    """Where a crop of `length` starts: centred on the first view, over each that fits, the last above all."""
    start = (views[0][0] + views[0][1] - length) // 2
    for low, high in views:
        if high - low <= length:
            start = min(max(start, high - length), low)
    return min(max(start, 0), photo - length)


def _listed(rules: FixedSizes) -> Sizes:
    return np.array([(size.width, size.height) for size in rules.sizes], np.int64)


@lru_cache(maxsize=8)
def _legal_sizes(rules: FreeSizes) -> Sizes:
    """Every size that free-size rules allow; some 25,000 for the default rules."""
    sides = np.arange(rules.step, rules.longest + 1, rules.step)
    width, height = (side.ravel() for side in np.meshgrid(sides, sides))
    area = width * height
    legal = (area >= rules.min_area) & (area <= rules.max_area)
    legal &= np.maximum(width, height) <= rules.ratio * np.minimum(width, height)
    sizes: Sizes = np.stack((width[legal], height[legal])).astype(np.int64).T  # each column in one piece of memory
    sizes.flags.writeable = False
    return sizes


def _least_growth(rules: FreeSizes, wish: Rect, photo: Size, limit: int) -> Size | None:
    """The legal size inside the photo, at most `limit` pixels, that `wish` grows to most evenly, if any."""
    width, height = _legal_sizes(rules).T
    fits = (width >= wish.width) & (height >= wish.height) & (width <= photo.width) & (height <= photo.height)
    width, height = width[fits], height[fits]
    growth = (width - wish.width) ** 2 + (height - wish.height) ** 2
    growth[width * height > limit] = np.iinfo(np.int64).max
    if not growth.size or growth.min() == np.iinfo(np.int64).max:
        return None
    best = int(growth.argmin())
    return Size(int(width[best]), int(height[best]))


def _plan_free(scene: _Scene, rules: FreeSizes, *, chosen: bool) -> Plan:
    """Free sizes: exact wherever possible. A context that the user chose may cost the experimental area."""
    preferred, largest = rules.preferred_area, rules.max_area
    least = min(scene.context, LEAST_CONTEXT)
    if chosen:
        steps = [(scene.context, scene.context, preferred), (least, scene.context, largest), (0, least, largest)]
    else:
        steps = [(least, scene.context, preferred), (least, least, largest), (0, least, largest)]
    for low, high, limit in steps:
        sent = _widest(scene, rules, low, high, limit)
        if sent is not None:
            return scene.plan(sent, rules)
    return scene.plan(_scaled_size(scene, rules), rules)


def _widest(scene: _Scene, rules: FreeSizes, low: int, high: int, limit: int) -> Size | None:
    """The exact size for the largest context from `low` to `high` that has one."""
    best = _least_growth(rules, scene.around(low), scene.photo, limit)
    if best is None:
        return None
    while low < high:  # bisection: whatever holds a context also holds a smaller one
        middle = (low + high + 1) // 2
        found = _least_growth(rules, scene.around(middle), scene.photo, limit)
        if found is None:
            high = middle - 1
        else:
            low, best = middle, found
    return best


def _scaled_size(scene: _Scene, rules: FreeSizes) -> Size:
    """The size to send when the photo holds no legal crop around the bounds."""
    sizes = _legal_sizes(rules)
    scale, waste, thin = scene.scales(sizes)
    preferred = sizes.prod(axis=1) <= rules.preferred_area
    cost = np.abs(np.log(scale)) + WASTE * waste
    for choice in (thin & preferred, thin):
        if choice.any():
            return _cheapest(sizes[choice], waste[choice])
    if not preferred.any():
        return _cheapest(sizes, cost)
    best = int(np.argmin(np.where(preferred, cost, np.inf)))
    exact = scale == 1.0
    if scale[best] < 1.0 and exact.any():  # the ratio forbids an exact crop, but padding makes one
        return _cheapest(sizes[exact], cost[exact])
    return Size(int(sizes[best, 0]), int(sizes[best, 1]))


def _cheapest(sizes: Sizes, cost: NDArray[np.float64]) -> Size:
    width, height = sizes[np.lexsort((sizes.prod(axis=1), cost))[0]]
    return Size(int(width), int(height))


def _plan_fixed(scene: _Scene, rules: FixedSizes) -> Plan:
    """Listed sizes: the nearest ratio, exact where it fits, else the one that loses least."""
    sizes = _listed(rules)
    scale, waste, _ = scene.scales(sizes)
    wish, tight = scene.around(scene.context), scene.around(min(scene.context, LEAST_CONTEXT))
    shape = wish if (scale == 1.0).any() else tight
    stretch = np.abs(np.log(sizes[:, 0] / sizes[:, 1] * shape.height / shape.width)).round(9)
    cramped = (sizes < (tight.width, tight.height)).any(axis=1)
    short = (sizes < (wish.width, wish.height)).any(axis=1)
    area = sizes.prod(axis=1)
    # From the least important to the most important:
    order = np.lexsort(
        (
            waste,
            np.where(short, -area, area),  # the smallest that holds the wish, else the largest
            short,
            np.where(scale == 1.0, 0.0, np.abs(np.log(scale))).round(9),
            scale < 1.0,  # losing resolution
            stretch,
            (scale == 1.0) & cramped,
            scale != 1.0,
        )
    )
    return scene.plan(rules.sizes[int(order[0])], rules)


# --- carrying pixels there and back ----------------------------------------------------------------------------


def cut_pixels(plan: Plan, pixels: Pixels) -> Pixels:
    """What is sent, (sent.height, sent.width, c) in the depth of `pixels`: those of the whole photo, or of its crop.

    A crop that is sent as it is comes back as it is, not copied.
    """
    if pixels.shape[:2] == plan.photo.shape:
        pixels = pixels[plan.crop.slices]
    elif pixels.shape[:2] != plan.crop.size.shape:
        raise ValueError(f"the plan is for a photo of {plan.photo}, not {pixels.shape[1]}x{pixels.shape[0]}")
    is_ready = pixels.shape[:2] == plan.placed.size.shape and pixels.flags.c_contiguous
    cut = pixels if is_ready else _resampled(pixels, plan.placed.size)
    pad = plan.padding
    if pad.is_empty:
        return cut
    return cast("Pixels", cv2.copyMakeBorder(cut, pad.top, pad.bottom, pad.left, pad.right, cv2.BORDER_REPLICATE))


def cut_mask(plan: Plan, mask: FrozenMask, grow: int) -> MaskPixels:
    """The mask to send, (sent.height, sent.width), only 0 and 255, `grow` sent pixels wider than the user's.

    Any value above 0 counts as edit, since the blend shows a little of the answer there. Padding is edit.
    """
    if mask.size != plan.photo:
        raise ValueError(f"the plan is for a photo of {plan.photo}, not for a mask of {mask.size}")
    out = np.full(plan.sent.shape, 255, np.uint8)
    cut = cast("MaskPixels", cv2.threshold(mask.cut(plan.crop), 0, 255, cv2.THRESH_BINARY)[1])
    if not plan.is_exact:
        smaller = plan.placed.area < plan.crop.area
        # Reducing averages whole pixels and enlarging interpolates: what is touched at all stays above 0 either way.
        how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        wide = cv2.resize(cut.astype(np.float32), (plan.placed.width, plan.placed.height), interpolation=how)
        cut = cast("MaskPixels", (wide > 0).view(np.uint8) * np.uint8(255))
    if grow > 0:
        near = Rect(*cv2.boundingRect(cut)).grown(grow).clipped(plan.placed.size)
        cut[near.slices] = cv2.dilate(cut[near.slices], disc(grow))
    out[plan.placed.slices] = cut
    return out


def has_sent_size(plan: Plan, answer: Pixels) -> bool:
    """Whether an answer has the size that was asked for; `fit_answer` resamples it when not."""
    return answer.shape[:2] == plan.sent.shape


def fit_answer(plan: Plan, answer: Pixels) -> Pixels:
    """The answer in the size that was asked for: itself, or resampled."""
    return answer if has_sent_size(plan, answer) else _resampled(answer, plan.sent)


def paste_back(plan: Plan, answer: Pixels) -> Pixels:
    """The answer in photo pixels, (crop.height, crop.width, c): the exact inverse of `cut_pixels` at scale 1.

    An answer of another size than was asked for is resampled first.
    """
    return _resampled(fit_answer(plan, answer)[plan.placed.slices], plan.crop.size)


def _resampled(pixels: Pixels, size: Size) -> Pixels:
    """A contiguous copy of `size`: area averages to reduce, cubic to enlarge, each axis for itself."""
    height, width = pixels.shape[:2]
    if (height, width) == size.shape:
        return pixels.copy()
    # OpenCV's INTER_AREA falls back to plain bilinear as soon as one axis grows: reduce first, then enlarge.
    least = (min(width, size.width), min(height, size.height))
    if least != (width, height):
        pixels = cast("Pixels", cv2.resize(pixels, least, interpolation=cv2.INTER_AREA))
    if least != (size.width, size.height):
        pixels = cast("Pixels", cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_CUBIC))
    return pixels
