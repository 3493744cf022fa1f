"""The fake server's hand: redraws a picture as an image model would, softly, perhaps shifted and off-colour."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from tests.fakes.rules import Job


@dataclass(frozen=True)
class Hand:
    """How it paints. `shift` in pixels of the answer, + right and down; `cast` is added, `gain` multiplied."""

    colour: tuple[int, int, int] | None = None
    """Of the edited area; None = from the prompt."""
    shift: tuple[int, int] = (0, 0)
    cast: tuple[int, int, int] = (0, 0, 0)
    gain: float = 1.0
    kind: str = "PNG"
    size: tuple[int, int] | None = None
    """Instead of the size asked for."""

    @classmethod
    def of(cls, wish: dict[str, Any]) -> Hand:
        """From JSON: lists become tuples."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in wish.items()
        }
        return cls(**values)


def colour_of(prompt: str, index: int = 0) -> tuple[int, int, int]:
    """A vivid colour that belongs to a prompt and a candidate's number."""
    digest = hashlib.sha256(f"{prompt}#{index}".encode()).digest()
    return (64 + digest[0] // 2, 64 + digest[1] // 2, 64 + digest[2] // 2)


def paint(job: Job, hand: Hand, index: int = 0) -> bytes:
    """The answer, encoded: the sent picture redrawn, with stripes of a colour where the mask says edit."""
    size = hand.size or (job.width, job.height)
    colour = hand.colour or colour_of(job.prompt, index)
    if job.picture is None:
        rows = np.linspace(0.5, 1.0, size[1], dtype=np.float32)[:, None, None]
        pixels = np.broadcast_to(rows * np.array(colour, np.float32), (size[1], size[0], 3)).copy()
    else:
        picture = job.picture.convert("RGB")
        if picture.size != size:
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        pixels = np.asarray(picture).astype(np.float32)
        if job.edit_area is not None:
            area = np.asarray(job.edit_area.resize(size, Image.Resampling.NEAREST)) > 127
            stripes = 0.8 + 0.2 * ((np.add.outer(np.arange(size[1]), np.arange(size[0])) // 8) % 2)
            pixels[area] = (stripes[..., None] * np.array(colour, np.float32))[area]
        else:
            pixels = 0.7 * pixels + 0.3 * np.array(colour, np.float32)
    pixels = np.roll(pixels, (hand.shift[1], hand.shift[0]), (0, 1))
    pixels = np.clip(pixels * hand.gain + np.array(hand.cast, np.float32), 0, 255)
    out = io.BytesIO()
    options = {"compress_level": 1} if hand.kind == "PNG" else {"quality": 92}
    image = Image.fromarray(pixels.astype(np.uint8))
    if job.clear:
        alpha = np.zeros((size[1], size[0]), np.uint8)
        alpha[size[1] // 4 : -(size[1] // 4), size[0] // 4 : -(size[0] // 4)] = 255
        image.putalpha(Image.fromarray(alpha))
    image.save(out, hand.kind, **options)
    return out.getvalue()
