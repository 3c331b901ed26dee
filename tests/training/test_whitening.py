from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf

from face2vec.training.whitening import INPUT_SPREAD, discriminants, whitening


def clusters(people=3, photos=8, length=6, spread=0.4, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), photos)
    centres = rng.normal(size=(people, length))
    return centres[labels] + spread * rng.normal(size=(len(labels), length)), labels


def test_whitening_gives_unit_covariance_within_people():
    vectors, labels = clusters(photos=400, length=4)
    vectors = vectors @ np.diag([1, 4, 0.5, 3]).astype(np.float32)
    mean, matrix = whitening(vectors, labels)
    white = (vectors - mean) @ matrix
    residuals = np.concatenate([white[labels == p] - white[labels == p].mean(0) for p in range(3)])
    covariance, _ = ledoit_wolf(residuals, assume_centered=True)
    np.testing.assert_allclose(covariance, np.eye(4), atol=0.1)


def test_photos_that_are_all_alike_do_not_break_the_whitening():
    vectors, labels = np.ones((6, 4), np.float32), np.array([0, 0, 0, 1, 1, 1])
    vectors[3:] = 2
    for measure, prior_photos in ((whitening, 0), (whitening, 40), (discriminants, 40)):
        mean, matrix = measure(vectors, labels, prior_photos)
        assert np.isfinite((vectors - mean) @ matrix).all()


def test_a_prior_leaves_the_directions_that_tell_people_apart():
    vectors, labels = clusters(people=4, length=10)
    mean, matrix = discriminants(vectors, labels, 40)
    assert matrix.shape == (10, 3)
    white = (vectors - mean) @ matrix
    centres = np.stack([white[labels == person].mean(axis=0) for person in range(4)])
    nearest = np.linalg.norm(white[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == labels).mean() > 0.9


@pytest.mark.parametrize("prior_photos", [1, 9, 10**6])
def test_the_prior_counts_for_so_many_photos(prior_photos):
    """Residuals of 4, 0 and 0 squared a photo: a prior of a third in each direction."""
    vectors = np.tile(np.diag([2.0, 0, 0])[:1], (10, 1)) * np.resize([[1], [-1]], (10, 1))
    _, matrix = whitening(vectors, np.zeros(10, dtype=int), prior_photos)
    covariance = np.linalg.inv(matrix @ matrix.T)
    scale = 40 / 9
    seen = (40 + prior_photos * scale / 3) / (9 + prior_photos)
    np.testing.assert_allclose(covariance[0, 0], seen)
    np.testing.assert_allclose(covariance[1, 1], prior_photos * scale / 3 / (9 + prior_photos))


def test_discriminants_come_in_order_and_spread_as_a_net_likes_it():
    vectors, labels = clusters(people=5, photos=30, length=12)
    mean, matrix = discriminants(vectors, labels, 40)
    seen = (vectors - mean) @ matrix
    np.testing.assert_allclose(np.sqrt((seen**2).mean()), INPUT_SPREAD, rtol=1e-6)
    centres = np.stack([seen[labels == person].mean(axis=0) for person in range(5)])
    assert (np.diff(centres.var(axis=0)) < 0).all()
