from __future__ import annotations

import numpy as np

from face2vec.encoders.ratio import Ratio
from face2vec.recognition.known_people import Familiarity, KnownPeople

RATIO = Ratio(np.eye(2), np.zeros(2), np.array([3.0, 3.0]), np.ones(2))
VECTORS = np.array([[0.0, 0.0], [0.2, 0.0], [5.0, 5.0], [5.2, 5.0]])
KNOWN = KnownPeople.of(RATIO, VECTORS, np.array([0, 0, 1, 1]), 2)


def test_chances_rise_with_the_ratio_and_are_one_half_in_the_middle():
    probes, people = np.array([[0.1, 0.0], [3.0, 0.0], [5.1, 5.0]]), np.array([0, 0, 1])
    ratios = KNOWN.log_ratios_of(probes, people)
    chances = Familiarity(KNOWN, middle=float(ratios[1]), width=0.5).of(probes, people)
    np.testing.assert_allclose(chances, 1 / (1 + np.exp((ratios[1] - ratios) / 0.5)))
    assert chances[1] == 0.5 and chances[0] > 0.9 and chances[2] > 0.9


def test_without_a_person_the_others_are_as_familiar():
    probes = np.array([[5.1, 5.0]])
    known = Familiarity(KNOWN, 0.0, 1.0)
    np.testing.assert_allclose(
        known.without(0).of(probes, np.array([0])), known.of(probes, np.array([1]))
    )
