"""Kills, full disks, several processes: with real processes and real disks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dalle_studio.core.records import State
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.conftest import ROOT
from tests.storage import material
from tests.storage.conftest import OpenLibrary

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, kills and limits as POSIX knows them")


def can_mount() -> bool:
    """Whether this user may make a small file system."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return False
    return subprocess.run(["unshare", "--mount", "true"], check=False, capture_output=True).returncode == 0


def test_what_was_acknowledged_survives_kill_9_at_random_moments(data_dir: Path) -> None:
    """`python -m tests.storage.killing` is the long version."""
    command = [sys.executable, "-m", "tests.storage.killing", str(data_dir), "--kills", "25", "--json"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert result.stderr == ""
    findings = json.loads(result.stdout)
    assert findings["problems"] == []
    assert findings["kills"] == 25
    assert findings["done"] > 0


@pytest.mark.parametrize("way", ["limit", *(["fill"] if can_mount() else [])])
def test_a_full_disk_loses_nothing_and_a_retry_works(tmp_path: Path, way: str) -> None:
    command = [sys.executable, "-m", "tests.storage.full_disk", str(tmp_path), way]
    if way == "fill":  # in a namespace of its own: the file system is gone with the process
        script = 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", script, str(tmp_path), *command]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert (result.stdout, result.stderr) == ("whole\n", "")


EDITS = """
import sys
from pathlib import Path
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.storage import material
library = StudioLibrary(Places(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[3])):
    edit_id = f"{sys.argv[2]} {number}"
    material.perform(library, edit_id, original=material.keep(library).original_id)
library.close()
library.places.close()
"""


def test_two_processes_edit_at_once_and_nothing_is_lost(library: StudioLibrary, data_dir: Path) -> None:
    each = 200
    children = [
        subprocess.Popen(
            [sys.executable, "-c", EDITS, str(data_dir), name, str(each)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("window", "command line")
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    while any(child.poll() is None for child in children):  # a third one reads, collects and deletes meanwhile
        library.gc()
        library.edits(limit=10)
        library.empty_trash()
    for child in children:
        _, errors = child.communicate(timeout=60)
        assert (child.returncode, errors) == (0, "")
    edits = library.edits()
    assert {edit.edit_id for edit in edits} == {
        f"{name} {number}" for name in ("window", "command line") for number in range(each)
    }
    assert [edit.sequence for edit in edits] == sorted({edit.sequence for edit in edits}, reverse=True)
    assert library.verify().damaged == ()


DIES = """
import os, sys
from pathlib import Path
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.storage import material
library = StudioLibrary(Places(Path(sys.argv[1])))
library.begin(material.intent("sent"))
library.begin(material.intent("local", host=None))
library.begin(material.intent("received"))
library.store_answer("received", material.answer("received"))
os._exit(9)
"""


def test_what_a_dead_process_left_is_offered_once_and_recorded_as_possibly_billed(
    library: StudioLibrary, open_library: OpenLibrary, data_dir: Path
) -> None:
    library.begin(material.intent("mine"))
    subprocess.run([sys.executable, "-c", DIES, str(data_dir)], cwd=ROOT, check=False, timeout=60)
    next_start = open_library()
    found = next_start.unfinished()
    assert [(edit.edit_id, edit.state, edit.maybe_billed) for edit in found] == [
        ("received", State.RECEIVED, True),
        ("local", State.SENT, False),
        ("sent", State.SENT, True),
    ]
    assert next_start.unfinished() == found
    next_start.finish("received", (material.composed("received"),), feather=0, seconds={})
    next_start.end("sent", State.FAILED, error=None, maybe_billed=True)
    next_start.end("local", State.FAILED, error=None, maybe_billed=False)
    assert next_start.unfinished() == []
    assert library.edit("received").state is State.DONE
    assert library.edit("mine").state is State.SENT


NOT_ROOT = """
import os, sys
from pathlib import Path
from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
if os.geteuid() == 0:  # permissions do not stop root
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    StudioLibrary(Places(Path(sys.argv[1]))).edits()
except StorageProblem as problem:
    print(problem.message, problem.params["folder"])
"""


@pytest.mark.parametrize("with_library", [False, True])
def test_a_read_only_folder_is_named(with_library: bool) -> None:
    with tempfile.TemporaryDirectory() as parent:  # pytest's own folders are closed to other users
        folder = Path(parent) / "data"
        Path(parent).chmod(0o755)
        folder.mkdir()
        if with_library:
            library = StudioLibrary(Places(folder))
            material.perform(library, "one")
            library.close()
            library.places.close()
        folder.chmod(0o555)
        command = [sys.executable, "-c", NOT_ROOT, str(folder)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert (result.stdout, result.stderr) == (f"errors_storage.not_writable {folder}\n", "")
        folder.chmod(0o755)
