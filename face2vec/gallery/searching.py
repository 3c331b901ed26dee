"""Searches files for bytes: is something of a forgotten person left?"""

from __future__ import annotations

import mmap
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

PIECE = 16  # numbers of a vector whose bytes are searched for together
_WORD = 8  # bytes that are compared at once
_BLOCK = 1 << 22  # bytes of a file that are looked at together


def pieces_of(vector: bytes) -> list[bytes]:
    """Cuts a vector up: a file format may store a long one in parts that lie apart.

    Args:
        vector: float32 numbers.

    Returns:
        The bytes of `PIECE` numbers each. Those that say nothing about a person, as zeros, are
        left out.
    """
    row = np.frombuffer(vector, np.float32)
    pieces = [row[start : start + PIECE] for start in range(0, len(row), PIECE)]
    return [piece.tobytes() for piece in pieces if len(np.unique(piece)) > 2]


class Needles:
    """Strings of bytes that are searched for together, in one pass over each file.

    Args:
        strings: of 8 bytes or more.
    """

    def __init__(self, strings: Iterable[bytes]) -> None:
        self._by_word: dict[int, set[bytes]] = defaultdict(set)
        for string in strings:
            self._by_word[int.from_bytes(string[:_WORD], "little")].add(string)
        self._words = np.array(sorted(self._by_word), dtype="<u8")
        self._longest = max((len(s) for some in self._by_word.values() for s in some), default=0)

    def __bool__(self) -> bool:
        return bool(self._by_word)

    def are_in(self, path: Path) -> bool:
        """Returns whether a file holds one of the strings.

        Raises:
            OSError: it cannot be read.
        """
        if not self or not path.stat().st_size:
            return False
        with (
            open(path, "rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        ):
            starts = range(0, len(data), _BLOCK)
            return any(self._in(data[start : start + _BLOCK + self._longest]) for start in starts)

    def _in(self, block: bytes) -> bool:
        for shift in range(_WORD):
            count = (len(block) - shift) // _WORD
            if count < 1:
                break
            words = np.frombuffer(block, "<u8", count, shift)
            nearest = np.minimum(self._words.searchsorted(words), len(self._words) - 1)
            for index in np.flatnonzero(self._words[nearest] == words).tolist():
                start = shift + index * _WORD
                if any(block.startswith(s, start) for s in self._by_word[int(words[index])]):
                    return True
        return False
