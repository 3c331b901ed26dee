"""What is left of vectors when each person's mean is taken away."""

from __future__ import annotations

import numpy as np


def residuals(vectors: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Returns each row minus its person's mean: (n, d), people as 0 to k - 1, (n,)."""
    counts = np.bincount(people)
    sums = np.zeros((len(counts), vectors.shape[1]))
    np.add.at(sums, people, vectors)
    return vectors - (sums / counts[:, None])[people]
