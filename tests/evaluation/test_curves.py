"""Error curves and reliability, against what can be counted by hand and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from face2vec.evaluation import curves
from face2vec.evaluation.answers import Answers
from face2vec.evaluation.curves import ErrorRates, error_rates, reliability


def answers(probabilities, truth):
    probabilities = np.array(probabilities, dtype=np.float32)
    people = tuple(f"p{i}" for i in range(probabilities.shape[1]))
    paths = tuple(f"{i}.jpg" for i in range(len(truth)))
    return Answers(people, paths, np.array(truth), probabilities)


def test_rates_can_be_counted():
    rates = ErrorRates.of_scores(np.array([0.9, 0.8, 0.3]), np.array([0.7, 0.2, 0.1, 0.0]))
    assert (rates.genuine, rates.impostors) == (3, 4)
    assert rates.fnmr_at(0.0) == pytest.approx(1 / 3)
    assert rates.fnmr_at(0.25) == 0
    assert (rates.fmr[0], rates.fnmr[0], rates.fmr[-1], rates.fnmr[-1]) == (0, 1, 1, 0)


def test_the_area_is_that_of_scikit_learn_and_the_rates_meet():
    rng = np.random.default_rng(0)
    genuine, impostors = rng.normal(1, 1, 400).round(1), rng.normal(0, 1, 900).round(1)
    rates = ErrorRates.of_scores(genuine, impostors)
    truth = np.repeat([1, 0], [400, 900])
    expected = roc_auc_score(truth, np.concatenate([genuine, impostors]))
    assert rates.auc == pytest.approx(expected)
    at = np.abs(rates.fmr - rates.eer).argmin()
    assert rates.fnmr[at] == pytest.approx(rates.eer, abs=0.03)


def test_a_thinned_curve_keeps_its_ends_and_its_area():
    rng = np.random.default_rng(0)
    rates = ErrorRates.of_scores(rng.normal(1, 1, 3000), rng.normal(0, 1, 5000))
    thin = rates.thinned()
    assert len(thin.fmr) <= curves.POINTS < len(rates.fmr)
    assert (thin.fmr[0], thin.fnmr[-1]) == (0, 0)
    assert thin.auc == pytest.approx(rates.auc, abs=0.002)


def test_of_very_many_impostors_some_stand_for_all(monkeypatch):
    monkeypatch.setattr(curves, "MOST_IMPOSTORS", 100)
    impostors = np.linspace(0, 1, 10_000)
    rates = ErrorRates.of_scores(np.array([0.5]), impostors)
    assert rates.impostors == 10_000
    assert rates.auc == pytest.approx(0.5, abs=0.02)


def test_genuine_scores_are_those_of_the_right_names():
    rates = error_rates(answers([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2]], [0, 1, -1]))
    assert (rates.genuine, rates.impostors) == (2, 4)
    assert rates.fnmr_at(0.2) == pytest.approx(0.5)  # 0.8 of the stranger passes before 0.6
    assert rates.fnmr_at(0.25) == 0
    assert error_rates(answers([[0.9, 0.1]], [-1])) is None
    assert error_rates(answers(np.empty((0, 2)), np.empty(0, int))) is None


def test_reliability_is_counted_by_bins():
    bins = reliability(answers([[0.95, 0.05], [0.91, 0.09], [0.45, 0.55]], [0, 1, 1]))
    assert [(one.low, one.count, one.right) for one in bins] == [(0.5, 1, 1.0), (0.9, 2, 0.5)]
    assert bins[1].probability == pytest.approx(0.93)
    assert reliability(answers(np.empty((0, 2)), np.empty(0, int))) == []
