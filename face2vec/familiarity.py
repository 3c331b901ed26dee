"""How familiar a face is: a classifier must choose somebody, this says whether to believe it.

The probabilities of a softmax say little about strangers: somebody far from everybody may be, of
all these people, surely most like one. What tells strangers is the distance to the mean of the
person named, turned by a logistic curve into the chance that the face is that of somebody known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Familiarity:
    """Attributes:
    means: (people, d) float32, the mean vector of each person.
    middle: the distance at which the chance of a known face is one half.
    width: the distance over which its odds fall by a factor of e.
    """

    means: np.ndarray
    middle: float
    width: float

    def of(self, vectors: np.ndarray, people: np.ndarray) -> np.ndarray:
        """Returns the chance that faces are known, (n,), if they are of the people named.

        Args:
            vectors: (n, d) float32.
            people: (n,) int, whom the classifier named.
        """
        apart = np.linalg.norm(vectors.astype(np.float64) - self.means[people], axis=1)
        return 1 / (1 + np.exp(np.clip((apart - self.middle) / self.width, -500, 500)))

    def without(self, person: int) -> Familiarity:
        """Returns it without one person."""
        return Familiarity(np.delete(self.means, person, axis=0), self.middle, self.width)
