"""The formats of photos: told by their first bytes, their size by their header alone.

Only these are ever handed to a decoder, and each to a decoder of its own: whatever else a file
called ``x.jpg`` holds, nothing is started for it.
"""

from __future__ import annotations

import re
import struct
from enum import Enum

from face2vec.errors import PhotoError

MOST_MEGAPIXELS = 100  # a larger photo is refused before it is decoded
LONGEST_SIDE = 32_766  # pixels; what OpenCV can look at through a view
MOST_SCANS = 2000  # megapixels times scans of a progressive JPEG: some seconds of decoding


class Format(str, Enum):
    """A format of photos, by the name that Pillow knows it by."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    BMP = "BMP"
    TIFF = "TIFF"
    PNM = "PPM"
    GIF = "GIF"
    HEIC = "HEIF"
    AVIF = "AVIF"

    @property
    def by_opencv(self) -> bool:
        """Whether OpenCV decodes it; it does not know how the others are turned."""
        return self not in (Format.HEIC, Format.AVIF)


_STARTS = (
    (re.compile(rb"\xff\xd8\xff"), Format.JPEG),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), Format.PNG),
    (re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL), Format.WEBP),
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), Format.BMP),
    (re.compile(rb"II\*\0|MM\0\*"), Format.TIFF),
    (re.compile(rb"P[1-6]\s"), Format.PNM),
    (re.compile(rb"GIF8[79]a"), Format.GIF),
)
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_HEIC_BRANDS = frozenset(b"heic heix hevc hevx heim heis mif1 msf1".split())


def format_of(data: bytes) -> Format | None:
    """Returns the format of a file by its first bytes; None where it is none of a photo."""
    for start, format in _STARTS:
        if start.match(data):
            return format
    if data[4:8] != b"ftyp":
        return None
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[place : place + 4] for place in (8, *range(16, length, 4))}
    if brands & _AVIF_BRANDS:
        return Format.AVIF
    return Format.HEIC if brands & _HEIC_BRANDS else None


def is_jpeg(data: bytes) -> bool:
    """Returns whether the bytes begin as those of a JPEG."""
    return format_of(data) is Format.JPEG


def header_size(data: bytes, name: str) -> tuple[int, int]:
    """Returns width and height by the file's header, before any EXIF turn; decodes nothing.

    What the file says of its own sizes is checked, so that no decoder believes it.

    Raises:
        PhotoError: the bytes are no photo, or one of more than 100 megapixels, or one whose parts
            claim to be longer than the file, or HEIC and `pillow-heif` is not installed.
    """
    format = format_of(data)
    if format is None:
        raise not_a_photo(name)
    width, height = _SIZES.get(format, _size_by_pillow)(data, name)
    if width * height > MOST_MEGAPIXELS * 1_000_000:
        raise PhotoError(
            f"{name} has {width} x {height} pixels: at most {MOST_MEGAPIXELS} megapixels are read, "
            "make it smaller first."
        )
    if max(width, height) > LONGEST_SIDE:
        raise PhotoError(
            f"{name} has {width} x {height} pixels: sides of at most {LONGEST_SIDE} are read, "
            "crop it first."
        )
    if width < 1 or height < 1:
        raise not_a_photo(name)
    if format is Format.PNG:
        _check_chunks(data, name)
    if format is Format.JPEG and data.count(b"\xff\xda") * width * height > MOST_SCANS * 1_000_000:
        raise PhotoError(f"{name} would take minutes to decode: save it anew, not progressive.")
    return width, height


def not_a_photo(name: str) -> PhotoError:
    """Returns the error that says so."""
    return PhotoError(f"{name} is not a photo that can be decoded, or it is damaged.")


def _size_by_pillow(data: bytes, name: str) -> tuple[int, int]:
    from face2vec.photos.decoding import size_by_pillow  # the frequent formats need no Pillow

    return size_by_pillow(data, name)


def _jpeg_size(data: bytes, name: str) -> tuple[int, int]:
    """Walks the segments to the frame header, which every JPEG has before its pixels."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        place += 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]
    raise not_a_photo(name)


def _png_size(data: bytes, name: str) -> tuple[int, int]:
    if data[12:16] != b"IHDR" or len(data) < 24:
        raise not_a_photo(name)
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _check_chunks(data: bytes, name: str) -> None:
    """Walks the chunks of a PNG: OpenCV would take as much memory as one claims to be long."""
    place, kind = 8, b""
    while kind != b"IEND":
        if place + 12 > len(data):
            raise not_a_photo(name)
        length, kind = struct.unpack_from(">I4s", data, place)
        if length > len(data) - place - 12:
            raise not_a_photo(name)
        place += length + 12


def _webp_size(data: bytes, name: str) -> tuple[int, int]:
    """Reads the first chunk; Pillow would take memory for all pixels to say as much."""
    kind, head = data[12:16], data[20:30]
    if len(head) < 10:
        raise not_a_photo(name)
    if kind == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (4, 7))
    elif kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", head[6:10]))
    return width, height


def _bmp_size(data: bytes, name: str) -> tuple[int, int]:
    if len(data) < 26:
        raise not_a_photo(name)
    old = data[14] == 12
    width, height = struct.unpack_from("<HH" if old else "<ii", data, 18)
    return width, abs(height)


_SIZES = {
    Format.JPEG: _jpeg_size,
    Format.PNG: _png_size,
    Format.WEBP: _webp_size,
    Format.BMP: _bmp_size,
}
