"""Looks through a folder of labelled photos before training, and says what is wrong with it.

Nothing is changed. Names are checked with the encoder of galleries, `resnet`: what looks wrong to
it mostly is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from face2vec.distance import distance
from face2vec.errors import PhotoError
from face2vec.evaluation.quality import (
    HASH_BITS,
    Quality,
    measure_quality,
    near_duplicates,
    perceptual_hash,
)
from face2vec.gallery.nearest import PeopleMatrix, neighbour
from face2vec.photos.folders import PHOTOS_NEEDED, LabelledPhotos
from face2vec.photos.photo import Photo
from face2vec.progress import Progress, no_progress
from face2vec.reading.labelled import LabelledReadings, read_folder
from face2vec.reading.pool import map_all
from face2vec.reading.reader import Reader
from face2vec.records import Box, Reading
from face2vec.thresholds import DOCUMENTED

SMALLEST = 40  # pixels of a face's box
DARKEST = 50.0  # mean grey
FLATTEST = 30.0  # grey levels of contrast
BLURRED = 0.012  # sharpness; faces blurred by 2 % of their side are below
SAME_PHOTO_BITS = 8  # of the hash that two versions of one photo may differ in
SAME_PHOTO_DISTANCE = 0.2  # and how far their encodings may be apart
SAME_FACE = 0.3  # distance below which two photos show one person, whatever their names say
FEW_PHOTOS = 5  # of a person, below which training is a gamble
LOOK_ALIKES_SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """Something about a folder.

    Attributes:
        kind: a few words, the same for all findings of a kind.
        wrong: whether it should be put right before training; otherwise it is worth knowing.
        photos: the photos that it is about; empty where it is about people.
        people: the people that it is about.
        detail: a clause with the figures.
    """

    kind: str
    wrong: bool
    photos: tuple[str, ...]
    people: tuple[str, ...]
    detail: str

    def as_dict(self) -> dict[str, object]:
        """Returns the finding as JSON has it."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Examination:
    """All that was found in a folder."""

    labelled: LabelledPhotos
    found: int
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.wrong for finding in self.findings)


def examine(folder: Path, reader: Reader, progress: Progress = no_progress) -> Examination:
    """Examines a folder of labelled photos.

    Args:
        folder: a folder for each person, or names in the file names.
        reader: of the encoder `resnet`.
        progress: is told how many photos are read, of how many.

    Raises:
        FolderError: the folder is missing or holds no photos.
    """
    faces = _Faces(read_folder(folder, reader, progress))
    seen = _look_at_all(faces.data.read, reader.workers)
    findings = [
        *_without_face(faces.data),
        *_too_few(faces.data),
        *_bad_quality(faces, seen),
        *_duplicates(faces, seen),
        *_wrong_names(faces),
        *_one_face_two_names(faces),
        *_look_alikes(faces),
    ]
    return Examination(faces.data.labelled, len(faces.names), tuple(findings))


class _Faces:
    """The photos with a face, and how far each is from its owner's others and from other people."""

    def __init__(self, data: LabelledReadings) -> None:
        self.data = data
        self.names = data.names
        self.vectors = data.vectors
        self.matrix = PeopleMatrix.of_people(data.by_person())

    def path(self, index: int) -> str:
        return str(self.data.read[index].path)

    def apart(self, one: int, other: int) -> float:
        return float(distance(self.vectors[one], self.vectors[other]))

    def to_own(self, index: int) -> float | None:
        """Distance to the others of the same name; None where there are none."""
        others = [
            i for i, name in enumerate(self.names) if name == self.names[index] and i != index
        ]
        if not others:
            return None
        return neighbour("", self.vectors[others], self.vectors[index]).distance

    def nearest_other(self, index: int) -> tuple[str, float] | None:
        """The nearest person of another name."""
        found = self.matrix.nearest(self.vectors[index : index + 1], 2)[0]
        other = next((one for one in found if one.name != self.names[index]), None)
        return (other.name, other.distance) if other else None


def _look_at_all(
    readings: Sequence[Reading], workers: int | None
) -> list[tuple[Quality, np.ndarray] | None]:
    items = [(reading.path, reading.largest.face.box) for reading in readings]
    looked: list[tuple[Quality, np.ndarray] | None] = [None] * len(items)
    for index, seen in map_all(_look_at, items, workers):
        looked[index] = seen
    return looked


def _look_at(item: tuple[Path, Box]) -> tuple[Quality, np.ndarray] | None:
    path, box = item
    try:
        grey = Photo.open(path).grey
    except PhotoError:
        return None  # it was there a moment ago; that it is gone is said at the next reading
    return measure_quality(grey, box), perceptual_hash(grey)


def _without_face(data: LabelledReadings) -> list[Finding]:
    return [
        Finding("no usable face", True, (str(reading.path),), (name,), reading.detail)
        for name, reading in data.without_face
    ]


def _too_few(data: LabelledReadings) -> list[Finding]:
    counts = Counter(data.names)
    return [
        Finding(
            "few photos",
            counts[name] < PHOTOS_NEEDED,
            (),
            (name,),
            f"{counts[name]} with a face; {PHOTOS_NEEDED} are needed and {FEW_PHOTOS} are better",
        )
        for name in data.people
        if counts[name] < FEW_PHOTOS
    ]


def _bad_quality(
    faces: _Faces, looked_at: Sequence[tuple[Quality, np.ndarray] | None]
) -> list[Finding]:
    findings = []
    for index, seen in enumerate(looked_at):
        for kind, detail in _complaints(seen[0]) if seen else ():
            findings.append(
                Finding(kind, True, (faces.path(index),), (faces.names[index],), detail)
            )
    return findings


def _complaints(quality: Quality) -> list[tuple[str, str]]:
    complaints = []
    if quality.size < SMALLEST:
        complaints.append(("small face", f"{quality.size} pixels, at least {SMALLEST} are better"))
    elif quality.sharpness < BLURRED:  # a small face is blurred by itself
        complaints.append(("blurred face", f"sharpness {quality.sharpness:.3f}"))
    if quality.brightness < DARKEST:
        complaints.append(("dark face", f"mean grey {quality.brightness:.0f} of 255"))
    elif quality.contrast < FLATTEST:
        complaints.append(("flat face", f"contrast {quality.contrast:.0f} of 255"))
    return complaints


def _duplicates(
    faces: _Faces, looked_at: Sequence[tuple[Quality, np.ndarray] | None]
) -> list[Finding]:
    seen = [index for index, one in enumerate(looked_at) if one is not None]
    hashes = np.array([hashed for _, hashed in filter(None, looked_at)], dtype=bool).reshape(
        len(seen), HASH_BITS
    )
    findings = []
    for first, second in near_duplicates(hashes, SAME_PHOTO_BITS):
        one, other = seen[first], seen[second]
        if faces.names[one] != faces.names[other]:
            continue  # the same face under two names, which says more
        if faces.apart(one, other) <= SAME_PHOTO_DISTANCE:
            identical = faces.data.read[one].digest == faces.data.read[other].digest
            findings.append(
                Finding(
                    "near-duplicate",
                    True,
                    (faces.path(one), faces.path(other)),
                    (faces.names[one],),
                    "the same file" if identical else f"distance {faces.apart(one, other):.3f}",
                )
            )
    return findings


def _wrong_names(faces: _Faces) -> list[Finding]:
    """Photos that are nearer to somebody else, or far from all others of their name."""
    findings = []
    for index, name in enumerate(faces.names):
        own, other = faces.to_own(index), faces.nearest_other(index)
        if own is None:
            continue
        if other and other[1] < own:
            detail = f"distance {own:.3f} to {name}, {other[1]:.3f} to {other[0]}"
            findings.append(
                Finding("wrong name?", True, (faces.path(index),), (name, other[0]), detail)
            )
        elif own > DOCUMENTED["resnet"]:
            detail = f"distance {own:.3f} to the others"
            findings.append(
                Finding("unlike the others", True, (faces.path(index),), (name,), detail)
            )
    return findings


def _one_face_two_names(faces: _Faces) -> list[Finding]:
    apart = distance(faces.vectors[:, None], faces.vectors[None])
    names = np.array(faces.names)
    close = np.triu(apart < SAME_FACE, 1) & (names[:, None] != names[None])
    return [
        Finding(
            "one face, two names",
            True,
            (faces.path(one), faces.path(other)),
            (faces.names[one], faces.names[other]),
            f"distance {apart[one, other]:.3f}",
        )
        for one, other in zip(*(axis.tolist() for axis in np.nonzero(close)), strict=True)
    ]


def _look_alikes(faces: _Faces) -> list[Finding]:
    """The pairs of people who are nearest to each other, if they could be taken for one another."""
    people = faces.matrix.people()
    means = {name: own.mean(axis=0) for name, own in people.items()}
    pairs = sorted(
        (float(distance(means[one], means[other])), one, other)
        for one, other in combinations(people, 2)
    )
    return [
        Finding("look-alikes", False, (), (one, other), f"distance of their means {distance:.3f}")
        for distance, one, other in pairs[:LOOK_ALIKES_SHOWN]
        if distance <= DOCUMENTED["resnet"]
    ]
