"""What a dry run shows is what leaves, byte for byte; several areas are sent as the user chose, never unasked."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Cli, Scene
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer

SceneMaker = Callable[..., Scene]


def two_areas(scene: Scene) -> None:
    """A mask with a flat spot near each of two corners: their crops are far from square, the common one is not."""
    height, width = scene.mask_pixels.shape
    scene.mask_pixels[:] = 0
    for centre in ((500, 300), (width - 500, height - 300)):
        cv2.ellipse(scene.mask_pixels, centre, (350, 20), 0, 0, 360, 255, -1)
    cv2.imencode(".png", scene.mask_pixels)[1].tofile(scene.mask)


def test_what_nobody_translates_is_refused_as_by_the_edit_itself(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "빨간 풍선", "--translate", "on", "--json")
    dry, ran = cli(*words, "--dry-run"), cli(*words, "-o", scene.folder / "o.png")
    assert (dry.status, ran.status) == (2, 2)
    assert dry.json["error"] == ran.json["error"]
    assert server.requests == []


@pytest.mark.parametrize(
    "words",
    [
        ("edit", "--prompt", "a red balloon"),
        ("edit", "--remove", "--engine", "openai"),
        ("extend", "--left", 200, "--prompt", "sea", "--engine", "openai"),
        ("vary", "--prompt", "in autumn"),
    ],
    ids=lambda words: "-".join(map(str, words[:2])),
)
def test_the_very_bytes_that_were_shown_are_sent(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, words: tuple[object, ...]
) -> None:
    scene = make_scene()
    command, *options = words
    masked = ("--mask", scene.mask) if command == "edit" else ()
    folder = scene.folder / "보낼 것"
    dry = cli(command, scene.photo, *masked, *options, "--dry-run", "--payload", folder, "--json")
    assert dry.status == 0, dry.err
    assert server.requests == []
    ran = cli(command, scene.photo, *masked, *options, "-o", scene.folder / "o.png", "--json")
    assert ran.status == 0, ran.err
    (request,) = server.pictures
    assert request.file("image").data == (folder / "image.png").read_bytes()
    if command == "vary":
        assert not (folder / "mask.png").exists()
    else:
        assert request.file("mask").data == (folder / "mask.png").read_bytes()
    assert request.fields["prompt"] == (folder / "prompt.txt").read_text(encoding="utf-8") == dry.json["prompt"]
    told = dry.json
    assert (told["size_sent"], told["crop"]) == (ran.json["size_sent"], ran.json["crop"])
    assert request.fields["size"] == told["size_sent"]
    assert told["host"] in server.url
    left, top, right, bottom = told["padding"]
    crop, scale = told["crop"], told["scale"]
    assert told["size_sent"] == f"{round(crop[2] * scale) + left + right}x{round(crop[3] * scale) + top + bottom}"


def test_a_dry_run_tells_crop_mask_words_and_host(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene(300, 260, 20)
    ran = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "a boat", "--lang", "en", "--dry-run")
    assert ran.status == 0
    for told in (
        "Crop: 300x256 +0 +2 (scaled to",
        "Mask as sent: ",
        "Words: a boat",
        "127.0.0.1",
        "Output tokens: about ",
        "Price: about $",
    ):
        assert told in ran.out
    assert server.requests == []


def test_a_price_that_nobody_knows_is_said_to_be_unknown(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "a boat", "--lang", "en", "--quality", "low")
    assert "Price: unknown for my-own" in cli("estimate", *words, "--model", "my-own").out
    assert "Output tokens: 196\n" in cli("estimate", *words, "--size", "1024x1024").out
    assert server.requests == []


def test_an_estimate_is_made_by_the_data_folder_that_is_named(
    cli: Cli, server: FakeImagesServer, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "models.toml").write_text('[models.my-own]\nlike = "gpt-image-2.5-flare"\n', encoding="utf-8")
    words = ("generate", "--prompt", "x", "--model", "my-own")
    here = ("--data-dir", folder)
    assert "about 439" in cli("estimate", *words, *here, "--lang", "en").out
    assert "about 439" in cli("estimate", *here, *words, "--lang", "en").out
    assert "Price: unknown" in cli("estimate", *words, "--lang", "en").out
    assert server.requests == []


def test_a_translation_to_come_is_said_and_not_asked_for(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "빨간 풍선", "--translate", "on")
    ran = cli(*words, "--translator-url", server.url, "--dry-run", "--json")
    assert (ran.json["prompt"], ran.json["needs_translation"]) == (None, True)
    assert server.requests == []


def test_nothing_is_written_over_and_only_a_dry_run_shows(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--payload", scene.folder / "p", "--json")
    assert cli(*words).status == 2
    assert cli(*words, "--dry-run").status == 0
    assert cli(*words, "--dry-run").status == 2
    assert cli(*words, "--dry-run", "--force").status == 0
    local = cli("edit", scene.photo, "--mask", scene.mask, "--remove", "--payload", scene.folder / "q", "--dry-run")
    assert local.status == 2
    assert not (scene.folder / "q").exists()
    assert server.requests == []


def test_separate_areas_are_one_request_unless_each_was_asked_for(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene(3000, 2400)
    two_areas(scene)
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "a buoy", "--lang", "en", "--json")
    together = cli(*words, "-o", scene.folder / "one.png").json
    assert len(server.pictures) == 1
    assert any("2 separate areas" in warning and "costs about" in warning for warning in together["warnings"])
    assert not cli(*words, "--areas", "together", "--dry-run").json["warnings"]
    dry = cli(*words, "--areas", "each", "--dry-run").json
    assert len(dry["areas"]) == 2
    assert dry["cost_usd"] < cli(*words, "--dry-run").json["cost_usd"]
    out = scene.folder / "each.png"
    ran = cli(*words, "--areas", "each", "-o", out)
    assert ran.status == 0, ran.err
    result = ran.json
    assert len(server.pictures) == 3
    assert [str(one["size_sent"]) for one in dry["areas"]] == [one.fields["size"] for one in server.pictures[1:]]
    assert len(result["edit_ids"]) == 2
    assert result["edit_ids"][-1] == result["edit_id"]
    assert (result["outside_identical"], result["outside_max_difference"]) == (True, 0)
    changed = (scene.read(out) != scene.pixels).any(axis=2)
    assert not changed[scene.far(result["feather"])].any()
    for half in (changed[:1200], changed[1200:]):
        assert half.any()
    edits = {one["edit_id"]: one for one in cli("history", "list", "--json").json["edits"]}
    assert edits[result["edit_id"]]["parent"] == result["edit_ids"][0]
    mask = np.asarray(Image.open(io.BytesIO(server.pictures[1].file("mask").data)))[..., 3]
    assert 0 < (mask == 0).mean() < 0.2


def test_where_one_crop_for_all_must_be_reduced_the_user_is_told(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene(5000, 3200)
    two_areas(scene)
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--lang", "en", "--json", "--dry-run")
    together = cli(*words).json
    assert together["scale"] < 1
    assert any(
        "keep more of the surroundings" in warning or "costs about" in warning for warning in together["warnings"]
    )
    assert [one["scale"] for one in cli(*words, "--areas", "each").json["areas"]] == [1.0, 1.0]
    assert server.requests == []


def test_a_jpeg_of_two_areas_is_untouched_beyond_both(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene(3000, 2400, suffix=".jpg")
    two_areas(scene)
    out = scene.folder / "each.jpg"
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "a buoy", "--areas", "each", "-o", out, "--json")
    result = cli(*words).json
    assert len(server.pictures) == 2
    assert (result["outside_identical"], result["outside_max_difference"]) == (True, 0)
    again = cli("reblend", result["edit_id"], "--opacity", 50, "-o", scene.folder / "again.jpg", "--json").json
    assert (again["outside_identical"], again["outside_max_difference"], again["warnings"]) == (True, 0, [])


def test_when_the_second_area_fails_the_first_is_in_the_history_and_nothing_is_asked_again(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene(3000, 2400)
    two_areas(scene)
    server.script += script("ok,moderation_input")
    out = scene.folder / "each.png"
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "a buoy", "--areas", "each", "-o", out, "--json")
    ran = cli(*words)
    assert (ran.status, ran.json["error"]["kind"]) == (5, "refused")
    assert len(server.pictures) == 2
    assert not out.exists()
    (done,) = ran.json["edit_ids"]
    assert done in ran.json["warnings"][0]
    assert cli("history", "export", done, "-o", out).status == 0


def test_the_cap_holds_for_all_areas_together(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene(3000, 2400)
    two_areas(scene)
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--areas", "each", "--json")
    price = cli(*words, "--dry-run").json["cost_usd"]
    assert cli(*words, "--max-cost", f"{price * 0.7:.6f}", "-o", scene.folder / "o.png").status == 7
    assert cli(*words, "-n", 2, "-o", scene.folder / "o.png").status == 2
    assert server.requests == []
