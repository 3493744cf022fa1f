"""Where results go: names chosen before anything is sent, files written atomically, and read back to be sure."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dalle_studio.assembly import House, Opened
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadUsage, StorageProblem
from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.records import Operation
from dalle_studio.workflow import composing
from dalle_studio.workflow.composing import Composition

STDOUT = Path("-")


@dataclass(frozen=True, slots=True)
class Written:
    """One file that was written. `path` is None for stdout."""

    path: Path | None
    identical: bool | None
    """Lossless files: whether every pixel read back is the composed one. None where the format loses some."""
    max_difference: int | None
    """Largest difference to the source outside the changed rectangle, in levels of the file's depth; in a JPEG outside
    one coded unit around it, since only whole units can be exchanged."""


def choose_outputs(options: argparse.Namespace, opened: Opened | None, count: int, report: Report) -> list[Path]:
    """The paths of `count` results. Raises before any money is spent: bad name, missing folder, the source itself."""
    wish: str | None = options.output
    if wish == "-":
        if report.as_json or count > 1:
            raise BadUsage("cli.stdout_with_json" if report.as_json else "cli.stdout_with_many")
        return [STDOUT]
    if wish is None:
        return _beside(opened, count)
    paths = _numbered(Path(wish), count)
    for path in paths:
        check_output(path, None if opened is None else opened.path, force=options.force)
    return paths


def check_output(path: Path, source: Path | None, *, force: bool) -> None:
    """BadUsage for the source itself without `--force`, StorageProblem for a folder that is not there."""
    from dalle_studio.formats import saving

    saving.format_for(path)
    if not path.parent.is_dir():
        raise StorageProblem("cli.no_folder", folder=str(path.parent))
    if path.is_dir():
        raise BadUsage("cli.output_is_folder", path=str(path))
    if not force and source is not None and path.exists() and source.exists() and path.samefile(source):
        raise BadUsage("cli.would_replace_source", path=str(path))


def write_composed(
    outputs: list[Path],
    canvas: Picture,
    compositions: tuple[Composition, ...],
    opened: Opened | None,
    house: House,
    report: Report,
    made_by: tuple[Operation, str],
) -> list[Written]:
    """Encode, write and read back every candidate. Fewer answers than outputs leave the last names unused.

    `made_by` is what was done and the name of the engine that did it.
    """
    written = []
    for path, one in zip(outputs, compositions, strict=False):
        picture = composing.apply(canvas, one.rect, one.patch, one.canvas)
        data, warnings = house.encode(picture, path if path != STDOUT else None, opened, (made_by,))
        for warning in warnings:
            report.warn(warning)
        if path == STDOUT:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            written.append(Written(None, None, None))
            continue
        house.write(path, data)
        written.append(_read_back(path, data, picture, canvas, one, house))
    return written


def _read_back(path: Path, data: bytes, picture: Picture, canvas: Picture, one: Composition, house: House) -> Written:
    came = house.open_bytes(data, path.name).pixels
    lossless = house.is_lossless(path, data)
    identical = bool(np.array_equal(came, picture.pixels)) if lossless and came.dtype == picture.pixels.dtype else None
    if canvas.size != picture.size or one.rect == Rect.of_size(picture.size):
        return Written(path, identical, None)
    near = one.rect.grown(house.largest_block(path, data))
    return Written(path, identical, _difference_outside(canvas.pixels, came, near))


def _difference_outside(before: Pixels, after: Pixels, rect: Rect) -> int:
    """Largest absolute difference outside `rect`, in strips, so that it needs no second picture's worth of memory."""
    if before.dtype != after.dtype or before.shape != after.shape:
        after = _alike(after, before)
    worst = 0
    for top in range(0, before.shape[0], 256):
        rows = slice(top, min(top + 256, before.shape[0]))
        a, b = before[rows], after[rows]
        if np.array_equal(a, b):
            continue
        difference = np.abs(a.astype(np.int32) - b.astype(np.int32))
        inside = Rect(0, top, before.shape[1], rows.stop - top).intersected(rect)
        if not inside.is_empty:
            difference[inside.moved(0, -top).slices] = 0
        worst = max(worst, int(difference.max()))
    return worst


def _alike(pixels: Pixels, like: Pixels) -> Pixels:
    """Another depth or channel count, in the form of `like`: what the file can't hold counts as a difference."""
    if pixels.dtype != like.dtype:
        pixels = (
            (pixels.astype(np.uint32) * 257).astype(np.uint16)
            if like.dtype == np.uint16
            else (pixels >> 8).astype(np.uint8)
        )
    if pixels.shape[2] < like.shape[2]:
        opaque = np.full((*pixels.shape[:2], 1), np.iinfo(pixels.dtype).max, pixels.dtype)
        pixels = np.concatenate((pixels, opaque), axis=2)
    return pixels[..., : like.shape[2]]


def _beside(opened: Opened | None, count: int) -> list[Path]:
    """`NAME-edit.EXT` beside the source, taking the next free number."""
    from dalle_studio.formats import saving

    if opened is None or opened.path is None:
        raise BadUsage("cli.output_needed")
    source = opened.path
    suffix = source.suffix if saving.can_write(source) else ".png"
    number = 1
    while True:
        stem = f"{source.stem}-edit" if number == 1 else f"{source.stem}-edit-{number}"
        paths = _numbered(source.with_name(stem + suffix), count)
        if not any(path.exists() for path in paths):
            return paths
        number += 1


def _numbered(path: Path, count: int) -> list[Path]:
    if count == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, count + 1)]
