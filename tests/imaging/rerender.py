"""What an image model sends back, made from a real photo: everything drawn anew, beside, larger, tinted, noisy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict, Unpack, cast

import cv2
import numpy as np
from numpy.typing import NDArray

OBJECT = (200, 60, 40)
"""Colour of the thing that was asked for."""

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]


def crop_of(photo: Path, x: int = 600, y: int = 300, width: int = 1024, height: int = 640) -> Bytes:
    pixels = cv2.imread(str(photo), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return cast("Bytes", np.ascontiguousarray(pixels[y : y + height, x : x + width]))


def ellipse(height: int, width: int, share: float = 0.18) -> Bytes:
    """A mask a little left of the middle."""
    mask = np.zeros((height, width), np.uint8)
    centre, axes = (int(width * 0.45), height // 2), (int(width * share), int(height * share))
    return cast("Bytes", cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1))


def grown(mask: Bytes, pixels: int) -> Flags:
    return cv2.dilate(mask, np.ones((2 * pixels + 1,) * 2, np.uint8)) > 0


class Changes(TypedDict, total=False):
    """What happens to the crop, in this order."""

    colour: tuple[int, int, int] | None
    """Of the object, which is drawn first; None = no object."""
    leak: int
    """Pixels by which the object is wider than the mask."""
    blur: float
    shift: tuple[float, float]
    """Where content ends up, in pixels right and down."""
    zoom: float
    """About the crop's centre."""
    gain: float
    offset: float
    noise: float


SHIFT = (3.4, -2.1)
ZOOM = 1.005
MOVED: Changes = {"shift": SHIFT, "zoom": ZOOM}
CAST: Changes = {"gain": 0.95, "offset": -6.0}


def rerender(photo: Bytes, mask: Bytes, **changes: Unpack[Changes]) -> Bytes:
    """The object is drawn first; then the whole crop is changed."""
    frame = photo.astype(np.float32)
    colour = changes.get("colour", OBJECT)
    if colour is not None:
        frame[grown(mask, changes.get("leak", 0))] = colour
    height, width = mask.shape
    if "blur" in changes:
        frame = cv2.GaussianBlur(frame, (0, 0), changes["blur"]).astype(np.float32)
    zoom, shift = changes.get("zoom", 1.0), changes.get("shift", (0.0, 0.0))
    if zoom != 1 or shift != (0.0, 0.0):
        x, y = (width - 1) / 2, (height - 1) / 2
        moved = np.array(((zoom, 0, x - zoom * x + shift[0]), (0, zoom, y - zoom * y + shift[1])))
        how, edge = cv2.INTER_LANCZOS4, cv2.BORDER_REFLECT_101
        frame = cv2.warpAffine(frame, moved, (width, height), flags=how, borderMode=edge).astype(np.float32)
    frame = frame * np.float32(changes.get("gain", 1.0)) + np.float32(changes.get("offset", 0.0))
    if "noise" in changes:
        frame += np.random.default_rng(0).normal(0, changes["noise"], frame.shape).astype(np.float32)
    return np.clip(np.rint(frame), 0, 255).astype(np.uint8)


def low_pass_error(photo: NDArray[Any], answer: NDArray[Any], keep: Flags, sigma: float = 3.0) -> float:
    """Mean difference on `keep` in levels, blurred by three pixels so that grain does not count."""
    share = keep.astype(np.float32)
    apart = (photo.astype(np.float32) - answer.astype(np.float32)) * share[..., None]
    near = np.maximum(cv2.GaussianBlur(share, (0, 0), sigma), 1e-3)
    low = cv2.GaussianBlur(apart, (0, 0), sigma) / near[..., None]
    return float(np.abs(low[keep]).mean())
