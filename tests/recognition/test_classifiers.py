from __future__ import annotations

import numpy as np
import pytest

from face2vec.recognition.classifiers import DenseClassifier, Layer


def layer(activation="linear", kernel=((1.0, 2.0), (0.0, 1.0)), bias=(0.5, -0.5)):
    return Layer(activation, np.array(kernel, np.float32), np.array(bias, np.float32))


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("linear", [1.5, 2.5]),
        ("tanh", np.tanh([1.5, 2.5])),
        ("softmax", np.exp([1.5, 2.5]) / np.exp([1.5, 2.5]).sum()),
    ],
)
def test_layers_by_hand(activation, expected):
    outputs = layer(activation)(np.array([[1.0, 1.0]], np.float32))
    np.testing.assert_allclose(outputs, [expected], rtol=1e-6)


def test_softmax_of_large_numbers_does_not_overflow():
    outputs = layer("softmax")(np.array([[1000.0, -1000.0]], np.float32))
    np.testing.assert_allclose(outputs.sum(), 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activation": "relu"}, "relu"),
        ({"bias": (1.0,)}, r"\(1,\)"),
        ({"kernel": (1.0, 2.0)}, r"\(2,\)"),
    ],
)
def test_a_layer_is_checked(change, message):
    with pytest.raises(ValueError, match=message):
        layer(**change)


def test_arrays_and_back():
    net = DenseClassifier((layer("tanh"), layer("softmax")))
    again = DenseClassifier.from_arrays(net.arrays())
    vectors = np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32)
    np.testing.assert_array_equal(net.probabilities(vectors), again.probabilities(vectors))
    np.testing.assert_allclose(net.probabilities(vectors).sum(axis=1), 1, rtol=1e-6)
