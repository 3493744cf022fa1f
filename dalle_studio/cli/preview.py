"""Before anything is sent: `--dry-run` says exactly what would be, `--payload` writes it, `--max-cost` caps it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dalle_studio.assembly import EngineChoice, House
from dalle_studio.cli.report import Report
from dalle_studio.core.areas import Areas
from dalle_studio.core.errors import BadUsage, BudgetExceeded
from dalle_studio.core.geometry import Size
from dalle_studio.core.ports import EngineInfo
from dalle_studio.core.records import EditRequest, Operation
from dalle_studio.formats import saving
from dalle_studio.workflow import areas, payload, sending
from dalle_studio.workflow.areas import Division
from dalle_studio.workflow.prompt import without_translator
from dalle_studio.workflow.sending import Sending

FILES = ("image.png", "mask.png", "markup.png", "prompt.txt")


@dataclass(frozen=True, slots=True)
class Price:
    """What a request would cost, as far as that is known."""

    tokens: int | None
    usd: float | None
    exact: bool

    @classmethod
    def of(cls, request: EditRequest, size: Size, info: EngineInfo, house: House) -> Price:
        return cls(*house.prices.estimate(info, request, size))

    def and_(self, other: Price) -> Price:
        """Of both; unknown where either is."""
        tokens = None if self.tokens is None or other.tokens is None else self.tokens + other.tokens
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return Price(tokens, usd, self.exact and other.exact)


def requests_for(
    options: argparse.Namespace, request: EditRequest, info: EngineInfo, house: House, report: Report
) -> tuple[EditRequest, ...]:
    """The request, or one for each separate area where that was asked for. Says where it would be worth it."""
    wish = Areas(getattr(options, "areas", Areas.AUTO))
    division = None if wish is Areas.TOGETHER else areas.division_of(request, info)
    if division is None:
        return (request,)
    if wish is Areas.EACH:
        if request.count > 1:
            raise BadUsage("cli.each_makes_one")
        return areas.requests_for_each(request, division)

    def price(size: Size) -> float | None:
        return house.prices.estimate(info, request, size)[1]

    if info.host is not None and division.matters(price):
        _tell(division, price, report)
    return (request,)


def _tell(division: Division, price: areas.Price, report: Report) -> None:
    together, each = division.prices(price)
    count = len(division.areas)
    if together is not None and each is not None and together > each:
        report.warn("cli.areas_cheaper", count=count, together=f"{together:.4f}", each=f"{each:.4f}")
    else:
        report.warn("cli.areas_sharper", count=count)


def hold_to(cap: float, requests: Sequence[EditRequest], info: EngineInfo, house: House, choice: EngineChoice) -> None:
    """BudgetExceeded when all of them together cost more, or nobody knows what they cost."""
    if info.host is None:
        return
    price = _total(requests, [_size(request, info) for request in requests], info, house, choice)
    if price.usd is None:
        raise BudgetExceeded("cli.cost_unknown", cap=f"{cap:.2f}")
    if price.usd > cap:
        raise BudgetExceeded("cli.over_max_cost", cost=f"{price.usd:.4f}", cap=f"{cap:.4f}")


def dry_run(
    options: argparse.Namespace,
    requests: Sequence[EditRequest],
    info: EngineInfo,
    house: House,
    report: Report,
    choice: EngineChoice,
) -> int:
    """Say what would be sent where at which price; with `--payload` the very files. Opens no socket."""
    seen = [sending.look_at(request, info, house.codec) for request in requests]
    if seen[0].prompt is None and house.servers.translator_of(choice, None, with_key=False) is None:
        raise without_translator(info)
    price = _total(requests, [one.size for one in seen], info, house, choice)
    first = seen[0]
    document = {**_document(first), "output_tokens": price.tokens, "cost_usd": price.usd, "exact": price.exact}
    lines = [line for one in seen for line in _lines(one, house)]
    if len(seen) > 1:
        document["areas"] = [_document(one) for one in seen]
    if info.host is not None:
        lines += _price_lines(price, info, house)
    if options.payload is not None:
        written = _write(Path(options.payload), seen, options)
        document["payload"] = [str(path) for path in written]
        lines += document["payload"]
    report.done(document, lines)
    return 0


def _price_lines(price: Price, info: EngineInfo, house: House) -> list[str]:
    """Tokens and currency, told as an estimate where they are one; the lack of both is told, too."""
    words, about = house.words, "" if price.exact else "_about"
    if price.usd is None:
        return [words("cli.would_cost_unknown", model=info.model or info.name)]
    tokens = [] if price.tokens is None else [words(f"cli.would_tokens{about}", tokens=price.tokens)]
    return [*tokens, words(f"cli.would_cost{about}", usd=f"{price.usd:.4f}")]


def _document(one: Sending) -> dict[str, Any]:
    plan, local = one.plan, one.info.host is None
    return {
        "size_sent": None if local else str(one.size),
        "crop": None if plan is None else plan.crop.as_list(),
        "scale": None if plan is None else plan.scale,
        "padding": None if plan is None else list(_padding(one)),
        "mask_share": None if one.masked is None else round(one.masked, 4),
        "markup": one.parcel is not None and one.parcel.markup is not None,
        "host": one.info.host,
        "model": None if local else one.info.model,
        "prompt": one.prompt.sent if one.prompt is not None else None,
        "needs_translation": one.prompt is None,
    }


def _padding(one: Sending) -> tuple[int, int, int, int]:
    if one.plan is None:
        return (0, 0, 0, 0)
    pad = one.plan.padding
    return (pad.left, pad.top, pad.right, pad.bottom)


def _lines(one: Sending, house: House) -> list[str]:
    words = house.words
    if one.info.host is None:
        return [words("cli.would_stay")]
    lines = [words("cli.would_send", size=str(one.size), host=one.info.host)]
    if one.plan is not None:
        crop = one.plan.crop
        where = f"{crop.width}x{crop.height} +{crop.x} +{crop.y}"
        scale = words("sent.exact") if one.plan.is_exact else words("sent.scaled", scale=f"{one.plan.scale:.1%}")
        lines.append(words("sent.crop_line", crop=where, scale=scale))
        if any(_padding(one)):
            left, top, right, bottom = _padding(one)
            lines.append(words("sent.padding_line", left=left, top=top, right=right, bottom=bottom))
        if one.masked is not None:
            lines.append(words("sent.mask_line", share=f"{one.masked:.1%}"))
    if one.parcel is not None and one.parcel.markup is not None:
        lines.append(words("markup.sent_line"))
    if one.prompt is None:
        lines.append(words("sent.translated_first"))
    elif one.prompt.sent:
        lines.append(words("sent.prompt_line", prompt=one.prompt.sent))
    return lines


def _write(folder: Path, seen: Sequence[Sending], options: argparse.Namespace) -> list[Path]:
    """The pictures as they would leave, byte for byte, and the words; of several requests each in its own folder."""
    if seen[0].info.host is None:
        raise BadUsage("cli.payload_stays")
    if options.payload == "-" or (folder.exists() and not folder.is_dir()):
        raise BadUsage("cli.folder_needed", path=options.payload)
    written: list[tuple[Path, bytes]] = []
    for number, one in enumerate(seen, 1):
        place = folder if len(seen) == 1 else folder / str(number)
        image = None if one.parcel is None else one.parcel.image_png
        mask = None if one.parcel is None else one.parcel.mask_png
        prompt = None if one.prompt is None or one.prompt.sent is None else one.prompt.sent.encode()
        markup = None if one.parcel is None else one.parcel.markup_png
        files = zip(FILES, (image, mask, markup, prompt), strict=True)
        written += [(place / name, data) for name, data in files if data is not None]
    taken = [str(path.relative_to(folder)) for path, _ in written if path.exists()]
    if taken and not options.force:
        raise BadUsage("cli.folder_taken", folder=str(folder), files=", ".join(taken))
    for path, data in written:
        saving.make_folder(path.parent)
        saving.write_atomically(path, data)
    return [path for path, _ in written]


def _size(request: EditRequest, info: EngineInfo) -> Size:
    if request.operation is Operation.GENERATE:
        return payload.size_of_new(request, info)
    return payload.make_plan(payload.lay_canvas(request), request, info).sent


def _total(
    requests: Sequence[EditRequest], sizes: Sequence[Size], info: EngineInfo, house: House, choice: EngineChoice
) -> Price:
    """Of all requests, with the translation that the first begins with; its words serve the others, too."""
    prices = [Price.of(request, size, info, house) for request, size in zip(requests, sizes, strict=True)]
    total = prices[0]
    for price in prices[1:]:
        total = total.and_(price)
    words = house.prices.translation(choice, info, requests[0])
    return total if words == 0 else total.and_(Price(0, words, exact=False))
