"""`reshape`: flip, rotate, straighten and crop a photo, in this order. Recorded like every edit; sends nothing."""

from __future__ import annotations

import argparse

from dalle_studio.assembly import House
from dalle_studio.cli import photos
from dalle_studio.cli.outputs import STDOUT, choose_outputs, write_picture
from dalle_studio.cli.photos import Opened
from dalle_studio.cli.report import Report
from dalle_studio.core import framing
from dalle_studio.core.errors import BadInput, BadUsage
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.ports import Progress, Stage
from dalle_studio.core.reshape import Reshape, is_filled
from dalle_studio.imaging import reshaping
from dalle_studio.workflow import made_here
from dalle_studio.workflow.made_here import Ground


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """Reshape, record and write. BadUsage where nothing is asked for, BadInput for a crop that the photo lacks."""
    if not (options.flip or options.rotate or options.straighten or options.crop):
        raise BadUsage("cli_reshape.nothing")
    opened = photos.open_photo(options.image, house)
    reshape = _reshape(options, opened.picture.size)
    outputs = choose_outputs(options, opened, 1, report)

    def tell(share: float) -> None:
        report.progress(Progress(Stage.COMPOSE, share))

    picture = reshaping.reshape_picture(opened.picture, reshape, tell)
    original = photos.keep(opened, house)
    ground = Ground(original.original_id, None, source=opened.path)
    record = made_here.keep_reshape(house.library, house.codec, ground, picture, reshape)
    path, data = write_picture(outputs, outputs.paths[0], picture, opened, house, report)
    if _is_anew(opened, data):
        report.warn("cli_reshape.jpeg_anew")
    if path == STDOUT:
        return 0
    house.library.add_output(record.edit_id, path)
    frame = Rect.of_size(reshape.turned(opened.picture.size)) if reshape.crop is None else reshape.crop
    result = {
        "outputs": [str(path)],
        "edit_id": record.edit_id,
        "size": str(picture.size),
        "crop": frame.as_list(),
        "cost_usd": 0,
    }
    report.done(result, [str(path)])
    return 0


def _reshape(options: argparse.Namespace, size: Size) -> Reshape:
    turns = (options.rotate // 90 + (2 if options.flip == "v" else 0)) % 4
    frame = Reshape(turns=turns).turned(size)
    crop: Rect | None = options.crop
    if crop is None and options.straighten:
        crop = framing.Ground(frame, options.straighten).proposed()  # as the window proposes
        if not is_filled(frame, options.straighten, crop):  # a photo of a pixel or two
            raise BadInput("cli_reshape.nothing_left", size=str(frame), angle=f"{options.straighten:g}")
    if crop is not None and not is_filled(frame, options.straighten, crop):
        raise BadInput("cli_reshape.outside", crop=",".join(map(str, crop.as_list())), size=str(frame))
    return Reshape(mirrored=options.flip is not None, turns=turns, angle=options.straighten, crop=crop)


def _is_anew(opened: Opened, data: bytes) -> bool:
    jpeg = b"\xff\xd8\xff"
    return opened.data.startswith(jpeg) and data.startswith(jpeg) and data != opened.data
