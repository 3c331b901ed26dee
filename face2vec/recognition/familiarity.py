"""How familiar a face is: a classifier must choose somebody, this says whether to believe it.

The probabilities of a softmax say little about strangers: somebody far from everybody may be, of
all these people, surely most like one. What tells strangers is how much likelier the face is as a
photo of the person named than as one of anybody (`encoders.ratio`): a logistic curve turns that
into the chance that the face is that of somebody known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from face2vec.recognition.known_people import KnownPeople


@dataclass(frozen=True, eq=False)
class Familiarity:
    """Attributes:
    people: those who are known.
    middle: the logarithm of the ratio at which the chance of a known face is one half.
    width: over how much of it the odds rise by a factor of e.
    """

    people: KnownPeople
    middle: float
    width: float

    def of(self, vectors: np.ndarray, people: np.ndarray) -> np.ndarray:
        """Returns the chance that faces are known, (n,), if they are of the people named.

        Args:
            vectors: (n, d) float32.
            people: (n,) int, whom the classifier named.
        """
        return logistic((self.people.log_ratios_of(vectors, people) - self.middle) / self.width)

    def without(self, person: int) -> Familiarity:
        """Returns it without one person."""
        return replace(self, people=self.people.without(person))


def logistic(odds: np.ndarray) -> np.ndarray:
    """Returns the probability, 0 to 1, of which `odds` is the logarithm of the odds."""
    return np.asarray(1 / (1 + np.exp(np.clip(-np.asarray(odds), -500, 500))))
