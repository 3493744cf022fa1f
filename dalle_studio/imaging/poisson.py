"""Smooth surfaces through known values, and the gradient-domain mode of blending that rests on them.

A membrane is stretched over what is known and continues into what is not, without bumps of its own (Laplace's equation
where nothing is known). Solved by multigrid, so that the time is that of a few passes over the pixels, at any size.
Pure functions on float arrays of one region; safe on any thread.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]

PINNED: Final = 1e3
"""Weight against a stiffness of 1 that holds a value as it is, to a thousandth."""

_SMALLEST: Final = 6
"""Longest side in cells of the coarsest grid."""

_NEIGHBOURS: Final = np.array(((0, 1, 0), (1, 0, 1), (0, 1, 0)), np.float32)


def membrane(values: Floats, weight: Floats, stiffness: float, *, cycles: int = 2) -> Floats:
    """The surface M, (h, w, c), that makes the sum of weight·(M - values)² + stiffness·|grad M|² smallest.

    `weight` is (h, w), 0 where a value is unknown (whatever `values` holds there). Values are followed over lengths
    of more than about sqrt(stiffness / weight) pixels. All zeros when nothing is known.
    Method: full multigrid with damped Jacobi sweeps (Brandt 1977), free edges.
    """
    if not weight.any():
        return np.zeros_like(values)
    return _solved(values * weight[..., None], weight, np.float32(stiffness), cycles)


def clone(photo: Floats, answer: Floats, inside: Flags) -> Floats:
    """`answer` where `inside`, with its own gradients but the photo's values all round; `photo` elsewhere.

    All (h, w, 3). What separates the two along the border is spread over the inside (Poisson editing as a membrane:
    Pérez, Gangnet & Blake 2003, eq. 5), so that no step is left. For plain areas: a border through different things
    would bleed. Sides of the region that nothing kept touches are left free, as at a photo's own edge.
    """
    known = np.logical_not(inside)
    if not known.any():
        return answer.copy()
    weight = known.astype(np.float32)
    apart = (photo - answer) * weight[..., None]
    # Grain on the border would be drawn inwards as streaks: follow its mean.
    near = np.maximum(cv2.GaussianBlur(weight, (0, 0), 1.5), np.float32(1e-4))
    apart = cast("Floats", cv2.GaussianBlur(apart, (0, 0), 1.5) / near[..., None])
    out = answer + membrane(apart, weight * np.float32(PINNED), 1.0, cycles=3)
    np.copyto(out, photo, where=known[..., None])
    return out


def _solved(load: Floats, weight: Floats, stiffness: np.float32, cycles: int) -> Floats:
    """From the coarsest grid upwards: each solution is the next one's beginning."""
    height, width = weight.shape
    if max(height, width) <= _SMALLEST:
        return _directly(load, weight, stiffness)
    surface = _finer(_solved(_coarser(load), _coarser(weight), stiffness, cycles), height, width)
    for _ in range(cycles):
        surface = _cycle(surface, load, weight, stiffness)
    return surface


def _cycle(surface: Floats, load: Floats, weight: Floats, stiffness: np.float32) -> Floats:
    """One V-cycle for weight·M - stiffness·laplacian(M) = load."""
    height, width = weight.shape
    if max(height, width) <= _SMALLEST:
        return _directly(load, weight, stiffness)
    divisor = (weight + 4 * stiffness)[..., None]
    surface = _relaxed(surface, load, divisor, stiffness, 2)
    lacking = load - divisor * surface + stiffness * _around(surface)
    coarse_lack = _coarser(cast("Floats", lacking))
    better = _cycle(np.zeros_like(coarse_lack), coarse_lack, _coarser(weight), stiffness)
    return _relaxed(surface + _finer(better, height, width), load, divisor, stiffness, 2)


def _relaxed(surface: Floats, load: Floats, divisor: Floats, stiffness: np.float32, sweeps: int) -> Floats:
    for _ in range(sweeps):
        goal = _around(surface)
        goal *= stiffness
        goal += load
        goal /= divisor
        goal -= surface
        goal *= np.float32(0.8)
        surface = surface + goal
    return surface


def _around(surface: Floats) -> Floats:
    """Sum of the four neighbours; beyond the edge a pixel is its own neighbour, which leaves the edge free."""
    total = cv2.filter2D(surface, cv2.CV_32F, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE)
    return cast("Floats", total.reshape(surface.shape))


def _coarser(field: Floats) -> Floats:
    """Sums of two by two; an odd last row or column counts as if nothing followed."""
    height, width = field.shape[:2]
    even = cv2.copyMakeBorder(field, 0, height % 2, 0, width % 2, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    half = cv2.resize(even, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    return cast("Floats", (half * np.float32(4)).reshape((*half.shape[:2], *field.shape[2:])))


def _finer(field: Floats, height: int, width: int) -> Floats:
    size = (field.shape[1] * 2, field.shape[0] * 2)
    double = cv2.resize(field, size, interpolation=cv2.INTER_LINEAR)
    return cast("Floats", double[:height, :width].reshape((height, width, *field.shape[2:])))


def _directly(load: Floats, weight: Floats, stiffness: np.float32) -> Floats:
    """The solution on a grid of some cells, of which at least one weighs something."""
    system = np.diag(weight.ravel().astype(np.float64)) + float(stiffness) * _laplacian(*weight.shape)
    solution = np.linalg.solve(system, load.reshape(weight.size, -1))
    return cast("Floats", solution.astype(np.float32).reshape(load.shape))


@lru_cache(maxsize=64)
def _laplacian(height: int, width: int) -> NDArray[np.float64]:
    """(cells, cells): what `4 M - _around(M)` is as a matrix."""
    cells = np.arange(height * width).reshape(height, width)
    found = np.zeros((cells.size, cells.size))
    for one, other in ((cells[1:], cells[:-1]), (cells[:, 1:], cells[:, :-1])):
        found[one, other] = found[other, one] = -1
    np.fill_diagonal(found, -found.sum(axis=1))
    return found
