"""Enrolled people and the answers about them: who is this, is this really them, or nobody known?

A face gets a name only where the nearest person is within the threshold; all others are unknown.
The threshold is calibrated for a wanted rate of strangers who get a name; where it is not, that of
the encoder's makers stands in, as a start.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from face2vec.conflicts import once_each
from face2vec.encoders.registry import difference
from face2vec.errors import GalleryError
from face2vec.gallery.nearest import neighbour
from face2vec.gallery.store import Person, Source, Store, key_of
from face2vec.records import (
    Encoding,
    Identification,
    Match,
    Neighbour,
    Reading,
    Verification,
)
from face2vec.thresholds import Calibration, calibrate

DOCUMENTED = {"resnet": 0.6}  # King, 2017
# Until a calibration. With `landmarks`, at most 1 % of the pairs of two people are as near, on two
# folders, each with a prior of the other (tests/test_real_photos.py).
STAND_IN = DOCUMENTED | {"landmarks": 7.5}
DEFAULT_FMR = 0.01
ENOUGH_PEOPLE = 3
ENOUGH_FACES = 20
MOST_FACES = 2000  # from which a calibration is made; more would cost time and say little


@dataclass(frozen=True)
class Enrolment:
    """What became of the photos that were to be enrolled.

    Attributes:
        added: encodings that are new in the gallery.
        known: photos that the person had already.
        crowded: photos with several faces, of which the largest was taken.
        without_face: path and reason of the photos that gave nothing.
    """

    name: str
    added: int
    known: int
    crowded: tuple[Path, ...]
    without_face: tuple[tuple[Path, str], ...]


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
    def from_dict(cls, figures: dict[str, object]) -> Calibrations:
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


class Gallery:
    """A store of people with one encoder's recipe and a threshold.

    Args:
        store: where the people are.
        recipe: what makes the vectors of the faces that are asked about.
        threshold: distance up to which a face gets a name; None for the calibrated one.

    Raises:
        GalleryError: the store's vectors are of another recipe.
    """

    def __init__(
        self, store: Store, recipe: Mapping[str, object], threshold: float | None = None
    ) -> None:
        self.store = store
        self.recipe = json.loads(json.dumps(recipe))
        self._threshold = threshold
        if store.recipe not in (None, self.recipe):
            raise GalleryError(
                f"the gallery {store.url} was made with {difference(store.recipe, self.recipe)}: "
                "give that, or use another gallery."
            )

    @property
    def calibrations(self) -> Calibrations | None:
        """The calibrations that are kept with the gallery, if they are of its recipe."""
        kept = self.store.settings.get("calibration")
        if kept is None or kept["recipe"] != self.recipe:
            return None
        return Calibrations.from_dict(kept)

    @property
    def threshold(self) -> float:
        """The distance up to which a face gets a name.

        Raises:
            GalleryError: none is calibrated, and none is documented for the encoder.
        """
        kept = self.calibrations
        return self._chosen(kept and kept.identify)

    def people(self) -> list[Person]:
        """Returns the people, sorted by name."""
        return self.store.people()

    def enrol(self, name: str, readings: Sequence[Reading]) -> Enrolment:
        """Adds the largest face of each photo to a person; what it returns from is on the disk.

        A photo in which another face is about as large as the largest is left out.

        Raises:
            GalleryError: a name without letters, or vectors of another recipe.
        """
        readings = [reading.for_one_person() for reading in readings]
        read = [reading for reading in readings if reading.encodings]
        added = 0
        if read:
            added = self.store.add(
                name,
                np.array([reading.largest.vector for reading in read], dtype=np.float32),
                [Source(reading.digest, str(reading.path.absolute())) for reading in read],
                self.recipe,
            )
        return Enrolment(
            name,
            added,
            len(read) - added,
            tuple(reading.path for reading in read if len(reading.encodings) > 1),
            tuple((reading.path, reading.detail) for reading in readings if reading.reason),
        )

    def identify(
        self, readings: Sequence[Reading], *, count: int = 2, twins: bool = False
    ) -> list[Identification]:
        """Names every face of every photo, or says that it is unknown.

        Args:
            count: how many people to give for each face, nearest first.
            twins: whether one person may be in a photo twice (mirrors, collages).

        Raises:
            GalleryError: there is no threshold.
        """
        encodings = [encoding for reading in readings for encoding in reading.encodings]
        answers = iter(self._matches(encodings, count))
        identified = []
        for reading in readings:
            faces = tuple(next(answers) for _ in reading.encodings)
            if not twins:
                faces = once_each(faces, key=lambda face: face.distance)
            identified.append(Identification(reading.path, faces, reading.reason, reading.detail))
        return identified

    def verify(self, encoding: Encoding, name: str) -> Verification:
        """Says whether a face is that of an enrolled person.

        Raises:
            GalleryError: nobody of this name is enrolled, or there is no threshold.
        """
        distance = neighbour(name, self.store.encodings(name), encoding.vector).distance
        kept = self.calibrations
        return self._verified(distance, kept and kept.identify)

    def compare(self, one: Encoding, other: Encoding) -> Verification:
        """Says whether two faces are of one person.

        Raises:
            GalleryError: there is no threshold.
        """
        distance = float(np.linalg.norm(one.vector.astype(np.float64) - other.vector))
        kept = self.calibrations
        return self._verified(distance, kept and kept.verify)

    def keep(self, calibrations: Calibrations | None) -> None:
        """Stores calibrations with the gallery; None forgets them."""
        self.store.set(
            "calibration", calibrations and {"recipe": self.recipe, **calibrations.as_dict()}
        )

    def calibrate_itself(self, fmr: float = DEFAULT_FMR) -> Calibrations | None:
        """Calibrates on the enrolled people and keeps it; returns None where they are too few.

        A calibration that was made on a folder is better informed, and stays as it is.
        """
        kept = self.calibrations
        if kept is not None and kept.source != ITSELF:
            return None
        vectors = _sample({p.name: len(p.photos) for p in self.people()}, self.store.encodings)
        made = calibrated(vectors, self.store, fmr, self.highest, ITSELF)
        if made is not None:
            self.keep(made)
        return made

    @property
    def highest(self) -> float:
        """The documented threshold, above which no calibration goes; infinite where none is."""
        return DOCUMENTED.get(self.recipe["encoder"]["name"], np.inf)

    def _chosen(self, calibration: Calibration | None) -> float:
        if self._threshold is not None:
            return self._threshold
        if calibration is not None:
            return calibration.threshold
        encoder = self.recipe["encoder"]["name"]
        if encoder not in STAND_IN:
            raise GalleryError(
                f"no threshold is known for the encoder {encoder}: "
                "find one with 'face2vec calibrate FOLDER', or give one with --threshold."
            )
        return STAND_IN[encoder]

    def _verified(self, distance: float, calibration: Calibration | None) -> Verification:
        threshold = self._chosen(calibration)
        known = calibration is not None and threshold == calibration.threshold
        return Verification(
            distance <= threshold, distance, threshold, calibration.fmr_bound if known else None
        )

    def _matches(self, encodings: Sequence[Encoding], count: int) -> list[Match]:
        if not encodings:
            return []
        threshold = self.threshold
        vectors = np.array([encoding.vector for encoding in encodings])
        matches = []
        for encoding, neighbours in zip(
            encodings, self.store.nearest(vectors, max(count, 2)), strict=True
        ):
            near = neighbours and neighbours[0].distance <= threshold
            matches.append(Match(
                encoding.face.box,
                encoding.face.found_by,
                neighbours[0].name if near else None,
                threshold,
                tuple(neighbours),
            ))
        return matches


ITSELF = "the gallery itself"


def calibrated(
    vectors: Mapping[str, np.ndarray],
    searcher: Searcher,
    fmr: float,
    highest: float = np.inf,
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
    apart = np.linalg.norm(own[:, None] - own[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    means = (own.sum(axis=0) - own) / (len(own) - 1)
    return (apart.min(axis=1) + np.linalg.norm(own - means, axis=1)) / 2


def _to_strangers(name: str, own: np.ndarray, searcher: Searcher) -> np.ndarray:
    """Distance of each of a person's faces to the nearest other person."""
    return np.array([
        next(n.distance for n in neighbours if key_of(n.name) != key_of(name))
        for neighbours in searcher.nearest(own, 2)
    ])


def _pairs(people: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Distances between the faces of one person, and between those of different people."""
    vectors = np.concatenate(people).astype(np.float64)
    labels = np.repeat(np.arange(len(people)), [len(own) for own in people])
    first, second = np.triu_indices(len(vectors), 1)
    apart = np.concatenate([
        np.linalg.norm(vectors[row + 1 :] - vectors[row], axis=1) for row in range(len(vectors))
    ])
    same = labels[first] == labels[second]
    return apart[same], apart[~same]


def _sample(counts: Mapping[str, int], fetch: object) -> dict[str, np.ndarray]:
    """Fetches the vectors of all people, or of so many, chosen evenly, as give `MOST_FACES`."""
    step = max(1, -(-sum(counts.values()) // MOST_FACES))
    return {name: fetch(name) for name in list(counts)[::step]}
