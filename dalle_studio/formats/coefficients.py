"""Exchanges blocks of DCT coefficients between two JPEG files.

A program of its own, run by jpeg_patch.py as a child in the folder of the files:

    python -P coefficients.py '{"source": …, "piece": …, …}'

The library that reads and writes coefficients ends its whole process on a failure (a full disk, a file it does not
like), takes paths only, and keeps its state in globals: none of this may happen to the editor. Nothing of the
package is imported here, so that the child starts in 0.2 s.
"""

from __future__ import annotations

import json
import sys
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

Planes = list[NDArray[np.int16]]
"""For each component (rows, columns, 64): its blocks."""


class Order(TypedDict):
    """What to do; names of files are relative to the current folder."""

    source: str
    piece: str
    touched: str
    """A .npy of (rows, columns) bool: which of the piece's units replace the source's."""
    done: str
    size: tuple[int, int]
    """Width and height of the source in pixels."""
    piece_size: tuple[int, int]
    at: tuple[int, int]
    """The unit of the source, column and row, where the piece's first one lies."""
    sampling: list[tuple[int, int]]
    """(across, down) of each component."""
    optimise: bool
    """Huffman tables made for this picture, which takes a second pass, instead of the standard ones."""


def exchange(order: Order) -> None:
    """Write `done`: the source with the touched units of the piece, baseline, in one scan."""
    planes = _read(order["source"], order["size"], order["sampling"])
    pieces = _read(order["piece"], order["piece_size"], order["sampling"])
    touched = np.load(order["touched"], allow_pickle=False)
    left, top = order["at"]
    for plane, piece, (across, down) in zip(planes, pieces, order["sampling"], strict=True):
        rows, columns = piece.shape[:2]
        mask = np.repeat(np.repeat(touched, down, axis=0), across, axis=1)[:rows, :columns]
        plane[top * down :, left * across :][:rows, :columns][mask] = piece[mask]
    _write(order["done"], planes, order)


def _empty(size: tuple[int, int], sampling: list[tuple[int, int]]) -> Planes:
    """Planes as large as T.81, A.1.1 says, without the padding of the last units."""
    width, height = size
    most_across, most_down = (max(factors) for factors in zip(*sampling, strict=True))
    return [
        np.zeros((-(-height * down // (8 * most_down)), -(-width * across // (8 * most_across)), 64), np.int16)
        for across, down in sampling
    ]


def _read(name: str, size: tuple[int, int], sampling: list[tuple[int, int]]) -> Planes:
    from jpeglib._bind import CJpegLib

    CJpegLib.set_version("turbo210")
    planes = _empty(size, sampling)
    given = [np.ctypeslib.as_ctypes(plane) for plane in planes]
    tables, slots = np.zeros((4, 64), np.uint16), np.zeros(4, np.int16)
    CJpegLib.read_jpeg_dct(
        name, *(given + [None] * 4)[:4], np.ctypeslib.as_ctypes(tables), np.ctypeslib.as_ctypes(slots)
    )
    return planes


def _write(name: str, planes: Planes, order: Order) -> None:
    from jpeglib import Colorspace
    from jpeglib._bind import CJpegLib

    width, height = order["size"]
    dimensions = np.array([plane.shape[:2] for plane in planes], np.int32)
    factors = np.array([(down, across) for across, down in order["sampling"]], np.int32)
    kind = Colorspace.JCS_GRAYSCALE if len(planes) == 1 else Colorspace.JCS_YCbCr
    given = [np.ctypeslib.as_ctypes(plane) for plane in planes]
    first, second, third, _ = (given + [None] * 4)[:4]
    CJpegLib.write_jpeg_dct(
        srcfile=None,
        dstfile=name,
        Y=first,
        Cb=second,
        Cr=third,
        K=None,
        image_dims=np.ctypeslib.as_ctypes(np.array([height, width], np.int32)),
        block_dims=np.ctypeslib.as_ctypes(dimensions.reshape(-1)),
        in_color_space=int(kind),
        in_components=len(planes),
        samp_factor=np.ctypeslib.as_ctypes(factors.reshape(-1)),
        qt=None,
        quality=90,  # any: the caller puts the source's own tables into the file
        quant_tbl_no=None,
        num_markers=0,
        marker_types=None,
        marker_lengths=None,
        markers=None,
        flags=["OPTIMIZE_CODING"] if order["optimise"] else [],
    )


if __name__ == "__main__":
    exchange(json.loads(sys.argv[1]))
