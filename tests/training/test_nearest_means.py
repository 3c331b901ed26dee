from __future__ import annotations

import numpy as np
import pytest

from face2vec.recognition.classifiers import DenseClassifier
from face2vec.training.nearest_means import nearest_means

RNG = np.random.default_rng(0)
LABELS = np.repeat([0, 1, 2, 3], 6)
INPUTS = (0.05 * RNG.normal(size=(4, 5))[LABELS] + 0.02 * RNG.normal(size=(24, 5))).astype("f")


def test_its_answers_are_those_of_distances_to_means():
    net = DenseClassifier(nearest_means(INPUTS, LABELS, 4, 16, 30.0))
    means = np.stack([INPUTS[person == LABELS].mean(axis=0) for person in range(4)])
    logits = -15 * ((INPUTS[:, None] - means) ** 2).sum(axis=2)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(net.probabilities(INPUTS), expected, atol=1e-3)


def test_somebody_without_photos_is_unlikely():
    net = DenseClassifier(nearest_means(INPUTS, LABELS + (LABELS > 1), 5, 16, 30.0))
    chances = net.probabilities(INPUTS)
    assert (chances[:, 2] < 1e-4).all()
    without = DenseClassifier(nearest_means(INPUTS, LABELS, 4, 16, 30.0)).probabilities(INPUTS)
    np.testing.assert_allclose(np.delete(chances, 2, axis=1), without, atol=1e-4)


@pytest.mark.parametrize("units", [1, 3, 5, 200])
def test_a_hidden_layer_of_any_width(units):
    hidden, output = nearest_means(INPUTS, LABELS, 4, units, 8.0)
    assert hidden.kernel.shape == (5, units) and output.kernel.shape == (units, 4)
    seen = min(units, 5)
    np.testing.assert_allclose(
        (hidden.kernel @ hidden.kernel.T)[:seen, :seen], np.eye(seen), atol=1e-6
    )
    assert not hidden.kernel[seen:].any()
