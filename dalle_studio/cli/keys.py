"""`key set|status|delete`: a key goes in through a prompt or stdin, never through an argument, and never comes out."""

from __future__ import annotations

import argparse
import getpass
import sys

from dalle_studio.assembly import House
from dalle_studio.cli.report import Report
from dalle_studio.storage.keys import Where


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """Store, show the state of, or delete the key of one host. KeyProblem for a malformed key."""
    url = house.servers.base_url(options.base_url)
    if options.action == "set":
        state = house.keys.store(url, _read(house))
    elif options.action == "delete":
        state = house.keys.delete(url)
    else:
        state = house.keys.status(url)
    found = {"host": state.host, "stored": state.where is Where.KEYRING, "where": state.where.value}
    report.done(found, [house.words(f"cli.key_{state.where.value}", host=state.host)])
    return 0


def _read(house: House) -> str:
    if sys.stdin is not None and not sys.stdin.isatty():
        return sys.stdin.readline()
    try:
        return getpass.getpass(house.words("cli.key_prompt"))
    except EOFError:
        return ""  # the key store says what an empty key means
