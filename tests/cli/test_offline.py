"""Everything that needs no network: remove, extend, prepare and apply, keys, doctor. No socket is opened."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Cli, Scene
from tests.conftest import PhotoFactory

SceneMaker = Callable[..., Scene]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connecting anywhere fails the test. (A port of the system, not a part of the program.)"""

    def refuse(_socket: socket.socket, address: object) -> None:
        raise AssertionError(f"an offline command wanted to connect to {address}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


def test_removing_needs_neither_prompt_nor_key_and_changes_only_the_mask(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene()
    out = scene.folder / "o.png"
    ran = cli("edit", scene.photo, "--remove", "--mask", scene.mask, "-o", out, "--json")
    assert ran.status == 0, ran.err
    result = ran.json
    assert (result["engine"], result["model"], result["size_sent"], result["cost_usd"]) == ("local", None, None, 0)
    assert result["outside_identical"] is True
    changed = (scene.read(out) != scene.pixels).any(axis=2)
    assert not changed[scene.far(result["feather"])].any()
    assert changed[scene.mask_pixels > 0].mean() > 0.5


def test_the_same_seed_removes_the_same_way(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene()
    outs = [scene.folder / f"o{number}.png" for number in (1, 2)]
    for out in outs:
        assert cli("edit", scene.photo, "--remove", "--mask", scene.mask, "--seed", 7, "-o", out).status == 0
    assert outs[0].read_bytes() == outs[1].read_bytes()


def test_extending_keeps_the_photo_bit_for_bit(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    out = scene.folder / "wide.png"
    ran = cli("extend", scene.photo, "--left", 120, "--bottom", 50, "-o", out, "--json")
    assert ran.status == 0, ran.err
    came = scene.read(out)
    assert came.shape == (750, 1020, 3)
    assert np.array_equal(came[:700, 120:], scene.pixels)
    assert came[:, :120].std() > 1
    assert ran.json["outside_identical"] is True


def test_extending_to_a_size_centres_the_photo_and_can_remove_as_well(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    out = scene.folder / "wide.png"
    ran = cli("extend", scene.photo, "--to", "1000x740", "--mask", scene.mask, "--feather", 5, "-o", out, "--json")
    assert ran.status == 0, ran.err
    inner = scene.read(out)[20:720, 50:950]
    changed = (inner != scene.pixels).any(axis=2)
    assert not changed[scene.far(5)].any()
    assert changed[scene.mask_pixels > 0].any()


@pytest.mark.parametrize("words", [("--to", "100x100"), ("--to", "1000x800", "--left", "5"), ()])
def test_an_impossible_extension_is_explained(cli: Cli, make_scene: SceneMaker, words: tuple[str, ...]) -> None:
    scene = make_scene(900, 700, 40)
    ran = cli("extend", scene.photo, *words, "-o", scene.folder / "w.png", "--json")
    assert ran.status in {2, 3}
    assert ran.json["error"]["hint"]


def test_stdin_and_stdout_carry_pictures(make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    words = [sys.executable, "-m", "dalle_studio", "edit", "-", "--remove", "--mask", str(scene.mask), "-o", "-"]
    done = subprocess.run(words, input=scene.photo.read_bytes(), capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    came = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_UNCHANGED)
    assert came is not None
    assert came.shape == (700, 900, 3)


def test_an_answer_from_anywhere_is_put_back_by_its_plan(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(2600, 1800, 150)
    folder = scene.folder / "prepared"
    prepared = cli("prepare", scene.photo, "--mask", scene.mask, "--prompt", "배", "-o", folder, "--json")
    assert prepared.status == 0, prepared.err
    assert sorted(path.name for path in folder.iterdir()) == ["blend.png", "image.png", "mask.png", "plan.json"]
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["version"] == 1
    assert plan["scale"] == 1.0
    assert plan["photo"]["size"] == [2600, 1800]
    assert plan["prompt"] == "배"
    sent = np.asarray(Image.open(folder / "image.png"))
    left, top, width, height = plan["crop"]
    assert np.array_equal(sent, scene.pixels[top : top + height, left : left + width])
    mask = np.asarray(Image.open(folder / "mask.png"))
    blend = scene.read(folder / "blend.png")
    assert np.array_equal(blend, scene.mask_pixels)
    grown = cv2.dilate(scene.mask_pixels, np.ones((35, 35), np.uint8))[top : top + height, left : left + width]
    assert not ((mask[..., 3] == 0) & (grown == 0)).any(), "grown by at most 16 pixels"
    answer = scene.folder / "answer.png"
    painted = sent.copy()
    painted[mask[..., 3] == 0] = (30, 200, 60)
    Image.fromarray(painted).save(answer)
    out = scene.folder / "applied.png"
    applied = cli("apply", folder / "plan.json", answer, "-o", out, "--json")
    assert applied.status == 0, applied.err
    came = scene.read(out)
    assert not (came != scene.pixels).any(axis=2)[scene.far(applied.json["feather"])].any()
    inside = scene.mask_pixels > 0
    assert np.abs(came[inside].astype(int) - (30, 200, 60)).max() <= 3
    Image.fromarray(255 - sent).save(answer)
    refused = cli("apply", folder / "plan.json", answer, "-o", scene.folder / "no.png", "--json")
    assert refused.status == 3, "an answer to another picture"
    assert cli("apply", folder / "plan.json", answer, "-o", scene.folder / "no.png", "--force").status == 0


def test_a_plan_refuses_another_photo_unless_forced(cli: Cli, make_scene: SceneMaker, photo: PhotoFactory) -> None:
    scene = make_scene(1600, 1200, 80)
    folder = scene.folder / "prepared"
    assert cli("prepare", scene.photo, "--mask", scene.mask, "-o", folder).status == 0
    other = scene.folder / "other.png"
    Image.fromarray(photo(1600, 1200, seed=99)).save(other)
    words = ("apply", folder / "plan.json", folder / "image.png", "--image", other, "-o", scene.folder / "o.png")
    assert cli(*words).status == 3
    assert cli(*words, "--force").status == 0
    again = cli("prepare", scene.photo, "--mask", scene.mask, "-o", folder, "--json")
    assert again.status == 2, "existing files are not replaced without --force"


def test_a_moved_photo_is_found_beside_the_plan(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(1600, 1200, 80)
    folder = scene.folder / "prepared"
    assert cli("prepare", scene.photo, "--mask", scene.mask, "-o", folder).status == 0
    moved = folder / scene.photo.name
    scene.photo.rename(moved)
    assert cli("apply", folder / "plan.json", folder / "image.png", "-o", scene.folder / "o.png").status == 0
    moved.unlink()
    lost = cli("apply", folder / "plan.json", folder / "image.png", "-o", scene.folder / "o2.png", "--json")
    assert lost.status == 3


def test_keys_come_from_stdin_and_are_never_shown(tmp_path: Path) -> None:
    del tmp_path
    key = "sk-test-abcdefghijklmnopqrstuvwx"
    words = [sys.executable, "-m", "dalle_studio", "key", "set", "--json"]
    done = subprocess.run(words, input=key + "\n", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    state = json.loads(done.stdout)
    assert (state["host"], state["where"]) == ("api.openai.com", "session")
    assert key not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("key", "url"), [("short", None), ("sk-ab cd-ef-gh-ij-kl-mn", None), ("x" * 30, "http://example.com/v1")]
)
def test_bad_keys_and_addresses_are_refused(key: str, url: str | None) -> None:
    words = [sys.executable, "-m", "dalle_studio", "key", "set", "--json", *(["--base-url", url] if url else [])]
    done = subprocess.run(words, input=key, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in {2, 4}
    assert key not in done.stdout + done.stderr


def test_the_doctor_looks_at_everything(cli: Cli) -> None:
    findings = cli("doctor", "--json").json["findings"]
    assert len(findings) > 8
    assert all(one["detail"] for one in findings)


def test_the_command_line_never_imports_qt(make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    code = (
        "import sys\n"
        "from dalle_studio.__main__ import main\n"
        "status = main(sys.argv[1:])\n"
        "assert not any(name.startswith('PySide6') for name in sys.modules), 'Qt was imported'\n"
        "sys.exit(status)\n"
    )
    for words in (("doctor",), ("edit", str(scene.photo), "--remove", "--mask", str(scene.mask)), ("history", "list")):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr


def test_every_command_explains_itself_in_both_languages(cli: Cli) -> None:
    from dalle_studio.cli import COMMANDS

    for command in COMMANDS:
        for language in ("ko", "en"):
            with pytest.raises(SystemExit) as ended:
                cli(command, "--lang", language, "--help")
            assert ended.value.code == 0


def test_names_that_were_taken_meanwhile_are_passed_over(make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    words = [sys.executable, "-m", "dalle_studio", "edit", str(scene.photo), "--remove", "--mask", str(scene.mask)]
    running = [
        subprocess.Popen([*words, "--seed", str(seed)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for seed in range(3)
    ]
    outputs = [process.communicate(timeout=120)[0].decode().strip() for process in running]
    assert [process.returncode for process in running] == [0, 0, 0]
    assert len(set(outputs)) == 3
    assert all(Path(output).is_file() for output in outputs)


def test_files_that_were_given_are_not_replaced_without_force(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    before = scene.mask.read_bytes()
    words = ("edit", scene.photo, "--remove", "--mask", scene.mask, "-o", scene.mask)
    assert cli(*words).status == 2
    assert scene.mask.read_bytes() == before
    assert cli(*words, "--force").status == 0


def test_an_output_that_cannot_be_is_told_before_the_work(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    words = ("edit", scene.photo, "--remove", "--mask", scene.mask, "--json", "-o")
    for name, status in (("/proc/x.png", 9), ("/dev/null", 3), ("x" * 300 + ".png", 2), (str(scene.folder), 2)):
        ran = cli(*words, name)
        assert ran.status == status, (name, ran.out)
        assert ran.json["error"]["hint"]
    assert cli("history", "list", "--json").json["edits"] == []


def test_a_long_name_is_cut_to_what_the_disk_takes(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    long = scene.folder / ("가" * 83 + "x.png")
    scene.photo.rename(long)
    ran = cli("edit", long, "--remove", "--mask", scene.mask, "--json")
    assert ran.status == 0, ran.err
    assert Path(ran.json["outputs"][0]).is_file()


def test_an_extension_by_words_is_not_done_by_an_engine_that_follows_none(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    words = ("extend", scene.photo, "--left", 50, "--prompt", "a cat", "--json")
    assert cli(*words).status == 4
    assert cli(*words, "--engine", "local").status == 2


def test_an_extension_in_a_lossy_format_says_what_it_changed(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    ran = cli("extend", scene.photo, "--left", 50, "-o", scene.folder / "wide.jpg", "--json")
    assert ran.json["outside_max_difference"] > 0
    assert any("wide.jpg" in warning for warning in ran.json["warnings"])


@pytest.mark.parametrize("bits", [8, 16])
def test_what_a_format_changed_is_told_of_255_levels_whatever_the_photo_holds(
    cli: Cli, make_scene: SceneMaker, bits: int
) -> None:
    """A photo with 16 bits, and one that is transparent in part."""
    scene = make_scene(900, 700, 40)
    pixels = np.dstack((scene.pixels[..., ::-1], np.full((700, 900), 255, np.uint8)))
    pixels[:200, :, 3] = 0
    deep = pixels.astype(np.uint16) * np.uint16(257)
    cv2.imencode(".png", pixels if bits == 8 else deep)[1].tofile(scene.photo)
    words = ("edit", scene.photo, "--mask", scene.mask, "--remove", "-o", scene.folder / "out.jpg", "--json")
    ran = cli(*words, "--lang", "en")
    assert ran.status == 0, ran.err
    assert 0 < ran.json["outside_max_difference"] < 128
    assert any(f"{ran.json['outside_max_difference']} of 255 levels" in one for one in ran.json["warnings"])


def test_a_tiny_photo_is_mended_from_the_little_that_is_left(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(24, 16, 12)
    assert not scene.mask_pixels.all()
    ran = cli("edit", scene.photo, "--mask", scene.mask, "--remove", "--json")
    assert ran.status == 0, ran.out


def test_a_photo_wider_than_any_service_takes_is_edited_here(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(12000, 100, 20)
    ran = cli("extend", scene.photo, "--top", 20, "--json")
    assert ran.status == 0, ran.out


def test_an_edit_keeps_the_path_it_was_made_on(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    twin = scene.folder / "twin.png"
    twin.write_bytes(scene.photo.read_bytes())
    for photo in (scene.photo, twin):
        assert cli("edit", photo, "--remove", "--mask", scene.mask).status == 0
    edits = cli("history", "list", "--json").json["edits"]
    assert [edit["original"] for edit in edits] == [str(twin), str(scene.photo)]


def test_stdout_holds_only_the_result(cli: Cli, make_scene: SceneMaker) -> None:
    scene = make_scene(900, 700, 40)
    ran = cli("edit", scene.photo, "--remove", "--mask", scene.mask)
    assert ran.out == f"{scene.folder / '눈 photo-edit.png'}\n"


def test_a_key_on_the_command_line_is_not_repeated(cli: Cli) -> None:
    ran = cli("key", "set", "sk-abcdefghijklmnopqrstuvwxyz0123456789", "--json")
    assert ran.status == 2
    assert "sk-abcdef" not in ran.out + ran.err
