"""Photos: listed in a folder, read from disk or taken from an array."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from face2vec.errors import FolderError, PhotoError

SUFFIXES = frozenset(
    f".{name}"
    for name in "jpg jpeg jpe png webp bmp tif tiff pgm ppm pnm gif".split()  # noqa: SIM905
)


def list_photos(folder: Path) -> list[Path]:
    """Returns the photos below a folder, sorted, hidden files and folders left out.

    Raises:
        FolderError: the folder is missing, cannot be read, or holds no photo.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder: give the folder that holds the photos.")
    try:
        photos = sorted(
            path
            for path in folder.rglob("*")
            if path.suffix.lower() in SUFFIXES
            and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        )
    except OSError as error:
        raise FolderError(f"{folder} cannot be read: {error.strerror}.") from error
    if not photos:
        raise FolderError(
            f"{folder} holds no photos: put JPEG, PNG, WebP, BMP, TIFF, GIF or PGM files in it."
        )
    return photos


def digest(data: bytes) -> str:
    """Returns the hex digest by which a photo's bytes are known (BLAKE2b, 160 bits)."""
    return hashlib.blake2b(data, digest_size=20).hexdigest()


class Photo:
    """A photo's bytes, decoded when they are asked for.

    The EXIF orientation is obeyed: all coordinates are those of the photo as people see it.
    """

    def __init__(self, data: bytes, name: str = "photo") -> None:
        self.data = data
        self.name = name

    @classmethod
    def open(cls, path: Path) -> Photo:
        """Reads a file's bytes without decoding them.

        Raises:
            PhotoError: the file is missing or cannot be read.
        """
        try:
            return cls(Path(path).read_bytes(), str(path))
        except OSError as error:
            raise PhotoError(f"{path} cannot be read: {error.strerror}.") from error

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
            cv2.cvtColor(array, cv2.COLOR_GRAY2BGR) if grey
            else array if order == "bgr" else np.ascontiguousarray(array[:, :, ::-1])
        )
        return photo

    @cached_property
    def digest(self) -> str:
        """Hex digest of the file's bytes (of the pixels, for an array)."""
        return digest(self.data or self.bgr.tobytes())

    @cached_property
    def bgr(self) -> np.ndarray:
        """(h, w, 3) uint8, blue first.

        Raises:
            PhotoError: the bytes are no photo, or end too early.
        """
        if not self.data:
            raise PhotoError(f"{self.name} is empty.")
        try:
            image = cv2.imdecode(np.frombuffer(self.data, np.uint8), cv2.IMREAD_COLOR)
        except cv2.error as error:
            raise PhotoError(f"{self.name} cannot be decoded: {error.err}.") from error
        if image is None:
            raise PhotoError(f"{self.name} is not a photo that can be decoded, or it is damaged.")
        return image

    @cached_property
    def grey(self) -> np.ndarray:
        """(h, w) uint8."""
        return cv2.cvtColor(self.bgr, cv2.COLOR_BGR2GRAY)

    @property
    def rgb(self) -> np.ndarray:
        """(h, w, 3) uint8, red first."""
        return cv2.cvtColor(self.bgr, cv2.COLOR_BGR2RGB)
