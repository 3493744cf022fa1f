"""Torture the library: kill it at every write, make the disk fail at every write, fill it, cut the power.

    python -m tests.benchmarks.torture [--json] [--every N] [--kills 500] [--cuts 50] [--only PHASE …]

Linux with strace; filling a disk and cutting the power need root (they mount small file systems in a mount namespace
of their own). `--every N` takes each Nth system call only. Phases: `kill` (random moments), `syscalls` (SIGKILL at each
write, fsync, rename …), `errors` (ENOSPC and EIO there), `program` (SIGKILL at each in the command line itself), `full`
(a 2 MB tmpfs), `readonly`, `power`. The status is 1 when anything acknowledged was lost or anything is half done.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.conftest import ROOT
from tests.storage import victim

WRITES: Final = ("write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "mkdir")
"""System calls with which a library is written."""
_QUIET: Final = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
_KILLED: Final = {-9, 137}


@dataclass
class Phase:
    """What one phase found. `problems` should stay empty."""

    runs: int = 0
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0
    more: dict[str, int] = field(default_factory=dict)

    def count(self, what: str, how_many: int = 1) -> None:
        self.more[what] = self.more.get(what, 0) + how_many

    def as_json(self) -> dict[str, Any]:
        return {"runs": self.runs, **self.more, "problems": self.problems, "seconds": round(self.seconds, 1)}


# --- with strace -----------------------------------------------------------------------------------------------------


def counted(command: list[str], folder: Path) -> dict[str, int]:
    """How often the command makes each of the system calls, in the thread that makes most of them."""
    log = folder / "strace"
    strace = ["strace", "-ff", "--seccomp-bpf", "-o", str(log), "-e", f"trace={','.join(WRITES)}"]
    done = subprocess.run([*strace, *command], cwd=ROOT, env=_QUIET, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    most: dict[str, int] = {}
    for file in folder.glob("strace.*"):
        calls = re.findall(r"^(\w+)\(", file.read_text(errors="replace"), re.MULTILINE)
        for name in set(calls) & set(WRITES):
            most[name] = max(most.get(name, 0), calls.count(name))
        file.unlink()
    return most


def injected(command: list[str], call: str, number: int, what: str) -> subprocess.CompletedProcess[str]:
    """Run the command; the `number`th call of that name in a thread ends as `what` says.

    Not with `--seccomp-bpf`, as `counted`: strace 6.1 then injects errors, but never a signal.
    """
    strace = ["strace", "-f", "-o", os.devnull, "-e", f"trace={call}"]
    strace += ["-e", f"inject={call}:{what}:when={number}"]
    return subprocess.run([*strace, *command], cwd=ROOT, env=_QUIET, capture_output=True, text=True, check=False)


def points(calls: dict[str, int], every: int, chance: random.Random) -> Iterator[tuple[str, int]]:
    """The calls to hit: all, or each `every`th, beginning anywhere."""
    for call, count in calls.items():
        first = 1 if every == 1 else chance.randint(1, min(every, count))
        for number in range(first, count + 1, every):
            yield call, number


def torture(
    phase: Phase,
    actions: tuple[str, ...],
    what: tuple[str, ...],
    every: int,
    chance: random.Random,
    most: int | None = None,
) -> None:
    """Each action again and again, hit at one point each time; at `most` so many points of an action."""
    for action in actions:
        with tempfile.TemporaryDirectory() as name:
            base = Path(name) / "base"
            base.mkdir()
            victim.prepare(base, action)
            command = [sys.executable, "-m", "tests.storage.victim"]
            rehearsal = Path(name) / "rehearsal"
            shutil.copytree(base, rehearsal)
            calls = counted([*command, str(rehearsal), action], Path(name))
            hit = list(points(calls, every, chance))
            for call, number in hit if most is None else chance.sample(hit, min(most, len(hit))):
                for how in what:
                    folder = Path(name) / "run"
                    shutil.copytree(base, folder)
                    done = injected([*command, str(folder), action], call, number, how)
                    judge(phase, done, folder, action, f"{action}, {call} {number}, {how}")
                    shutil.rmtree(folder)


def judge(phase: Phase, done: subprocess.CompletedProcess[str], folder: Path, action: str, where: str) -> None:
    """Count what happened and look at what is left."""
    phase.runs += 1
    lines = done.stdout.splitlines()
    acknowledged = {line.removeprefix("done ") for line in lines if line.startswith("done ")}
    phase.count("acknowledged", len(acknowledged))
    phase.count("refused", sum(line.startswith("refused ") for line in lines))
    if done.returncode in _KILLED:
        phase.count("killed")
    elif done.returncode:
        phase.problems.append(f"{where}: status {done.returncode}: {done.stderr[-600:]}")
    elif any(line.startswith("given up") for line in lines):
        phase.problems.append(f"{where}: a retry does not work")
    phase.problems += [f"{where}: {found}" for found in victim.findings(folder, action, acknowledged)]


def program(phase: Phase, every: int, chance: random.Random, most: int | None = None) -> None:
    """The command line itself, killed at its writes: the photo is untouched, what it told is true."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        photo, mask = _scene(base)
        digest = hashlib.sha256(photo.read_bytes()).hexdigest()

        def command(folder: Path) -> list[str]:
            words = ["edit", str(photo), "--remove", "--mask", str(mask), "-o", str(folder / "out.png"), "--json"]
            return [sys.executable, "-m", "dalle_studio", *words, "--data-dir", str(folder / "data")]

        (base / "rehearsal").mkdir()
        calls = counted(command(base / "rehearsal"), base)
        whole = (base / "rehearsal" / "out.png").read_bytes()
        hit = list(points(calls, every, chance))
        for call, number in hit if most is None else chance.sample(hit, most):
            where = f"edit --remove, {call} {number}"
            folder = base / "run"
            folder.mkdir()
            done = injected(command(folder), call, number, "signal=SIGKILL")
            phase.runs += 1
            phase.count("killed", int(done.returncode in _KILLED))
            if hashlib.sha256(photo.read_bytes()).hexdigest() != digest:
                phase.problems.append(f"{where}: the photo was changed")
            out = folder / "out.png"
            if out.exists() and out.read_bytes() != whole:
                phase.problems.append(f"{where}: half a file")
            history = [sys.executable, "-m", "dalle_studio", "history"]
            end = ["--json", "--data-dir", str(folder / "data")]
            recovered, verified, listed = (
                json.loads(
                    subprocess.run(
                        [*history, word, *end], cwd=ROOT, env=_QUIET, capture_output=True, check=False
                    ).stdout
                )
                for word in ("recover", "verify", "list")
            )
            if not verified["ok"] or not recovered["ok"]:
                phase.problems.append(f"{where}: {verified} {recovered}")
            told = _told(done.stdout)
            if told is not None:
                phase.count("acknowledged")
                if told["edit_id"] not in {edit["edit_id"] for edit in listed["edits"]} or not out.exists():
                    phase.problems.append(f"{where}: told, and lost")
            shutil.rmtree(folder)


def _told(out: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(out)
    except ValueError:
        return None
    return found


def _scene(folder: Path) -> tuple[Path, Path]:
    """A small photo and a mask, made with Pillow-free means."""
    import cv2
    import numpy as np

    pixels = np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8)
    mask = np.zeros((60, 80), np.uint8)
    mask[20:30, 30:40] = 255
    for name, image in (("photo.png", pixels), ("mask.png", mask)):
        cv2.imwrite(str(folder / name), image)
    return folder / "photo.png", folder / "mask.png"


# --- with whole file systems -----------------------------------------------------------------------------------------


def full(phase: Phase) -> None:
    """A tmpfs of 2 MB that is filled up, and files that may not grow."""
    with tempfile.TemporaryDirectory() as name:
        mount = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o size=2m tmpfs "$0" && exec "$@"', name]
        for way, before in (("fill", mount), ("limit", [])):
            command = [*before, sys.executable, "-m", "tests.storage.full_disk", name, way]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            phase.runs += 1
            if done.stdout != "whole\n":
                phase.problems.append(f"{way}: {done.stdout}{done.stderr}")


def read_only(phase: Phase) -> None:
    """A data folder on a file system that is mounted read-only: named, and nothing changes."""
    script = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        victim.prepare(folder, "edit")
        before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        command = [
            sys.executable,
            "-m",
            "dalle_studio",
            "history",
            "list",
            "--json",
            "--data-dir",
            str(folder / "data"),
        ]
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", script, name, *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        phase.runs += 1
        if done.returncode != 9 or json.loads(done.stdout)["error"]["kind"] != "storage":
            phase.problems.append(done.stdout + done.stderr)
        if {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} != before:
            phase.problems.append("something was written")


_SHUTDOWN: Final = """
import fcntl, os, random, struct, subprocess, sys, time
folder, seed = sys.argv[1], float(sys.argv[2])
command = [sys.executable, "-m", "tests.storage.killing", folder + "/data", "--victim"]
child = subprocess.Popen(command, stdout=subprocess.PIPE)
child.stdout.readline()  # it edits
time.sleep(seed)
mount = os.open(folder, os.O_RDONLY)
fcntl.ioctl(mount, 0x8004587D, struct.pack("I", 2))  # EXT4_IOC_SHUTDOWN, without flushing the log: the power is gone
os.close(mount)
child.kill()
sys.stdout.buffer.write(child.stdout.read())
child.wait()
"""


def power(phase: Phase, cuts: int, chance: random.Random) -> None:
    """An ext4 in a file, shut down without a flush while an edit runs, and mounted again."""
    from tests.storage import killing

    script = 'mount -o loop "$0" "$1" && shift && exec "$@"'
    with tempfile.TemporaryDirectory() as name:
        image, mount = Path(name) / "disk", Path(name) / "mount"
        mount.mkdir()
        image.touch()
        os.truncate(image, 64 * 2**20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
        found = killing.Findings()

        def mounted(*command: str) -> str:
            whole = ["unshare", "--mount", "sh", "-c", script, str(image), str(mount), *command]
            done = subprocess.run(whole, cwd=ROOT, env=_QUIET, capture_output=True, text=True, check=False)
            if done.returncode:
                found.problems.append(done.stderr[-600:])
            return done.stdout

        for _ in range(cuts):
            phase.runs += 1
            out = mounted(sys.executable, "-c", _SHUTDOWN, str(mount), str(chance.uniform(0.0, 0.3)))
            for line in out.splitlines():
                edit_id, step = line.split()
                found.acknowledged[edit_id] = step
            looked = mounted(
                sys.executable,
                "-m",
                "tests.storage.killing",
                str(mount / "data"),
                "--look",
                json.dumps(found.acknowledged),
            )
            answer: dict[str, Any] = (
                json.loads(looked) if looked else {"problems": ["nothing could be looked at"], "acknowledged": {}}
            )
            found.acknowledged |= answer["acknowledged"]
            phase.problems += answer["problems"]
        phase.problems += found.problems
        phase.count("acknowledged", len(found.acknowledged))


def kill(phase: Phase, kills: int, seed: int) -> None:
    """SIGKILL at random moments."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, "-m", "tests.storage.killing", name, "--kills", str(kills), "--seed", str(seed)]
        done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=False)
        found = json.loads(done.stdout)
        phase.runs = found["kills"]
        phase.problems += found["problems"]
        phase.count("acknowledged", found["begun"] + found["answered"] + found["done"])
        phase.count("recovered", found["recovered"])


def main() -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    phases: dict[str, Callable[[Phase], None]] = {
        "kill": lambda phase: kill(phase, options.kills, options.seed),
        "syscalls": lambda phase: torture(phase, victim.ACTIONS, ("signal=SIGKILL",), options.every, chance),
        "errors": lambda phase: torture(phase, victim.ACTIONS, ("error=ENOSPC", "error=EIO"), options.every, chance),
        "program": lambda phase: program(phase, options.every, chance),
        "full": full,
        "readonly": read_only,
        "power": lambda phase: power(phase, options.cuts, chance),
    }
    results: dict[str, Any] = {}
    for name in options.only or phases:
        phase = Phase()
        begun = time.monotonic()
        phases[name](phase)
        phase.seconds = time.monotonic() - begun
        results[name] = phase.as_json()
        print(f"{name}: {phase.runs} runs, {len(phase.problems)} problems", file=sys.stderr)
    problems = sum(len(result["problems"]) for result in results.values())
    results["ok"] = not problems
    print(json.dumps(results, indent=2) if options.json else results)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
