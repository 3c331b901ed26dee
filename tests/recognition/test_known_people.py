from __future__ import annotations

import numpy as np
import pytest

from face2vec.encoders.ratio import Ratio
from face2vec.recognition.classifiers import RatioClassifier
from face2vec.recognition.known_people import KnownPeople

RNG = np.random.default_rng(0)
RATIO = Ratio(RNG.normal(size=(4, 3)), RNG.normal(size=3), np.array([2.0, 1.0, 0.1]), np.ones(3))
VECTORS = RNG.normal(size=(9, 4)).astype(np.float32)
LABELS = np.array([0, 0, 0, 0, 2, 2, 2, 2, 2])
KNOWN = KnownPeople.of(RATIO, VECTORS, LABELS, 3)


def test_means_are_those_of_the_projected_vectors():
    np.testing.assert_allclose(KNOWN.means[2], RATIO.project(VECTORS[4:]).mean(axis=0), rtol=1e-5)
    assert KNOWN.photos.tolist() == [4, 0, 5]


def test_of_the_person_beside_it_the_ratio_is_the_same():
    probes, people = RNG.normal(size=(6, 4)), np.array([0, 2, 0, 2, 2, 0])
    everybody = KNOWN.log_ratios(probes)
    np.testing.assert_allclose(KNOWN.log_ratios_of(probes, people), everybody[range(6), people])


def test_somebody_without_photos_is_never_likely():
    chances = RatioClassifier(KNOWN).probabilities(RNG.normal(size=(5, 4)))
    assert (chances[:, 1] == 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-6)


def test_the_likeliest_person_has_the_largest_probability_less_surely_when_warmer():
    probes = RNG.normal(size=(8, 4))
    classifier = RatioClassifier(KNOWN)
    chances, warm = (
        one.probabilities(probes) for one in (classifier, classifier.at_temperature(5))
    )
    assert (chances.argmax(axis=1) == KNOWN.log_ratios(probes).argmax(axis=1)).all()
    assert (warm.argmax(axis=1) == chances.argmax(axis=1)).all()
    assert (warm.max(axis=1) < chances.max(axis=1)).all()


def test_it_comes_back_from_its_arrays():
    probes = RNG.normal(size=(5, 4))
    classifier = RatioClassifier(KNOWN, 2.0)
    again = RatioClassifier.from_arrays(classifier.arrays())
    np.testing.assert_allclose(
        again.probabilities(probes), classifier.probabilities(probes), atol=1e-5
    )


def test_without_a_person_nothing_of_theirs_is_left():
    smaller = KNOWN.without(2)
    assert KNOWN.means[2].tobytes() not in smaller.means.tobytes()
    assert smaller.photos.tolist() == [4, 0]


def test_means_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"means of shape \(3, 3\)"):
        KnownPeople(RATIO, np.zeros((2, 3)), np.ones(3, dtype=int))
