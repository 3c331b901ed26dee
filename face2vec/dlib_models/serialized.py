"""Reads dlib's serialization: the bytes of a model file, one value after the other.

The format is that of `dlib/serialize.h`, `dlib/float_details.h` and `dlib/cuda/tensor.h`: an
integer is a byte that holds how many bytes follow (bit 7: it is negative) and these, the lowest
first; a floating point number is two integers, mantissa and exponent of two; a tensor holds plain
little-endian float32.
"""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np

Buffer = bytes | memoryview | mmap.mmap


class UnknownFormat(Exception):
    """A file is not of the kind that is read here, or damaged: dlib itself may be asked."""


def mapped(path: Path) -> mmap.mmap:
    """Maps a file into memory: what is not looked at is not read.

    Raises:
        OSError: the file cannot be read.
        UnknownFormat: it is empty.
    """
    with open(path, "rb") as file:
        try:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise UnknownFormat("the file is empty") from error


class Stream:
    """Reads the values of a file from its bytes; every length is checked against what is there.

    Args:
        data: the bytes.
        at: where to begin.
    """

    def __init__(self, data: Buffer, at: int = 0) -> None:
        self.data = memoryview(data)
        self.at = at

    @property
    def ended(self) -> bool:
        """Tells whether all has been read."""
        return self.at == len(self.data)

    def integer(self) -> int:
        """Reads an integer.

        Raises:
            UnknownFormat: there is none here.
        """
        head = self._take(1)[0]
        length = head & 0x0F
        if not 1 <= length <= 8 or head & 0x70:
            raise UnknownFormat(f"no integer at byte {self.at - 1}")
        value = int.from_bytes(self._take(length), "little")
        return -value if head & 0x80 else value

    def count(self) -> int:
        """Reads how many values follow, each of at least a byte.

        Raises:
            UnknownFormat: the file is too short for as many.
        """
        count = self.integer()
        if not 0 <= count <= len(self.data) - self.at:
            raise UnknownFormat(f"{count} values cannot follow byte {self.at}")
        return count

    def real(self) -> float:
        """Reads a floating point number.

        Raises:
            UnknownFormat: there is none here, or it is not finite.
        """
        mantissa, exponent = self.integer(), self.integer()
        if not -1100 < exponent < 1000:
            raise UnknownFormat(f"no finite number before byte {self.at}")
        return float(np.ldexp(float(mantissa), exponent))

    def text(self) -> str:
        """Reads a string.

        Raises:
            UnknownFormat: there is none here.
        """
        return bytes(self._take(self.count())).decode("latin-1")

    def flag(self) -> bool:
        """Reads a bool.

        Raises:
            UnknownFormat: there is none here.
        """
        byte = bytes(self._take(1))
        if byte not in (b"0", b"1"):
            raise UnknownFormat(f"neither true nor false at byte {self.at - 1}")
        return byte == b"1"

    def tensor(self) -> np.ndarray:
        """Reads a tensor, (samples, channels, rows, columns) float32, without copying it.

        Raises:
            UnknownFormat: there is none here.
        """
        self.expect_version(2)
        shape = [self.count() for _ in range(4)]
        size = shape[0] * shape[1] * shape[2] * shape[3]
        return np.frombuffer(self._take(4 * size), dtype="<f4").reshape(shape)

    def expect_version(self, *known: int) -> int:
        """Reads a version.

        Raises:
            UnknownFormat: it is none of those known.
        """
        version = self.integer()
        if version not in known:
            raise UnknownFormat(f"version {version} before byte {self.at} is not known")
        return version

    def _take(self, length: int) -> memoryview:
        taken = self.data[self.at : self.at + length]
        if len(taken) < length:
            raise UnknownFormat(f"it ends at byte {len(self.data)}, too early")
        self.at += length
        return taken
