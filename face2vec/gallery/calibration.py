"""Calibrates a gallery: thresholds for a wanted rate, by leaving people out in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from face2vec.distance import distance
from face2vec.gallery.store import key_of
from face2vec.records import Neighbour
from face2vec.thresholds import NO_LIMIT, Calibration, calibrate

ITSELF = "the gallery itself"
ENOUGH_PEOPLE = 3
ENOUGH_FACES = 20
MOST_FACES = 2000  # from which a calibration is made; more would cost time and say little


@dataclass(frozen=True)
class Calibrations:
    """Two thresholds, as two questions are asked.

    Attributes:
        identify: a face against everybody: how often would a stranger get somebody's name?
        verify: a photo against a photo: how often would two people count as one?
        source: what they were measured on.
    """

    identify: Calibration
    verify: Calibration
    source: str

    def as_dict(self) -> dict[str, object]:
        """Returns the figures as JSON has them."""
        return {
            "identify": self.identify.as_dict(),
            "verify": self.verify.as_dict(),
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, figures: Mapping[str, Any]) -> Calibrations:
        """Makes calibrations of what `as_dict` gave."""
        return cls(
            Calibration.from_dict(figures["identify"]),
            Calibration.from_dict(figures["verify"]),
            figures["source"],
        )


class Searcher(Protocol):
    """Anything that knows the nearest people: a store, or vectors in memory."""

    def nearest(self, queries: np.ndarray, count: int | None = None) -> list[list[Neighbour]]:
        """See `face2vec.gallery.store.Store`."""


def calibrated(
    vectors: Mapping[str, np.ndarray],
    searcher: Searcher,
    fmr: float,
    highest: float = NO_LIMIT,
    source: str = "",
) -> Calibrations | None:
    """Calibrates by leaving people out in turn.

    Each face is a stranger once, to a gallery without its person, and a known face once, to a
    gallery with the person's other photos.

    Args:
        vectors: (n, d) float32 of each person.
        searcher: knows all these people, and perhaps more.
        fmr: the wanted false-match rate.
        highest: the thresholds are never above it.
        source: a clause that says what the vectors are of.

    Returns:
        None where there are fewer than `ENOUGH_PEOPLE` people or `ENOUGH_FACES` faces.
    """
    faces = sum(map(len, vectors.values()))
    if len(vectors) < ENOUGH_PEOPLE or faces < ENOUGH_FACES:
        return None
    genuine = [_to_others(own) for own in vectors.values() if len(own) > 1]
    impostors = [_to_strangers(name, own, searcher) for name, own in vectors.items()]
    same, different = _pairs(list(vectors.values()))
    none = np.empty(0)
    return Calibrations(
        calibrate(
            np.concatenate([none, *genuine]), np.concatenate(impostors), fmr, len(vectors), highest
        ),
        calibrate(same, different, fmr, len(vectors), highest),
        source,
    )


def _to_others(own: np.ndarray) -> np.ndarray:
    """Distance of each of a person's faces to the person's others, as `Neighbour.distance`."""
    own = own.astype(np.float64)
    apart = distance(own[:, None], own[None])
    np.fill_diagonal(apart, np.inf)
    means = (own.sum(axis=0) - own) / (len(own) - 1)
    return np.asarray((apart.min(axis=1) + distance(own, means)) / 2)


def _to_strangers(name: str, own: np.ndarray, searcher: Searcher) -> np.ndarray:
    """Distance of each of a person's faces to the nearest other person."""
    return np.array(
        [
            next(n.distance for n in neighbours if key_of(n.name) != key_of(name))
            for neighbours in searcher.nearest(own, 2)
        ]
    )


def _pairs(people: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Distances between the faces of one person, and between those of different people."""
    vectors = np.concatenate(people).astype(np.float64)
    labels = np.repeat(np.arange(len(people)), [len(own) for own in people])
    first, second = np.triu_indices(len(vectors), 1)
    apart = np.concatenate(
        [distance(vectors[row + 1 :], vectors[row]) for row in range(len(vectors))]
    )
    same = labels[first] == labels[second]
    return apart[same], apart[~same]


def sample_people(
    counts: Mapping[str, int], fetch: Callable[[str], np.ndarray]
) -> dict[str, np.ndarray]:
    """Fetches the vectors of all people, or of so many, chosen evenly, as give `MOST_FACES`."""
    step = max(1, -(-sum(counts.values()) // MOST_FACES))
    return {name: fetch(name) for name in list(counts)[::step]}
