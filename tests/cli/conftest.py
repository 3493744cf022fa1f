"""The command line, called as a person calls it: words in, exit status and one JSON object out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from dalle_studio.cli import main
from tests.conftest import PhotoFactory
from tests.fakes.images_server import KEY, FakeImagesServer

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Ran:
    """What one call of the command line brought."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document


class Cli:
    """Calls `main` in this process; `run(..., "--json")` and read `.json`."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: object) -> Ran:
        self._capsys.readouterr()
        status = main([str(word) for word in words])
        out, err = self._capsys.readouterr()
        return Ran(status, out, err)


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    return Cli(capsys)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeImagesServer]:
    """A strict Images server that OPENAI_BASE_URL and OPENAI_API_KEY point to."""
    with FakeImagesServer() as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        yield running


@dataclass(frozen=True)
class Scene:
    """A photo on disk with a mask over its middle."""

    folder: Path
    photo: Path
    mask: Path
    pixels: NDArray[np.uint8]
    mask_pixels: NDArray[np.uint8]

    def read(self, path: Path) -> NDArray[np.uint8]:
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
        assert image is not None
        return np.ascontiguousarray(image[..., ::-1] if image.ndim == 3 else image, dtype=np.uint8)

    def far(self, feather: int) -> NDArray[np.bool_]:
        """Pixels beyond the band: these must be identical."""
        if feather == 0:
            return np.asarray(self.mask_pixels == 0)
        away = cv2.distanceTransform((self.mask_pixels == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return np.asarray(away > feather + 1)


@pytest.fixture
def make_scene(tmp_path: Path, photo: PhotoFactory) -> Callable[..., Scene]:
    def make(width: int = 1500, height: int = 1100, radius: int = 80, suffix: str = ".png") -> Scene:
        folder = tmp_path / "사진 folder"
        folder.mkdir(exist_ok=True)
        pixels = photo(width, height, seed=width)
        mask = np.zeros((height, width), np.uint8)
        cv2.circle(mask, (width // 3, height // 2), radius, 255, -1)
        scene = Scene(folder, folder / f"눈 photo{suffix}", folder / "mask.png", np.asarray(pixels, np.uint8), mask)
        for path, image in ((scene.photo, pixels[..., ::-1]), (scene.mask, mask)):
            done, data = cv2.imencode(path.suffix, image)
            assert done
            data.tofile(path)
        return scene

    return make
