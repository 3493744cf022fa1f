"""The grammar of the command line. Wrong usage raises BadUsage, so that `--json` can answer in its own form."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from dalle_studio.cli import export_options, library
from dalle_studio.core.errors import BadUsage
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.records import BlendMode
from dalle_studio.core.reshape import MAX_ANGLE
from dalle_studio.core.words import Words

COMMANDS = (
    "edit",
    "generate",
    "vary",
    "extend",
    "describe",
    "prepare",
    "apply",
    "reblend",
    "reshape",
    "mask",
    "history",
    "key",
    "estimate",
    "doctor",
)
"""First words that mean the command line; any other first word is a photo to open in the window."""

POLARITIES = ("auto", "openai", "white", "black", "channel")
SERVER_PROFILES = ("openai", "azure", "dalle2", "sdcpp", "localai", "vllm", "aquiles")
QUALITIES = ("auto", "low", "medium", "high", "xhigh", "max")


_SENTENCES = (
    (r"the following arguments are required: (?P<names>.+)", "cli.usage_missing"),
    (r"unrecognized arguments: (?P<names>.+)", "cli.usage_unknown"),
    (r"argument (?P<name>.+?): expected one argument", "cli.usage_value_missing"),
    (r"argument (?P<name>.+?): invalid choice: (?P<value>.+?) \(choose from (?P<choices>.+)\)", "cli.usage_choice"),
    (r"argument (?P<name>.+?): (?:invalid .+? value: )?(?P<value>.+)", "cli.usage_value"),
)


class _Parser(argparse.ArgumentParser):
    words: Words

    def error(self, message: str) -> NoReturn:
        """Argparse has its sentences in English only: the usual ones are said in our own words."""
        for pattern, told in _SENTENCES:
            found = re.fullmatch(pattern, message, re.DOTALL)
            if found is not None:
                message = self.words(told, **found.groupdict())
                break
        raise BadUsage("cli.usage", reason=message, command=self.prog)


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        parser.exit(message=f"DALL·E Studio {version('dalle-studio')}\n")


def build(words: Words) -> argparse.ArgumentParser:
    """The whole grammar, with its help in the language of `words`."""
    _Parser.words = words
    top = _Parser(prog="dalle-studio", description=words("cli.about"), allow_abbrev=False)
    top.add_argument("--version", action=_Version, nargs=0, help=words("cli.help.version"))
    commands = top.add_subparsers(dest="command", required=True, parser_class=_Parser, metavar="COMMAND")

    def command(name: str) -> argparse.ArgumentParser:
        parser = commands.add_parser(
            name, help=words(f"cli.help.{name}"), description=words(f"cli.help.{name}"), allow_abbrev=False
        )
        _everywhere(parser, words)
        return parser

    _edit(command("edit"), words)
    _generate(command("generate"), words)
    _vary(command("vary"), words)
    _extend(command("extend"), words)
    _describe(command("describe"), words)
    _prepare(command("prepare"), words)
    _apply(command("apply"), words)
    _reblend(command("reblend"), words)
    _reshape(command("reshape"), words)
    _mask(command("mask"), words)
    _history(command("history"), words)
    _key(command("key"), words)
    _estimate(command("estimate"), words)
    _doctor(command("doctor"), words)
    return top


def _everywhere(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--json", action="store_true", help=words("cli.help.json"))
    parser.add_argument("--lang", choices=("ko", "en"), help=words("cli.help.lang"))
    parser.add_argument("--data-dir", type=Path, metavar="DIR", help=words("cli.help.data_dir"))
    parser.add_argument("-v", "--verbose", action="store_true", help=words("cli.help.verbose"))


def _engine(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--engine", metavar="openai|local|NAME", help=words("cli.help.engine"))
    parser.add_argument("--model", metavar="M", help=words("cli.help.model"))
    parser.add_argument("--size", metavar="auto|WxH", type=_size, help=words("cli.help.size"))
    parser.add_argument("--quality", choices=QUALITIES, default="auto", help=words("cli.help.quality"))
    parser.add_argument("-n", type=_between(1, 10), default=1, metavar="N", help=words("cli.help.count"))
    parser.add_argument("--reference", action="append", default=[], metavar="FILE", help=words("cli.help.reference"))
    parser.add_argument(
        "--background", choices=("auto", "transparent", "opaque"), default="auto", help=words("cli.help.background")
    )
    parser.add_argument(
        "--answer-format", choices=("png", "jpeg", "webp"), help=words("cli_engines.help.answer_format")
    )
    parser.add_argument("--translate", choices=("auto", "off", "on"), default="auto", help=words("cli.help.translate"))
    parser.add_argument("--english", metavar="TEXT", help=words("cli.help.english"))
    parser.add_argument("--translator-url", metavar="URL", help=words("cli.help.translator_url"))
    parser.add_argument("--translator-model", metavar="M", help=words("cli.help.translator_model"))
    parser.add_argument("--base-url", metavar="URL", help=words("cli.help.base_url"))
    parser.add_argument("--server-profile", choices=SERVER_PROFILES, help=words("cli.help.server_profile"))
    parser.add_argument("--seed", type=_between(0, 2**32 - 1), metavar="N", help=words("cli.help.seed"))
    parser.add_argument("--timeout", type=_seconds, metavar="S", help=words("cli.help.timeout"))
    parser.add_argument("--max-cost", type=_money, metavar="USD", help=words("cli.help.max_cost"))
    parser.add_argument("--dry-run", action="store_true", help=words("cli.help.dry_run"))
    parser.add_argument("--payload", metavar="DIR", help=words("cli.help.payload"))


def _output(parser: argparse.ArgumentParser, words: Words, *, required: bool = False) -> None:
    parser.add_argument("-o", "--output", metavar="OUT", required=required, help=words("cli.help.output"))
    parser.add_argument("--force", action="store_true", help=words("cli.help.force"))


def _blend(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--feather", type=_pixels, metavar="PX|auto", help=words("cli.help.feather"))
    parser.add_argument("--no-align", action="store_true", help=words("cli.help.no_align"))
    parser.add_argument("--no-colour-match", action="store_true", help=words("cli.help.no_colour_match"))


def _region(parser: argparse.ArgumentParser, words: Words, *, required: bool) -> None:
    parser.add_argument("--mask", metavar="MASK", required=required, help=words("cli.help.mask_file"))
    parser.add_argument(
        "--mask-edit",
        choices=("auto", "transparent", "white", "black"),
        default="auto",
        help=words("cli.help.mask_edit"),
    )
    parser.add_argument("--context", type=_pixels, metavar="PX|auto", help=words("cli.help.context"))


def _edit(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("image", metavar="IMAGE", help=words("cli.help.image"))
    parser.add_argument("--prompt", metavar="TEXT", default="", help=words("cli.help.prompt"))
    parser.add_argument("--remove", action="store_true", help=words("cli.help.remove"))
    _region(parser, words, required=True)
    parser.add_argument("--areas", choices=("auto", "together", "each"), default="auto", help=words("cli.help.areas"))
    _blend(parser, words)
    _engine(parser, words)
    _output(parser, words)


def _generate(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--prompt", metavar="TEXT", required=True, help=words("cli.help.prompt"))
    _engine(parser, words)
    _output(parser, words)


def _vary(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("image", metavar="IMAGE", help=words("cli.help.image"))
    parser.add_argument("--prompt", metavar="TEXT", default="", help=words("cli.help.prompt"))
    parser.add_argument("--markup", metavar="FILE", help=words("cli_engines.help.markup"))
    _engine(parser, words)
    _output(parser, words)


def _extend(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("image", metavar="IMAGE", help=words("cli.help.image"))
    for side in ("left", "right", "top", "bottom"):
        parser.add_argument(f"--{side}", type=_between(0, 100_000), metavar="N", help=words("cli.help.side"))
    parser.add_argument("--to", type=_size, metavar="WxH", help=words("cli.help.to"))
    parser.add_argument("--prompt", metavar="TEXT", default="", help=words("cli.help.prompt"))
    _region(parser, words, required=False)
    _blend(parser, words)
    _engine(parser, words)
    _output(parser, words)


def _describe(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("image", metavar="IMAGE", help=words("cli.help.image"))
    parser.add_argument("--crop", action="store_true", help=words("cli.help.describe_crop"))
    _region(parser, words, required=False)
    parser.add_argument("--engine", metavar="openai|NAME", help=words("cli.help.engine"))
    parser.add_argument("--model", metavar="M", help=words("cli.help.describe_model"))
    parser.add_argument("--base-url", metavar="URL", help=words("cli.help.base_url"))
    parser.add_argument("--server-profile", choices=SERVER_PROFILES, help=words("cli.help.server_profile"))
    parser.add_argument("--dry-run", action="store_true", help=words("cli.help.dry_run"))


def _prepare(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("image", metavar="IMAGE", help=words("cli.help.image"))
    _region(parser, words, required=True)
    parser.add_argument("--size", metavar="auto|WxH", type=_size, help=words("cli.help.size"))
    parser.add_argument("--prompt", metavar="TEXT", default="", help=words("cli.help.prompt"))
    parser.add_argument("--model", metavar="M", help=words("cli.help.model"))
    parser.add_argument("--server-profile", choices=SERVER_PROFILES, help=words("cli.help.server_profile"))
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help=words("cli.help.output_folder"))
    parser.add_argument("--force", action="store_true", help=words("cli.help.force"))


def _apply(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("plan", metavar="DIR/plan.json", help=words("cli.help.plan"))
    parser.add_argument("answer", metavar="ANSWER", help=words("cli.help.answer"))
    parser.add_argument("--image", metavar="FILE", help=words("cli.help.image"))
    _blend(parser, words)
    _output(parser, words, required=True)


def _reblend(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("edit_id", metavar="EDIT_ID", help=words("cli.help.edit_id"))
    _blend(parser, words)
    parser.add_argument("--colour", type=_between(0, 100), metavar="PERCENT", help=words("cli.help.colour"))
    parser.add_argument("--grain", type=_between(0, 100), metavar="PERCENT", help=words("cli.help.grain"))
    parser.add_argument("--opacity", type=_between(0, 100), metavar="PERCENT", help=words("cli.help.opacity"))
    parser.add_argument("--grow", type=_between(-1000, 1000), metavar="PX", help=words("cli.help.grow"))
    parser.add_argument("--blend-mode", dest="mode", choices=tuple(map(str, BlendMode)), help=words("cli.help.mode"))
    parser.add_argument("--candidate", type=_between(1, 10), metavar="N", help=words("cli.help.candidate"))
    _output(parser, words, required=True)


def _reshape(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.epilog = words("cli_reshape.order")
    parser.add_argument("image", metavar="IMAGE", help=words("cli.help.image"))
    parser.add_argument("--flip", choices=("h", "v"), help=words("cli_reshape.flip"))
    parser.add_argument("--rotate", type=int, choices=(90, 180, 270), default=0, help=words("cli_reshape.rotate"))
    parser.add_argument("--straighten", type=_angle, default=0.0, metavar="DEG", help=words("cli_reshape.straighten"))
    parser.add_argument("--crop", type=_crop, metavar="X,Y,W,H", help=words("cli_reshape.crop"))
    _output(parser, words)


def _mask(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.epilog = words("cli_mask.order")
    parser.add_argument("mask", metavar="IN", help=words("cli.help.mask_file"))
    parser.add_argument("--from", dest="polarity_from", choices=POLARITIES, default="auto", help=words("cli.help.from"))
    parser.add_argument(
        "--to", dest="polarity_to", choices=POLARITIES[1:], default="openai", help=words("cli.help.polarity_to")
    )
    parser.add_argument("--invert", action="store_true", help=words("cli.help.invert"))
    parser.add_argument("--resize", type=Size.parse, metavar="WxH", help=words("cli_mask.resize"))
    parser.add_argument("--fill-holes", action="store_true", help=words("cli_mask.fill_holes"))
    for name, low in (("remove-specks", 0), ("smooth", 0), ("grow", -10_000), ("shrink", 0), ("feather", 0)):
        text = words(f"cli_mask.{name.replace('-', '_')}")
        parser.add_argument(f"--{name}", type=_between(low, 10_000), default=0, metavar="PX", help=text)
    _output(parser, words, required=True)


def _history(parser: argparse.ArgumentParser, words: Words) -> None:
    actions = parser.add_subparsers(dest="action", required=True, parser_class=_Parser, metavar="ACTION")

    def action(name: str, help_id: str = "") -> argparse.ArgumentParser:
        told = words(help_id or f"cli.help.history_{name.replace('-', '_')}")
        sub = actions.add_parser(name, help=told, allow_abbrev=False)
        _everywhere(sub, words)
        return sub

    listed = action("list")
    listed.add_argument("--limit", type=_between(1, 10**9), metavar="N", help=words("cli.help.limit"))
    listed.add_argument("--trash", action="store_true", help=words("cli_library.help.trash"))
    action("show").add_argument("edit_id", metavar="ID")
    action("search").add_argument("text", metavar="TEXT")
    export = action("export")
    export.add_argument("edit_ids", metavar="ID", nargs="+")
    export_options.add_options(export, words)
    export.add_argument("--candidate", type=_between(1, 10), metavar="N", help=words("cli.help.candidate"))
    export.add_argument("--layers", action="store_true", help=words("cli.help.layers"))
    _output(export, words)
    action("delete").add_argument("ids", metavar="ID", nargs="+")
    action("empty-trash")
    action("verify")
    action("recover")
    library.add_actions(action, words)
    export_options.add_actions(action, words)


def _key(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("action", choices=("set", "status", "delete"), help=words("cli.help.key_action"))
    parser.add_argument("--base-url", metavar="URL", help=words("cli.help.base_url"))


def _doctor(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--test-connection", action="store_true", help=words("cli_engines.help.test_connection"))
    parser.add_argument("--yes", action="store_true", help=words("cli_engines.help.yes"))
    parser.add_argument("--engine", metavar="openai|NAME", help=words("cli.help.engine"))
    parser.add_argument("--model", metavar="M", help=words("cli.help.model"))
    parser.add_argument("--base-url", metavar="URL", help=words("cli.help.base_url"))
    parser.add_argument("--server-profile", choices=SERVER_PROFILES, help=words("cli.help.server_profile"))


def _estimate(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="COMMAND ARGS…", help=words("cli.help.estimate"))


# --- values ------------------------------------------------------------------------------------------------------


def _size(text: str) -> Size | None:
    return None if text == "auto" else Size.parse(text)


def _pixels(text: str) -> int | None:
    if text == "auto":
        return None
    return _between(0, 100_000)(text)


def _between(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{number} ({low}–{high})")
        return number

    return parse


def _angle(text: str) -> float:
    angle = float(text)
    if not abs(angle) <= MAX_ANGLE:
        raise argparse.ArgumentTypeError(f"{text} (±{MAX_ANGLE:.0f})")
    return angle


def _crop(text: str) -> Rect:
    x, y, width, height = (int(part) for part in text.split(","))
    if min(width, height) < 1:
        raise argparse.ArgumentTypeError(text)
    return Rect(x, y, width, height)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86_400:
        raise argparse.ArgumentTypeError(text)
    return seconds


def _money(text: str) -> float:
    amount = float(text)
    if not 0 <= amount < 1e6:
        raise argparse.ArgumentTypeError(text)
    return amount
