from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dalle_studio.core.picture import Metadata, Picture
from dalle_studio.core.records import Operation
from dalle_studio.formats import saving
from dalle_studio.formats.opening import open_picture
from dalle_studio.formats.provenance import Making, making_of, marked, stated
from tests.formats.files import encoded, noise, turned_exif

SCHEME = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TERMS = {
    Making.COMPOSITE: "compositeWithTrainedAlgorithmicMedia",
    Making.GENERATED: "trainedAlgorithmicMedia",
    Making.RETOUCHED: "humanEdits",
}
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PROPERTY = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="uuid:1" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
TAIL = "</rdf:RDF></x:xmpmeta>"


def in_attribute(term: str) -> bytes:
    return f'{HEAD} dc:format="사진" Iptc4xmpExt:DigitalSourceType="{SCHEME}{term}"/>{TAIL}'.encode()


def in_element(term: str) -> bytes:
    statement = f"<Iptc4xmpExt:DigitalSourceType>{SCHEME}{term}</Iptc4xmpExt:DigitalSourceType>"
    return f"{HEAD}>{statement}<dc:format>사진</dc:format></rdf:Description>{TAIL}".encode()


def in_resource(term: str) -> bytes:
    return f'{HEAD}><Iptc4xmpExt:DigitalSourceType rdf:resource="{SCHEME}{term}"/></rdf:Description>{TAIL}'.encode()


def read_by_others(xmp: bytes) -> list[str]:
    """All statements in the packet, by an XML parser."""
    found = []
    for one in ET.fromstring(xmp).iter():  # noqa: S314 - our own packets
        found += [value for name, value in one.attrib.items() if name == PROPERTY]
        if one.tag == PROPERTY:
            found.append((one.text or "").strip() or one.attrib[f"{RDF}resource"])
    return found


@pytest.mark.parametrize("making", [Making.COMPOSITE, Making.GENERATED])
def test_a_picture_without_xmp_gets_a_packet(making: Making) -> None:
    xmp = marked(None, making)
    assert xmp is not None
    assert read_by_others(xmp) == [SCHEME + TERMS[making]]
    assert stated(xmp) == TERMS[making]
    assert xmp.startswith(b"<?xpacket begin=")


@pytest.mark.parametrize("way", [in_attribute, in_element, in_resource])
@pytest.mark.parametrize("making", list(Making))
def test_a_statement_is_replaced_where_it_stands(way: object, making: Making) -> None:
    assert callable(way)
    xmp = marked(way("digitalCapture"), making)
    assert xmp is not None
    assert xmp == way(TERMS[making])
    assert read_by_others(xmp) == [SCHEME + TERMS[making]]


def test_other_properties_are_kept_and_the_subject_is_the_same() -> None:
    before = f"{HEAD}><dc:format>사진</dc:format></rdf:Description>{TAIL}".encode()
    xmp = marked(before, Making.COMPOSITE)
    assert xmp is not None
    assert read_by_others(xmp) == [SCHEME + TERMS[Making.COMPOSITE]]
    assert "사진".encode() in xmp
    assert xmp.count(b'rdf:about="uuid:1"') == 2
    assert marked(xmp, Making.COMPOSITE) == xmp


def test_a_generated_picture_stays_one_when_it_is_edited() -> None:
    for making in Making:
        assert stated(marked(in_attribute("trainedAlgorithmicMedia"), making)) == "trainedAlgorithmicMedia"


def test_a_fill_without_a_model_is_no_ai_picture() -> None:
    assert marked(None, Making.RETOUCHED) is None
    for term in ("compositeWithTrainedAlgorithmicMedia", "screenCapture", "humanEdits"):
        assert marked(in_element(term), Making.RETOUCHED) == in_element(term)
    assert stated(marked(in_element("negativeFilm"), Making.RETOUCHED)) == "humanEdits"


@given(st.binary(max_size=200), st.sampled_from(list(Making)))
def test_what_is_no_xmp_is_left_alone(data: bytes, making: Making) -> None:
    assert marked(data, making) == data


def test_padding_is_dropped_so_that_it_fits_a_jpeg() -> None:
    padded = in_attribute("digitalCapture") + b" " * 64_000 + b'<?xpacket end="w"?>'
    xmp = marked(padded, Making.COMPOSITE)
    assert xmp is not None
    assert len(xmp) < 2_000


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "JPEG2000"])
def test_files_say_it(kind: str) -> None:
    picture = Picture(noise(40, 30), Metadata(xmp=in_element("digitalCapture")))
    data, warnings = saving.encode_picture(picture, kind, making=Making.COMPOSITE)
    assert warnings == ()
    assert stated(open_picture(data, name="x").metadata.xmp) == TERMS[Making.COMPOSITE]
    data, _ = saving.encode_picture(picture, kind)
    assert stated(open_picture(data, name="x").metadata.xmp) == "digitalCapture"


@pytest.mark.parametrize("options", [{}, {"xmp": in_element("digitalCapture")}, {"exif": turned_exif(6)}])
def test_a_patched_jpeg_says_it_and_an_unedited_one_does_not(options: dict[str, bytes]) -> None:
    original = encoded(noise(64, 48), "JPEG", **options)
    opened = open_picture(original, name="x")
    assert saving.encode_picture(opened, "JPEG", original=original, making=Making.COMPOSITE)[0] == original
    pixels = opened.pixels.copy()
    pixels[4:9, 4:9] = 99
    data, warnings = saving.encode_picture(
        replace(opened, pixels=pixels), "JPEG", original=original, making=Making.COMPOSITE
    )
    assert warnings == ()
    saved = open_picture(data, name="x")
    assert stated(saved.metadata.xmp) == TERMS[Making.COMPOSITE]
    assert saved.metadata.exif == opened.metadata.exif
    assert Image.open(io.BytesIO(data)).getexif().get(0x0112, 1) == (6 if "exif" in options else 1)
    assert data.count(b"http://ns.adobe.com/xap/1.0/\x00") == 1


def test_the_strongest_edit_decides() -> None:
    fill, paint, words = (Operation.REMOVE, "local"), (Operation.EDIT, "openai"), (Operation.GENERATE, "my server")
    assert making_of([]) is None
    assert making_of([fill, fill]) is Making.RETOUCHED
    assert making_of([fill, paint]) is Making.COMPOSITE
    assert making_of([paint, words, fill]) is Making.GENERATED
    assert making_of([(Operation.VARY, "openai")]) is Making.GENERATED
    assert making_of([(Operation.REMOVE, "openai")]) is Making.COMPOSITE
