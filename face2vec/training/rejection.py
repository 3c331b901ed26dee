"""Learns when a trained classifier should say "unknown", by leaving people out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression

from face2vec.decisions import ProbabilityThreshold
from face2vec.gallery.calibration import ENOUGH_FACES, ENOUGH_PEOPLE
from face2vec.recognition.familiarity import Familiarity, logistic, strangeness
from face2vec.thresholds import Calibration, calibrate
from face2vec.training.folds import HeldOut
from face2vec.training.whitening import whitening

GROUPS = 5  # of people, each left out once


@dataclass(frozen=True, eq=False)
class Rejection:
    """How familiar faces are, and the probability below which nobody is named.

    Attributes:
        familiarity: tells strangers from the people.
        calibration: its threshold is a `ProbabilityThreshold`.
    """

    familiarity: Familiarity
    calibration: Calibration

    @property
    def threshold(self) -> ProbabilityThreshold:
        """The probability below which nobody is named."""
        return ProbabilityThreshold(self.calibration.threshold)


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
    held_out: HeldOut,
    groups: Sequence[np.ndarray],
    to_strangers: Sequence[np.ndarray],
    fmr: float,
    prior_photos: int = 0,
) -> Rejection:
    """Learns it from answers to known people's new photos, and from answers to strangers.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int.
        held_out: the answer for each photo of a classifier that had not seen it.
        groups: the people who were left out, group by group.
        to_strangers: for each group the answers, (photos of the group, people), of a classifier
            that had seen nobody of the group.
        fmr: the wanted rate of strangers that get a name.
        prior_photos: see `whitening.whitening`.
    """
    people = held_out.probabilities.shape[1]
    named = held_out.probabilities.argmax(axis=1)

    def strange_to_others(chosen: np.ndarray, names: np.ndarray) -> np.ndarray:
        return _strangeness(vectors, labels, chosen, names, people, prior_photos)

    known = np.empty(len(labels))
    for fold in np.unique(held_out.folds):
        test = held_out.folds == fold
        known[test] = strange_to_others(test, named[test])
    left_out = [np.isin(labels, group) for group in groups]
    strange = np.concatenate(
        [
            strange_to_others(out, answers.argmax(axis=1))
            for out, answers in zip(left_out, to_strangers, strict=True)
        ]
    )
    right = named == labels
    middle, width = _logistic(known[right], strange)
    sure = np.concatenate([answers.max(axis=1) for answers in to_strangers])
    calibration = calibrate(
        _against(held_out.probabilities.max(axis=1)[right], known[right], middle, width),
        _against(sure, strange, middle, width),
        fmr,
        people,
        people_of=np.concatenate([labels[out] for out in left_out]),
    )
    probability = ProbabilityThreshold(logistic(np.array(-calibration.threshold)))
    spread = measured_spread(vectors, labels, people, prior_photos)
    return Rejection(
        Familiarity(*spread, middle, width), replace(calibration, threshold=probability)
    )


def measured_spread(
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
    beyond_first = max(len(labels) - len(np.unique(labels)), 1)
    rest = (((vectors - means[labels]) @ matrix) ** 2).sum() / beyond_first
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
    means, centre, matrix, within = measured_spread(
        vectors[~chosen], labels[~chosen], people, prior_photos
    )
    return strangeness(vectors[chosen], means[named], centre, matrix, within)


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
    chances = probabilities * logistic((middle - strange) / width)
    chances = np.clip(chances.astype(np.float64), 1e-12, 1 - 1e-12)
    return np.log1p(-chances) - np.log(chances)
