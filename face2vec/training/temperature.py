"""Probabilities that mean something: a temperature for the softmax.

Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017.
"""

from __future__ import annotations

import numpy as np

from face2vec.recognition.classifiers import softmax

COLDEST, HOTTEST = 0.05, 20.0
_TINY = 1e-12


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Returns the softmax at another temperature: above 1 less sure, below 1 surer.

    Args:
        probabilities: (n, people), rows that sum to 1, from a softmax at temperature 1.
        temperature: above 0.
    """
    return softmax(_logits(probabilities) / temperature).astype(np.float32)


def fit_temperature(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Returns the temperature at which held-out answers are the likeliest, 0.05 to 20.

    Args:
        probabilities: (n, people) held-out answers.
        truth: (n,) int, the right columns.
    """
    return likeliest_temperature(_logits(probabilities), truth, COLDEST, HOTTEST)


def likeliest_temperature(
    logits: np.ndarray, truth: np.ndarray, coldest: float, hottest: float
) -> float:
    """Returns the temperature at which the softmax of held-out logits is the likeliest.

    Found by golden-section search: the likelihood has a single peak in the temperature.

    Args:
        logits: (n, people).
        truth: (n,) int, the right columns.
        coldest, hottest: what is searched between.
    """
    low, high = np.log(coldest), np.log(hottest)
    golden = (np.sqrt(5) - 1) / 2
    while high - low > 1e-4:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _surprise(logits, truth, left) < _surprise(logits, truth, right):
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


def _logits(probabilities: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(np.maximum(probabilities, _TINY), dtype=np.float64))


def _surprise(logits: np.ndarray, truth: np.ndarray, log_temperature: float) -> float:
    chosen = softmax(logits / np.exp(log_temperature))[np.arange(len(truth)), truth]
    return -float(np.log(np.maximum(chosen, _TINY)).mean())
