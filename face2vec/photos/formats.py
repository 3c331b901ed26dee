"""Image files: how large they are, by their header alone, and how they are decoded.

OpenCV decodes nearly all. Pillow, imported only when it is needed, reads the headers of the rarer
formats and decodes what OpenCV cannot.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import cv2
import numpy as np

from face2vec.errors import PhotoError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_MEGAPIXELS = 100  # a larger photo is refused before it is decoded
REDUCTIONS = (1, 2, 4, 8)  # factors by which a JPEG can be shrunk while it is decoded
_GREY_FLAGS = {
    1: cv2.IMREAD_GRAYSCALE,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
_HEIF_BRANDS = frozenset(
    b"heic heix hevc hevx heim heis mif1 msf1 avif avis".split()  # HEIC and AVIF
)


def is_jpeg(data: bytes) -> bool:
    return data[:3] == b"\xff\xd8\xff"


def is_heif(data: bytes) -> bool:
    """Tells HEIC and AVIF files, which need Pillow: their turn is not in EXIF."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS


def header_size(data: bytes, name: str) -> tuple[int, int]:
    """Returns width and height by the file's header, before any EXIF turn; decodes nothing.

    Raises:
        PhotoError: the bytes are no photo, or one of more than 100 megapixels, or HEIC and
            `pillow-heif` is not installed.
    """
    width, height = _jpeg_size(data) or _png_size(data) or _size_by_pillow(data, name)
    if width * height > MOST_MEGAPIXELS * 1_000_000:
        raise PhotoError(
            f"{name} has {width} x {height} pixels: at most {MOST_MEGAPIXELS} megapixels are read, "
            "make it smaller first."
        )
    if width < 1 or height < 1:
        raise _not_a_photo(name)
    return width, height


def decode_grey(data: bytes, name: str, reduction: int = 1) -> np.ndarray:
    """Returns the turned photo in grey, (h, w) uint8, a JPEG shrunk by `reduction` on the way.

    Raises:
        PhotoError: the bytes are no photo, or end too early.
    """
    image = _decode(data, name, _GREY_FLAGS[reduction])
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def decode_colour(data: bytes, name: str) -> np.ndarray:
    """Returns the turned photo in colour, (h, w, 3) uint8, blue first.

    Raises:
        PhotoError: the bytes are no photo, or end too early.
    """
    return _decode(data, name, cv2.IMREAD_COLOR)


def _decode(data: bytes, name: str, flags: int) -> np.ndarray:
    image = None
    if data and not is_heif(data):
        image = _decode_by_opencv(data, flags)
    if image is None:
        image = _decode_by_pillow(data, name)
    return image


def _decode_by_opencv(data: bytes, flags: int) -> np.ndarray | None:
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # we say it in a sentence
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    finally:
        cv2.utils.logging.setLogLevel(before)


def _decode_by_pillow(data: bytes, name: str) -> np.ndarray:
    """(h, w, 3) uint8, blue first."""
    from PIL import ImageOps

    try:
        with _open_by_pillow(data, name) as image:
            colour = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:  # what Pillow's decoders raise
        raise _not_a_photo(name) from error
    return cv2.cvtColor(np.asarray(colour), cv2.COLOR_RGB2BGR)


def _size_by_pillow(data: bytes, name: str) -> tuple[int, int]:
    with _open_by_pillow(data, name) as image:
        size: tuple[int, int] = image.size
        return size


def _open_by_pillow(data: bytes, name: str) -> Image:
    from PIL import Image

    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # header_size has its own
    try:
        return Image.open(io.BytesIO(data))
    except (OSError, ValueError, SyntaxError) as error:
        if not is_heif(data):
            raise _not_a_photo(name) from error
        _register_heif(name)
        return Image.open(io.BytesIO(data))
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _register_heif(name: str) -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise PhotoError(
            f"{name} is a HEIC photo, and the package that reads these is missing: "
            "pip install 'face2vec[heic]'"
        ) from error
    register_heif_opener()


def _png_size(data: bytes) -> tuple[int, int] | None:
    if data[:8] != b"\x89PNG\r\n\x1a\n" or len(data) < 24:
        return None
    return struct.unpack(">II", data[16:24])


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walks the segments to the frame header, which every JPEG has before its pixels."""
    place = 2 if is_jpeg(data) else len(data)
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # a fill byte
            place += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[place + 5 : place + 9])
            return width, height
        place += 2 + struct.unpack(">H", data[place + 2 : place + 4])[0]
    return None


def _not_a_photo(name: str) -> PhotoError:
    return PhotoError(f"{name} is not a photo that can be decoded, or it is damaged.")
