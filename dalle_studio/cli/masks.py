"""`mask`: convert a mask between conventions, and invert, grow or feather it. Touches neither library nor network."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dalle_studio.assembly import House
from dalle_studio.cli.outputs import check_output
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadUsage
from dalle_studio.core.mask import FrozenMask
from dalle_studio.imaging import morphology


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """Read, change and write one mask. BadInput for a file that is no picture."""
    pixels, warnings = house.read_mask(options.mask, options.polarity_from, None)
    for warning in warnings:
        report.warn(warning)
    mask = FrozenMask.of(pixels)
    if options.invert:
        mask = morphology.invert(mask)
    if options.grow:
        mask = morphology.grow(mask, options.grow)
    if options.feather:
        mask = morphology.feather(mask, options.feather)
    data = house.encode_mask(mask.full(), options.polarity_to)
    if options.output == "-":
        if report.as_json:
            raise BadUsage("cli.stdout_with_json")
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return 0
    output = Path(options.output)
    check_output(output, None if options.mask == "-" else Path(options.mask), force=options.force)
    if output.suffix.lower() != ".png":
        raise BadUsage("cli.mask_is_png", path=str(output))
    house.write(output, data)
    result = {"outputs": [str(output)], "size": str(mask.size), "coverage": round(mask.coverage, 6)}
    report.done(result, [str(output)])
    return 0
