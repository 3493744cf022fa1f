"""What `history export|sheet|costs` are told. Every command reads the grammar, so nothing is loaded here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.workflow import exporting

if TYPE_CHECKING:
    from dalle_studio.cli.library import AddAction
    from dalle_studio.core.words import Words

_COLUMNS = range(1, 13)


def add_options(export: argparse.ArgumentParser, words: Words) -> None:
    """What `history export` knows besides `-o`."""
    export.add_argument("--to", type=Path, metavar="DIR", help=words("export.help.to"))
    fields = ", ".join(exporting.FIELDS)
    export.add_argument("--name", metavar="TEMPLATE", help=words("export.help.name", fields=fields))
    export.add_argument("--format", metavar="EXT", help=words("export.help.format"))
    export.add_argument("--longest", type=_pixels, metavar="PX", help=words("export.help.longest"))
    export.add_argument("--no-metadata", action="store_true", help=words("export.help.no_metadata"))


def add_actions(action: AddAction, words: Words) -> None:
    """The grammar of `sheet` and `costs`."""
    sheet = action("sheet", "export.help.sheet")
    sheet.add_argument("ids", metavar="ID", nargs="*")
    sheet.add_argument("-o", "--output", type=Path, metavar="OUT", required=True, help=words("export.help.sheet_file"))
    sheet.add_argument(
        "--columns", type=int, choices=_COLUMNS, default=4, metavar="N", help=words("export.help.columns")
    )
    costs = action("costs", "export.help.costs")
    costs.add_argument("-o", "--output", metavar="OUT", default="-", help=words("export.help.costs_file"))


def _pixels(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100_000:
        raise argparse.ArgumentTypeError(f"{number} (1–100000)")
    return number
