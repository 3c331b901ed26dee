"""Learns when a trained classifier should say "unknown", by leaving people out in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LogisticRegression

from face2vec.decisions import ProbabilityThreshold
from face2vec.encoders.ratio import Ratio
from face2vec.recognition.known_people import Familiarity, KnownPeople, logistic
from face2vec.thresholds import Calibration, calibrate
from face2vec.training.folds import HeldOut
from face2vec.training.own_ratio import own_ratio

GROUPS = 5  # of people, each left out once
WORTHLESS = 0.9  # of the known faces rejected: a threshold that names next to nobody is of no use


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

    @property
    def worthless(self) -> bool:
        """Whether next to no known face would get its name."""
        missed = self.calibration.fnmr
        return missed is None or missed > WORTHLESS


def groups_of(people: int, seed: int) -> list[np.ndarray]:
    """Deals people to groups that are left out in turn."""
    shuffled = np.random.default_rng(seed).permutation(people)
    return np.array_split(shuffled, min(GROUPS, people // 2))


def learn_rejection(
    vectors: np.ndarray,
    labels: np.ndarray,
    held_out: HeldOut,
    groups: Sequence[np.ndarray],
    to_strangers: Sequence[np.ndarray],
    fmr: float,
    known_ratio: Ratio | None = None,
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
        known_ratio: of the encoder; None where it has none.
    """
    people = held_out.probabilities.shape[1]
    named = held_out.probabilities.argmax(axis=1)

    def familiar_to_others(chosen: np.ndarray, names: np.ndarray) -> np.ndarray:
        """Returns the logarithms of the ratios, to those who have seen the other photos only."""
        others = known_people(vectors[~chosen], labels[~chosen], people, known_ratio)
        return others.log_ratios_of(vectors[chosen], names)

    known = np.empty(len(labels))
    for fold in np.unique(held_out.folds):
        test = held_out.folds == fold
        known[test] = familiar_to_others(test, named[test])
    left_out = [np.isin(labels, group) for group in groups]
    strange = np.concatenate(
        [
            familiar_to_others(out, answers.argmax(axis=1))
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
    everybody = known_people(vectors, labels, people, known_ratio)
    return Rejection(
        Familiarity(everybody, middle, width), replace(calibration, threshold=probability)
    )


def known_people(
    vectors: np.ndarray, labels: np.ndarray, people: int, known_ratio: Ratio | None
) -> KnownPeople:
    """Returns people as their photos show them, by a ratio that has learnt from these too.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int.
        people: how many there are; somebody may have no photos.
        known_ratio: of the encoder; None where it has none.
    """
    return KnownPeople.of(own_ratio(known_ratio, vectors, labels), vectors, labels, people)


def _logistic(known: np.ndarray, strange: np.ndarray) -> tuple[float, float]:
    """Fits the chance of a known face as a logistic curve of the logarithm of the ratio."""
    both = np.concatenate([known, strange])
    centre, unit = both.mean(), max(float(both.std()), 1e-9)
    truth = np.repeat([1, 0], [len(known), len(strange)])
    curve = LogisticRegression(class_weight="balanced").fit(
        ((both - centre) / unit)[:, None], truth
    )
    slope = max(float(curve.coef_[0, 0]), 1e-3)
    return float(centre - curve.intercept_[0] / slope * unit), float(unit / slope)


def _against(
    probabilities: np.ndarray, familiar: np.ndarray, middle: float, width: float
) -> np.ndarray:
    """Returns the logarithm of the odds against a known face: a distance, large for strangers."""
    chances = probabilities * logistic((familiar - middle) / width)
    chances = np.clip(chances.astype(np.float64), 1e-12, 1 - 1e-12)
    return np.log1p(-chances) - np.log(chances)
