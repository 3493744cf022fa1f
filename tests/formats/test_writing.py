"""Replacing files: whole or not at all, on disks that are full, closed or gone."""

from __future__ import annotations

import os
import resource
import signal
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dalle_studio.core.errors import BadUsage, StorageProblem
from dalle_studio.core.words import Words
from dalle_studio.formats.saving import make_folder, write_atomically

NOBODY = 65_534


@contextmanager
def without_privileges() -> Iterator[None]:
    """As an ordinary user, since permissions mean nothing to root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def files_limited_to(count: int) -> Iterator[None]:
    """No file of this process may grow beyond `count` bytes: the system's own way to run out of room."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that other users may reach, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)


def problem(path: Path, data: bytes = b"new") -> StorageProblem:
    with pytest.raises(StorageProblem) as caught:
        write_atomically(path, data)
    return caught.value


def spoken(error: StorageProblem) -> str:
    """What the user is told, in both languages."""
    parts = [part for language in ("ko", "en") for part in Words(language).of(error)]
    assert all(parts)
    return " ".join(parts)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["a.png", "사진 한 장.png", "-rf", "a\nb.png", "x" * 255])
def test_a_file_is_written_whatever_its_name(name: str, tmp_path: Path) -> None:
    write_atomically(tmp_path / name, b"content")
    assert (tmp_path / name).read_bytes() == b"content"
    assert names(tmp_path) == [name]
    write_atomically(tmp_path / name, b"")
    assert (tmp_path / name).read_bytes() == b""


def test_a_new_file_gets_the_users_usual_permissions(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a.png", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o777])
def test_permissions_of_a_replaced_file_are_kept(mode: int, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"old")
    file.chmod(mode)
    write_atomically(file, b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_links_are_followed_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "photo.png").write_bytes(b"old")
    (tmp_path / "link.png").symlink_to("far/photo.png")
    (tmp_path / "second.png").symlink_to("link.png")
    write_atomically(tmp_path / "second.png", b"new")
    assert (tmp_path / "second.png").is_symlink()
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "far" / "photo.png").read_bytes() == b"new"
    (tmp_path / "loose.png").symlink_to("far/later.png")
    write_atomically(tmp_path / "loose.png", b"new")
    assert (tmp_path / "far" / "later.png").read_bytes() == b"new"
    assert names(tmp_path / "far") == ["later.png", "photo.png"]


def test_who_holds_the_old_file_open_keeps_it_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"old content")
    with file.open("rb") as reader:
        write_atomically(file, b"new")
        assert reader.read() == b"old content"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    error = problem(tmp_path / "none" / "a.png")
    assert error.message == "errors_formats.folder_missing"
    assert "none" in spoken(error)
    (tmp_path / "file").write_bytes(b"")
    assert problem(tmp_path / "file" / "a.png").message == "errors_formats.folder_missing"


def test_a_folder_without_permission_is_named_and_left_alone(public_folder: Path) -> None:
    file = public_folder / "a.png"
    file.write_bytes(b"old")
    file.chmod(0o666)
    public_folder.chmod(0o555)
    with without_privileges():
        error = problem(file)
    assert error.message == "errors_formats.folder_not_writable"
    assert public_folder.name in spoken(error)
    assert file.read_bytes() == b"old"
    assert names(public_folder) == ["a.png"]


def test_a_write_protected_file_is_not_replaced(public_folder: Path) -> None:
    file = public_folder / "a.png"
    file.write_bytes(b"old")
    file.chmod(0o444)
    if os.geteuid() == 0:
        os.chown(file, NOBODY, -1)
    with without_privileges():
        error = problem(file)
    assert error.message == "errors_formats.target_read_only"
    assert spoken(error)
    assert file.read_bytes() == b"old"
    assert names(public_folder) == ["a.png"]


def test_a_system_folder_that_takes_no_files_is_a_storage_problem() -> None:
    if Path("/proc/self").exists():
        assert spoken(problem(Path("/proc/a.png")))


def test_on_a_full_disk_the_old_file_stays_whole_and_nothing_is_left(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"old")
    with files_limited_to(4096):
        error = problem(file, bytes(12_345_678))
    assert error.message == "errors_formats.disk_full"
    assert spoken(error).count("12.3 MB") == 2
    assert spoken(error).count(tmp_path.name) == 2
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["a.png"]
    write_atomically(file, b"new")  # trying again needs no restart
    assert file.read_bytes() == b"new"


def test_folders_pipes_and_devices_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "device.png").symlink_to("/dev/null")
    for name in ("folder.png", "pipe.png", "device.png"):
        assert problem(tmp_path / name).message == "errors_formats.target_not_a_file"
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert names(tmp_path) == ["device.png", "folder.png", "pipe.png"]


def test_names_that_cannot_be_are_refused(tmp_path: Path) -> None:
    assert problem(tmp_path / ("x" * 256)).message == "errors_formats.name_too_long"
    assert problem(tmp_path / "zero\x00byte.png").message == "errors_formats.name_too_long"
    (tmp_path / "circle").symlink_to("circle")
    assert spoken(problem(tmp_path / "circle"))


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b c")
    make_folder(tmp_path / "a" / "b c")
    assert (tmp_path / "a" / "b c").is_dir()
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BadUsage) as caught:
            make_folder(path)
        assert str(tmp_path / "file") in " ".join(Words("ko").of(caught.value))
