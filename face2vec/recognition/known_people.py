"""People as a model knows them: where each lies, from how many photos, and how to compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

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
        matrix, offset, between, weight = (
            arrays[name].astype(np.float64) for name in _RATIO_ARRAYS
        )
        ratio = Ratio(matrix, offset, between, weight, bool(arrays["unit_length"]))
        return cls(ratio, arrays["means"], arrays["photos"])
