"""`mask`: convert a mask between conventions, and change it. Touches neither library nor network."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from dalle_studio.assembly import House
from dalle_studio.cli import photos
from dalle_studio.cli.outputs import check_output
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadUsage
from dalle_studio.core.geometry import Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels
from dalle_studio.core.pixel_limit import check_result
from dalle_studio.formats import masks, saving
from dalle_studio.imaging import morphology


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """Read, change and write one mask. BadInput for a file that is no picture."""
    output = None if options.output == "-" else Path(options.output)
    if output is None and report.as_json:
        raise BadUsage("cli.stdout_with_json")
    if options.resize is not None:
        check_result(options.resize, house.settings.pixel_limit)
    pixels, polarity, warnings = photos.read_mask(options.mask, options.polarity_from, None, house)
    for warning in warnings:
        if not (options.invert and warning == masks.LARGE):  # whoever inverts has seen that
            report.warn(warning, option="--from black")
    report.detail(f"--from {polarity} --to {options.polarity_to}")
    mask = _changed(FrozenMask.of(_resized(pixels, options.resize)), options)
    data, warnings = masks.export_mask(mask, masks.Polarity(options.polarity_to))
    for warning in warnings:
        report.warn(warning)
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return 0
    check_output(output, None if options.mask == "-" else Path(options.mask), force=options.force)
    if output.suffix.lower() != ".png":
        raise BadUsage("cli.mask_is_png", path=str(output))
    saving.write_atomically(output, data)
    result = {
        "outputs": [str(output)],
        "size": str(mask.size),
        "coverage": round(mask.coverage, 6),
        "from": polarity,
        "to": options.polarity_to,
    }
    report.done(result, [str(output)])
    return 0


def _resized(pixels: MaskPixels, size: Size | None) -> MaskPixels:
    """Nearest neighbour: no value in between, no soft edge that was not there."""
    if size is None:
        return pixels
    return np.asarray(cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_NEAREST_EXACT), np.uint8)


def _changed(mask: FrozenMask, options: argparse.Namespace) -> FrozenMask:
    """In the order in which they make sense together: clean what is there, then its edge, then soften it."""
    if options.invert:
        mask = morphology.invert(mask)
    if options.fill_holes:
        mask = morphology.fill_holes(mask)
    mask = morphology.remove_specks(mask, options.remove_specks)
    mask = morphology.smooth(mask, options.smooth)
    mask = morphology.grow(mask, options.grow - options.shrink)
    return morphology.feather(mask, options.feather)
