"""Labelled photos, read: photos with names in, faces and vectors of people out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from face2vec.photos.folders import LabelledPhotos, label_photos, people_to_train
from face2vec.progress import Progress, no_progress
from face2vec.reading.reader import Reader
from face2vec.records import Reading


@dataclass(frozen=True, eq=False)
class LabelledReadings:
    """Photos of which the person is known, and what each gave.

    A photo counts where it has one face that is meant (see `Reading.for_one_person`) and is of one
    of `people`; names, vectors and so on are those of the photos that count, in their order.

    Attributes:
        labelled: all photos and names.
        readings: of all photos, each for one person.
        reader: made the readings.
        people: those who count, sorted.
    """

    labelled: LabelledPhotos
    readings: tuple[Reading, ...]
    reader: Reader
    people: tuple[str, ...]

    @classmethod
    def of(
        cls, labelled: LabelledPhotos, reader: Reader, progress: Progress = no_progress
    ) -> LabelledReadings:
        """Reads labelled photos; everybody counts."""
        readings = [one.for_one_person() for one in reader.read_all(labelled.paths, progress)]
        return cls(labelled, tuple(readings), reader, tuple(labelled.people))

    def only(self, people: Iterable[str]) -> LabelledReadings:
        """Returns the same photos, of which those of some people count."""
        return replace(self, people=tuple(sorted(people)))

    @cached_property
    def _counting(self) -> list[int]:
        wanted = set(self.people)
        return [
            index
            for index, (name, reading) in enumerate(
                zip(self.labelled.names, self.readings, strict=True)
            )
            if reading.encodings and name in wanted
        ]

    @cached_property
    def names(self) -> list[str]:
        """The person on each photo that counts."""
        return [self.labelled.names[index] for index in self._counting]

    @cached_property
    def read(self) -> list[Reading]:
        """The reading of each photo that counts."""
        return [self.readings[index] for index in self._counting]

    @cached_property
    def truth(self) -> np.ndarray:
        """(n,) int, the person on each photo that counts, as an index of `people`."""
        places = {name: index for index, name in enumerate(self.people)}
        return np.array([places[name] for name in self.names], dtype=int)

    @cached_property
    def vectors(self) -> np.ndarray:
        """(n, d) float32, the largest face of each photo that counts."""
        rows = [reading.largest.vector for reading in self.read]
        length = self.reader.encoder.recipe["length"]
        return np.array(rows, dtype=np.float32).reshape(len(rows), length)

    def by_person(self) -> dict[str, np.ndarray]:
        """Returns the vectors of each person who has any, (photos, d) float32."""
        rows: dict[str, list[int]] = {}
        for row, name in enumerate(self.names):
            rows.setdefault(name, []).append(row)
        return {name: self.vectors[rows[name]] for name in self.people if name in rows}

    @property
    def digests_of(self) -> dict[str, tuple[str, ...]]:
        """The digests of everybody's photos, sorted, whether they count or not."""
        found: dict[str, set[str]] = {name: set() for name in self.labelled.people}
        for name, reading in zip(self.labelled.names, self.readings, strict=True):
            if reading.digest:  # else the file could not be read
                found[name].add(reading.digest)
        return {name: tuple(sorted(digests)) for name, digests in found.items()}

    def of_person(self, name: str) -> list[Reading]:
        """Returns the readings of all photos of a person, with a face or without."""
        pairs = zip(self.labelled.names, self.readings, strict=True)
        return [reading for of, reading in pairs if of == name]

    @property
    def without_face(self) -> list[tuple[str, Reading]]:
        """Name and reading of the photos that gave no face that is meant."""
        pairs = zip(self.labelled.names, self.readings, strict=True)
        return [(name, reading) for name, reading in pairs if reading.reason is not None]


def read_folder(folder: Path, reader: Reader, progress: Progress = no_progress) -> LabelledReadings:
    """Reads a folder of labelled photos.

    Raises:
        FolderError: the folder is missing or holds no photos.
    """
    return LabelledReadings.of(label_photos(Path(folder)), reader, progress)


def read_to_train(
    folder: Path, reader: Reader, progress: Progress = no_progress
) -> LabelledReadings:
    """Reads a folder to learn from: people with two photos with a face, or more, count.

    Raises:
        FolderError: the folder is missing or holds no photos.
        LabelError: fewer than two people with two photos each have a face.
    """
    labelled = label_photos(Path(folder))
    people_to_train(labelled.names, "photos")  # said before the photos are read, not after
    data = LabelledReadings.of(labelled, reader, progress)
    return data.only(people_to_train(data.names, "photos with a face"))
