"""People as a model knows them: where each lies, how to compare, and whether a face is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # models of other encoders need it not
    from face2vec.encoders.ratio import Ratio

_RATIO_ARRAYS = ("matrix", "offset", "between", "weight")


@dataclass(frozen=True, eq=False)
class KnownPeople:
    """What the ratio of likelihoods needs of people.

    Attributes:
        ratio: compares vectors.
        means: (people, r) float32, of each person's projected vectors; zeros without photos.
        photos: (people,) int, how many photos each mean is of.
    """

    ratio: Ratio
    means: np.ndarray
    photos: np.ndarray

    def __post_init__(self) -> None:
        if self.means.shape != (len(self.photos), len(self.ratio.between)):
            raise ValueError(
                f"expected means of shape {(len(self.photos), len(self.ratio.between))}, "
                f"got {self.means.shape}"
            )

    @classmethod
    def of(cls, ratio: Ratio, vectors: np.ndarray, labels: np.ndarray, people: int) -> KnownPeople:
        """Makes it of the vectors of so many people, (n, d), labels 0 to people - 1, (n,)."""
        photos = np.bincount(labels, minlength=people)
        sums = np.zeros((people, len(ratio.between)))
        np.add.at(sums, labels, ratio.project(vectors))
        return cls(ratio, (sums / np.maximum(photos, 1)[:, None]).astype(np.float32), photos)

    def log_ratios(self, vectors: np.ndarray) -> np.ndarray:
        """Returns the logarithm of the ratio for each vector and person, (n, people).

        Of somebody without photos it is minus infinity.
        """
        scores = self.ratio.evidence(self.means, self.photos).log_ratios(
            self.ratio.project(vectors)
        )
        scores[:, self.photos == 0] = -np.inf
        return scores

    def log_ratios_of(self, vectors: np.ndarray, people: np.ndarray) -> np.ndarray:
        """Returns it for each vector, (n, d), and the person beside it, (n,) int: (n,)."""
        projected = self.ratio.project(vectors)
        return self.ratio.log_ratios(projected, self.means[people], self.photos[people])

    def without(self, person: int) -> KnownPeople:
        """Returns it without one person."""
        means, photos = np.delete(self.means, person, axis=0), np.delete(self.photos, person)
        return replace(self, means=means, photos=photos)

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns what a model file holds of it."""
        ratio = {
            name: np.asarray(getattr(self.ratio, name), dtype=np.float32) for name in _RATIO_ARRAYS
        }
        unit_length = np.array(int(self.ratio.unit_length))
        return {**ratio, "unit_length": unit_length, "means": self.means, "photos": self.photos}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> KnownPeople:
        """Makes it of what `arrays` gave.

        Raises:
            KeyError, ValueError: something is missing or of the wrong shape.
        """
        from face2vec.encoders.ratio import Ratio

        matrix, offset, between, weight = (
            arrays[name].astype(np.float64) for name in _RATIO_ARRAYS
        )
        ratio = Ratio(matrix, offset, between, weight, bool(arrays["unit_length"]))
        return cls(ratio, arrays["means"], arrays["photos"])


@dataclass(frozen=True, eq=False)
class Familiarity:
    """How familiar a face is: a classifier must choose somebody, this says whether to believe it.

    The probabilities of a softmax say little about strangers: somebody far from everybody may be,
    of all these people, surely most like one. What tells strangers is how much likelier the face is
    as a photo of the person named than as one of anybody: a logistic curve turns that into the
    chance that the face is that of somebody known.

    Attributes:
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
