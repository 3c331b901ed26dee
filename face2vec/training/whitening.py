"""Measures vectors in units of how much one person's vectors vary, as training photos show it."""

from __future__ import annotations

import numpy as np
from sklearn.covariance import ledoit_wolf
from threadpoolctl import threadpool_limits

from face2vec.training.residuals import residuals

PRIOR_PHOTOS = 100  # what a prior counts for, unless told otherwise
INPUT_SPREAD = 0.5  # of the discriminants: where tanh neither is a line nor a step


def whitening(
    vectors: np.ndarray, labels: np.ndarray, prior_photos: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Finds what gives vectors the identity as their covariance within people.

    Args:
        vectors: (n, d).
        labels: (n,) int.
        prior_photos: for how many photos the identity, brought to the scale of what was seen,
            counts in that covariance: for vectors that a prior has whitened already. With 0 the
            photos say themselves how far to trust them (Ledoit and Wolf, 2004).

    Returns:
        The mean, (d,), and a matrix, (d, r) with r <= d, for `(vectors - mean) @ matrix`.
    """
    people, owners = np.unique(labels, return_inverse=True)
    mean = vectors.mean(axis=0, dtype=np.float64)
    rest = residuals(vectors.astype(np.float64), owners)
    beyond_first = len(rest) - len(
        people
    )  # where nobody has two photos, nobody's variation is known
    with threadpool_limits(1):  # on matrices so small, threads wait for each other and little else
        if prior_photos:
            covariance = _with_prior(rest, beyond_first, prior_photos)
        else:
            covariance, _ = ledoit_wolf(
                rest if beyond_first else vectors - mean, assume_centered=True
            )
        return mean, _root_of_inverse(covariance)


def discriminants(
    vectors: np.ndarray, labels: np.ndarray, prior_photos: int
) -> tuple[np.ndarray, np.ndarray]:
    """Whitens, and leaves out what does not tell the means of these people apart.

    These are the linear discriminants of Fisher and Rao; a net then has less to learn by heart.

    Args:
        vectors, labels, prior_photos: see `whitening`.

    Returns:
        The mean, (d,), and a matrix, (d, r) with r < people, for `(vectors - mean) @ matrix`: the
        discriminants, the one that tells most apart first, of a spread that suits a net.
    """
    mean, matrix = whitening(vectors, labels, prior_photos)
    people, owners = np.unique(labels, return_inverse=True)
    between = (vectors - residuals(vectors.astype(np.float64), owners) - mean) @ matrix
    with threadpool_limits(1):
        directions = np.linalg.svd(between, full_matrices=False)[2][: len(people) - 1]
    matrix = matrix @ directions.T
    spread = np.sqrt((((vectors - mean) @ matrix) ** 2).mean())
    return mean, matrix * (INPUT_SPREAD / spread)


def _root_of_inverse(covariance: np.ndarray) -> np.ndarray:
    """Returns (d, r), whose outer product with itself is the inverse of a covariance of rank r.

    Where nothing varies at all (each photo is there twice, and no other), that is the identity.
    """
    if not covariance.any():
        return np.eye(len(covariance))
    values, directions = np.linalg.eigh(covariance)
    spread = values > 1e-9 * values.max()
    return directions[:, spread] / np.sqrt(values[spread])


def _with_prior(rest: np.ndarray, beyond_first: int, prior_photos: int) -> np.ndarray:
    """Returns the covariance of residuals, as if `prior_photos` more had that of the prior.

    The prior is the identity, scaled to the trace of what was seen.

    Args:
        rest: residuals within people, (n, d).
        beyond_first: photos beyond the first of each person.
        prior_photos: how many photos the prior counts for.
    """
    scatter, d = rest.T @ rest, rest.shape[1]
    if not scatter.any():
        return np.eye(d)
    prior = np.trace(scatter) / beyond_first / d * np.eye(d)
    return (scatter + prior_photos * prior) / (beyond_first + prior_photos)
