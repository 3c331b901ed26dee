"""A photo: read from disk or taken from an array, decoded as finely as it is looked at."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from face2vec import defaults
from face2vec.errors import PhotoError
from face2vec.files import read_regular
from face2vec.photos.formats import header_size, is_jpeg
from face2vec.photos.view import View
from face2vec.text import shown

REDUCTIONS = (1, 2, 4, 8)  # factors by which a JPEG can be shrunk while it is decoded
FIRST_LOOK = 1000  # pixels of the long side that the first decoding keeps, at least


def digest(data: bytes) -> str:
    """Returns the hex digest by which a photo's bytes are known (BLAKE2b, 160 bits)."""
    return hashlib.blake2b(data, digest_size=20).hexdigest()


class Photo:
    """A photo's bytes, decoded when they are asked for, and no finer than they are asked for.

    The EXIF orientation is obeyed: all coordinates are those of the photo as people see it.
    """

    def __init__(self, data: bytes, name: str = "photo") -> None:
        self.data = data
        self.name = name
        self._levels: dict[int, np.ndarray] = {}  # grey, by the factor of its reduction

    @classmethod
    def open(cls, path: Path, max_bytes: int = defaults.MAX_BYTES) -> Photo:
        """Reads a file's bytes without decoding them.

        Args:
            path: a regular file; what links to one is one.
            max_bytes: a larger file is not read.

        Raises:
            PhotoError: the file is missing, cannot be read, is too large, or is no regular file.
        """
        try:
            return cls(read_regular(Path(path), max_bytes), shown(path))
        except OSError as error:
            raise PhotoError(f"{shown(path)} cannot be read: {error.strerror or error}.") from error
        except ValueError as error:
            raise PhotoError(f"{shown(path)} cannot be read: {error}.") from error

    @classmethod
    def from_array(cls, array: np.ndarray, order: str = "bgr") -> Photo:
        """Takes a uint8 array: (h, w) grey, or (h, w, 3) in the given order, ``bgr`` or ``rgb``.

        Raises:
            PhotoError: another dtype, shape or order.
        """
        grey = array.ndim == 2
        colour = array.ndim == 3 and array.shape[2] == 3 and order in ("bgr", "rgb")
        if array.dtype != np.uint8 or not (grey or colour) or array.size == 0:
            raise PhotoError(
                "expected a uint8 array of shape (h, w) or (h, w, 3) in order bgr or rgb, "
                f"got {array.dtype} of shape {array.shape} in order {order}."
            )
        photo = cls(b"", "array")
        photo.__dict__["bgr"] = (
            cv2.cvtColor(array, cv2.COLOR_GRAY2BGR)
            if grey
            else array
            if order == "bgr"
            else np.ascontiguousarray(array[:, :, ::-1])
        )
        photo._levels[1] = array.copy() if grey else cv2.cvtColor(photo.bgr, cv2.COLOR_BGR2GRAY)
        return photo

    @cached_property
    def digest(self) -> str:
        """Hex digest of the file's bytes (of the pixels, for an array)."""
        return digest(self.data or repr(self.bgr.shape).encode() + self.bgr.tobytes())

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of the turned photo, in pixels; only the first look is decoded.

        Raises:
            PhotoError: the bytes are no photo, or one of more than 100 megapixels.
        """
        width, height = self._header_size
        first = self._level(max(width, height) / FIRST_LOOK)[0]
        lying = first.shape[1] > first.shape[0]
        return (width, height) if lying == (width > height) else (height, width)

    @cached_property
    def bgr(self) -> np.ndarray:
        """(h, w, 3) uint8, blue first.

        Raises:
            PhotoError: the bytes are no photo, or end too early, or hold over 100 megapixels.
        """
        if not self.data:
            raise PhotoError(f"{self.name} is empty.")
        from face2vec.photos.decoding import decode_colour  # an array needs no decoding

        return decode_colour(self.data, self.name)

    @property
    def rgb(self) -> np.ndarray:
        """(h, w, 3) uint8, red first."""
        return cv2.cvtColor(self.bgr, cv2.COLOR_BGR2RGB)

    @property
    def grey(self) -> np.ndarray:
        """(h, w) uint8, at full resolution."""
        return self._level(1)[0]

    def sample(self, view: View) -> np.ndarray:
        """Returns what the view shows, (height, width) uint8 grey, the photo's border replicated.

        Only as many pixels are decoded as the view can show.
        """
        level, reduction = self._level(view.step)
        matrix = view.matrix / reduction
        matrix[:, 2] += 0.5 / reduction - 0.5  # from the centre of a fine pixel to a coarse one's
        return cv2.warpAffine(
            level,
            matrix,
            (view.width, view.height),
            flags=cv2.WARP_INVERSE_MAP | (cv2.INTER_CUBIC if view.step < 0.5 else cv2.INTER_LINEAR),
            borderMode=cv2.BORDER_REPLICATE,
        )

    @cached_property
    def _header_size(self) -> tuple[int, int]:
        if not self.data and self._levels:
            height, width = self._levels[1].shape
            return width, height
        if not self.data:
            raise PhotoError(f"{self.name} is empty.")
        return header_size(self.data, self.name)

    def _level(self, step: float) -> tuple[np.ndarray, int]:
        """Returns the coarsest grey that still has a pixel every `step`, and its reduction."""
        reduction = max((r for r in REDUCTIONS if r <= 1.001 * step), default=1)
        if reduction not in self._levels:
            _ = self._header_size  # refuses what is too large
            self._levels[reduction] = self._reduced(reduction)
        return self._levels[reduction], reduction

    def _reduced(self, reduction: int) -> np.ndarray:
        if reduction == 1 or (is_jpeg(self.data) and 1 not in self._levels):
            from face2vec.photos.decoding import decode_grey

            return decode_grey(self.data, self.name, reduction)
        full, _ = self._level(1)
        size = tuple(-(-length // reduction) for length in reversed(full.shape))
        return cv2.resize(full, size, interpolation=cv2.INTER_AREA)
