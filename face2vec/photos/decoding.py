"""Photos decoded: by OpenCV, and what it cannot read by Pillow, each format by its own decoder.

Pillow is imported only where it is needed. Whatever a decoder raises means that the photo is
damaged: there is no list of what decoders raise.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import cv2
import numpy as np

from face2vec.errors import Face2VecError, PhotoError
from face2vec.photos.formats import Format, format_of, header_size, not_a_photo

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_TILE_BYTES = 1 << 26  # of one tile of a TIFF, which is decoded as a whole
MOST_PIXEL_BITS = 64  # of a TIFF: four colours of 16 bits
_GREY_FLAGS = {
    1: cv2.IMREAD_GRAYSCALE,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}
_TILE_WIDTH, _TILE_LENGTH, _BITS, _SAMPLES = 322, 323, 258, 277  # tags of a TIFF


def decode_grey(data: bytes, name: str, reduction: int = 1) -> np.ndarray:
    """Returns the turned photo in grey, (h, w) uint8, a JPEG shrunk by `reduction` on the way.

    Raises:
        PhotoError: the bytes are no photo, or end too early, or are too large.
    """
    image = _decode(data, name, _GREY_FLAGS[reduction])
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def decode_colour(data: bytes, name: str) -> np.ndarray:
    """Returns the turned photo in colour, (h, w, 3) uint8, blue first.

    Raises:
        PhotoError: the bytes are no photo, or end too early, or are too large.
    """
    return _decode(data, name, cv2.IMREAD_COLOR)


def size_by_pillow(data: bytes, name: str) -> tuple[int, int]:
    """Returns width and height by Pillow's reading of the header.

    Raises:
        PhotoError: see `formats.header_size`.
    """
    with _opened(data, name) as image:
        if format_of(data) is Format.TIFF:
            _check_tiff(image, name)
        width, height = image.size
        return width, height


def _decode(data: bytes, name: str, flags: int) -> np.ndarray:
    header_size(data, name)  # refuses what is no photo, and what is too large
    format = format_of(data)
    image = None
    if format is not None and format.by_opencv:
        image = _decode_by_opencv(data, flags)
    return _decode_by_pillow(data, name) if image is None else image


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

    with _opened(data, name) as image:
        colour = ImageOps.exif_transpose(image).convert("RGB")
    return cv2.cvtColor(np.asarray(colour), cv2.COLOR_RGB2BGR)


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Image]:
    """Opens bytes with Pillow, as the format that they are and no other."""
    from PIL import Image

    format = format_of(data)
    if format is None:
        raise not_a_photo(name)
    if format is Format.HEIC:
        _register_heif(name)
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # header_size has its own
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # we say it in a sentence
            with Image.open(io.BytesIO(data), formats=[format.value]) as image:
                yield image
    except Face2VecError:
        raise
    except Exception as error:
        raise not_a_photo(name) from error
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _check_tiff(image: Image, name: str) -> None:
    """Refuses a TIFF with tiles or pixels of absurd sizes, which decoders take memory for."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    bits = tags.get(_BITS, (1,))
    pixel = tags.get(_SAMPLES, 1) * max(bits if isinstance(bits, tuple) else (bits,))
    tile = tags.get(_TILE_WIDTH, 0) * tags.get(_TILE_LENGTH, 0) * pixel / 8
    if pixel > MOST_PIXEL_BITS or tile > MOST_TILE_BYTES:
        raise not_a_photo(name)


def _register_heif(name: str) -> None:
    try:
        from pillow_heif import register_heif_opener
    except ImportError as error:
        raise PhotoError(
            f"{name} is a HEIC photo, and the package that reads these is missing: "
            "pip install 'face2vec[heic]'"
        ) from error
    register_heif_opener()
