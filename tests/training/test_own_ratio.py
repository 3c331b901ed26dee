from __future__ import annotations

import numpy as np
import pytest

from face2vec.encoders.ratio import Ratio
from face2vec.training.own_ratio import own_ratio, ratio_discriminants

BETWEEN = np.array([4.0, 2.0, 1.0, 0.5])
KNOWN = Ratio(np.eye(4), np.zeros(4), BETWEEN, np.array([1.0, 1.0, 0.5, 0.5]))


def made_up(people=20, photos=20, shift=0.0, within=(1.0, 1.0, 1.0, 1.0), seed=0):
    rng = np.random.default_rng(seed)
    places = rng.normal(size=(people, 4)) * np.sqrt(BETWEEN)
    labels = np.repeat(np.arange(people), photos)
    vary = rng.normal(size=(len(labels), 4)) * np.sqrt(within)
    return places[labels] + vary + shift, labels


def test_what_is_known_stays_where_photos_agree():
    vectors, labels = made_up()
    own = own_ratio(KNOWN, vectors, labels)
    one, other = vectors[:200], vectors[200:]
    known, seen = (ratio.between_pairs(one, other) for ratio in (KNOWN, own))
    assert np.corrcoef(known, seen)[0, 1] > 0.97


def test_an_album_that_lies_elsewhere_is_moved_back():
    vectors, labels = made_up(shift=3.0)
    centre = own_ratio(KNOWN, vectors, labels).project(vectors).mean(axis=0)
    assert np.abs(centre).max() < np.abs(KNOWN.project(vectors).mean(axis=0)).min() / 2


def test_what_varies_more_here_counts_less():
    vectors, labels = made_up(photos=300, within=(9.0, 1.0, 1.0, 1.0))
    own = own_ratio(KNOWN, vectors, labels)
    far = np.linalg.norm(own.matrix, axis=1)  # how far each direction still reaches
    assert far[0] < 0.6 * far[1]


def test_parts_that_count_unlike_are_not_mixed():
    own = own_ratio(KNOWN, *made_up(within=(4.0, 1.0, 1.0, 3.0)))
    assert not own.matrix[:2, 2:].any() and not own.matrix[2:, :2].any()
    assert own.weight.tolist() == KNOWN.weight.tolist()


def test_one_photo_of_each_tells_nothing_of_how_they_vary():
    vectors, labels = made_up(photos=1)
    own = own_ratio(KNOWN, vectors, labels)
    np.testing.assert_allclose(np.abs(own.matrix.sum(axis=0)), 1)
    np.testing.assert_allclose(np.sort(own.between), np.sort(BETWEEN))


@pytest.mark.parametrize("photos", [1, 2, 10])
def test_without_a_known_ratio_photos_speak_for_themselves(photos):
    vectors, labels = made_up(photos=photos)
    own = own_ratio(None, vectors, labels)
    assert np.isfinite(own.between_pairs(vectors[:5], vectors[5:10])).all()
    assert len(np.unique(own.between)) == 1


def test_nearest_means_among_the_discriminants_are_the_likeliest_people():
    vectors, labels = made_up(people=6, photos=10)
    own = own_ratio(KNOWN, vectors, labels)
    matrix, bias = ratio_discriminants(own, vectors, labels)
    assert matrix.shape[1] < 6
    fresh, _ = made_up(people=6, photos=60)
    means = np.stack([(vectors[labels == k] @ matrix + bias).mean(axis=0) for k in range(6)])
    nearest = np.linalg.norm((fresh @ matrix + bias)[:, None] - means, axis=2).argmin(axis=1)
    projected = own.project(vectors)
    places = np.stack([projected[labels == k].mean(axis=0) for k in range(6)])
    evidence = own.evidence(places, np.full(6, 10))
    likeliest = evidence.log_ratios(own.project(fresh)).argmax(axis=1)
    assert (nearest == likeliest).mean() > 0.9
