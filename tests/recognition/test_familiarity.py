from __future__ import annotations

import numpy as np
from scipy.stats import multivariate_normal

from face2vec.recognition.familiarity import Familiarity, strangeness

RNG = np.random.default_rng(0)
CENTRE = RNG.normal(size=4)
MATRIX = RNG.normal(size=(4, 3))


def test_strangeness_by_hand():
    vectors, means = np.array([[3.0, 0.0]]), np.array([[1.0, 2.0]])
    seen = strangeness(vectors, means, np.array([1.0, 0.0]), np.diag([2.0, 1.0]), 0.25)
    np.testing.assert_allclose(seen, [(4**2 + 2**2) - 0.25 * 4**2])


def test_it_is_the_ratio_of_two_likelihoods_but_for_a_constant():
    vectors, means = CENTRE + RNG.normal(size=(2, 6, 4))
    seen, named = ((one - CENTRE) @ MATRIX for one in (vectors, means))
    of_named = [
        multivariate_normal(mean).logpdf(one) for mean, one in zip(named, seen, strict=True)
    ]
    of_anybody = multivariate_normal(np.zeros(3), 4 * np.eye(3)).logpdf(seen)  # 1 within, 3 between
    ratio = -2 * (np.array(of_named) - of_anybody)
    apart = ratio - strangeness(vectors, means, CENTRE, MATRIX, 1 / 4)
    np.testing.assert_allclose(apart, apart[0], rtol=1e-9)


def test_chances_fall_with_strangeness_and_are_one_half_in_the_middle():
    people = np.zeros(3, dtype=int)
    means = np.zeros((1, 2), dtype=np.float32)
    known = Familiarity(means, np.zeros(2), np.eye(2), 0.0, middle=2.0, width=0.5)
    chances = known.of(np.array([[0, 0], [2, 0], [3, 0]]), people)
    np.testing.assert_allclose(chances, 1 / (1 + np.exp(np.array([-2, 2, 7]) / 0.5)))
