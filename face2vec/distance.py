"""The distance between vectors."""

from __future__ import annotations

import numpy as np


def distance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Returns the Euclidean distance between vectors, in float64 whatever they are kept in.

    Args:
        one, other: (..., d), any float type; their leading axes broadcast.

    Returns:
        (...) float64; a scalar for two vectors.

    >>> float(distance(np.array([0.0, 3.0], np.float32), np.array([4.0, 0.0], np.float32)))
    5.0
    """
    gap = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    return np.asarray(np.sqrt(np.einsum("...i,...i->...", gap, gap)))
