"""The ratio of likelihoods for the people at hand: what is known of faces, and their own photos.

A photo album differs from the photos that a prior was estimated from: in its camera, its light, how
small the faces are. So the mean, and how one person varies, are those of both, each counted as so
many photos; how people differ is left as it is known, as albums hold few people.
"""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from face2vec.encoders.ratio import Ratio
from face2vec.training.residuals import residuals
from face2vec.training.two_covariances import diagonal
from face2vec.training.whitening import INPUT_SPREAD, whitening

MEAN_PHOTOS = 100  # what the known mean counts for
WITHIN_PHOTOS = 1000  # what the known variation of one person counts for


def own_ratio(known: Ratio | None, vectors: np.ndarray, labels: np.ndarray) -> Ratio:
    """Returns the ratio for vectors of these people.

    Args:
        known: of the encoder; None where it has none.
        vectors: (n, d).
        labels: (n,) int, whose each is.
    """
    if known is None:
        return _of_photos_alone(vectors, labels)
    people = np.unique(labels, return_inverse=True)[1]
    seen = known.project(vectors)
    centre = seen.mean(axis=0) * len(seen) / (len(seen) + MEAN_PHOTOS)
    rest, repeats = residuals(seen, people), len(people) - len(np.unique(people))
    order, turns, between = [], [], []
    for weight in np.unique(known.weight):  # parts that do not count alike are not mixed
        part = np.flatnonzero(known.weight == weight)
        turn, spread = _blended(rest[:, part], repeats, known.between[part])
        order.append(part)
        turns.append(turn)
        between.append(spread)
    turn = np.zeros((len(known.between),) * 2)
    for part, own in zip(order, turns, strict=True):
        turn[np.ix_(part, part)] = own
    spread = np.empty(len(known.between))
    spread[np.concatenate(order)] = np.concatenate(between)
    return known.moved(centre, turn, spread, known.weight)


def ratio_discriminants(
    ratio: Ratio, vectors: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Brings vectors to where distances to means order people nearly as the ratio does.

    It would be exactly so if all had as many photos. What does not tell the means of these people
    apart is left out.

    Args:
        ratio: of these people, as `own_ratio` has it.
        vectors: (n, d).
        labels: (n,) int.

    Returns:
        A matrix, (d, q) with q < people, and a bias, (q,), for `vectors @ matrix + bias`, vectors
        brought to unit length before where the ratio wants that; of a spread that suits a net.
    """
    people = np.unique(labels, return_inverse=True)[1]
    count = int(people.max()) + 1
    photos = len(people) / count
    share = ratio.between / (1 + photos * ratio.between)
    scale = np.sqrt(ratio.weight * photos * share / (share + 1))
    seen = ratio.project(vectors) * scale
    centre = seen.mean(axis=0)
    between = seen - residuals(seen, people) - centre
    with threadpool_limits(1):
        turn = np.linalg.svd(between, full_matrices=False)[2][: count - 1].T
    turn = turn * (INPUT_SPREAD / max(np.sqrt((((seen - centre) @ turn) ** 2).mean()), 1e-9))
    return (ratio.matrix * scale) @ turn, (ratio.offset * scale - centre) @ turn


def _blended(rest: np.ndarray, repeats: int, between: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns new directions for a part, (r, r), and the variance between people there, (r,).

    The known variation, the identity, is brought to the scale of what was seen.
    """
    scatter, r = rest.T @ rest, rest.shape[1]
    scale = np.trace(scatter) / repeats / r if repeats and scatter.any() else 1.0
    within = (scatter + WITHIN_PHOTOS * scale * np.eye(r)) / (repeats + WITHIN_PHOTOS)
    with threadpool_limits(1):  # on matrices so small, threads wait for each other
        return diagonal(within, np.diag(between))


def _of_photos_alone(vectors: np.ndarray, labels: np.ndarray) -> Ratio:
    """Returns one in which people differ alike in all directions: few photos show no more."""
    people = np.unique(labels, return_inverse=True)[1]
    mean, matrix = whitening(vectors, labels)
    seen = (vectors - mean) @ matrix
    repeats = max(len(people) - len(np.unique(people)), 1)
    within = (residuals(seen, people) ** 2).sum() / repeats
    whole = (seen**2).sum() / max(len(people) - 1, 1)
    r = matrix.shape[1]
    matrix = matrix * np.sqrt(r / max(within, 1e-9))
    between = max(whole / max(within, 1e-9) - 1, 1e-3)
    return Ratio(matrix, -mean @ matrix, np.full(r, between), np.ones(r))
