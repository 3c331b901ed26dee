"""How familiar a face is: a classifier must choose somebody, this says whether to believe it.

The probabilities of a softmax say little about strangers: somebody far from everybody may be, of
all these people, surely most like one. What tells strangers is how much likelier the face is as a
photo of the person named than as one of anybody: a logistic curve turns that into the chance that
the face is that of somebody known.

Prince and Elder, "Probabilistic linear discriminant analysis for inferences about identity", 2007,
with people who differ from each other in all directions alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class Familiarity:
    """Attributes:
    means: (people, d) float32, the mean vector of each person.
    centre: (d,) float32, the mean vector of all.
    matrix: (d, r) float32, brings vectors to units of how much one person's vectors vary.
    within: the share of the variance of vectors that is one person's, 0 to 1.
    middle: the strangeness at which the chance of a known face is one half.
    width: the strangeness over which its odds fall by a factor of e.
    """

    means: np.ndarray
    centre: np.ndarray
    matrix: np.ndarray
    within: float
    middle: float
    width: float

    def of(self, vectors: np.ndarray, people: np.ndarray) -> np.ndarray:
        """Returns the chance that faces are known, (n,), if they are of the people named.

        Args:
            vectors: (n, d) float32.
            people: (n,) int, whom the classifier named.
        """
        strange = strangeness(vectors, self.means[people], self.centre, self.matrix, self.within)
        return logistic((self.middle - strange) / self.width)

    def without(self, person: int) -> Familiarity:
        """Returns it without one person."""
        means = np.delete(self.means, person, axis=0)
        return replace(self, means=means)


def logistic(odds: np.ndarray) -> np.ndarray:
    """Returns the probability, 0 to 1, of which `odds` is the logarithm of the odds."""
    return np.asarray(1 / (1 + np.exp(np.clip(-np.asarray(odds), -500, 500))))


def strangeness(
    vectors: np.ndarray, means: np.ndarray, centre: np.ndarray, matrix: np.ndarray, within: float
) -> np.ndarray:
    """Returns how little faces are like the people named, beside anybody: (n,) float64.

    The squared distance to the mean of the person named, less a share of that to the mean of all:
    but for a constant, twice the logarithm of the ratio of the likelihoods.

    Args:
        vectors: (n, d).
        means: (n, d), of the person named for each.
        centre: (d,), the mean of all.
        matrix: (d, r), brings vectors to units of how much one person's vectors vary.
        within: the share of the variance of vectors that is one person's.
    """
    seen = (vectors - centre).astype(np.float64) @ matrix
    named = (means - centre).astype(np.float64) @ matrix
    return np.asarray(((seen - named) ** 2).sum(axis=1) - within * (seen**2).sum(axis=1))
