"""The whole matrix of photos that an edit must leave alone outside its band, through files, by the command line.

    python -m tests.benchmarks.untouched [--megapixels 24] [--only TEXT] [--json]

8 and 16 bits × grey, RGB, RGBA × with and without profile × PNG and TIFF: pixels outside the band that differ. Then
every kind of JPEG × eight orientations: coded units (MCUs) that differ more than one unit away from the band. All
figures must be 0; the status is 1 otherwise. A tenth of it runs with the suite (tests/cli/test_untouched.py).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from dalle_studio.cli import main as studio
from tests.cli.untouched import JPEGS, MATRIX, Lossless, beyond, disc, jpeg, profile_of, read, strays
from tests.conftest import make_photo
from tests.fakes.images_server import KEY, FakeImagesServer
from tests.fakes.painter import Hand

SHIFTED = Hand(shift=(3, -2), cast=(-6, -6, -6), gain=0.95)
GREY = Hand(colour=(150, 150, 150), cast=(4, 0, -3), shift=(3, -2))


def edit(photo: Path, mask: np.ndarray) -> tuple[Path, int]:
    """The file that was written, and its feather."""
    cover, out = photo.with_name("mask.png"), photo.with_name(f"out{photo.suffix}")
    cover.write_bytes(cv2.imencode(".png", mask)[1].tobytes())
    words = ["edit", str(photo), "--mask", str(cover), "--prompt", "a red boat", "-o", str(out), "--json"]
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(io.StringIO()):
        status = studio(words)
    if status != 0:
        raise RuntimeError(told.getvalue())
    return out, json.loads(told.getvalue())["feather"]


def lossless(case: Lossless, folder: Path, size: tuple[int, int]) -> int:
    """Pixels outside the band that differ; a lost profile counts as all of them."""
    photo, before = folder / f"photo{case.suffix}", case.pixels(*size)
    case.write(photo, before)
    mask = disc(*size, size[1] // 10)
    out, feather = edit(photo, mask)
    after = read(out)
    if after.ndim == 3 and before.ndim == 2:
        before = np.repeat(before[..., None], 3, axis=2)
    if after.dtype != before.dtype or after.shape != before.shape or profile_of(out) != case.icc:
        return before.size
    differs = after != before
    return int(np.count_nonzero((differs.any(axis=2) if differs.ndim == 3 else differs) & beyond(mask, feather)))


def blocks(kind: str, orientation: int, folder: Path, size: tuple[int, int]) -> int:
    """Units farther than one from the band that differ; -1 where none does, not even inside."""
    photo, (width, height) = folder / "photo.jpg", size
    original = jpeg(kind, np.asarray(make_photo(width, height), np.uint8), orientation)
    photo.write_bytes(original)
    mask = disc(*((height, width) if orientation > 4 else size), height // 12)
    out, feather = edit(photo, mask)
    return strays(kind, original, out.read_bytes(), mask, feather, orientation)


def run(megapixels: float, only: str) -> dict[str, Any]:
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    size = (round(height * 1.5), height)
    found: dict[str, Any] = {"size": f"{size[0]}x{size[1]}", "lossless": {}, "jpeg": {}}
    with FakeImagesServer() as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY, "DALLE_STUDIO_DATA_DIR": str(folder / "data")}
        os.environ.update(own, DALLE_STUDIO_KEYRING="session")
        server.hand = SHIFTED
        for case in MATRIX:
            if only in str(case):
                found["lossless"][str(case)] = lossless(case, folder, size)
        for kind in JPEGS:
            server.hand = GREY if kind.endswith("grey") else SHIFTED
            for orientation in range(1, 9):
                if only in f"{kind} {orientation}":
                    found["jpeg"][f"{kind} {orientation}"] = blocks(kind, orientation, folder, size)
    found["ok"] = not any((*found["lossless"].values(), *found["jpeg"].values()))
    return found


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    options.add_argument("--megapixels", type=float, default=24)
    options.add_argument("--only", default="", help="cases whose name holds this")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    found = run(given.megapixels, given.only)
    if given.json:
        print(json.dumps(found, indent=1))
    else:
        for name, differing in (found["lossless"] | found["jpeg"]).items():
            print(f"{name:24} {differing}")
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
