"""Kill a process at random moments while it edits, and look whether anything it had acknowledged is lost.

    python -m tests.storage.killing DATA_DIR --kills 500 [--seed N] --json

Each kill is a SIGKILL of a forked process that does edits and acknowledges every step through a pipe. After each,
the library is opened as the next start would open it; every second time the unfinished edits are recovered. The
status is 1 when something was lost. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import select
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dalle_studio.core.errors import StudioError
from dalle_studio.core.records import EditRecord, State
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.storage import material

STEPS = ("begun", "answered", "done")


@dataclass
class Findings:
    """What happened so far. `problems` should stay empty."""

    kills: int = 0
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Edit → the last step that was acknowledged."""
    recovered: int = 0
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """For `--json`."""
        steps = list(self.acknowledged.values())
        return {
            "kills": self.kills,
            "recovered": self.recovered,
            "problems": self.problems,
            **{step: steps.count(step) for step in STEPS},
        }


def edit_for_ever(root: Path, round_: str, pipe: int) -> None:
    """What the victim does."""
    library = StudioLibrary(Places(root))
    original = material.keep(library).original_id
    number = 0
    while True:
        edit_id = f"{round_}-{number}"
        library.begin(material.intent(edit_id, original=original, mask_png=f"mask {edit_id}".encode()))
        os.write(pipe, f"{edit_id} begun\n".encode())
        library.store_answer(edit_id, material.answer(edit_id))
        os.write(pipe, f"{edit_id} answered\n".encode())
        library.finish(edit_id, (material.composed(edit_id),), feather=1, seconds={})
        os.write(pipe, f"{edit_id} done\n".encode())
        number += 1


def kill_one(root: Path, round_: int, chance: random.Random) -> list[str]:
    """Start a victim, let it live for a moment, kill it. Returns its acknowledgements."""
    reading, writing = os.pipe()
    victim = os.fork()
    if victim == 0:
        try:
            os.close(reading)
            edit_for_ever(root, str(round_), writing)
        finally:
            os._exit(3)
    os.close(writing)
    # Nothing but the time of the kill is waited for; the pipe is read afterwards.
    select.select([], [], [], chance.uniform(0.0, 0.12))
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)
    with os.fdopen(reading, encoding="utf-8") as acknowledgements:
        return acknowledgements.read().splitlines()


def losses(library: StudioLibrary, edit: EditRecord | None, step: str) -> Iterator[str]:
    """What is not as it was acknowledged."""
    if edit is None:
        yield "the edit is lost"
        return
    if step != "begun" and library.blob(edit.answers[0]) != material.answer(edit.edit_id).data:
        yield "another answer"
    if step == "done" and edit.state is not State.DONE:
        yield f"it is {edit.state}"
    elif step == "done" and library.blob(edit.candidates[0].patch) != material.composed(edit.edit_id).patch_png:
        yield "another patch"


def look(root: Path, findings: Findings, *, recover: bool) -> None:
    """Open the library as the next start does, and compare it with what was acknowledged."""
    library = StudioLibrary(Places(root))
    try:
        damaged = library.verify().damaged
        findings.problems += [f"damaged: {one}" for one in damaged]
        known = {edit.edit_id: edit for edit in library.edits(every_state=True)}
        for edit_id, step in findings.acknowledged.items():
            findings.problems += [f"{edit_id} was {step}: {what}" for what in losses(library, known.get(edit_id), step)]
        unfinished = library.unfinished()
        left = [edit.edit_id for edit in known.values() if edit.state in {State.SENT, State.RECEIVED}]
        if [edit.edit_id for edit in unfinished] != left:
            findings.problems.append("not every unfinished edit is offered for recovery")
        for edit in unfinished if recover else []:
            if edit.answers:
                library.finish(edit.edit_id, (material.composed(edit.edit_id),), feather=1, seconds={})
                findings.acknowledged[edit.edit_id] = "done"
            else:
                library.end(edit.edit_id, State.FAILED, error="errors_storage.busy", maybe_billed=True)
            findings.recovered += 1
        if recover and library.unfinished():
            findings.problems.append("recovering twice finds something")
    except StudioError as error:
        findings.problems.append(f"{error.message} {error.params}")
    finally:
        library.close()
        library.places.close()
    findings.problems += [f"left behind: {path}" for path in library.places.journal.iterdir()]


def main(arguments: list[str]) -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--victim", action="store_true", help="edit for ever, acknowledging on stdout")
    parser.add_argument("--look", type=json.loads, metavar="ACKNOWLEDGED", help="only compare with what was")
    options = parser.parse_args(arguments)
    if options.victim:
        edit_for_ever(options.root, secrets.token_hex(4), 1)
    if options.look is not None:
        looked = Findings(acknowledged=options.look)
        look(options.root, looked, recover=True)
        print(json.dumps({"problems": looked.problems, "acknowledged": looked.acknowledged}))
        return 0
    chance = random.Random(options.seed)
    findings = Findings()
    for round_ in range(options.kills):
        for line in kill_one(options.root, round_, chance):
            edit_id, step = line.split()
            findings.acknowledged[edit_id] = step
        findings.kills += 1
        look(options.root, findings, recover=round_ % 2 == 1)
    print(json.dumps(findings.as_json()) if options.json else findings.as_json())
    return 1 if findings.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
