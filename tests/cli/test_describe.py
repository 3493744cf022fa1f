"""`describe`: only the part that is meant leaves, small and without metadata; the words are kept and found."""

from __future__ import annotations

import base64
import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from tests.cli.conftest import Cli, Scene
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer, Recorded

SceneMaker = Callable[..., Scene]


def picture(request: Recorded) -> Image.Image:
    (message,) = request.fields["input"]
    address = message["content"][1]["image_url"]
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def test_a_photo_is_described_small_and_its_words_are_found(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene(3000, 2000, 300)
    server.script.append({"say": "안개 낀 항구에 돛단배 한 척"})
    ran = cli("describe", scene.photo, "--lang", "ko", "--json")
    assert ran.status == 0, ran.err
    told = ran.json
    assert told["description"] == "안개 낀 항구에 돛단배 한 척"
    assert (told["size_sent"], told["language"], told["kept"]) == ("1024x683", "ko", True)
    assert told["cost_usd"] == pytest.approx((900 * 0.10 + 60 * 0.50) / 1e6)
    (request,) = server.requests
    assert request.path == "/v1/responses"
    assert request.fields["store"] is False
    assert "Korean" in request.fields["instructions"]
    sent = picture(request)
    assert (sent.size, sent.mode, sent.info) == ((1024, 683), "RGB", {})
    assert scene.photo.name.encode() not in request.body
    edited = cli("edit", scene.photo, "--mask", scene.mask, "--remove", "-o", scene.folder / "out.png", "--json")
    assert edited.status == 0
    (found,) = cli("history", "search", "돛단배", "--json").json["edits"]
    assert found["edit_id"] == edited.json["edit_id"]


def test_a_mask_names_the_part_and_crop_its_surroundings(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene(3000, 2000, 300)
    masked = cli("describe", scene.photo, "--mask", scene.mask, "--json").json
    whole = cli("describe", scene.photo, "--mask", scene.mask, "--crop", "--json").json
    assert masked["kept"] is False
    assert masked["crop"][2] < whole["crop"][2] < 3000
    assert [f"{one.size[0]}x{one.size[1]}" for one in map(picture, server.requests)] == [
        masked["size_sent"],
        whole["size_sent"],
    ]


def test_it_is_journalled_and_counted(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path
) -> None:
    scene = make_scene()
    assert cli("describe", scene.photo, "--json").status == 0
    server.script += script("server_error")
    failed = cli("describe", scene.photo, "--json")
    assert failed.status == 6
    assert len(server.requests) == 2  # nothing is sent twice
    with sqlite3.connect(data_dir / "library.sqlite") as connection:
        rows = connection.execute("SELECT state, error, cost_usd FROM descriptions ORDER BY sequence").fetchall()
        sent = connection.execute("SELECT engine, pictures FROM sent").fetchall()
    connection.close()
    assert [row[0] for row in rows] == ["done", "failed"]
    assert rows[1][1] == "errors_engines.server_error"
    assert rows[0][2] > 0
    assert sent == [("describe", 1), ("describe", 1)]


def test_a_dry_run_sends_nothing_and_tells_the_price(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    ran = cli("describe", make_scene(3000, 2000, 300).photo, "--dry-run", "--json")
    assert ran.status == 0
    assert (ran.json["size_sent"], ran.json["exact"]) == ("1024x683", False)
    assert ran.json["cost_usd"] > 0
    assert server.requests == []


def test_a_server_that_sees_nothing_is_said(cli: Cli, make_scene: SceneMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeImagesServer("sdcpp", key=None) as blind:
        ran = cli("describe", make_scene().photo, "--base-url", blind.url, "--server-profile", "sdcpp", "--json")
    assert (ran.status, ran.json["error"]["kind"]) == (2, "bad_usage")
    assert ran.json["error"]["hint"]


def test_chat_only_servers_are_asked_there(cli: Cli, make_scene: SceneMaker) -> None:
    with FakeImagesServer("localai", key=None) as chat:
        ran = cli("describe", make_scene().photo, "--base-url", chat.url, "--server-profile", "localai", "--json")
    assert ran.status == 0, ran.err
    assert ran.json["description"].startswith("A picture of")
    assert [one.path for one in chat.requests] == ["/v1/chat/completions"]


def test_crop_needs_a_mask(cli: Cli, make_scene: SceneMaker) -> None:
    assert cli("describe", make_scene().photo, "--crop", "--json").status == 2
