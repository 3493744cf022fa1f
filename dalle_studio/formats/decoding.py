"""From a file's bytes to pixels, by format: Pillow for headers and most kinds, libjpeg-turbo and OpenCV where better.

Nothing here is trusted: the type is told by the first bytes, only that one decoder is asked, the size is looked at
before pixels are made, and `decoder_failures` turns all that decoders raise into one BadInput. Any thread.
"""

from __future__ import annotations

import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn, cast

import cv2
import numpy as np
import simplejpeg
from PIL import Image, ImageCms, TiffImagePlugin, UnidentifiedImageError

from dalle_studio.core.errors import BadInput
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import Pixels
from dalle_studio.formats import exif, jp2, png, png_reader, sniffing

if TYPE_CHECKING:
    from numpy.typing import NDArray

FIRST_FRAME: Final = "errors_formats.first_frame"
CMYK_CONVERTED: Final = "errors_formats.cmyk_converted"
DEPTH_REDUCED: Final = "errors_formats.opened_with_8_bits"

DECODER_FAILURES: Final = (
    OSError,  # Pillow: UnidentifiedImageError, truncated files
    ValueError,
    SyntaxError,  # Pillow: broken PNG
    RuntimeError,  # also NotImplementedError
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    struct.error,
    zlib.error,
    cv2.error,
    Image.DecompressionBombError,
    ImageCms.PyCMSError,
)
"""What Pillow, OpenCV and libjpeg-turbo raise on damaged or hostile files, as documented and as fuzzing showed."""

_MOST_SCANS: Final = 100
"""Progressive JPEGs in the wild have about ten scans; each one costs a pass over the whole picture."""
_SEQUENTIAL: Final = (0xC0, 0xC1)
_SOF_COMPONENTS: Final = 5
"""After depth, height and width (ITU-T T.81, B.2.2)."""
_SOS, _EOI, _TEM = 0xDA, 0xD9, 0x01
_BAND: Final = 256
_PAIRS: Final = 2**16
"""Compared at a time, so that the answers stay in the processor's cache."""
_UINT: Final = 1
_ASSOCIATED: Final = 1
"""TIFF 6.0, section 18: colours are stored multiplied by alpha."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the header says. `size` is the one after orientation."""

    format: str
    size: Size
    orientation: int
    exif: bytes | None


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """Pixels as stored, (h, w, 3|4) of uint8 or uint16; `upright` when the decoder has turned them already."""

    pixels: Pixels
    grey: bool = False
    notices: tuple[str, ...] = ()
    keeps_profile: bool = True
    upright: bool = False


@contextmanager
def decoder_failures(name: str) -> Iterator[None]:
    """The one boundary around decoders: BadInput for whatever they raise."""
    try:
        with memory_failures(name):
            yield
    except DECODER_FAILURES as error:
        raise BadInput("errors_formats.unreadable", name=name) from error


@contextmanager
def memory_failures(name: str) -> Iterator[None]:
    """BadInput where there is not enough memory for the picture of that name."""
    try:
        yield
    except MemoryError as error:
        raise BadInput("errors_formats.out_of_memory", name=name) from error
    except cv2.error as error:
        if error.code != cv2.Error.StsNoMem:
            raise
        raise BadInput("errors_formats.out_of_memory", name=name) from error


def open_image(data: bytes, kind: str) -> Image.Image:
    """The header, read by the one decoder that `kind` names; no pixels yet. Raises what decoders raise."""
    Image.MAX_IMAGE_PIXELS = None  # the caller compares the size at once, and can say which it is
    warnings.filterwarnings("ignore", module=r"PIL\.")  # odd metadata is no news to anybody
    if kind == "HEIF":
        plugin = sniffing.heif_plugin()
        if plugin is not None:
            plugin.register_heif_opener()
    try:
        image = Image.open(io.BytesIO(data), formats=[kind])
    except UnidentifiedImageError:
        if kind == "TIFF" and _is_uncommon_tiff(data):
            _refuse_depth()
        raise
    if kind == "JPEG2000":
        extras = jp2.read_extras(data)
        found = {"icc_profile": extras.icc, "exif": extras.exif, "xmp": extras.xmp, "dpi": extras.dpi}
        image.info.update({name: value for name, value in found.items() if value is not None})
    return image


def read_head(image: Image.Image, data: bytes, kind: str) -> Head:
    """Orientation and size of an opened image."""
    size = Size(*image.size)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        turned = image.tag_v2.get(0x0112, 1)
        # Pillow states the size of a TIFF after orientation already.
        return Head(kind, size, turned if turned in range(1, 9) else 1, _tiff_exif(image))
    block = image.info.get("exif")
    if kind == "PNG" and not block:
        block = png.find(data, b"eXIf")  # may stand behind the pixels, where Pillow has not looked yet
    block = exif.bare(block) if block else None
    turned = exif.orientation(block)
    return Head(kind, size if turned < 5 else Size(size.height, size.width), turned, block)


def decode(image: Image.Image, data: bytes, kind: str) -> Decoded:
    """The first picture of the file. Raises what decoders raise; a file cut short is one of these failures."""
    notices = (FIRST_FRAME,) if image.format != "MPO" and getattr(image, "is_animated", False) else ()
    if kind == "JPEG":
        refuse_many_scans(data)
        if image.mode in ("RGB", "L"):
            pixels = _by_turbo(data, image)
            if pixels is not None:
                return Decoded(pixels, image.mode == "L", notices)
    if kind == "PNG":
        return _from_png(image, data, notices)
    if isinstance(image, TiffImagePlugin.TiffImageFile) and 16 in image.tag_v2.get(258, (1,)):
        _check_deep_tiff(image, data)
        pixels = _by_opencv(data, image)
        if pixels.shape[2] == 4 and image.tag_v2.get(338) == (_ASSOCIATED,):
            pixels = _divided_by_alpha(pixels)
        return Decoded(pixels, image.mode.startswith("I"), notices, upright=True)
    if kind == "JPEG2000" and jp2.bits(data) > 8:
        if jp2.bits(data) != 16:
            _refuse_depth()
        return Decoded(_by_opencv(data, image), image.mode in ("I;16", "L", "LA"), notices)
    if kind == "AVIF" and _is_deep_avif(data):
        notices = (*notices, DEPTH_REDUCED)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        _refuse_depth()
    return _by_pillow(image, notices, upright=kind == "TIFF")


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Pixels turned and mirrored as EXIF's orientation 1 … 8 says (CIPA DC-008, 4.6.4 A)."""
    match orientation:
        case 2:
            turned = cv2.flip(pixels, 1)
        case 3:
            turned = cv2.rotate(pixels, cv2.ROTATE_180)
        case 4:
            turned = cv2.flip(pixels, 0)
        case 5:
            turned = cv2.transpose(pixels)
        case 6:
            turned = cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)
        case 7:
            turned = cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180)
        case 8:
            turned = cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)
        case _:
            return pixels
    return cast("Pixels", turned)


def refuse_many_scans(data: bytes) -> None:
    """ValueError for a JPEG made to keep the decoder busy: one C call that nothing can interrupt."""
    scans, components = 0, None
    for code, segment in _segments(data):
        if code in _SEQUENTIAL and len(segment) > _SOF_COMPONENTS:
            components = segment[_SOF_COMPONENTS]
        elif code == _SOS:
            scans += 1
            # A sequential scan of all components is the whole picture: libjpeg reads no other.
            if (
                scans == 1
                and segment[:1]
                and (segment[0] == components or _count_pairs(data, b"\xff\xda") <= _MOST_SCANS)
            ):
                return
            if scans > _MOST_SCANS:
                raise ValueError("too many scans")


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The code and the content of each marker up to the end of the image; restarts and what is coded are left out."""
    marker, at = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]"), 2
    while (found := marker.search(data, at)) is not None:
        code, at = data[found.end() - 1], found.end()
        if code == _EOI:
            return
        if code == _TEM or at + 2 > len(data):
            continue
        end = at + int.from_bytes(data[at : at + 2], "big")
        yield code, data[at + 2 : end]
        at = end


def _count_pairs(data: bytes, pair: bytes) -> int:
    """How often two bytes stand side by side: `data.count` takes ten times as long, 5 % of decoding a JPEG."""
    count, wanted = 0, np.frombuffer(pair, np.uint16)
    for odd in (0, 1):
        pairs = np.frombuffer(data, np.uint16, (len(data) - odd) // 2, odd)
        for start in range(0, len(pairs), _PAIRS):
            count += int(np.count_nonzero(pairs[start : start + _PAIRS] == wanted))
    return count


def _by_turbo(data: bytes, image: Image.Image) -> Pixels | None:
    """Straight into the final array. None where libjpeg-turbo complains: Pillow then tells harmless from broken."""
    out = np.empty((image.height, image.width, 3), np.uint8)
    try:
        simplejpeg.decode_jpeg(data, "RGB", buffer=out)
    except ValueError:
        return None
    return out


def _from_png(image: Image.Image, data: bytes, notices: tuple[str, ...]) -> Decoded:
    png.check_length(data)
    if data[24:25] == b"\x10":
        png.check(data)
        return Decoded(_by_opencv(data, image), image.mode in ("I;16", "I", "L", "LA"), notices)
    plain = png_reader.read(data) if image.mode in ("RGB", "RGBA") else None
    return _by_pillow(image, notices, upright=False) if plain is None else Decoded(plain)


def _by_opencv(data: bytes, image: Image.Image) -> Pixels:
    """16 bits a channel, which Pillow would cut to 8."""
    # Damage is reported by us, not by OpenCV on stderr.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None or found.dtype != np.uint16 or found.shape[:2] != (image.height, image.width):
        raise ValueError("not decodable with 16 bits")
    channels = 1 if found.ndim == 2 else found.shape[2]
    way = {1: cv2.COLOR_GRAY2RGB, 3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}[channels]
    return cast("NDArray[np.uint16]", cv2.cvtColor(found, way))


def _divided_by_alpha(pixels: Pixels) -> Pixels:
    """(h, w, 4) uint16 as Pillow does it for 8 bits: colours by alpha, black where there is none."""
    alpha = pixels[..., 3:].astype(np.uint32)
    colours = np.minimum(pixels[..., :3].astype(np.uint32) * 65_535 // np.maximum(alpha, 1), 65_535)
    return np.concatenate((colours * (alpha > 0), alpha), axis=2).astype(np.uint16)


def _is_uncommon_tiff(data: bytes) -> bool:
    """Whether the first directory can be read and states fractions, or more than 16 bits a channel."""
    file = io.BytesIO(data)
    tags = TiffImagePlugin.ImageFileDirectory_v2(file.read(8))
    file.seek(tags.next)
    tags.load(file)
    return 3 in tags.get(339, ()) or max(tags.get(258, (1,))) > 16


def _check_deep_tiff(image: TiffImagePlugin.TiffImageFile, data: bytes) -> None:
    """Only whole numbers, grey or RGB, and all data present: OpenCV would fill the rest with black."""
    tags = image.tag_v2
    if set(tags.get(339, (_UINT,))) != {_UINT} or tags.get(262, 1) not in (1, 2) or set(tags[258]) != {16}:
        _refuse_depth()
    starts, lengths = tags.get(273) or tags.get(324) or (), tags.get(279) or tags.get(325) or ()
    if not starts or any(start + length > len(data) for start, length in zip(starts, lengths, strict=True)):
        raise ValueError("the TIFF is cut short")


def _is_deep_avif(data: bytes) -> bool:
    """Whether the codec's configuration states 10 or 12 bits, of which Pillow hands out 8 (AV1-ISOBMFF, 2.3.3)."""
    at = data.find(b"av1C")
    return 0 <= at < len(data) - 6 and bool(data[at + 6] & 0x40)


def _refuse_depth() -> NoReturn:
    raise BadInput("errors_formats.unsupported_depth")


def _by_pillow(image: Image.Image, notices: tuple[str, ...], *, upright: bool) -> Decoded:
    image.load()
    grey = image.mode in ("1", "L", "LA", "La")
    keeps_profile = image.mode not in ("CMYK", "LAB")
    if image.mode == "CMYK":
        notices = (*notices, CMYK_CONVERTED)
        image = _from_cmyk(image)
    wanted = "RGBA" if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or image.has_transparency_data else "RGB"
    if image.mode in ("La", "RGBa"):
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    if image.mode != wanted:
        image = image.convert(wanted)
    out = np.empty((image.height, image.width, len(wanted)), np.uint8)
    for top in range(0, image.height, _BAND):  # by bands, so that no second whole copy exists
        bottom = min(top + _BAND, image.height)
        out[top:bottom] = np.asarray(image.crop((0, top, image.width, bottom)))
    return Decoded(out, grey, notices, keeps_profile, upright)


def _from_cmyk(image: Image.Image) -> Image.Image:
    """Through the file's own profile into sRGB; by the simple formula where it has none that works."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


_DESCRIPTIVE: Final = (0x010E, 0x010F, 0x0110, 0x0112, 0x0131, 0x0132, 0x013B, 0x8298)
"""ImageDescription, Make, Model, Orientation, Software, DateTime, Artist, Copyright."""
_NESTED: Final = (0x8769, 0x8825)
"""EXIF and GPS."""


def _tiff_exif(image: TiffImagePlugin.TiffImageFile) -> bytes | None:
    """What a TIFF says about the photo (not about its strips), as an EXIF block. None when it says nothing."""
    try:
        found, kept = image.getexif(), Image.Exif()
        for tag in _DESCRIPTIVE:
            if tag in found:
                kept[tag] = exif.verbatim(found[tag])
        for tag in _NESTED:
            nested = found.get_ifd(tag)
            if nested:
                kept[tag] = {inner: exif.verbatim(value) for inner, value in nested.items()}
        return exif.bare(kept.tobytes()) if len(kept) else None
    except DECODER_FAILURES:
        return None  # odd tags must not keep a photo from being opened
