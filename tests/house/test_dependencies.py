"""The lock pins everything with hashes and names no index; the defect of PySide6 6.12.0 stays out of reach."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PySide6.QtGui import QColor, QImage, QPainter

from tests.conftest import ROOT

SYSTEMS = ({"sys_platform": "linux"}, {"sys_platform": "darwin"}, {"sys_platform": "win32"})
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def locked() -> list[tuple[Requirement, list[str]]]:
    """Each requirement of the lock with its hashes."""
    text = (ROOT / "packaging" / "requirements.lock").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^\s*#.*\n", "", text).replace("\\\n", " ")
    found = []
    for line in text.splitlines():
        requirement, *hashes = line.split(" --hash=")
        found.append((Requirement(requirement.strip()), [one.strip() for one in hashes]))
    return found


def wanted() -> list[Requirement]:
    """What pyproject.toml asks for: the program's, the developers', the build's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lists = (
        project["project"]["dependencies"],
        project["dependency-groups"]["dev"],
        project["build-system"]["requires"],
    )
    return [Requirement(text) for one in lists for text in one]


def machine(system: dict[str, str], python: str) -> dict[str, str]:
    """The marker environment of a usual machine."""
    machines = {"linux": "x86_64", "darwin": "arm64", "win32": "AMD64"}
    return system | {
        "platform_machine": machines[system["sys_platform"]],
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "python_version": python,
        "python_full_version": f"{python}.5",
    }


def applies(requirement: Requirement, environment: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment)


def test_every_pinned_package_has_hashes_and_an_exact_version() -> None:
    requirements = locked()
    assert len(requirements) > 40
    for requirement, hashes in requirements:
        assert requirement.url is None
        assert [one.operator for one in requirement.specifier] == ["=="], requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes), requirement


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system["sys_platform"])
def test_the_lock_holds_what_the_project_asks_for(system: dict[str, str], python: str) -> None:
    environment = machine(system, python)
    pins = {
        canonicalize_name(requirement.name): next(iter(requirement.specifier)).version
        for requirement, _ in locked()
        if applies(requirement, environment)
    }
    for requirement in wanted():
        if applies(requirement, environment):
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


def test_the_environment_fits_together() -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_file_names_an_index() -> None:
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    # Put together here, or this file would be the first to be found.
    hosts = [".".join(parts).encode() for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"))]
    hosts += [b"/".join(parts) for parts in ((b"deb.debian.org", b"debian"), (b"", b"simple", b""))]
    guilty = [
        name
        for name in listed.stdout.decode().split("\0")
        if name and (ROOT / name).is_file() and any(host in (ROOT / name).read_bytes() for host in hosts)
    ]
    assert not guilty


def test_a_broken_release_of_qt_is_never_chosen_for_the_python_it_breaks() -> None:
    for system in SYSTEMS:
        environment = machine(system, "3.11")
        asked = [one for one in wanted() if one.name == "PySide6-Essentials" and applies(one, environment)]
        assert asked
        assert not any(one.specifier.contains("6.12.0") for one in asked)
        pinned = [one for one, _ in locked() if one.name == "pyside6-essentials" and applies(one, environment)]
        assert len(pinned) == 1
        assert not pinned[0].specifier.contains("6.12.0")


def test_void_calls_of_qt_do_not_steal_references_to_none() -> None:
    # PySide6 6.12.0 on Python 3.11 loses one in each such call and aborts after some thousand paints.
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    colour = QColor("red")
    painter = QPainter(image)

    def references_gained() -> int:
        before = sys.getrefcount(None)
        for _ in range(100):
            painter.setPen(colour)
        return sys.getrefcount(None) - before

    references_gained()  # the first call fills PySide's own tables
    gained = references_gained()
    painter.end()
    assert abs(gained) < 10
