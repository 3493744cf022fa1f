from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places, data_folder
from tests.conftest import ROOT
from tests.storage import material


def test_the_option_wins_over_the_variable_and_the_variable_over_the_system(tmp_path: Path) -> None:
    environment = {"DALLE_STUDIO_DATA_DIR": str(tmp_path / "variable")}
    assert data_folder(tmp_path / "option", environment) == tmp_path / "option"
    assert data_folder(None, environment) == tmp_path / "variable"
    system = data_folder(None, {})
    assert system.name == "dalle-studio"
    assert data_folder(None, {"DALLE_STUDIO_DATA_DIR": ""}) == system


def test_a_relative_folder_does_not_move_with_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert data_folder(Path("한글 폴더"), {}) == tmp_path / "한글 폴더"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks the registry")
def test_without_a_home_the_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    import pwd

    def nobody(_: int) -> None:
        raise KeyError("uid not found")

    monkeypatch.setattr(pwd, "getpwuid", nobody)  # what the system says of a user without an entry
    with pytest.raises(StorageProblem) as caught:
        data_folder(None, {})
    assert caught.value.message == "errors_storage.no_home"


def test_making_the_object_touches_nothing(data_dir: Path) -> None:
    Places(data_dir)
    StudioLibrary(Places(data_dir))
    assert not data_dir.exists()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_folders_and_files_are_the_users_alone(library: StudioLibrary, data_dir: Path) -> None:
    previous = os.umask(0)
    try:
        material.perform(library, "one", original=material.keep(library).original_id)
    finally:
        os.umask(previous)
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    for path in data_dir.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_folder_with_the_users_own_files_keeps_its_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir(0o755)
    (folder / "holiday.txt").write_text("mine")
    places = Places(folder)
    places.prepare()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE(places.blobs.stat().st_mode) == 0o700
    places.close()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageProblem) as caught:
        Places(tmp_path / "data" / "inside").prepare()
    assert caught.value.params["folder"] == str(tmp_path / "data" / "inside")


LEAVES_A_FILE = """
import sys
from pathlib import Path
from dalle_studio.storage.places import Places
places = Places(Path(sys.argv[1]))
path = places.temp_path()
path.write_bytes(b"half written")
print(path, flush=True)
sys.stdin.read()
"""


def test_temporary_files_of_the_dead_are_swept_and_those_of_the_living_are_not(data_dir: Path) -> None:
    command = [sys.executable, "-c", LEAVES_A_FILE, str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        left = Path(child.stdout.readline().strip())
        first = Places(data_dir)
        first.prepare()
        assert left.exists()
        child.kill()
        child.wait()
    second = Places(data_dir)
    second.prepare()
    assert not left.exists()
    assert {path.name.removesuffix(".lock") for path in second.journal.iterdir()} == {first.token, second.token}
    first.close()
    second.close()
    assert list(second.journal.iterdir()) == []


def test_a_process_is_alive_for_others_until_it_leaves(data_dir: Path) -> None:
    one, other = Places(data_dir), Places(data_dir)
    token = one.token
    assert one.lives(token)
    assert other.lives(token)
    one.close()
    assert not other.lives(token)
    other.close()
