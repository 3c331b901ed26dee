"""Learns when a trained classifier should say "unknown", by leaving people out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression

from face2vec.gallery.gallery import ENOUGH_FACES, ENOUGH_PEOPLE
from face2vec.recognition.familiarity import Familiarity, strangeness
from face2vec.thresholds import Calibration, calibrate
from face2vec.training.whitening import whitening

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
    prior_photos: int = 0,
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
        prior_photos: see `whitening.whitening`.
    """
    people = held_out.shape[1]
    named = held_out.argmax(axis=1)
    known = np.empty(len(labels))
    for fold in np.unique(folds):
        test = folds == fold
        known[test] = _strangeness(vectors, labels, test, named[test], people, prior_photos)
    strange = np.concatenate([
        _strangeness(
            vectors, labels, np.isin(labels, group), answers.argmax(axis=1), people, prior_photos
        )
        for group, answers in zip(groups, to_strangers, strict=True)
    ])
    right = named == labels
    middle, width = _logistic(known[right], strange)
    familiarity = Familiarity(*measure(vectors, labels, people, prior_photos), middle, width)
    sure = np.concatenate([answers.max(axis=1) for answers in to_strangers])
    calibration = calibrate(
        _against(held_out.max(axis=1)[right], known[right], middle, width),
        _against(sure, strange, middle, width),
        fmr,
        people,
        whose=np.concatenate([labels[np.isin(labels, group)] for group in groups]),
    )
    probability = float(1 / (1 + np.exp(calibration.threshold)))
    return Rejection(familiarity, replace(calibration, threshold=probability))


def measure(
    vectors: np.ndarray, labels: np.ndarray, people: int, prior_photos: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Returns what `Familiarity` holds: means, centre, matrix and the share within people.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int.
        people: how many there are; the mean of somebody without photos is infinite.
        prior_photos: see `whitening.whitening`.
    """
    means = np.full((people, vectors.shape[1]), np.inf, dtype=np.float32)
    for person in np.unique(labels):
        means[person] = vectors[labels == person].mean(axis=0)
    centre, matrix = whitening(vectors, labels, prior_photos)
    spare = max(len(labels) - len(np.unique(labels)), 1)
    rest = (((vectors - means[labels]) @ matrix) ** 2).sum() / spare
    whole = (((vectors - centre) @ matrix) ** 2).sum() / (len(labels) - 1)
    within = float(min(rest / max(whole, 1e-9), 1))
    return means, centre.astype(np.float32), matrix.astype(np.float32), within


def _strangeness(
    vectors: np.ndarray,
    labels: np.ndarray,
    chosen: np.ndarray,
    named: np.ndarray,
    people: int,
    prior_photos: int,
) -> np.ndarray:
    """Returns how strange the chosen photos look as those of the people named, to those who have
    seen the other photos only."""
    means, *units = measure(vectors[~chosen], labels[~chosen], people, prior_photos)
    return strangeness(vectors[chosen], means[named], *units)


def _logistic(known: np.ndarray, strange: np.ndarray) -> tuple[float, float]:
    """Fits the chance of a known face as a logistic curve of the strangeness."""
    both = np.concatenate([known, strange])
    centre, unit = both.mean(), max(float(both.std()), 1e-9)
    truth = np.repeat([1, 0], [len(known), len(strange)])
    curve = LogisticRegression(class_weight="balanced").fit(
        ((both - centre) / unit)[:, None], truth
    )
    slope = min(float(curve.coef_[0, 0]), -1e-3)
    return float(centre - curve.intercept_[0] / slope * unit), float(-unit / slope)


def _against(
    probabilities: np.ndarray, strange: np.ndarray, middle: float, width: float
) -> np.ndarray:
    """Returns the logarithm of the odds against a known face: a distance, large for strangers."""
    chances = probabilities / (1 + np.exp(np.clip((strange - middle) / width, -500, 500)))
    chances = np.clip(chances.astype(np.float64), 1e-12, 1 - 1e-12)
    return np.log1p(-chances) - np.log(chances)
