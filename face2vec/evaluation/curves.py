"""Curves behind the figures: error rates over all thresholds, and how far probabilities hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from face2vec.evaluation.answers import Answers

POINTS = 300  # of a curve, at most
MOST_IMPOSTORS = 1_000_000  # scores that a curve is made of; of more, as many evenly spread
TABLED = (0.001, 0.01, 0.05, 0.1)  # false-match rates at which a curve is put in words
RELIABILITY_BINS = 10


@dataclass(frozen=True, eq=False)
class ErrorRates:
    """Both errors at every threshold, from the strictest to the loosest (ISO/IEC 19795-1).

    Attributes:
        fmr: (n,) float64, share of the impostor scores that pass; rising.
        fnmr: (n,) float64, share of the genuine scores that do not; falling.
        genuine, impostors: how many scores there were.
    """

    fmr: np.ndarray
    fnmr: np.ndarray
    genuine: int
    impostors: int

    @classmethod
    def of_scores(cls, genuine: np.ndarray, impostors: np.ndarray) -> ErrorRates:
        """Takes scores that are higher the likelier two are the same.

        Args:
            genuine: (g,), at least one.
            impostors: (i,), at least one.
        """
        count = len(impostors)
        genuine = np.sort(genuine)
        impostors = np.sort(impostors)[:: -(-count // MOST_IMPOSTORS)]
        thresholds = np.unique(np.concatenate([genuine, impostors]))[::-1]
        passed = len(impostors) - np.searchsorted(impostors, thresholds, side="left")
        missed = np.searchsorted(genuine, thresholds, side="left")
        fmr = np.concatenate([[0.0], passed / len(impostors)])
        fnmr = np.concatenate([[1.0], missed / len(genuine)])
        return cls(fmr, fnmr, len(genuine), count)

    @property
    def auc(self) -> float:
        """The area under the ROC curve."""
        passed = 1 - self.fnmr
        return float(((passed[1:] + passed[:-1]) / 2 * np.diff(self.fmr)).sum())

    @property
    def eer(self) -> float:
        """The rate at which both errors are alike, by linear interpolation."""
        gap = self.fmr - self.fnmr  # rises from -1 to 1
        return float(np.interp(0.0, gap, self.fmr))

    def fnmr_at(self, fmr: float) -> float:
        """Returns the least false-non-match rate where at most so many impostors pass."""
        return float(self.fnmr[self.fmr <= fmr].min())

    def thinned(self) -> ErrorRates:
        """Returns the curve with at most `POINTS` points, its corners kept as far as can be."""
        if len(self.fmr) <= POINTS:
            return self
        along = np.cumsum(np.hypot(np.diff(self.fmr, prepend=0), np.diff(self.fnmr, prepend=1)))
        wanted = np.linspace(0, along[-1], POINTS - 1)
        kept = np.unique(np.append(np.searchsorted(along, wanted), len(along) - 1))
        return ErrorRates(self.fmr[kept], self.fnmr[kept], self.genuine, self.impostors)


def error_rates(answers: Answers) -> ErrorRates | None:
    """Returns how well the probability of a name tells its bearer from everybody else.

    Genuine scores are the probabilities of the right names, impostor scores those of all others.
    None where there is nobody to tell from, or no photo of anybody known.
    """
    known = answers.truth >= 0
    right = np.zeros(answers.probabilities.shape, dtype=bool)
    right[np.flatnonzero(known), answers.truth[known]] = True
    genuine, impostors = answers.probabilities[right], answers.probabilities[~right]
    if not len(genuine) or not len(impostors):
        return None
    return ErrorRates.of_scores(genuine, impostors)


@dataclass(frozen=True)
class Bin:
    """The answers whose probability lies between two bounds.

    Attributes:
        low, high: the bounds.
        count: how many answers.
        probability: their mean probability.
        right: the share of them that was right.
    """

    low: float
    high: float
    count: int
    probability: float
    right: float


def reliability(answers: Answers) -> list[Bin]:
    """Returns how often answers were right, by how sure they were; bins without any left out."""
    return list(_bins(answers.probabilities.max(axis=1), answers.right)) if answers.paths else []


def _bins(surest: np.ndarray, right: np.ndarray) -> Iterator[Bin]:
    places = np.minimum((surest * RELIABILITY_BINS).astype(int), RELIABILITY_BINS - 1)
    for place in np.unique(places).tolist():
        inside = places == place
        yield Bin(
            place / RELIABILITY_BINS,
            (place + 1) / RELIABILITY_BINS,
            int(inside.sum()),
            float(surest[inside].mean()),
            float(right[inside].mean()),
        )
