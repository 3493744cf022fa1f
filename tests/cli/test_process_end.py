"""How the process ends while a thread that was left alone is in compiled code."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import atexit, threading
import cv2
import numpy as np
from dalle_studio.__main__ import end

begun = threading.Event()

def work():
    picture = np.zeros((2000, 2000, 3), np.uint8)
    while True:
        begun.set()
        cv2.GaussianBlur(picture, (0, 0), 9)

atexit.register(print, "tidied")
threading.Thread(target=work, daemon={daemon}).start() if {working} else None
begun.wait() if {working} else None
print("done", end=" ")
end(3)
"""


@pytest.mark.parametrize(("working", "daemon"), [(True, True), (True, False), (False, True)])
def test_the_status_is_told_and_what_is_left_is_tidied(working: bool, daemon: bool) -> None:
    program = PROGRAM.format(working=working, daemon=daemon)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "done tidied\n", "")
