from __future__ import annotations

import numpy as np
import pytest

from face2vec.evaluation.answers import expected_calibration_error
from face2vec.training.temperature import cross_tempered, fit_temperature, tempered


def softmax(logits):
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def answers(count=4000, temperature=1.0, seed=0):
    """Truth drawn from the very probabilities; what is said is too sure by `temperature`."""
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(count, 4))
    truth = np.array([rng.choice(4, p=row) for row in softmax(logits)])
    return softmax(logits * temperature), truth


def test_a_temperature_by_hand():
    # The square roots of 0.8 and 0.2 are as 2 to 1.
    np.testing.assert_allclose(tempered(np.array([[0.8, 0.2]]), 2.0), [[2 / 3, 1 / 3]], rtol=1e-6)
    np.testing.assert_allclose(tempered(np.array([[1.0, 0.0]]), 1.0), [[1, 0]], atol=1e-6)


@pytest.mark.parametrize("too_sure", [0.5, 1.0, 3.0])
def test_the_temperature_undoes_what_made_the_answers_too_sure(too_sure):
    said, truth = answers(temperature=too_sure)
    assert fit_temperature(said, truth) == pytest.approx(too_sure, rel=0.1)


def test_calibration_lowers_the_error_and_changes_no_answer():
    said, truth = answers(temperature=3.0)
    folds = np.arange(len(truth)) % 5
    calibrated = cross_tempered(said, truth, folds)
    assert expected_calibration_error(said, truth) > 0.1
    assert expected_calibration_error(calibrated, truth) < 0.03
    np.testing.assert_array_equal(calibrated.argmax(axis=1), said.argmax(axis=1))


def test_a_fold_has_no_say_in_its_own_temperature():
    said, truth = answers(count=60)
    folds = np.arange(60) % 3
    changed = truth.copy()
    changed[folds == 0] = (changed[folds == 0] + 1) % 4
    one, two = (cross_tempered(said, t, folds)[folds == 0] for t in (truth, changed))
    np.testing.assert_array_equal(one, two)


def test_the_calibration_error_by_hand():
    said = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    truth = np.array([0, 1, 1, 1])
    # Half right at 0.9, all right at 0.6: (2 * 0.4 + 2 * 0.4) / 4
    assert expected_calibration_error(said, truth) == pytest.approx(0.4)
    assert np.isnan(expected_calibration_error(said[:0], truth[:0]))


def test_all_right_or_all_wrong_still_gives_a_temperature():
    said = np.array([[0.9, 0.1], [0.2, 0.8]])
    assert fit_temperature(said, np.array([0, 1])) < 0.1
    assert fit_temperature(said, np.array([1, 0])) > 10
