"""`doctor --test-connection`: a tiny edit on a server, and what it tells. It costs money there, so it asks first."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from dalle_studio.assembly import EngineChoice, House
from dalle_studio.cli.loop import run_to_end
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadUsage, Cancelled
from dalle_studio.core.operation import Operation
from dalle_studio.core.ports import EngineInfo
from dalle_studio.workflow.trial import facts


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """One request. StudioError where it fails, as an edit does; BadUsage where nobody can be asked."""
    choice = EngineChoice(
        Operation.EDIT,
        options.engine,
        options.model,
        options.base_url,
        options.server_profile,
        partial_images=1,
        prompted=True,
    )
    info = house.servers.engine_info(choice)
    if info.host is None:
        raise BadUsage("cli_engines.test_local")
    if info.charges and not options.yes:
        _ask(info, report)
    trial = run_to_end(house.try_server(choice, house.lanes), maybe_billed=True)
    told = facts(trial, house.servers.engine_info(choice))
    document: dict[str, Any] = {
        "host": trial.host,
        "model": trial.model,
        "size_sent": str(trial.asked),
        "size_came": str(trial.came),
        "mask": trial.mask.value,
        "difference_inside": trial.inside,
        "difference_outside": trial.outside,
        "partial_pictures": trial.partials,
        "operations": sorted(info.operations),
        "seconds": trial.seconds,
        "cost_usd": trial.cost_usd,
    }
    report.done(document, [house.words(message, **params) for message, params in told])
    return 0


def _ask(info: EngineInfo, report: Report) -> None:
    """On a terminal; elsewhere the consent is an option."""
    if report.as_json or not sys.stdin.isatty():
        raise BadUsage("cli_engines.test_costs", host=info.host)
    report.note("cli_engines.test_question", host=info.host)
    if sys.stdin.readline().strip().lower() not in {"y", "yes", "네", "예", "ㅇ"}:
        raise Cancelled("errors.cancelled", unsent=True)
