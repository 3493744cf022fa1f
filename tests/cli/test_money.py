"""What edits cost on the command line: told before and after, added up, and never above the user's limits."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from dalle_studio.storage import model_lists, settings
from dalle_studio.storage.places import Places
from tests.cli.conftest import Cli, Ran, Scene
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer

SceneMaker = Callable[..., Scene]


@pytest.fixture
def limit(data_dir: Path) -> Callable[[float | None], None]:
    """Sets the monthly limit."""

    def change(dollars: float | None) -> None:
        places = Places(data_dir)
        settings.change(places, monthly_cap_usd=dollars)
        places.close()

    return change


def edit(cli: Cli, scene: Scene, *more: object) -> Ran:
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "a door", "--json")
    return cli(*words, *more)


def spent(cli: Cli) -> str:
    findings = cli("doctor", "--json", "--lang", "en").json["findings"]
    return str(next(one["detail"] for one in findings if one["name"] == "Money"))


def test_the_monthly_limit_sends_nothing_beyond_it(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, limit: Callable[[float | None], None]
) -> None:
    scene = make_scene()
    limit(0.03)
    first = edit(cli, scene, "--quality", "medium")
    assert first.status == 0
    assert 0 < first.json["cost_usd"] < 0.03
    assert f"${first.json['cost_usd']:.2f}" in spent(cli)
    second = edit(cli, scene, "--quality", "medium", "-n", "4")
    assert second.status == 7
    assert second.json["error"]["kind"] == "budget"
    assert "0.03" in second.json["error"]["message"]
    assert len(server.pictures) == 1
    limit(None)
    assert edit(cli, scene, "--quality", "medium", "-n", "4").status == 0


def test_what_may_have_been_billed_counts_for_the_limit(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, limit: Callable[[float | None], None]
) -> None:
    scene = make_scene()
    server.script += script("reset_at_once")
    limit(0.03)
    assert edit(cli, scene, "--quality", "medium").status == 6
    assert "may also be billed" in spent(cli)
    assert edit(cli, scene, "--quality", "medium").status == 7
    assert len(server.pictures) == 1


def test_a_limit_that_cannot_be_kept_blocks(
    cli: Cli, make_scene: SceneMaker, limit: Callable[[float | None], None], data_dir: Path
) -> None:
    scene = make_scene()
    limit(10.0)
    with FakeImagesServer("azure", key=None) as server:
        words = ("--model", "my-deployment", "--server-profile", "azure", "--base-url", server.url)
        blocked = edit(cli, scene, *words)
        assert blocked.status == 7
        assert "my-deployment" in blocked.json["error"]["message"]
        assert server.requests == []
        (data_dir / "models.toml").write_text('[models."my-deployment"]\nlike = "gpt-image-2.5-flare"\n')
        assert edit(cli, scene, *words).status == 0


def test_what_was_refused_is_not_spent(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    server.script += script("quota")
    assert edit(cli, make_scene()).status == 7
    assert "today $0.00" in spent(cli)


@pytest.mark.parametrize(("days", "message"), [(30, "is shut down on"), (-3, "was shut down on")])
def test_a_dying_model_names_its_successor(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path, days: int, message: str
) -> None:
    day = datetime.now().astimezone().date() + timedelta(days=days)
    Places(data_dir).root.mkdir(exist_ok=True)
    (data_dir / "models.toml").write_text(f'[models."gpt-image-2"]\ndies = {day.isoformat()}\n')
    told = edit(cli, make_scene(), "--model", "gpt-image-2", "--dry-run", "--lang", "en").json["warnings"]
    assert any(message in one and "gpt-image-2.5-flare" in one for one in told)
    findings = {one["name"]: one["detail"] for one in cli("doctor", "--json", "--lang", "en").json["findings"]}
    assert "gpt-image-2 en" in findings["Engine models"]
    assert server.requests == []


def test_a_damaged_table_of_models_is_told_and_does_no_harm(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path
) -> None:
    Places(data_dir).root.mkdir(exist_ok=True)
    (data_dir / "models.toml").write_text("[models.x]\nspeed = 3\n")
    findings = {one["name"]: one for one in cli("doctor", "--json", "--lang", "en").json["findings"]}
    assert not findings["Engine models"]["ok"]
    assert "speed" in findings["Engine models"]["detail"]
    assert edit(cli, make_scene()).status == 0


def test_a_table_of_models_that_can_not_be_read_is_told(cli: Cli, data_dir: Path) -> None:
    (data_dir / "models.toml").mkdir(parents=True)
    findings = {one["name"]: one for one in cli("doctor", "--json", "--lang", "en").json["findings"]}
    assert not findings["Engine models"]["ok"]
    assert "models.toml" in findings["Engine models"]["detail"]


def test_an_estimate_is_what_the_published_formula_gives(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    words = ("estimate", "generate", "--prompt", "x", "--size", "1024x1024", "-o", scene.folder / "o.png", "--json")
    for model, quality, tokens in (
        ("gpt-image-2", "high", 7024),
        ("gpt-image-2.5-flare", "medium", 439),
        ("gpt-image-2.5-flare", "max", 7024),
        ("gpt-image-1.5", "medium", 1056),
    ):
        told = cli(*words, "--model", model, "--quality", quality).json
        assert told["output_tokens"] == tokens
        assert told["exact"]
    four = cli(*words, "--quality", "low", "-n", "4").json
    assert four["output_tokens"] == 4 * 196
    assert server.requests == []


def test_free_servers_need_no_price(cli: Cli, make_scene: SceneMaker, limit: Callable[[float | None], None]) -> None:
    scene = make_scene()
    limit(0.0)
    with FakeImagesServer("sdcpp", key=None) as own:
        words = ("--base-url", own.url, "--server-profile", "sdcpp", "--max-cost", "0")
        ran = edit(cli, scene, *words)
        assert ran.status == 0, ran.err
        assert len(own.pictures) == 1


def describe(cli: Cli, scene: Scene, *more: object) -> Ran:
    return cli("describe", scene.photo, "--json", *more)


def translated(cli: Cli, server: FakeImagesServer, scene: Scene, *more: object) -> Ran:
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "빨간 풍선", "--translate", "on", "--json")
    return cli(*words, "--quality", "low", "--translator-url", server.url, *more)


def account(data_dir: Path) -> list[tuple[str, int, float, float, int]]:
    """Of everything that left: engine, pictures, expected and known dollars, whether that is all."""
    with closing(sqlite3.connect(data_dir / "library.sqlite")) as connection:
        return connection.execute(
            "SELECT engine, pictures, estimate_usd, cost_usd, settled FROM sent ORDER BY engine DESC"
        ).fetchall()


def test_the_monthly_limit_holds_back_descriptions_and_translations(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, limit: Callable[[float | None], None]
) -> None:
    scene = make_scene()
    limit(0.00001)
    for ran, said in (
        (describe(cli, scene, "--lang", "en"), "description"),
        (translated(cli, server, scene, "--lang", "en"), "translation"),
    ):
        assert ran.status == 7
        assert said in ran.json["error"]["message"]
        assert ran.json["error"]["hint"]
    assert server.requests == []
    limit(1.0)
    assert describe(cli, scene).status == translated(cli, server, scene).status == 0


def test_a_translation_is_in_the_account_with_what_it_cost(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path
) -> None:
    scene = make_scene()
    assert translated(cli, server, scene).status == 0
    (words, edited) = account(data_dir)
    engine, pictures, expected, known, settled = words
    assert (engine, pictures, settled) == ("translate", 0, 1)
    assert 0.0001 < expected < 0.001
    assert known == pytest.approx((900 * 0.1 + 60 * 0.5) / 1e6)
    assert edited[:2] == ("openai", 1)


@pytest.mark.parametrize(("fault", "counts"), [("server_error", True), ("quota", False), ("bad_key", False)])
def test_a_lost_text_counts_as_what_was_expected_of_it(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path, fault: str, counts: bool
) -> None:
    scene = make_scene()
    for engine in ("describe", "translate"):
        server.script += script(fault)
        ran = describe(cli, scene) if engine == "describe" else translated(cli, server, scene)
        assert ran.status != 0
        _, _, expected, known, settled = next(row for row in account(data_dir) if row[0] == engine)
        assert (expected > 0, known, settled) == (True, 0, int(not counts))
    assert len(server.requests) == 2


def test_where_the_price_of_words_is_unknown_the_limit_blocks_them(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, limit: Callable[[float | None], None]
) -> None:
    scene = make_scene()
    limit(10.0)
    for ran in (describe(cli, scene, "--model", "own"), translated(cli, server, scene, "--translator-model", "own")):
        assert ran.status == 7
        assert "own" in ran.json["error"]["message"]
    assert server.requests == []
    with FakeImagesServer("localai", key=None) as free:
        ran = translated(cli, free, scene, "--translator-model", "own")
    assert ran.status == 0, ran.err


def test_a_translation_is_part_of_every_estimate(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path
) -> None:
    scene = make_scene()
    words = ("edit", scene.photo, "--mask", scene.mask, "--quality", "low", "--translator-url", server.url, "--json")
    plain = cli("estimate", *words, "--prompt", "a red balloon").json
    korean = (*words, "--prompt", "빨간 풍선")
    untranslated, translated = (cli("estimate", *korean, "--translate", wish).json for wish in ("off", "on"))
    assert plain["exact"]
    assert untranslated["exact"]
    assert not translated["exact"]
    assert untranslated["output_tokens"] == translated["output_tokens"]
    share = translated["cost_usd"] - untranslated["cost_usd"]
    between = (translated["cost_usd"] + untranslated["cost_usd"]) / 2
    refused = cli(*korean, "--translate", "on", "--max-cost", between)
    assert refused.status == 7
    assert server.requests == []
    assert cli(*korean, "--translate", "on", "--max-cost", translated["cost_usd"] + 1e-9).status == 0
    (row,) = [row for row in account(data_dir) if row[0] == "translate"]
    assert share == pytest.approx(row[2])
    given = cli("estimate", *korean, "--translate", "on", "--english", "a red balloon").json
    assert given["exact"]


def test_an_unknown_price_of_words_makes_the_whole_unknown_until_it_is_told(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, limit: Callable[[float | None], None], data_dir: Path
) -> None:
    scene = make_scene()
    limit(10.0)
    own = ("--translator-model", "own", "--lang", "en")
    told = cli("estimate", *_korean(scene, server), *own)
    assert told.json["cost_usd"] is None
    blocked = cli(*_korean(scene, server), *own)
    assert blocked.status == 7
    assert "models.toml" in blocked.json["error"]["hint"]
    (data_dir / "models.toml").write_text("[texts.own]\ninput = 1.0\noutput = 2.0\n")
    assert cli("estimate", *_korean(scene, server), *own).json["cost_usd"] > 0
    assert cli(*_korean(scene, server), *own).status == 0
    (row,) = [row for row in account(data_dir) if row[0] == "translate"]
    assert row[3] == pytest.approx((900 * 1.0 + 60 * 2.0) / 1e6)


def _korean(scene: Scene, server: FakeImagesServer) -> tuple[object, ...]:
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "빨간 풍선", "--translate", "on", "--json")
    return (*words, "--quality", "low", "--translator-url", server.url)


def test_one_prompt_for_several_areas_is_translated_once(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, tmp_path: Path
) -> None:
    scene = make_scene(3000, 800)
    mask = np.zeros((800, 3000), np.uint8)
    mask[300:360, 100:160] = mask[300:360, 2800:2860] = 255
    path = tmp_path / "two.png"
    cv2.imencode(".png", mask)[1].tofile(path)
    words = _korean(scene, server)
    ran = cli(*(path if word is scene.mask else word for word in words), "--areas", "each")
    assert ran.status == 0, ran.err
    assert len(server.pictures) == 2
    assert len(server.requests) == 3
    assert len({request.fields["prompt"] for request in server.pictures}) == 1


@pytest.mark.parametrize("name", ["dall-e-2", "dall-e-3"])
def test_a_model_that_is_gone_names_its_successor_before_anything_is_sent(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, name: str
) -> None:
    scene = make_scene()
    told = edit(cli, scene, "--model", name, "--dry-run", "--lang", "en").json["warnings"]
    assert any("was shut down on 2026-05-12" in one and "gpt-image-2.5-flare" in one for one in told)
    assert server.requests == []
    with FakeImagesServer("dalle2", key=None) as own:
        words = ("--base-url", own.url, "--server-profile", "dalle2", "--model", name, "--dry-run", "--lang", "en")
        assert not any("shut down" in one for one in edit(cli, scene, *words).json["warnings"])


def test_an_old_list_of_models_is_read_again_after_an_edit(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path
) -> None:
    scene = make_scene()

    def asked() -> list[str]:
        return [request.path for request in server.requests if request.method == "GET"]

    assert edit(cli, scene).status == 0
    assert asked() == []
    places = Places(data_dir)
    today = datetime.now().astimezone().date()
    host = f"127.0.0.1:{server.port}"
    for days, reads in ((6, 0), (7, 1), (0, 1)):
        model_lists.keep(places, host, today - timedelta(days=days), ())
        assert edit(cli, scene).status == 0
        assert asked() == ["/v1/models"] * reads
    model_lists.keep(places, host, today - timedelta(days=30), ())
    server.script += script("quota")
    assert edit(cli, scene).status == 7
    assert asked() == ["/v1/models"]
    assert edit(cli, scene).status == 0
    assert (model_lists.load(places, host) or (None,))[0] == today
    places.close()


def test_what_did_not_come_of_several_is_said_and_is_no_success(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker
) -> None:
    scene = make_scene()
    server.script += script("ok,moderation_output,ok")
    out = scene.folder / "out.png"
    ran = edit(cli, scene, "-n", "3", "-o", out, "--lang", "en")
    assert ran.status == 8
    assert not ran.json["ok"]
    assert ran.json["error"]["kind"] == "refused"
    assert len(ran.json["outputs"]) == 2
    assert all(Path(path).exists() for path in ran.json["outputs"])
    assert ran.json["edit_id"]
    assert "Only 2 of 3 pictures arrived; the others failed." in ran.json["warnings"]
    server.script += script("ok,moderation_output,ok")
    plain = cli("edit", scene.photo, "--mask", scene.mask, "--prompt", "a door", "-n", "3", "-o", out, "--lang", "en")
    assert plain.status == 8
    assert len(plain.out.splitlines()) == 2
    assert "Only 2 of 3" in plain.err
