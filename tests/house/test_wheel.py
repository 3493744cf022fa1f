"""What gets installed: the wheel carries the resources inside the package and nothing that is not the program's."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this tree by the pinned build backend."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_resources_ship_inside_the_package(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = [path.relative_to(ROOT) for path in (ROOT / "resources").rglob("*") if path.is_file()]
    assert shipped
    assert not {f"dalle_studio/{path.as_posix()}" for path in shipped} - names
    tops = {name.partition("/")[0] for name in names}
    assert "dalle_studio" in tops
    assert {top for top in tops if not top.endswith(".dist-info")} == {"dalle_studio"}


def test_an_installed_program_finds_its_resources(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from dalle_studio.core.resources import resource\n"
        "print(resource('sample', 'dandelions.jpg'), resource('sample', 'dandelions.jpg').is_file())"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(tmp_path / "dalle_studio" / "resources" / "sample" / "dandelions.jpg"), "True"]
