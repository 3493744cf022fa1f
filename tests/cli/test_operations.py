"""Every operation and option of the command line, as the service receives it."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from tests.cli.conftest import Cli, Scene
from tests.fakes.images_server import FakeImagesServer

SceneMaker = Callable[..., Scene]


def test_a_drawing_guides_a_variation(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene(1024, 1024)
    drawn = np.zeros((1024, 1024, 4), np.uint8)
    drawn[100:300, 500:520] = (0, 0, 255, 255)  # BGRA
    arrow = scene.folder / "arrow.png"
    arrow.write_bytes(cv2.imencode(".png", drawn)[1].tobytes())
    words = ("vary", scene.photo, "--prompt", "as drawn", "--markup", arrow, "-o", scene.folder / "v.png", "--json")
    ran = cli(*words)
    assert ran.status == 0, ran.err
    (request,) = server.pictures
    assert [part.name for part in request.files] == ["image", "markup"]
    sent = Image.open(io.BytesIO(request.file("markup").data))
    photo = Image.open(io.BytesIO(request.file("image").data))
    assert sent.size == photo.size
    assert sent.mode == "RGBA"
    assert sent.getpixel((510, 200)) == (255, 0, 0, 255)
    assert sent.getpixel((5, 5))[3] == 0  # type: ignore[index]  # of an RGBA picture


def test_a_dry_run_shows_the_drawing_and_writes_the_very_file(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene(1000, 700)
    drawn = np.zeros((700, 1000, 4), np.uint8)
    drawn[100:300, 500:520] = (0, 0, 255, 255)  # BGRA
    arrow, folder = scene.folder / "arrow.png", scene.folder / "sent"
    arrow.write_bytes(cv2.imencode(".png", drawn)[1].tobytes())
    words = ("vary", scene.photo, "--prompt", "as drawn", "--markup", arrow, "-o", scene.folder / "v.png")
    told = cli(*words, "--dry-run", "--payload", folder, "--json")
    assert told.status == 0, told.err
    assert told.json["markup"] is True
    assert [path.rpartition("/")[2] for path in told.json["payload"]] == ["image.png", "markup.png", "prompt.txt"]
    assert "Drawing" in cli(*words, "--dry-run", "--lang", "en").out
    assert server.requests == []
    assert cli(*words).status == 0
    assert server.pictures[0].file("markup").data == (folder / "markup.png").read_bytes()


def test_what_a_server_makes_nothing_of_is_said_and_not_translated(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(512, 512)
    with FakeImagesServer("dalle2", key=None) as server:
        there = ("--base-url", server.url, "--server-profile", "dalle2", "--lang", "en", "--json")
        varied = cli("vary", scene.photo, "--prompt", "눈 감은 표정", "-o", scene.folder / "v.png", *there)
        made = cli("generate", "--prompt", "x", "--background", "transparent", "-o", scene.folder / "n.png", *there)
        posts = [request for request in server.requests if request.method == "POST"]
    assert (varied.status, made.status) == (0, 0), varied.err + made.err
    assert [post.path for post in posts] == ["/v1/images/variations", "/v1/images/generations"]
    assert varied.json["prompt_sent"] is None
    assert varied.json["warnings"] == ["“dalle2” makes variations without reading words, so the prompt was not sent."]
    assert "background" not in posts[1].fields
    assert made.json["warnings"] == ["This server makes no transparent backgrounds, so none was asked for."]


def test_a_variation_may_come_with_a_transparent_background(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene(1024, 1024)
    out = scene.folder / "v.png"
    ran = cli("vary", scene.photo, "--prompt", "the cup alone", "--background", "transparent", "-o", out, "--json")
    assert ran.status == 0, ran.err
    assert server.pictures[0].fields["background"] == "transparent"
    with Image.open(out) as varied:
        assert varied.mode == "RGBA"
        assert np.asarray(varied)[..., 3].min() == 0


def test_a_drawing_must_fit_and_leave_something_open(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    out = scene.folder / "v.png"
    opaque = cli("vary", scene.photo, "--prompt", "x", "--markup", scene.photo, "-o", out, "--json")
    assert opaque.status == 3
    small = scene.folder / "small.png"
    small.write_bytes(cv2.imencode(".png", np.zeros((10, 10, 4), np.uint8))[1].tobytes())
    assert cli("vary", scene.photo, "--prompt", "x", "--markup", small, "-o", out, "--json").status == 3
    assert cli("vary", scene.photo, "--prompt", "x", "--markup", small, "-o", small, "--json").status == 2
    assert server.requests == []


def test_fifteen_references_go_along_and_sixteen_do_not(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    words = ["edit", scene.photo, "--mask", scene.mask, "--prompt", "like these", "--json"]
    references = [word for _ in range(15) for word in ("--reference", scene.photo)]
    assert cli(*words, *references).status == 0
    assert [part.name for part in server.pictures[0].files] == ["image[]"] * 16 + ["mask"]
    assert cli(*words, *references, "--reference", scene.photo).status == 3
    assert len(server.pictures) == 1


def test_a_new_picture_can_be_made_of_references(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene()
    out = scene.folder / "new.png"
    words = ("generate", "--prompt", "both", "--reference", scene.photo, "--reference", scene.photo, "-o", out)
    assert cli(*words, "--json").status == 0
    (request,) = server.pictures
    assert request.path.endswith("/edits")
    assert out.exists()


def test_every_option_arrives(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene()
    out = scene.folder / "new.png"
    ran = cli(
        *("generate", "--prompt", "an icon", "--size", "1024x1536", "--quality", "max", "--background", "transparent"),
        *("--answer-format", "webp", "-n", "3", "--model", "gpt-image-2.6-sunburst", "-o", out, "--json"),
    )
    assert ran.status == 0, ran.err
    assert len(server.pictures) == 3
    for request in server.pictures:
        assert request.fields == {
            "model": "gpt-image-2.6-sunburst",
            "prompt": "an icon",
            "n": 1,
            "size": "1024x1536",
            "quality": "max",
            "background": "transparent",
            "output_format": "webp",
        }
    assert len(ran.json["outputs"]) == 3


def test_a_quality_that_the_model_lacks_is_refused_here(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--model", "gpt-image-2", "--quality", "max")
    ran = cli(*words, "--json", "--lang", "en")
    assert ran.status == 3
    assert "high" in ran.json["error"]["hint"]
    assert server.requests == []


def test_the_variations_route_is_used_where_there_is_one(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene()
    with FakeImagesServer("dalle2", key=None) as own:
        words = ("vary", scene.photo, "--base-url", own.url, "--server-profile", "dalle2", "-o", scene.folder / "v.png")
        ran = cli(*words, "--json")
        assert ran.status == 0, ran.err
        (request,) = own.pictures
        assert request.path == "/v1/images/variations"


def test_a_photo_is_not_extended_beyond_what_can_be_opened(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene()
    for more in ([], ["--dry-run"]):
        ran = cli(
            "extend", scene.photo, "--left", "90000", "--top", "90000", "-o", scene.folder / "w.png", "--json", *more
        )
        assert (ran.status, ran.json["error"]["kind"]) == (3, "bad_input")
    assert not (scene.folder / "w.png").exists()
