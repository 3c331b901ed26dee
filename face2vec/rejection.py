"""Learns when a trained classifier should say "unknown", by leaving people out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression

from face2vec.familiarity import Familiarity
from face2vec.gallery import ENOUGH_FACES, ENOUGH_PEOPLE
from face2vec.thresholds import Calibration, calibrate

GROUPS = 5  # of people, each left out once


@dataclass(frozen=True, eq=False)
class Rejection:
    """How familiar faces are, and the probability below which nobody is named."""

    familiarity: Familiarity
    calibration: Calibration


def groups_of(people: int, seed: int) -> list[np.ndarray]:
    """Deals people to groups that are left out in turn."""
    shuffled = np.random.default_rng(seed).permutation(people)
    return np.array_split(shuffled, min(GROUPS, people // 2))


def enough(labels: np.ndarray) -> bool:
    """Returns whether there are enough people and photos to leave some out."""
    return len(np.unique(labels)) > ENOUGH_PEOPLE and len(labels) >= ENOUGH_FACES


def learn_rejection(
    vectors: np.ndarray,
    labels: np.ndarray,
    held_out: np.ndarray,
    folds: np.ndarray,
    groups: Sequence[np.ndarray],
    to_strangers: Sequence[np.ndarray],
    fmr: float,
) -> Rejection:
    """Learns it from answers to known people's new photos, and from answers to strangers.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int.
        held_out: (n, people), the answer for each photo of a classifier that had not seen it.
        folds: (n,) int, in which fold each photo was held out.
        groups: the people who were left out, group by group.
        to_strangers: for each group the answers, (photos of the group, people), of a classifier
            that had seen nobody of the group.
        fmr: the wanted rate of strangers that get a name.
    """
    people = held_out.shape[1]
    named = held_out.argmax(axis=1)
    known = np.empty(len(labels))
    for fold in np.unique(folds):
        test = folds == fold
        means = _means(vectors[~test], labels[~test], people)
        known[test] = np.linalg.norm(vectors[test] - means[named[test]], axis=1)
    strange = np.concatenate([
        _to_named(vectors, labels, group, answers, people)
        for group, answers in zip(groups, to_strangers, strict=True)
    ])
    right = named == labels
    middle, width = _logistic(known[right], strange)
    familiarity = Familiarity(_means(vectors, labels, people), middle, width)
    sure = np.concatenate([answers.max(axis=1) for answers in to_strangers])
    calibration = calibrate(
        _against(held_out.max(axis=1)[right], known[right], middle, width),
        _against(sure, strange, middle, width),
        fmr,
        people,
    )
    probability = float(1 / (1 + np.exp(calibration.threshold)))
    return Rejection(familiarity, replace(calibration, threshold=probability))


def _means(vectors: np.ndarray, labels: np.ndarray, people: int) -> np.ndarray:
    """Returns (people, d) float32; infinity for somebody without photos."""
    means = np.full((people, vectors.shape[1]), np.inf, dtype=np.float32)
    for person in np.unique(labels):
        means[person] = vectors[labels == person].mean(axis=0)
    return means


def _to_named(
    vectors: np.ndarray, labels: np.ndarray, group: np.ndarray, answers: np.ndarray, people: int
) -> np.ndarray:
    outside = np.isin(labels, group)
    means = _means(vectors[~outside], labels[~outside], people)
    return np.linalg.norm(vectors[outside] - means[answers.argmax(axis=1)], axis=1)


def _logistic(known: np.ndarray, strange: np.ndarray) -> tuple[float, float]:
    """Fits the chance of a known face as a logistic curve of the distance."""
    distances = np.concatenate([known, strange])
    centre, unit = distances.mean(), max(float(distances.std()), 1e-9)
    truth = np.repeat([1, 0], [len(known), len(strange)])
    curve = LogisticRegression(class_weight="balanced").fit(
        ((distances - centre) / unit)[:, None], truth
    )
    slope = min(float(curve.coef_[0, 0]), -1e-3)
    return float(centre - curve.intercept_[0] / slope * unit), float(-unit / slope)


def _against(
    probabilities: np.ndarray, distances: np.ndarray, middle: float, width: float
) -> np.ndarray:
    """Returns the logarithm of the odds against a known face: a distance, large for strangers."""
    chances = probabilities / (1 + np.exp(np.clip((distances - middle) / width, -500, 500)))
    chances = np.clip(chances.astype(np.float64), 1e-12, 1 - 1e-12)
    return np.log1p(-chances) - np.log(chances)
