from __future__ import annotations

import numpy as np
import pytest

from face2vec.decisions import ALWAYS, Decision, DistanceThreshold, ProbabilityThreshold, decide

FACES = [("ann", 0.4), ("bob", 0.3), ("ann", 0.2), ("eve", 0.9), None]


def test_one_person_once_the_nearest_has_the_best_claim():
    assert decide(FACES, DistanceThreshold(0.6)) == [
        Decision(None, conflict="ann"),
        Decision("bob"),
        Decision("ann"),
        Decision(None),
        Decision(None),
    ]


def test_with_probabilities_the_likeliest_has_the_best_claim():
    names = [one.name for one in decide(FACES, ProbabilityThreshold(0.3))]
    assert names == ["ann", "bob", None, "eve", None]
    conflicts = [one.conflict for one in decide(FACES, ALWAYS)]
    assert conflicts == [None, None, "ann", None, None]


def test_a_face_that_is_not_accepted_has_no_claim():
    assert decide([("ann", 0.7), ("ann", 0.8)], DistanceThreshold(0.6)) == [Decision(None)] * 2


def test_twins():
    both = decide([("ann", 0.1), ("ann", 0.2)], DistanceThreshold(0.6), twins=True)
    assert both == [Decision("ann"), Decision("ann")]


@pytest.mark.parametrize(
    ("threshold", "accepted"),
    [
        (DistanceThreshold(0.5), [True, True, False]),
        (ProbabilityThreshold(0.5), [False, True, True]),
    ],
)
def test_thresholds_accept_arrays(threshold, accepted):
    assert threshold.accepts(np.array([0.4, 0.5, 0.6])).tolist() == accepted


def test_thresholds_of_two_kinds_are_two_types():
    assert DistanceThreshold(0.6) == 0.6
    assert not isinstance(DistanceThreshold(0.6), ProbabilityThreshold)
