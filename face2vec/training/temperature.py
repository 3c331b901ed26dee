"""Probabilities that mean something: a temperature, and how far what is said is from what happens.

Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017.
"""

from __future__ import annotations

import numpy as np

BINS = 15
COLDEST, HOTTEST = 0.05, 20.0
_TINY = 1e-12


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Returns the softmax at another temperature: above 1 less sure, below 1 surer.

    Args:
        probabilities: (n, people), rows that sum to 1, from a softmax at temperature 1.
        temperature: above 0.
    """
    logits = np.log(np.maximum(probabilities, _TINY), dtype=np.float64) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def fit_temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Returns the temperature at which held-out answers are the likeliest, 0.05 to 20.

    Found by golden-section search: the likelihood has a single peak in the temperature.

    Args:
        probabilities: (n, people) held-out answers.
        truth: (n,) int, the right columns.
    """
    low, high = np.log(COLDEST), np.log(HOTTEST)
    golden = (np.sqrt(5) - 1) / 2
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _surprise(probabilities, truth, left) < _surprise(probabilities, truth, right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def cross_tempered(probabilities: np.ndarray, truth: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Returns held-out answers, those of each fold at the temperature that the others want.

    So the figures made of them are honest: no photo has had a say in its own temperature.

    Args:
        probabilities: (n, people).
        truth: (n,) int.
        folds: (n,) int, at least two different.
    """
    calibrated = np.empty_like(probabilities, dtype=np.float32)
    for fold in np.unique(folds):
        own = folds == fold
        temperature = fit_temperature(probabilities[~own], truth[~own])
        calibrated[own] = tempered(probabilities[own], temperature)
    return calibrated


def expected_calibration_error(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Returns how far the largest probability is from the share of right answers, 0 to 1.

    The mean over 15 bins of equal width of |share right - mean probability|, weighted by how many
    answers fall in each (Naeini, Cooper and Hauskrecht, 2015); NaN without answers.

    Args:
        probabilities: (n, people).
        truth: (n,) int, the right columns; -1 for somebody else.
    """
    if not len(truth):
        return float("nan")
    surest = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((surest * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=right - surest.astype(np.float64), minlength=BINS)
    return float(np.abs(gaps).sum() / len(truth))


def _surprise(probabilities: np.ndarray, truth: np.ndarray, log_temperature: float) -> float:
    chosen = tempered(probabilities, np.exp(log_temperature))[np.arange(len(truth)), truth]
    return -float(np.log(np.maximum(chosen, _TINY)).mean())
