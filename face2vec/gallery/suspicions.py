"""Names in a gallery that look like one person's: nearer than different people ever are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from face2vec.gallery.comparison import PLAIN, Comparison

SUSPICIOUS = 1e-4  # rate at which different people are as near, above which nobody is suspected
SUSPECTS = 0.25  # of the people: where more look alike, it is not their names


@dataclass(frozen=True)
class Suspicion:
    """Two names that look like one person's.

    Attributes:
        one, other: the names.
        distance: between their nearest photos.
    """

    one: str
    other: str
    distance: float


class Pairs:
    """All pairs of faces: how far they are apart, and of whom they are."""

    def __init__(self, vectors: Mapping[str, np.ndarray], comparison: Comparison = PLAIN) -> None:
        self.names = list(vectors)
        counts = np.array([len(own) for own in vectors.values()])
        faces = np.concatenate(list(vectors.values()))
        people = np.repeat(np.arange(len(counts)), counts)
        first, second = np.triu_indices(len(faces), 1)
        self.first, self.second = people[first], people[second]
        self.apart = comparison.all_pairs(faces)
        self.weights = 1.0 / (counts[self.first] * counts[self.second])
        self.same = self.first == self.second

    @property
    def suspicious_rate(self) -> float:
        """The rate at which different people may be as near as names that are suspected: of so
        many pairs, one in two galleries would be by chance."""
        return min(SUSPICIOUS, 0.5 / len(self.apart))

    @property
    def of_one_person(self) -> np.ndarray:
        return np.asarray(self.apart[self.same])

    @property
    def of_different_people(self) -> np.ndarray:
        return np.asarray(self.apart[~self.same])

    def suspicions(self, limit: float) -> tuple[Suspicion, ...]:
        """Returns the pairs of people who are nearer than the limit, unless they are too many."""
        near = np.flatnonzero(~self.same & (self.apart <= limit))
        found: dict[tuple[int, int], float] = {}
        for pair in near[np.argsort(self.apart[near], kind="stable")].tolist():
            people = int(self.first[pair]), int(self.second[pair])
            found.setdefault(people, float(self.apart[pair]))
        if len({person for pair in found for person in pair}) > max(2, SUSPECTS * len(self.names)):
            return ()
        return tuple(
            Suspicion(self.names[one], self.names[other], apart)
            for (one, other), apart in found.items()
        )

    def without(self, suspicions: tuple[Suspicion, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Returns the distances of different people, and weights: each pair of people alike."""
        if len(self.names) == 2:
            suspicions = ()  # there is nobody else
        kept = ~self.same
        places = {name: place for place, name in enumerate(self.names)}
        for pair in suspicions:
            ends = places[pair.one], places[pair.other]
            kept &= ~((self.first == min(ends)) & (self.second == max(ends)))
        return self.apart[kept], self.weights[kept]
