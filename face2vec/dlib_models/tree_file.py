"""Reads dlib's shape predictors, a hundred million bytes of them, into arrays.

The numbers of a file (`dlib/image_processing/shape_predictor.h`) follow each other with lengths of
their own, so that each is found only once the one before has been read. All leaves begin with the
same bytes, though: from every place that has them, the leaves are read side by side, and a walk
through the file then says which of the places were leaves.
"""

from __future__ import annotations

import re
from bisect import bisect_right

import numpy as np

from face2vec.dlib_models.serialized import Buffer, Stream, UnknownFormat
from face2vec.dlib_models.trees import MOST, Trees, check

SIDE_BY_SIDE = 8192  # numbers that are read together: they stay in the processor's cache
REAL = 4  # bytes of a floating point number, at least
WINDOW = 8  # bytes that are looked at together: longer than any number of 32 bits


def read_trees(data: Buffer) -> Trees:
    """Reads the file of a shape predictor.

    Args:
        data: the whole file.

    Raises:
        UnknownFormat: it is none, or of a kind that is not read here, or damaged.
    """
    stream = Stream(data)
    stream.expect_version(1)
    mark, length = _mark(stream)
    window = _windows(data)
    found = np.array([m.end() for m in re.finditer(re.escape(mark), data)], dtype=np.int64)
    if len(found) * length * REAL > len(data):
        raise UnknownFormat("it is too short for what it says it holds")
    values, ends = _reals_side_by_side(window, found, length)
    if ends[0] < 0:
        raise UnknownFormat("no shape of points at the beginning")
    stream.at = int(ends[0])
    walk = _Walk(stream, len(mark), found, ends)
    splits, thresholds = _splits(window, walk)
    forest = (walk.cascades, walk.trees)
    anchors, deltas = _pixels(stream, walk.cascades)
    trees = Trees(
        shape=values[0].reshape(-1, 2),
        anchors=anchors,
        deltas=deltas,
        splits=splits.reshape(2, *forest, walk.splits),
        thresholds=thresholds.reshape(*forest, walk.splits),
        leaves=values[np.array(walk.leaves)].reshape(*forest, walk.splits + 1, length),
    )
    if not stream.ended:
        raise UnknownFormat("more in the file than a shape predictor")
    check(trees)
    return trees


def _mark(stream: Stream) -> tuple[bytes, int]:
    """Reads what shapes and leaves begin with; returns it, and how many numbers follow."""
    begin = stream.at
    length, columns = -stream.integer(), -stream.integer()
    if columns != 1 or not 0 < length <= MOST or length % 2:
        raise UnknownFormat("no shape of points at the beginning")
    return bytes(stream.data[begin : stream.at]), length


class _Walk:
    """Walks over the trees, from leaf to leaf, and notes where everything lies.

    Args:
        stream: at the number of cascades; afterwards behind the last tree.
        mark: bytes that a leaf begins with.
        found: where the numbers of what may be a leaf begin.
        ends: where they end, or less than 0.
    """

    def __init__(self, stream: Stream, mark: int, found: np.ndarray, ends: np.ndarray) -> None:
        self._stream, self._mark = stream, mark
        self._found, self._ends = found.tolist(), ends.tolist()
        self.leaves: list[int] = []  # their indices in `found`
        self.split_starts: list[int] = []
        self.split_ends: list[int] = []
        self.splits = 0  # of each tree
        self.cascades = self._count()
        self.trees = 0  # of each cascade
        for _ in range(self.cascades):
            count = self._count()
            if self.trees and count != self.trees:
                raise UnknownFormat("cascades of different numbers of trees")
            self.trees = count
            for _ in range(count):
                self._walk_tree()

    def _walk_tree(self) -> None:
        stream = self._stream
        splits = self._count()
        if self.splits and splits != self.splits:
            raise UnknownFormat("trees of different sizes")
        self.splits = splits
        self.split_starts.append(stream.at)
        # What comes before the first leaf: the splits, and the number of leaves.
        leaf = bisect_right(self._found, stream.at + self._mark)
        if leaf == len(self._found):
            raise UnknownFormat("a tree without leaves")
        announced = self._announcement(splits + 1)
        stream.at = self._found[leaf] - self._mark - len(announced)
        self.split_ends.append(stream.at)
        if bytes(stream.data[stream.at : stream.at + len(announced)]) != announced:
            raise UnknownFormat("another number of leaves than the splits make")
        stream.at += len(announced)
        for _ in range(splits + 1):
            self._walk_leaf(leaf)
            leaf = self.leaves[-1] + 1

    def _walk_leaf(self, leaf: int) -> None:
        begin = self._stream.at + self._mark
        while leaf < len(self._found) and self._found[leaf] < begin:
            leaf += 1  # it only looked like one, amid the numbers of another
        if leaf == len(self._found) or self._found[leaf] != begin or self._ends[leaf] < 0:
            raise UnknownFormat(f"no leaf at byte {self._stream.at}")
        self.leaves.append(leaf)
        self._stream.at = self._ends[leaf]

    def _count(self) -> int:
        count = self._stream.count()
        if not 0 < count <= MOST:
            raise UnknownFormat(f"too few or too many values before byte {self._stream.at}")
        return count

    @staticmethod
    def _announcement(count: int) -> bytes:
        length = (count.bit_length() + 7) // 8
        return bytes([length]) + count.to_bytes(length, "little")


def _splits(window: np.ndarray, walk: _Walk) -> tuple[np.ndarray, np.ndarray]:
    """Reads the splits of all trees side by side."""
    at = np.array(walk.split_starts, dtype=np.int64)
    pairs = np.empty((2, len(at), walk.splits), dtype=np.int32)
    thresholds = np.empty((len(at), walk.splits), dtype=np.float32)
    for split in range(walk.splits):
        for pair in pairs:
            pair[:, split], at = _integers(window, at)
        thresholds[:, split], at = _reals(window, at)
    if not np.array_equal(at, walk.split_ends):
        raise UnknownFormat("splits that do not end where the leaves begin")
    return pairs, thresholds


def _pixels(stream: Stream, cascades: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads where each cascade looks."""
    if stream.count() != cascades:
        raise UnknownFormat("another number of cascades for the pixels than for the trees")
    anchors = [[stream.integer() for _ in range(stream.count())] for _ in range(cascades)]
    if stream.count() != cascades:
        raise UnknownFormat("another number of cascades for the pixels than for the trees")
    deltas = [
        [(stream.real(), stream.real()) for _ in range(stream.count())] for _ in range(cascades)
    ]
    lengths = {len(row) for row in anchors} | {len(row) for row in deltas}
    if len(lengths) != 1 or not 0 < min(lengths) <= MOST:
        raise UnknownFormat("cascades of different numbers of pixels")
    largest = max(max(map(abs, row)) for row in anchors)
    if largest > MOST:
        raise UnknownFormat("an index of a point that there is not")
    return np.array(anchors, dtype=np.int32), np.array(deltas, dtype=np.float32)


def _windows(data: Buffer) -> np.ndarray:
    """Returns, for every byte, the integer that it begins with the next seven."""
    read = np.frombuffer(data, dtype=np.uint8)
    if len(read) < 2 * WINDOW:
        raise UnknownFormat("it is too short")
    shape = (len(read) - WINDOW + 1,)
    windows: np.ndarray = np.ndarray(shape, dtype="<u8", buffer=read, strides=(1,))
    return windows


def _reals_side_by_side(
    window: np.ndarray, starts: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Reads so many floating point numbers from each of many places.

    Returns:
        (places, count) float32, and where each ends: -1 where there are no such numbers.
    """
    values = np.empty((len(starts), count), dtype=np.float32)
    ends = starts.copy()
    for first in range(0, len(starts), SIDE_BY_SIDE):
        some = slice(first, first + SIDE_BY_SIDE)
        columns = np.empty((count, len(starts[some])), dtype=np.float32)
        for column in columns:
            column[:], ends[some] = _reals(window, ends[some])
        values[some] = columns.T
    return values, ends


def _integers(window: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reads an integer of 24 bits at most at each place.

    Returns:
        The integers, and where each ends: -1 where there is none, or `at` was -1.
    """
    looked = window[np.clip(at, 0, len(window) - 1)]
    head = looked & 0xFF
    length = head & 0x0F
    there = (at >= 0) & (at < len(window)) & (length >= 1) & (length <= 3) & (head & 0x70 == 0)
    number = ((looked >> np.uint64(8)) & _MASKS[length]).astype(np.int64)
    ends = at + 1 + length.astype(np.int64)
    return np.where(head & 0x80, -number, number), np.where(there, ends, -1)


def _reals(window: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reads a floating point number at each place; see `_integers`."""
    mantissa, at = _integers(window, at)
    exponent, at = _integers(window, at)
    finite = np.abs(exponent) < 100
    number = np.ldexp(mantissa.astype(np.float32), np.where(finite, exponent, 0).astype(np.int32))
    return number, np.where(finite, at, -1)


_MASKS = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF] + [0] * 12, dtype=np.uint64)
