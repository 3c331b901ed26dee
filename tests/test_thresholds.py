from __future__ import annotations

import json

import numpy as np
import pytest

from face2vec.thresholds import Calibration, calibrate, interval, needed_for

RNG = np.random.default_rng(0)
GENUINE = RNG.normal(0.35, 0.05, 500)
IMPOSTORS = RNG.normal(0.8, 0.08, 4000)


def test_the_rate_is_met_where_the_data_support_it():
    found = calibrate(GENUINE, IMPOSTORS, 0.01, people=40)
    assert found.supported
    assert found.fmr == 0.01
    assert found.fmr_interval[0] < 0.01 < found.fmr_interval[1]
    fresh = np.random.default_rng(1).normal(0.8, 0.08, 100_000)
    assert 0.005 < (fresh <= found.threshold).mean() < 0.02
    assert "cannot show" not in found.sentence


def test_too_few_impostors_say_so_and_match_nothing_seen():
    found = calibrate(GENUINE, IMPOSTORS[:100], 0.001, people=10)
    assert not found.supported
    assert found.needed == 3000
    assert found.fmr == 0
    assert found.threshold < IMPOSTORS[:100].min()
    assert "cannot show a rate of 0.10%" in found.sentence
    assert "3000" in found.sentence


def test_the_extrapolated_threshold_holds_on_fresh_strangers():
    found = calibrate(GENUINE, IMPOSTORS[:100], 0.01, people=10)
    fresh = np.random.default_rng(1).normal(0.8, 0.08, 100_000)
    assert (fresh <= found.threshold).mean() < 0.02
    assert found.fnmr < 0.01


def test_a_threshold_never_goes_above_the_highest():
    assert calibrate(GENUINE, IMPOSTORS, 0.2, people=40, highest=0.6).threshold == 0.6


def test_a_stricter_rate_gives_a_lower_threshold():
    rates = [0.05, 0.01, 0.001, 0.0001]
    thresholds = [calibrate(GENUINE, IMPOSTORS, rate, people=40).threshold for rate in rates]
    assert thresholds == sorted(thresholds, reverse=True)
    assert len(set(thresholds)) == 4


def test_without_genuine_distances_the_fnmr_is_not_known():
    found = calibrate(np.empty(0), IMPOSTORS, 0.01, people=40)
    assert (found.fnmr, found.fnmr_interval) == (None, None)


def test_equal_distances_are_allowed():
    found = calibrate(np.zeros(5), np.ones(50), 0.01, people=5)
    assert (found.fmr, found.fnmr) == (0, 0)


@pytest.mark.parametrize("rate", [0, 1, -0.1, 2])
def test_a_rate_that_is_none(rate):
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibrate(GENUINE, IMPOSTORS, rate, people=3)


def test_one_impostor_is_too_few():
    with pytest.raises(ValueError, match="at least two"):
        calibrate(GENUINE, IMPOSTORS[:1], 0.01, people=3)


def test_intervals_are_those_of_clopper_and_pearson():
    assert interval(0, 100) == pytest.approx((0, 0.03622), abs=1e-5)  # close to 3.7 / 100
    assert interval(3, 100) == pytest.approx((0.00623, 0.08518), abs=1e-5)
    assert interval(50, 50) == pytest.approx((0.92888, 1), abs=1e-5)


def test_rule_of_three():
    assert needed_for(0.01) == 300
    assert interval(0, needed_for(0.01), confidence=0.90)[1] == pytest.approx(0.01, rel=0.01)


def test_json_and_back():
    found = calibrate(GENUINE, IMPOSTORS, 0.01, people=40)
    assert Calibration.from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_a_rate_for_people_who_are_still_to_come():
    """Four people of 25 distances: one is like somebody now and then, the others never."""
    distances = np.concatenate([np.linspace(0.1, 0.2, 5), np.linspace(0.5, 1, 95)])
    people = np.repeat([0, 0, 1, 2, 3], [5, 20, 25, 25, 25])
    found = calibrate(np.empty(0), distances, 0.08, 4, people_of=people)
    # Of the first person k / 25 match, and so they do of the fifth: 2 k / 25 / 5 <= 0.08.
    assert (distances <= found.threshold).sum() == 5
    stricter = calibrate(np.empty(0), distances, 0.079, 4, people_of=people)
    assert (distances <= stricter.threshold).sum() == 4
    assert (distances <= calibrate(np.empty(0), distances, 0.08, 4).threshold).sum() == 8


def test_each_person_counts_alike_however_many_their_photos():
    distances, people = np.linspace(0, 1, 110), np.repeat([0, 1], [10, 100])
    found = calibrate(np.empty(0), distances, 0.5, 2, people_of=people)
    # The first ten are all of one person: (k / 10 + k / 10) / 3 <= 0.5.
    assert (distances <= found.threshold).sum() == 7
    shuffled = np.random.default_rng(0).permutation(110)
    again = calibrate(np.empty(0), distances[shuffled], 0.5, 2, people_of=people[shuffled])
    assert again.threshold == found.threshold
