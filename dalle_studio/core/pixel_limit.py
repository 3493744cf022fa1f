"""How large a picture may become: no larger than one that may be opened, or the result could not be opened again."""

from __future__ import annotations

import math

from dalle_studio.core.errors import BadInput, Megapixels
from dalle_studio.core.geometry import Size


def check_result(size: Size, pixel_limit: int) -> None:
    """BadInput where a result of that size is over the limit. To be asked before memory is."""
    if size.area > pixel_limit:
        raise BadInput(
            "errors_workflow.result_too_large",
            size=f"{size.width} × {size.height}",
            pixels=Megapixels(math.ceil(size.area / 1e6)),
            limit=Megapixels(pixel_limit // 1_000_000),
        )
