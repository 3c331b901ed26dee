"""Estimates how people differ and how one person varies: the two-covariance model, by EM.

The model is that of `encoders.ratio`. People with a single photo count too: they say how much
people differ and vary together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

ROUNDS = 20
RANK = 1e-8  # of the largest variance: directions with less are none
LEAST_BETWEEN = 1e-4  # of the largest: directions with less tell nobody apart


@dataclass(frozen=True, eq=False)
class TwoCovariances:
    """What `estimate` found.

    Attributes:
        mean: (d,).
        matrix: (d, r): ``(vectors - mean) @ matrix`` varies by 1 within a person in each direction.
        between: (r,), the variance there between people, largest first.
    """

    mean: np.ndarray
    matrix: np.ndarray
    between: np.ndarray


def estimate(
    vectors: np.ndarray,
    people: np.ndarray,
    floor_share: float,
    *,
    centred: bool = True,
    rounds: int = ROUNDS,
) -> TwoCovariances:
    """Estimates the model by expectation and maximisation.

    Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
    1977. Each round is done in the directions in which the round before has both covariances
    diagonal, where the means of people are estimated number by number.

    Args:
        vectors: (n, d).
        people: (n,), whose each is.
        floor_share: of the variance within people that is taken to be alike in all directions:
            few photos show some directions too still.
        centred: whether the mean is taken off; otherwise it is zero.
        rounds: of the algorithm.
    """
    people = np.unique(people, return_inverse=True)[1]
    photos = np.bincount(people)
    vectors = np.asarray(vectors, dtype=np.float64)
    mean = vectors.mean(axis=0) * centred
    with threadpool_limits(1):  # on matrices so small, threads wait for each other
        basis = _spanned(vectors - mean)
        sums = np.zeros((len(photos), basis.shape[1]))
        inside = (vectors - mean) @ basis
        np.add.at(sums, people, inside)
        means = sums / photos[:, None]
        rest = inside - means[people]
        scatter = rest.T @ rest
        within = scatter / max(len(inside) - len(photos), 1)
        within = _floored(within, floor_share)
        covariance = means.T @ means / len(means)
        for _ in range(rounds):
            within, covariance = _round(means, photos, scatter, within, covariance)
        matrix, between = diagonal(_floored(within, floor_share), covariance)
    kept = between > LEAST_BETWEEN * between.max()
    return TwoCovariances(mean, basis @ matrix[:, kept], between[kept])


def diagonal(within: np.ndarray, between: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Makes two covariances diagonal at once.

    Returns:
        A matrix (d, d) that gives `within` the identity, and what it makes of the diagonal of
        `between`, (d,), largest first, never negative.
    """
    values, directions = np.linalg.eigh(within)
    root = directions / np.sqrt(np.maximum(values, RANK * values.max()))
    spread, turn = np.linalg.eigh(root.T @ between @ root)
    return root @ turn[:, ::-1], np.maximum(spread[::-1], 0)


def _round(
    means: np.ndarray,
    photos: np.ndarray,
    scatter: np.ndarray,
    within: np.ndarray,
    between: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Returns both covariances, likelier than before."""
    matrix, spread = diagonal(within, between)
    back = np.linalg.inv(matrix)
    seen = means @ matrix
    left = spread / (1 + photos[:, None] * spread)  # variance of each person's place
    places = photos[:, None] * left * seen
    apart = seen - places
    new_between = (places.T @ places + np.diag(left.sum(axis=0))) / len(photos)
    weighted = photos[:, None] * apart
    new_within = (
        matrix.T @ scatter @ matrix
        + weighted.T @ apart
        + np.diag((photos[:, None] * left).sum(axis=0))
    ) / photos.sum()
    return back.T @ new_within @ back, back.T @ new_between @ back


def _floored(covariance: np.ndarray, share: float) -> np.ndarray:
    alike = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    return (1 - share) * covariance + share * alike


def _spanned(vectors: np.ndarray) -> np.ndarray:
    """Returns (d, r): an orthonormal basis of the directions in which vectors vary at all."""
    values, directions = np.linalg.eigh(vectors.T @ vectors / len(vectors))
    return directions[:, values > RANK * values.max()]
