"""`edit` against a strict Images server: one request, a legal size, only the mask changed, everything recorded."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.geometry import Size
from dalle_studio.core.plan import FreeSizes
from tests.cli.conftest import Cli, Scene
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer

SceneMaker = Callable[..., Scene]


def test_a_24_megapixel_edit_is_one_legal_request_and_changes_nothing_else(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene(6000, 4000, 300)
    out = scene.folder / "out.png"
    ran = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "a red boat", "-o", out, "--json")
    assert ran.status == 0, ran.err
    result = ran.json
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/images/edits")
    assert FreeSizes().allows(Size.parse(request.fields["size"]))
    image, mask = request.file("image"), request.file("mask")
    assert image.content_type == mask.content_type == "image/png"
    sent, sent_mask = Image.open(io.BytesIO(image.data)), Image.open(io.BytesIO(mask.data))
    assert sent.info == {}, "no metadata leaves"
    assert sent.mode == "RGB"
    assert f"{sent.width}x{sent.height}" == request.fields["size"] == result["size_sent"]
    both_ways = np.unique(np.asarray(sent_mask).reshape(-1, 4), axis=0)
    assert both_ways.tolist() == [[0, 0, 0, 255], [255, 255, 255, 0]]
    assert result["outside_identical"] is True
    assert result["outside_max_difference"] == 0
    assert result["scale"] == 1.0
    came = scene.read(out)
    changed = (came != scene.pixels).any(axis=2)
    assert not changed[scene.far(result["feather"])].any()
    assert changed[scene.mask_pixels > 0].mean() > 0.5


def test_the_edit_is_in_the_history_and_can_be_exported(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    done = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "돛단배", "--json").json
    assert done["outputs"] == [str(scene.folder / "눈 photo-edit.png")]
    (edit,) = cli("history", "list", "--json").json["edits"]
    assert edit["edit_id"] == done["edit_id"]
    assert (edit["operation"], edit["prompt"], edit["engine"]) == ("edit", "돛단배", "openai")
    assert edit["original"] == str(scene.photo)
    assert edit["outputs"] == done["outputs"]
    again = scene.folder / "again.png"
    assert cli("history", "export", done["edit_id"], "-o", again).status == 0
    assert np.array_equal(scene.read(again), scene.read(scene.folder / "눈 photo-edit.png"))
    assert len(server.requests) == 1, "looking at the history asks nobody"
    assert cli("history", "verify", "--json").json["damaged"] == []


def test_results_take_the_next_free_name(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene()
    names = [
        cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--json").json["outputs"] for _ in range(2)
    ]
    assert names == [[str(scene.folder / "눈 photo-edit.png")], [str(scene.folder / "눈 photo-edit-2.png")]]
    assert len(server.requests) == 2


def test_several_candidates_are_numbered(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene()
    ran = cli(
        "edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "-n", 2, "-o", scene.folder / "o.png", "--json"
    )
    assert ran.json["outputs"] == [str(scene.folder / "o-1.png"), str(scene.folder / "o-2.png")]
    assert sum(int(request.fields["n"]) for request in server.requests) == 2


def test_korean_reaches_an_english_only_server_in_english_and_both_are_kept(
    cli: Cli, make_scene: SceneMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene()
    with FakeImagesServer("dalle2", translations={"눈 감은 표정": "closed eyes"}) as english:
        monkeypatch.setenv("OPENAI_BASE_URL", english.url)
        monkeypatch.setenv("OPENAI_API_KEY", english.key or "x")
        words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "눈 감은 표정", "--server-profile", "dalle2")
        missing = cli(*words, "--json")
        assert missing.status == 2
        assert "--english" in missing.json["error"]["hint"]
        ran = cli(*words, "--model", "dall-e-2", "--translator-url", english.url, "--json")
        assert ran.status == 0, ran.err
        pictures = [request for request in english.requests if "images" in request.path]
    assert [request.fields["prompt"] for request in pictures] == ["closed eyes"]
    assert pictures[0].fields["size"] in {"256x256", "512x512", "1024x1024"}
    (edit,) = cli("history", "list", "--json").json["edits"]
    assert (edit["prompt"], edit["prompt_sent"]) == ("눈 감은 표정", "closed eyes")


def test_the_glossary_in_the_data_folder_is_used(
    cli: Cli, make_scene: SceneMaker, monkeypatch: pytest.MonkeyPatch, data_dir: Path
) -> None:
    data_dir.mkdir(exist_ok=True)
    (data_dir / "glossary.txt").write_text("한복 = hanbok\n", encoding="utf-8")
    scene = make_scene()
    with FakeImagesServer("dalle2", translations={"입은 고양이": "worn by a cat"}) as english:
        monkeypatch.setenv("OPENAI_BASE_URL", english.url)
        monkeypatch.setenv("OPENAI_API_KEY", english.key or "x")
        words = [
            "edit",
            scene.photo,
            "--mask",
            scene.mask,
            "--prompt",
            "한복 입은 고양이",
            "--server-profile",
            "dalle2",
        ]
        ran = cli(*words, "--model", "dall-e-2", "--translator-url", english.url, "--json")
        assert ran.status == 0, ran.json
        assert ran.json["prompt_sent"] == "hanbok worn by a cat"


def test_a_supplied_english_is_what_is_sent(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene()
    ran = cli(
        "edit", scene.photo, "--mask", scene.mask, "--prompt", "눈 감은 표정", "--english", "closed eyes", "--json"
    )
    assert (ran.json["prompt"], ran.json["prompt_sent"]) == ("눈 감은 표정", "closed eyes")
    assert server.requests[0].fields["prompt"] == "closed eyes"


def test_a_dry_run_and_an_estimate_send_nothing(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene()
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--quality", "low", "--json")
    dry = cli(*words, "--dry-run").json
    estimated = cli("estimate", *words).json
    assert dry == estimated
    assert dry["output_tokens"] > 0
    assert dry["cost_usd"] > 0
    assert isinstance(dry["exact"], bool)
    assert server.requests == []
    assert cli("history", "list", "--json").json["edits"] == []


def test_a_price_above_the_cap_sends_nothing(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene()
    ran = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--max-cost", "0.0001", "--json")
    assert ran.status == 7
    assert ran.json["error"]["kind"] == "budget"
    assert server.requests == []


# --- bad input -----------------------------------------------------------------------------------------------------


def test_a_prompt_edit_without_a_key_is_not_done_by_another_engine(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene()
    ran = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--json")
    assert ran.status == 4
    assert ran.json["error"]["kind"] == "key"
    assert ran.json["error"]["hint"]
    assert not list(scene.folder.glob("*-edit*"))


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("bad_key", 4, "key"),
        ("moderation_input", 5, "refused"),
        ("server_error", 6, "unavailable"),
        ("billing", 7, "budget"),
        ("quota", 7, "budget"),
        ("html", 6, "unavailable"),
    ],
)
def test_a_failed_request_is_one_request_and_leaves_everything_as_it_was(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, fault: str, status: int, kind: str
) -> None:
    scene = make_scene()
    before = scene.photo.read_bytes()
    server.script.extend(script(fault))
    ran = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--json")
    assert (ran.status, ran.json["error"]["kind"]) == (status, kind)
    assert ran.json["error"]["message"]
    assert len(server.requests) == 1
    assert scene.photo.read_bytes() == before
    assert not list(scene.folder.glob("*-edit*"))
    assert server.key is not None
    assert server.key not in ran.out + ran.err


def test_what_cannot_work_is_told_before_anything_is_sent(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    small = scene.folder / "small.png"
    Image.new("L", (10, 10), 255).save(small)
    empty = scene.folder / "empty.png"
    Image.new("L", (1500, 1100), 0).save(empty)
    text = scene.folder / "text.png"
    text.write_text("no picture")
    prompt = ("--prompt", "x", "--json")
    cases = [
        (("edit", scene.photo, "--mask", small, *prompt), 3, "10"),
        (("edit", scene.photo, "--mask", empty, *prompt), 3, ""),
        (("edit", text, "--mask", scene.mask, *prompt), 3, "text.png"),
        (("edit", scene.folder / "none.jpg", "--mask", scene.mask, *prompt), 3, "none.jpg"),
        (("edit", scene.photo, "--mask", scene.mask, "--prompt", " ", "--json"), 3, ""),
        (("edit", scene.photo, "--mask", scene.mask, "--size", "1500x1500", *prompt), 3, "1500"),
        (("edit", scene.photo, "--mask", scene.mask, "-o", scene.folder / "no" / "o.png", *prompt), 9, "no"),
        (("edit", scene.photo, "--mask", scene.mask, "-o", scene.folder / "o.xyz", *prompt), 3, "xyz"),
        (("edit", scene.photo, "--mask", scene.mask, "-o", scene.photo, *prompt), 2, "--force"),
        (("edit", scene.photo, "--mask", scene.mask, "-o", "-", *prompt), 2, ""),
        (("edit", scene.photo, "--prompt", "x", "--json"), 2, "--mask"),
        (("edit", scene.photo, "--mask", scene.mask, "--remove", *prompt), 2, ""),
        (("edit", scene.photo, "--mask", scene.mask, "--engine", "nobody", *prompt), 2, "nobody"),
        (("edit", scene.photo, "--mask", scene.mask, "--engine", "local", *prompt), 2, ""),
    ]
    for words, status, mention in cases:
        ran = cli(*words)
        error = ran.json["error"]
        assert ran.status == status, (words, ran.out)
        assert error["message"], words
        assert error["hint"], words
        assert mention in error["message"] + error["hint"], words
    assert server.requests == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_failures_speak_the_wished_language(cli: Cli, make_scene: SceneMaker, language: str) -> None:
    scene = make_scene()
    ran = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "--lang", language)
    korean = any("가" <= letter <= "힣" for letter in ran.err)
    assert korean == (language == "ko")
    assert ran.out == ""


def test_a_stored_answer_is_blended_again_without_a_request(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    first = scene.folder / "first.png"
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "-n", 2, "-o", first, "--json")
    done = cli(*words).json
    sent = len(server.requests)
    same, other = scene.folder / "same.png", scene.folder / "other.png"
    assert cli("reblend", done["edit_id"], "-o", same).status == 0
    assert np.array_equal(scene.read(same), scene.read(scene.folder / "first-1.png"))
    ran = cli("reblend", done["edit_id"], "--feather", 3, "--opacity", 50, "--candidate", 2, "-o", other, "--json")
    assert ran.status == 0, ran.err
    assert ran.json["feather"] == 3
    changed = (scene.read(other) != scene.pixels).any(axis=2)
    assert not changed[scene.far(3)].any()
    assert len(server.requests) == sent
    for command in (("reblend",), ("history", "export")):
        ran = cli(*command, done["edit_id"], "--candidate", 9, "-o", other, "--force", "--lang", "en")
        assert ran.status == 2
        assert f"{done['edit_id']} has no candidate 9" in ran.err
    assert cli("reblend", "nobody", "-o", other).status == 3


def test_layers_are_exported_as_openraster(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene()
    out = scene.folder / "o.png"
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "a red balloon", "-o", out, "--json")
    edit_id = cli(*words).json["edit_id"]
    sent = len(server.requests)
    layers = scene.folder / "층.ora"
    ran = cli("history", "export", edit_id, "--layers", "-o", layers, "--json")
    assert ran.status == 0, ran.err
    assert ran.json["outputs"] == [str(layers)]
    assert len(server.requests) == sent
    archive = zipfile.ZipFile(layers)
    assert archive.read("mimetype") == b"image/openraster"
    top = cv2.imdecode(np.frombuffer(archive.read("mergedimage.png"), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert top is not None
    assert np.array_equal(top, scene.read(out))
    ground = cv2.imdecode(np.frombuffer(archive.read("data/layer2.png"), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert ground is not None
    assert np.array_equal(ground, scene.pixels)
    wrong = cli("history", "export", edit_id, "--layers", "-o", scene.folder / "o.jpg", "--json")
    assert (wrong.status, wrong.json["error"]["kind"]) == (2, "bad_usage")
    both = cli("history", "export", edit_id, edit_id, "--layers", "--to", scene.folder, "--json")
    assert (both.status, both.json["error"]["kind"]) == (2, "bad_usage")
    unnamed = cli("history", "export", edit_id, "--layers", "--json")
    assert unnamed.json["outputs"] == [str(scene.folder / "눈 photo-edit.ora")]


def test_every_blend_setting_can_be_named_and_nothing_is_sent(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    done = scene.folder / "done.png"
    edit_id = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "-o", done, "--json").json["edit_id"]
    sent, first = len(server.requests), scene.read(done)
    for number, more in enumerate(
        (
            ("--blend-mode", "colour"),
            ("--blend-mode", "luminosity", "--grow", 6),
            ("--blend-mode", "poisson", "--feather", 9),
            ("--grain", 0, "--colour", 20, "--no-align", "--opacity", 60),
        )
    ):
        out = scene.folder / f"again-{number}.png"
        ran = cli("reblend", edit_id, *more, "-o", out, "--json")
        assert ran.status == 0, ran.err
        assert ran.json["outside_identical"] is True
        assert not np.array_equal(scene.read(out), first), more
    assert cli("reblend", edit_id, "--blend-mode", "magic", "-o", done).status == 2
    assert len(server.requests) == sent
