"""Where results go: names chosen before anything is sent, files written atomically, and read back to be sure."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dalle_studio.assembly import House
from dalle_studio.cli import photos
from dalle_studio.cli.photos import Opened
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadUsage, StorageProblem
from dalle_studio.core.geometry import Margins, Rect, Region, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.records import Operation
from dalle_studio.formats import colour, saving
from dalle_studio.formats.suffixes import can_write
from dalle_studio.workflow import composing
from dalle_studio.workflow.composing import Composition

STDOUT = Path("-")
_LONGEST_NAME = 255  # bytes, on every file system in use


@dataclass(frozen=True, slots=True)
class Written:
    """One file that was written. `path` is None for stdout."""

    path: Path | None
    identical: bool | None
    """Lossless files: whether every pixel read back is the composed one. None where the format loses some."""
    max_difference: int | None
    """Largest difference to the source outside the changed rectangle, of 255 levels; in a JPEG outside one coded unit
    around it, since only whole units can be exchanged."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where the results go. With names of our own choosing (`beside`), a name that was taken while the engine worked
    is passed over, so that nothing is replaced that was not there before.
    """

    paths: list[Path]
    beside: Path | None = None
    """The source beside which names are chosen; None when the user named the output."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What an edit promised to leave alone: `inner` of the result, but for `touched` inside it."""

    inner: Rect
    touched: Region

    @classmethod
    def of(cls, one: Composition, margins: Margins, mask: FrozenMask | None, canvas: Size) -> Kept | None:
        """None where the whole picture is new."""
        if one.canvas != canvas:
            return None
        if margins.is_empty:
            return cls(Rect.of_size(canvas), (one.rect,))
        inner = margins.inner(
            Size(canvas.width - margins.left - margins.right, canvas.height - margins.top - margins.bottom)
        )
        touched = Rect(0, 0, 0, 0)
        if mask is not None and not mask.is_empty:
            touched = mask.bounds.grown(one.feather).moved(margins.left, margins.top).intersected(inner)
        return cls(inner, (touched,))


def choose_outputs(options: argparse.Namespace, opened: Opened | None, count: int, report: Report) -> Outputs:
    """Names for `count` results. Raises before any money is spent: a bad name, a folder that can't be written to,
    or one of the files that were given.
    """
    wish: str | None = options.output
    if wish == "-":
        if report.as_json or count > 1:
            raise BadUsage("cli.stdout_with_json" if report.as_json else "cli.stdout_with_many")
        return Outputs([STDOUT])
    if wish is None:
        if opened is None or opened.path is None:
            raise BadUsage("cli.output_needed")
        check_folder(opened.path.parent)
        return Outputs(beside(opened.path, count), opened.path)
    paths = _numbered(Path(wish), count)
    given = [getattr(options, "mask", None), *getattr(options, "reference", []), getattr(options, "markup", None)]
    sources = [None if opened is None else opened.path, *(Path(name) for name in given if name not in {None, "-"})]
    for path in paths:
        check_output(path, *sources, force=options.force)
    return Outputs(paths)


def check_output(path: Path, *sources: Path | None, force: bool, layers: bool = False) -> None:
    """BadUsage for one of the files that were given, unless `--force`; StorageProblem where nothing can be written.

    A file of layers is in a format of its own, which no picture is saved in.
    """
    from dalle_studio.formats import saving

    try:
        exists, is_folder = path.exists(), path.is_dir()
    except OSError as error:
        raise BadUsage("cli.name_too_long") from error
    if not path.name or is_folder:
        raise BadUsage("cli.output_is_folder", path=str(path))
    if not layers:
        saving.format_for(path)
    check_folder(path.parent)
    if exists and not path.is_file():
        raise BadUsage("cli.output_is_no_file", path=str(path))
    for source in sources if exists and not force else ():
        if source is not None and source.exists() and path.samefile(source):
            raise BadUsage("cli.would_replace_source", path=str(path))


def check_folder(folder: Path) -> None:
    """StorageProblem when there is no such folder or nothing can be written there: told before anything is sent."""
    from dalle_studio.formats import saving

    if not folder.is_dir():
        raise StorageProblem("cli.no_folder", folder=str(folder))
    saving.try_folder(folder)


def write_composed(
    outputs: Outputs,
    canvas: Picture,
    compositions: tuple[Composition, ...],
    opened: Opened | None,
    house: House,
    report: Report,
    edits: Sequence[tuple[Operation, str]],
    kept: Callable[[Composition], Kept | None],
) -> list[Written]:
    """Encode, write and read back every candidate. Fewer answers than outputs leave the last names unused.

    `edits` are what was done, each with the name of the engine that did it.
    """
    written = []
    for path, one in zip(outputs.paths, compositions, strict=False):
        with composing.laid_on(canvas, one) as picture:
            written.append(_write_one(path, picture, outputs, opened, house, report, edits, kept(one)))
    return written


def _write_one(
    path: Path,
    picture: Picture,
    outputs: Outputs,
    opened: Opened | None,
    house: House,
    report: Report,
    edits: Sequence[tuple[Operation, str]],
    kept: Kept | None,
) -> Written:
    at, data = write_picture(outputs, path, picture, opened, house, report, edits)
    if at == STDOUT:
        return Written(None, None, None)
    written = _read_back(at, data, picture, kept, house)
    if written.max_difference:
        report.warn("cli.format_changes", path=at.name, levels=written.max_difference)
    return written


def write_picture(
    outputs: Outputs,
    path: Path,
    picture: Picture,
    opened: Opened | None,
    house: House,
    report: Report,
    edits: Sequence[tuple[Operation, str]] = (),
) -> tuple[Path, bytes]:
    """Encode and write one of the outputs, saying what the format could not hold. Returns where it went, and the file.

    `edits` are what was done, each with the name of the engine that did it.
    """
    data, warnings = photos.encode(picture, path if path != STDOUT else None, opened, house, edits)
    for warning in warnings:
        report.warn(warning)
    if path == STDOUT:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return STDOUT, data
    return _write(path, data, outputs), data


def _write(path: Path, data: bytes, outputs: Outputs) -> Path:
    """Write, under another name where ours was taken meanwhile. Returns the path."""
    if outputs.beside is None:
        saving.write_atomically(path, data)
        return path
    while True:
        try:
            saving.write_new(path, data)
        except FileExistsError:
            (path,) = beside(outputs.beside, 1)
        else:
            return path


def _read_back(path: Path, data: bytes, picture: Picture, kept: Kept | None, house: House) -> Written:
    came = house.open_bytes(data, path.name).pixels
    lossless = saving.is_lossless(saving.format_for(path), data)
    identical = bool(np.array_equal(came, picture.pixels)) if lossless and came.dtype == picture.pixels.dtype else None
    if kept is None:
        return Written(path, identical, None)
    reach, inside = saving.largest_block(saving.format_for(path), data), kept.inner
    near = [
        rect.grown(reach).intersected(inside).moved(-inside.x, -inside.y) for rect in kept.touched if not rect.is_empty
    ]
    worst = _difference_outside(picture.pixels[inside.slices], came[inside.slices], near)
    return Written(path, identical, worst)


def _difference_outside(before: Pixels, after: Pixels, near: Sequence[Rect]) -> int:
    """Largest absolute difference outside the rectangles, of 255 levels and not 0 where there is any, in strips: no
    second picture's worth of memory.
    """
    channels = after.shape[2]
    if before.dtype != after.dtype or before.shape != after.shape:
        after = _alike(after, before)
    worst = 0
    for top in range(0, before.shape[0], 256):
        rows = slice(top, min(top + 256, before.shape[0]))
        a, b = before[rows], after[rows]
        if a.shape[2] == 4 > channels:  # the file lies on white, which is told by itself
            a, b = (colour.over_white(colour.eight_bit(one)) for one in (a, b))
        if np.array_equal(a, b):
            continue
        difference = np.abs(a.astype(np.int32) - b.astype(np.int32))
        for rect in near:
            inside = Rect(0, top, before.shape[1], rows.stop - top).intersected(rect)
            if not inside.is_empty:
                difference[inside.moved(0, -top).slices] = 0
        most = int(difference.max())
        worst = max(worst, -(-most // 257) if a.dtype == np.uint16 else most)
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


def beside(source: Path, count: int, suffix: str | None = None) -> list[Path]:
    """`NAME-edit.EXT` beside the source, taking the next free number. A name too long for the disk is cut."""
    suffix = suffix or (source.suffix if can_write(source) else ".png")
    number = 1
    while True:
        ending = f"-edit{suffix}" if number == 1 else f"-edit-{number}{suffix}"
        stem = source.stem
        while stem and len(os.fsencode(stem + ending)) > _LONGEST_NAME - len("-10"):
            stem = stem[:-1]
        paths = _numbered(source.with_name(stem + ending), count)
        if not any(os.path.lexists(path) for path in paths):
            return paths
        number += 1


def _numbered(path: Path, count: int) -> list[Path]:
    if count == 1:
        return [path]
    return [path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(1, count + 1)]
