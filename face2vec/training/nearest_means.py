"""Where a net starts from: the answers of nearest means, which training then improves upon.

From ten photos a person, a net that starts from random weights does not learn as much as the means
of whitened vectors know at once; a net that starts from them keeps what they know.
"""

from __future__ import annotations

import numpy as np

from face2vec.recognition.classifiers import Layer

UNLIKELY = 10.0  # below all others: the logit of somebody without photos


def nearest_means(
    inputs: np.ndarray, labels: np.ndarray, people: int, units: int, sharpness: float, seed: int = 0
) -> tuple[Layer, Layer]:
    """Returns a hidden and an output layer whose softmax is that of distances to means.

    The logits are ``-sharpness / 2`` times the squared distance to each person's mean, as far as
    tanh is a line: each hidden unit carries a random direction of the inputs.

    Args:
        inputs: (n, r) float32, spread by about one half.
        labels: (n,) int; somebody may be missing, and is then unlikely.
        people: how many columns the answers have.
        units: width of the hidden layer; with fewer than r, the inputs beyond are not looked at.
        sharpness: how fast probabilities fall.
        seed: of the directions.
    """
    length = inputs.shape[1]
    seen = min(length, units)
    random = np.random.default_rng(seed).normal(size=(units, seen))
    spread = np.zeros((length, units))
    spread[:seen] = np.linalg.qr(random)[0].T
    kernel, bias = np.zeros((units, people)), np.full(people, np.nan)
    for person in np.unique(labels):
        mean = inputs[labels == person].mean(axis=0) @ spread
        kernel[:, person], bias[person] = sharpness * mean, -sharpness / 2 * (mean @ mean)
    bias = np.where(np.isnan(bias), np.nanmin(bias) - UNLIKELY, bias)
    zeros = np.zeros(units, dtype=np.float32)
    return (
        Layer("tanh", spread.astype(np.float32), zeros),
        Layer("softmax", kernel.astype(np.float32), (bias - bias.max()).astype(np.float32)),
    )
