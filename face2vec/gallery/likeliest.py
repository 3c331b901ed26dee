"""Exact search for the likeliest people among very many: one matrix product, and the best of it.

Each person is one row, whatever the number of photos (see `encoders.ratio.Evidence`). What is taken
off the scores of people with so many photos is the same for all of them, so people lie sorted by
their number of photos.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from face2vec.encoders.ratio import Evidence, Ratio

CHUNK = 1 << 15  # vectors that are projected together
FIRST = 1 << 12  # people of the first look, after which most are seen to be too far


class LikeliestPeople:
    """The people of a gallery, ready for probes.

    Args:
        ratio: compares vectors.
        vectors: (n, d) float32, those of one person side by side.
        ends: (people + 1,) int, where the vectors of each person start and, last, end.
    """

    def __init__(self, ratio: Ratio, vectors: np.ndarray, ends: np.ndarray) -> None:
        photos = np.diff(ends)
        self.ratio = ratio
        self.order = np.argsort(photos, kind="stable")
        evidence = ratio.evidence(_means(ratio, vectors, ends)[self.order], photos[self.order])
        self.evidence = Evidence(
            ratio,
            evidence.rows.astype(np.float32),
            evidence.offsets.astype(np.float32),
            evidence.photos,
        )
        self.kinds, starts = np.unique(self.evidence.photos, return_index=True)
        self._ends = np.append(starts, len(photos))

    def scores(self, queries: np.ndarray, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yields people, (c,) int, and what is least for the likeliest of them, (m, c) float32.

        Args:
            queries: (m, d).
            size: people in a block, at most.
        """
        probes = self.ratio.project(queries)
        negated = -probes.astype(np.float32)
        for kind, start, end in zip(self.kinds, self._ends[:-1], self._ends[1:], strict=True):
            beside = self.evidence.beside(probes, int(kind)).astype(np.float32)[:, None]
            for block in _blocks(int(start), int(end), size):
                scores = negated @ self.evidence.rows[block].T
                scores -= self.evidence.offsets[block]
                scores += beside
                yield self.order[block], scores


def _blocks(start: int, end: int, size: int) -> Iterator[slice]:
    """Yields ranges of people; a short one comes first, as nobody in it is too far yet."""
    cuts = [start, *range(min(start + FIRST, end), end, size), end]
    for first, last in pairwise(cuts):
        if first < last:
            yield slice(first, last)


def _means(ratio: Ratio, vectors: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Returns the mean of each person's projected vectors, (people, r) float64."""
    people = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    sums = np.zeros((len(ends) - 1, len(ratio.between)))
    for first in range(0, len(vectors), CHUNK):
        block = slice(first, first + CHUNK)
        starts = np.flatnonzero(np.diff(people[block], prepend=-1))
        sums[people[block][starts]] += np.add.reduceat(ratio.project(vectors[block]), starts)
    return sums / np.diff(ends)[:, None]
