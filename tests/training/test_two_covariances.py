from __future__ import annotations

import numpy as np

from face2vec.encoders.ratio import Ratio
from face2vec.training.two_covariances import diagonal, estimate

RNG = np.random.default_rng(0)
BETWEEN, WITHIN = np.array([4.0, 1.5, 0.5, 0.0]), np.array([0.5, 1.0, 1.0, 2.0])
TURN = np.linalg.qr(RNG.normal(size=(4, 4)))[0]


def made_up(people=1500, seed=1):
    """Most people have one photo, as in the sets that people share."""
    rng = np.random.default_rng(seed)
    photos = np.where(rng.random(people) < 0.7, 1, rng.integers(2, 9, people))
    whose = np.repeat(np.arange(people), photos)
    places = rng.normal(size=(people, 4)) * np.sqrt(BETWEEN)
    return (places[whose] + rng.normal(size=(len(whose), 4)) * np.sqrt(WITHIN)) @ TURN + 5, whose


def test_it_finds_how_people_differ_and_vary_though_most_have_one_photo():
    found = estimate(*made_up(), floor_share=0, rounds=100)
    expected = np.sort(BETWEEN / WITHIN)[::-1][:3]
    np.testing.assert_allclose(found.between[:3], expected, rtol=0.25)
    assert found.between[3:].max(initial=0) < 0.1
    np.testing.assert_allclose(found.mean, 5, atol=0.3)


def test_more_rounds_never_make_the_photos_less_likely():
    vectors, whose = made_up(200)
    likelihoods = [
        likelihood(vectors, whose, estimate(vectors, whose, floor_share=0, rounds=rounds))
        for rounds in (1, 2, 4, 8, 16)
    ]
    assert np.all(np.diff(likelihoods) > 0)


def likelihood(vectors, whose, found):
    seen = (vectors - found.mean) @ found.matrix
    total = len(vectors) * np.linalg.slogdet(found.matrix)[1]
    for person in np.unique(whose):
        own = seen[whose == person]
        for values, between in zip(own.T, found.between, strict=True):
            covariance = between * np.ones((len(own),) * 2) + np.eye(len(own))
            total -= np.linalg.slogdet(covariance)[1] / 2
            total -= values @ np.linalg.solve(covariance, values) / 2
    return total


def test_directions_without_any_variance_are_left_out():
    vectors, whose = made_up(300)
    flat = np.column_stack([vectors, vectors @ np.ones(4), np.zeros(len(vectors))])
    found = estimate(flat, whose, floor_share=0.01)
    assert found.matrix.shape == (6, len(found.between))
    assert len(found.between) <= 4


def test_fewer_photos_than_directions_give_something_finite():
    rng = np.random.default_rng(0)
    found = estimate(rng.normal(size=(18, 68)), np.repeat([0, 1, 2], 6), floor_share=0.001)
    assert len(found.between) and np.isfinite(found.matrix).all() and (found.between > 0).all()


def test_people_never_seen_are_told_apart_better_than_by_plain_distance():
    found = estimate(*made_up(), floor_share=0.001)
    ratio = Ratio(
        found.matrix, -found.mean @ found.matrix, found.between, np.ones(len(found.between))
    )
    vectors, whose = made_up(300, seed=2)
    one, other = np.random.default_rng(3).integers(0, len(whose), (2, 20000))
    same = np.concatenate([whose[one] == whose[other]])
    area = auc(ratio.between_pairs(vectors[one], vectors[other]), same)
    assert area > auc(-np.linalg.norm(vectors[one] - vectors[other], axis=1), same) + 0.02


def auc(scores, same):
    from sklearn.metrics import roc_auc_score

    return roc_auc_score(same, scores)


def test_both_covariances_are_made_diagonal_at_once():
    root, other = RNG.normal(size=(2, 5, 5))
    within, between = root @ root.T, other @ other.T
    matrix, spread = diagonal(within, between)
    np.testing.assert_allclose(matrix.T @ within @ matrix, np.eye(5), atol=1e-8)
    np.testing.assert_allclose(matrix.T @ between @ matrix, np.diag(spread), atol=1e-7)
    assert np.all(np.diff(spread) <= 0)
