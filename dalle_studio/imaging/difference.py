"""Where two pictures differ, and by how much. Pure, for a pixel lane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import MaskPixels, Pixels

_ROWS: Final = 256
"""Rows compared at a time, so that no third picture is ever held."""


def changed_bounds(first: Pixels, second: Pixels) -> Rect:
    """The smallest rectangle outside which both, of one shape, are the same bytes."""
    if first.shape != second.shape:
        raise ValueError(f"pictures of {first.shape} and {second.shape}")
    if first is second:
        return Rect(0, 0, 0, 0)
    height = first.shape[0]
    bounds = Rect(0, 0, 0, 0)
    for top in range(0, height, _ROWS):
        rows = slice(top, min(height, top + _ROWS))
        if np.array_equal(first[rows], second[rows]):
            continue
        differs = (first[rows] != second[rows]).any(axis=2)
        down, across = np.nonzero(differs.any(axis=1))[0], np.nonzero(differs.any(axis=0))[0]
        found = Rect.of_edges(int(across[0]), top + int(down[0]), int(across[-1]) + 1, top + int(down[-1]) + 1)
        bounds = bounds.united(found)
    return bounds


def difference(first: Pixels, second: Pixels) -> MaskPixels:
    """(h, w) uint8: the largest difference of any channel, in 8-bit levels, rounded up: 0 means the same bytes."""
    out = np.zeros(first.shape[:2], np.uint8)
    for top in range(0, first.shape[0], _ROWS):
        rows = slice(top, top + _ROWS)
        if np.array_equal(first[rows], second[rows]):
            continue
        apart = cv2.absdiff(np.ascontiguousarray(first[rows]), np.ascontiguousarray(second[rows]))
        channels = cast("Pixels", apart).reshape(*apart.shape[:2], -1)
        largest = channels[..., 0].copy()
        for channel in range(1, channels.shape[2]):
            np.maximum(largest, channels[..., channel], out=largest)
        if largest.dtype == np.uint16:
            largest = np.minimum((largest.astype(np.uint32) + 256) // 257, 255).astype(np.uint16)
        out[rows] = largest
    return out


def count_outside(values: MaskPixels, places: Sequence[Rect]) -> int:
    """How many pixels of (h, w) are not 0 outside all of the places."""
    count = int(np.count_nonzero(values))
    covered: list[Rect] = []
    for place in places:
        parts = [place.intersected(Rect(0, 0, values.shape[1], values.shape[0]))]
        for other in covered:
            parts = [rest for part in parts for rest in _without(part, other)]
        count -= sum(int(np.count_nonzero(values[part.slices])) for part in parts)
        covered += parts
    return count


def _without(rect: Rect, hole: Rect) -> list[Rect]:
    """What of a rectangle lies outside another."""
    inner = rect.intersected(hole)
    if inner.is_empty:
        return [] if rect.is_empty else [rect]
    strips = (
        Rect.of_edges(rect.left, rect.top, rect.right, inner.top),
        Rect.of_edges(rect.left, inner.bottom, rect.right, rect.bottom),
        Rect.of_edges(rect.left, inner.top, inner.left, inner.bottom),
        Rect.of_edges(inner.right, inner.top, rect.right, inner.bottom),
    )
    return [strip for strip in strips if not strip.is_empty]
