"""A JPEG in, a JPEG out: what was not painted is the same, in the file, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dalle_studio.core.geometry import Rect
from dalle_studio.storage import settings
from dalle_studio.storage.places import Places
from tests.cli.conftest import Cli, Scene
from tests.fakes.images_server import FakeImagesServer


def test_an_edited_jpeg_differs_near_the_mask_only(
    cli: Cli, server: FakeImagesServer, make_scene: Callable[..., Scene]
) -> None:
    scene = make_scene(suffix=".jpg")
    out = scene.folder / "out.jpg"
    ran = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "a red boat", "-o", out, "--json")
    assert ran.status == 0, ran.err
    assert ran.json["outside_identical"] is True
    assert ran.json["outside_max_difference"] == 0
    assert ran.json["warnings"] == []
    rows, columns = np.nonzero(scene.mask_pixels)
    band = Rect.of_edges(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1).grown(ran.json["feather"] + 16)
    changed = (scene.read(out) != scene.read(scene.photo)).any(axis=2)
    assert changed[band.slices].any()
    changed[band.slices] = False
    assert not changed.any()


def test_an_edit_in_the_history_is_exported_as_the_same_file(
    cli: Cli, server: FakeImagesServer, make_scene: Callable[..., Scene]
) -> None:
    scene = make_scene(suffix=".jpg")
    out, again = scene.folder / "out.jpg", scene.folder / "again.jpg"
    done = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "a red boat", "-o", out, "--json").json
    assert cli("history", "export", done["edit_id"], "-o", again).status == 0
    assert again.read_bytes() == out.read_bytes()


def test_a_model_is_named_in_the_metadata_and_a_local_fill_is_not(
    cli: Cli, server: FakeImagesServer, make_scene: Callable[..., Scene]
) -> None:
    for suffix in (".jpg", ".png"):
        scene = make_scene(300, 260, 20, suffix=suffix)
        painted, filled = scene.folder / f"painted{suffix}", scene.folder / f"filled{suffix}"
        done = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "a boat", "-o", painted, "--json").json
        assert cli("edit", scene.photo, "--mask", scene.mask, "--remove", "-o", filled).status == 0
        assert cli("history", "export", done["edit_id"], "-o", painted, "--force").status == 0
        assert b"/compositeWithTrainedAlgorithmicMedia" in painted.read_bytes()
        assert b"digitalsourcetype" not in filled.read_bytes()


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_nothing_is_marked_where_the_setting_is_off(
    cli: Cli, server: FakeImagesServer, make_scene: Callable[..., Scene], data_dir: Path, suffix: str
) -> None:
    places = Places(data_dir)
    settings.change(places, marks_ai=False)
    places.close()
    scene = make_scene(300, 260, 20, suffix=suffix)
    out, again = scene.folder / f"out{suffix}", scene.folder / f"again{suffix}"
    done = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "a boat", "-o", out, "--json").json
    assert cli("history", "export", done["edit_id"], "-o", again).status == 0
    for file in (out, again):
        assert b"digitalsourcetype" not in file.read_bytes()
