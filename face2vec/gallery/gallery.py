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

import numpy as np

from face2vec import defaults
from face2vec.decisions import DistanceThreshold, decide
from face2vec.distance import distance
from face2vec.encoders.registry import difference
from face2vec.errors import GalleryError
from face2vec.gallery.calibration import ITSELF, Calibrations, calibrated, sample_people
from face2vec.gallery.nearest import neighbour
from face2vec.gallery.store import Person, Source, Store
from face2vec.records import (
    Encoding,
    Identification,
    Match,
    Neighbour,
    Reading,
    Recipe,
    Verification,
)
from face2vec.thresholds import DOCUMENTED, NO_LIMIT, STAND_IN, Calibration


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
        self, store: Store, recipe: Mapping[str, Recipe], threshold: float | None = None
    ) -> None:
        self.store = store
        self.recipe = json.loads(json.dumps(recipe))
        self._threshold = None if threshold is None else DistanceThreshold(threshold)
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
    def threshold(self) -> DistanceThreshold:
        """The distance up to which a face gets a name.

        Raises:
            GalleryError: none is calibrated, and none is documented for the encoder.
        """
        kept = self.calibrations
        return self._chosen(kept.identify if kept else None)

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
        neighbours = iter(self._nearest(encodings, max(count, 2)))
        threshold = self.threshold if encodings else NO_LIMIT
        identified = []
        for reading in readings:
            near = [next(neighbours) for _ in reading.encodings]
            faces = _matches(reading.encodings, near, threshold, twins)
            identified.append(Identification(reading.path, faces, reading.reason, reading.detail))
        return identified

    def verify(self, encoding: Encoding, name: str) -> Verification:
        """Says whether a face is that of an enrolled person.

        Raises:
            GalleryError: nobody of this name is enrolled, or there is no threshold.
        """
        apart = neighbour(name, self.store.encodings(name), encoding.vector).distance
        kept = self.calibrations
        return self._verified(apart, kept.identify if kept else None)

    def compare(self, one: Encoding, other: Encoding) -> Verification:
        """Says whether two faces are of one person.

        Raises:
            GalleryError: there is no threshold.
        """
        kept = self.calibrations
        apart = float(distance(one.vector, other.vector))
        return self._verified(apart, kept.verify if kept else None)

    def keep(self, calibrations: Calibrations | None) -> None:
        """Stores calibrations with the gallery; None forgets them."""
        self.store.set(
            "calibration", calibrations and {"recipe": self.recipe, **calibrations.as_dict()}
        )

    def calibrate_itself(self, fmr: float = defaults.FMR) -> Calibrations | None:
        """Calibrates on the enrolled people and keeps it; returns None where they are too few.

        A calibration that was made on a folder is better informed, and stays as it is.
        """
        kept = self.calibrations
        if kept is not None and kept.source != ITSELF:
            return None
        vectors = sample_people(
            {p.name: len(p.photos) for p in self.people()}, self.store.encodings
        )
        made = calibrated(vectors, self.store, fmr, self.highest, ITSELF)
        if made is not None:
            self.keep(made)
        return made

    @property
    def highest(self) -> DistanceThreshold:
        """The documented threshold, above which no calibration goes; infinite where none is."""
        return DOCUMENTED.get(self.recipe["encoder"]["name"], NO_LIMIT)

    def _chosen(self, calibration: Calibration | None) -> DistanceThreshold:
        if self._threshold is not None:
            return self._threshold
        if calibration is not None:
            return DistanceThreshold(calibration.threshold)
        encoder = self.recipe["encoder"]["name"]
        if encoder not in STAND_IN:
            raise GalleryError(
                f"no threshold is known for the encoder {encoder}: "
                "find one with 'face2vec calibrate FOLDER', or give one with --threshold."
            )
        return STAND_IN[encoder]

    def _verified(self, apart: float, calibration: Calibration | None) -> Verification:
        threshold = self._chosen(calibration)
        fmr = None
        if calibration is not None and threshold == calibration.threshold:
            fmr = calibration.fmr_bound
        return Verification(threshold.accepts(apart), apart, threshold, fmr)

    def _nearest(self, encodings: Sequence[Encoding], count: int) -> list[list[Neighbour]]:
        if not encodings:
            return []
        return self.store.nearest(np.array([encoding.vector for encoding in encodings]), count)


def _matches(
    encodings: Sequence[Encoding],
    near: Sequence[Sequence[Neighbour]],
    threshold: DistanceThreshold,
    twins: bool,
) -> tuple[Match, ...]:
    """Decides for the faces of one photo, each with the people nearest to it."""
    best = [(people[0].name, people[0].distance) if people else None for people in near]
    return tuple(
        Match(
            box=encoding.face.box,
            found_by=encoding.face.found_by,
            name=decision.name,
            threshold=threshold,
            neighbours=tuple(people),
            conflict=decision.conflict,
        )
        for encoding, people, decision in zip(
            encodings, near, decide(best, threshold, twins=twins), strict=True
        )
    )
