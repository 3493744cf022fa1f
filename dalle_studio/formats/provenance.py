"""Saying in a picture's XMP how it came about: IPTC's Digital Source Type, which agencies, networks and laws look for.

- Painted by a generative model into a photo: `compositeWithTrainedAlgorithmicMedia`.
- Wholly made by one: `trainedAlgorithmicMedia`.
- Filled or extended by the local engine: no trained model took part, so neither of these would be true, and claiming
  them would make every removed dust speck an AI picture. IPTC's word is `humanEdits` ("using non-generative tools").
  It is said only where the file claims to be an untouched capture; silence stays silence.
A stronger statement that is there already is never replaced by a weaker one. Pure functions.
Source: IPTC Photo Metadata Standard 2023.2; NewsCodes scheme digitalsourcetype; ISO 16684-1 (XMP), 7.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from dalle_studio.core.records import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOCAL: Final = "local"
"""The name of the engine that fills from the photo's own pixels."""
_SCHEME: Final = b"http://cv.iptc.org/newscodes/digitalsourcetype/"
_NAMESPACE: Final = b"http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_CAPTURES: Final = (b"digitalCapture", b"computationalCapture", b"negativeFilm", b"positiveFilm", b"print")
_STATEMENT: Final = re.compile(
    rb"([<\s][\w.-]+:DigitalSourceType\s*(?:=\s*[\"']|rdf:resource\s*=\s*[\"']|(?:\s[^<>]*)?>\s*))([^\"'<>]*?)(?=\s*[\"'<])"
)
_END: Final = re.compile(rb"</rdf:RDF\s*>")
_ABOUT: Final = re.compile(rb"rdf:about\s*=\s*([\"'])([^\"'<>&]*)\1")
_PADDING: Final = re.compile(rb"\s+(?=<\?xpacket end=)")
_PACKET: Final = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    b"</rdf:RDF>\n</x:xmpmeta>\n"
    b'<?xpacket end="w"?>'
)


class Making(StrEnum):
    """How an edited picture came about."""

    RETOUCHED = "retouched"
    """Changed here, without a trained model."""
    COMPOSITE = "composite"
    """A photo, into which a generative model painted."""
    GENERATED = "generated"
    """Made by a generative model from words alone."""


_TERMS: Final = {
    Making.RETOUCHED: b"humanEdits",
    Making.COMPOSITE: b"compositeWithTrainedAlgorithmicMedia",
    Making.GENERATED: b"trainedAlgorithmicMedia",
}


def making_of(edits: Iterable[tuple[Operation, str]]) -> Making | None:
    """How a picture with these edits (what was done, by which engine) came about; None without edits."""
    found = {_making(operation, engine) for operation, engine in edits}
    return next((making for making in (Making.GENERATED, Making.COMPOSITE, Making.RETOUCHED) if making in found), None)


def _making(operation: Operation, engine: str) -> Making:
    if engine == _LOCAL:
        return Making.RETOUCHED
    return Making.GENERATED if operation in {Operation.GENERATE, Operation.VARY} else Making.COMPOSITE


def stated(xmp: bytes | None) -> str | None:
    """The term of the scheme that the packet names; None when it names none."""
    found = None if xmp is None else _STATEMENT.search(xmp)
    return None if found is None else found[2].removeprefix(_SCHEME).decode("utf-8", "replace") or None


def marked(xmp: bytes | None, making: Making) -> bytes | None:
    """The packet with the statement. What cannot be read as XMP in UTF-8 is given back as it is."""
    present = stated(xmp)
    if making is Making.RETOUCHED and (present is None or present.encode() not in _CAPTURES):
        return xmp
    if making is Making.COMPOSITE and present == _TERMS[Making.GENERATED].decode():
        return xmp
    statement = _SCHEME + _TERMS[making]
    if xmp is not None and present is not None:
        return _PADDING.sub(b"\n", _STATEMENT.sub(lambda found: found[1] + statement, xmp))
    packet = _PACKET if xmp is None else xmp
    end = _END.search(packet)
    if end is None:
        return xmp
    about = _ABOUT.search(packet)
    description = b'<rdf:Description rdf:about="%s" xmlns:Iptc4xmpExt="%s" Iptc4xmpExt:DigitalSourceType="%s"/>\n' % (
        b"" if about is None else about[2],
        _NAMESPACE,
        statement,
    )
    return _PADDING.sub(b"\n", packet[: end.start()] + description + packet[end.start() :])
