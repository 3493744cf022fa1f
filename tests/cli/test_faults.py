"""Whatever the service does: the command line says it once, with the right status, and asks no more than it may."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dalle_studio.cli.interrupts import ENDING
from dalle_studio.core.ports import Stage
from dalle_studio.core.words import LANGUAGES, Words
from dalle_studio.formats import saving
from dalle_studio.storage import settings
from dalle_studio.storage.places import Places
from tests.cli.conftest import Cli, Scene
from tests.conftest import ROOT
from tests.fakes.expected import ROWS, STREAM_ONLY, Row
from tests.fakes.faults import script
from tests.fakes.images_server import KEY, FakeImagesServer

SceneMaker = Callable[..., Scene]

FAULTS = list({row.fault: row for row in ROWS if row.fault.partition(",")[0] not in STREAM_ONLY}.values())
"""Nothing streams here: of two rows of a fault it is the one without."""


def test_at_least_twenty_five_faults_are_met() -> None:
    assert len([row for row in FAULTS if row.error is not None]) >= 25


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.fault)
def test_fault(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, row: Row) -> None:
    scene = make_scene(1024, 800)
    before = scene.photo.read_bytes()
    server.script += script(row.fault)
    out = scene.folder / "out.png"
    words = ["edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "-o", out, "--json", "--lang", "en"]
    ran = cli(*words, *(("--timeout", "0.7") if row.is_slow else ()))
    assert ran.status == row.exit_status
    assert len(server.requests) == row.requests
    assert "Traceback" not in ran.err
    assert KEY not in ran.out + ran.err
    assert scene.photo.read_bytes() == before
    document = ran.json
    assert document["ok"] is (row.error is None)
    assert out.exists() is (row.error is None)
    if row.error is not None:
        told = document["error"]
        assert told["kind"] == row.error.kind.value
        assert told["message"]
        assert row.words in f"{told['message']} {told['hint']}"
        assert ("may have been billed" in told["hint"]) is row.billed


def test_an_answer_that_the_library_can_not_keep_is_written_and_that_is_said(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path
) -> None:
    scene = make_scene(1024, 800)
    words = ["edit", scene.photo, "--mask", scene.mask, "--json", "--lang", "en"]
    assert cli(*words, "--prompt", "first", "-o", scene.folder / "first.png").status == 0
    for number in range(256):  # nothing but what is there already can be put into it from now on
        folder = data_dir / "blobs" / f"{number:02x}"
        if not folder.exists():
            folder.touch()
    out = scene.folder / "out.png"
    ran = cli(*words, "--prompt", "second", "-o", out)
    assert ran.status == 9
    assert len(server.requests) == 2
    assert ran.json["outputs"] == [str(out)]
    assert f"The result is in {out}, but not in the history" in ran.json["error"]["hint"]
    assert np.any(scene.read(out) != scene.pixels)
    assert [one["prompt"] for one in cli("history", "list", "--json").json["edits"] if not one["maybe_billed"]] == [
        "first"
    ]


@pytest.mark.parametrize("area", ["cli", "ui"])
def test_every_stage_of_an_edit_has_words(area: str) -> None:
    stages = [value for name, value in vars(Stage).items() if name.isupper()]
    assert len(stages) >= 6
    for language in LANGUAGES:
        assert all(Words(language).has(f"{area}.stage.{stage}") for stage in stages)


def test_the_check_before_sending_comes_first(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path
) -> None:
    scene = make_scene(1024, 800)
    places = Places(data_dir)
    settings.change(places, check_before_sending=True)
    places.close()
    words = ("edit", scene.photo, "--mask", scene.mask, "-o", scene.folder / "out.png", "--json", "--lang", "en")
    refused = cli(*words, "--prompt", "blood on the door")
    assert refused.status == 5
    assert "violence" in refused.json["error"]["message"]
    assert server.pictures == []
    ran = cli(*words, "--prompt", "a door")
    assert ran.status == 0, ran.err
    assert "Checking the safety rules" in ran.err
    assert len(server.pictures) == 1


def test_a_pause_is_told_and_so_is_its_end(cli: Cli, server: FakeImagesServer, make_scene: SceneMaker) -> None:
    scene = make_scene(1024, 800)
    server.script += script("rate,slow:0.5")
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "-o", scene.folder / "out.png")
    ran = cli(*words, "--lang", "en")
    assert ran.status == 0
    told = ran.err.splitlines()
    pause = told.index("Waiting 1 s for the rate limit")
    assert told[pause - 1] == told[pause + 1]  # again it is the answer that is waited for


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("painting", signal.SIGINT),
        ("painting", ENDING[-1]),
        ("checking", signal.SIGINT),
        ("describing", signal.SIGINT),
        ("testing", signal.SIGINT),
    ],
)
def test_an_interrupt_closes_the_socket_and_says_what_it_may_cost(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path, what: str, number: int
) -> None:
    checked = what == "checking"
    scene = make_scene(1024, 800)
    places = Places(data_dir)
    settings.change(places, check_before_sending=checked)  # that is free, and nothing else has left then
    places.close()
    server.script += script("slow")
    target = scene.folder / "out.png"
    words: tuple[object, ...] = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "-o", target)
    if what == "describing":
        words = ("describe", scene.photo)
    elif what == "testing":
        words = ("doctor", "--test-connection", "--yes")
    running = subprocess.Popen(
        [sys.executable, "-m", "dalle_studio", *map(str, words), "--json", "--lang", "en"],
        cwd=ROOT,
        env={**os.environ, "DALLE_STUDIO_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    server.wait_for_requests(1, 30)
    running.send_signal(number)
    assert server.requests[0].disconnected.wait(1.0)
    out, err = running.communicate(timeout=20)
    assert running.returncode == 130
    told = json.loads(out)["error"]
    assert told["kind"] == "cancelled"
    assert ("billed" in told["hint"]) is not checked
    findings = cli("doctor", "--json", "--lang", "en").json["findings"]
    money = next(one["detail"] for one in findings if one["name"] == "Money")
    assert ("may also be billed" in money) is not checked
    assert b"Traceback" not in err
    assert len(server.requests) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_under_nohup_an_edit_goes_on_when_the_terminal_is_closed(
    server: FakeImagesServer, make_scene: SceneMaker, data_dir: Path
) -> None:
    scene = make_scene(1024, 800)
    server.script += script("slow:0.3")
    out = scene.folder / "out.png"
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "-o", out, "--json")
    running = subprocess.Popen(
        ["nohup", sys.executable, "-m", "dalle_studio", *map(str, words)],
        cwd=ROOT,
        env={**os.environ, "DALLE_STUDIO_DATA_DIR": str(data_dir)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    server.wait_for_requests(1, 30)
    running.send_signal(signal.SIGHUP)
    told, err = running.communicate(timeout=30)
    assert running.returncode == 0, err
    assert json.loads(told)["ok"]
    assert out.exists()


@pytest.mark.parametrize("number", ENDING)
def test_an_interrupt_while_saving_names_the_edit_that_is_done(
    cli: Cli, server: FakeImagesServer, make_scene: SceneMaker, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    scene = make_scene(1024, 800)
    out = scene.folder / "out.png"
    words = ("edit", scene.photo, "--mask", scene.mask, "--prompt", "x", "-o", out, "--json", "--lang", "en")
    with monkeypatch.context() as patch:
        patch.setattr(saving, "write_atomically", lambda *_: signal.raise_signal(number))
        ran = cli(*words)
    assert ran.status == 130
    told = ran.json
    assert told["error"]["kind"] == "cancelled"
    assert told["outputs"] == []
    assert told["edit_id"] in told["error"]["hint"]  # and how to take it out without paying again
    assert cli("history", "export", told["edit_id"], "-o", out).status == 0
    assert out.exists()
    assert len(server.pictures) == 1
