"""A short torture: `python -m tests.benchmarks.torture` is the long one."""

from __future__ import annotations

import random
import shutil
import sys

import pytest

from tests.benchmarks import torture
from tests.storage import victim
from tests.storage.test_durability import can_mount

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or shutil.which("strace") is None, reason="strace is for Linux"
)

HARM = ("signal=SIGKILL", "error=ENOSPC", "error=EIO")


@pytest.mark.parametrize("action", victim.ACTIONS)
def test_a_library_survives_harm_at_its_writes(action: str) -> None:
    phase = torture.Phase()
    chance = random.Random(action)
    torture.torture(phase, (action,), HARM, every=1, chance=chance, most=1)
    assert phase.problems == []
    assert phase.runs > 0
    assert phase.more["killed"] == phase.runs // len(HARM), "each was killed that was to be"


def test_the_command_line_killed_at_a_write_leaves_the_photo_and_nothing_half_done() -> None:
    phase = torture.Phase()
    torture.program(phase, every=1, chance=random.Random(5), most=1)
    assert phase.problems == []
    assert phase.more["killed"] == 1


@pytest.mark.skipif(not can_mount(), reason="mounting needs root")
def test_nothing_acknowledged_is_lost_when_the_power_is_cut() -> None:
    phase = torture.Phase()
    torture.power(phase, cuts=2, chance=random.Random(3))
    torture.read_only(phase)
    assert phase.problems == []
