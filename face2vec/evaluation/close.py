"""Pairs of vectors that are close, among very many: a block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from face2vec.distance import distance

BLOCK = 1 << 22  # distances that are looked at together, 32 MB


def close_pairs(vectors: np.ndarray, limit: float) -> Iterator[tuple[int, int, float]]:
    """Yields the pairs of rows that are nearer than a limit: the smaller row, the other, distance.

    A matrix product finds who could be; the distances of those are computed exactly.

    Args:
        vectors: (n, d), any float type.
        limit: distance at which a pair is no longer close.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    norms = np.einsum("ij,ij->i", rows, rows)
    slack = 1e-9 * (1 + float(norms.max(initial=0)))
    step = max(1, BLOCK // max(len(rows), 1))
    for start in range(0, len(rows), step):
        block = rows[start : start + step]
        squares = norms[start : start + step, None] + norms[start:] - 2 * block @ rows[start:].T
        first, second = np.nonzero(squares < limit**2 + slack)
        later = second > first
        first, second = first[later] + start, second[later] + start
        apart = distance(rows[first], rows[second])
        for one, other, far in zip(first.tolist(), second.tolist(), apart.tolist(), strict=True):
            if far < limit:
                yield one, other, far
