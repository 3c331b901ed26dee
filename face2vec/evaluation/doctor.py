"""Looks through a folder of labelled photos before training, and says what is wrong with it.

Nothing is changed. Names are checked with the encoder of galleries, `resnet`: what looks wrong to
it mostly is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from face2vec.errors import PhotoError
from face2vec.evaluation.names import (
    Finding,
    LabelledFaces,
    Limits,
    look_alikes,
    one_face_two_names,
    wrong_names,
)
from face2vec.evaluation.quality import (
    HASH_BITS,
    Quality,
    measure_quality,
    near_duplicates,
    perceptual_hash,
)
from face2vec.gallery.comparison import Comparison
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
FEW_PHOTOS = 5  # of a person, below which training is a gamble
LIMITS = Limits(one_person=0.3, unlike=float(DOCUMENTED["resnet"]))


@dataclass(frozen=True, eq=False)
class Examination:
    """All that was found in a folder.

    Attributes:
        labelled: the photos and the names.
        readings: what each photo gave.
        findings: what there is to say.
        distances: of each photo with a usable face, by its path: how far it is from the others of
            the same name; None where there are none.
    """

    labelled: LabelledPhotos
    readings: tuple[Reading, ...]
    findings: tuple[Finding, ...]
    distances: Mapping[str, float | None]

    @property
    def found(self) -> int:
        """How many photos have a usable face."""
        return len(self.distances)

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.wrong for finding in self.findings)

    @property
    def summary(self) -> list[str]:
        """Returns what was looked at, in sentences."""
        photos, people = len(self.labelled.paths), len(self.labelled.people)
        return [f"photos: {photos}, people: {people}, with a usable face: {self.found}"]

    def as_dict(self) -> dict[str, object]:
        """Returns the examination as JSON has it."""
        return {
            "healthy": self.healthy,
            "photos": len(self.labelled.paths),
            "found": self.found,
            "people": len(self.labelled.people),
            "findings": [finding.as_dict() for finding in self.findings],
        }


def examine(folder: Path, reader: Reader, progress: Progress = no_progress) -> Examination:
    """Examines a folder of labelled photos.

    Args:
        folder: a folder for each person, or names in the file names.
        reader: of the encoder `resnet`.
        progress: is told how many photos are read, of how many.

    Raises:
        FolderError: the folder is missing or holds no photos.
    """
    data = read_folder(folder, reader, progress)
    paths = [str(one.path) for one in data.read]
    comparison = Comparison(reader.encoder.ratio)
    faces = LabelledFaces(data.names, data.vectors, paths, comparison)
    seen = _look_at_all(data.read, reader.workers)
    findings = [
        *_without_face(data),
        *_too_few(data),
        *_bad_quality(faces, seen),
        *_duplicates(faces, data, seen),
        *wrong_names(faces, LIMITS),
        *one_face_two_names(faces, LIMITS),
        *look_alikes(faces, LIMITS),
    ]
    own = [faces.to_own(index) for index in range(len(faces.photos))]
    distances = {
        path: near.distance if near else None for path, near in zip(faces.photos, own, strict=True)
    }
    return Examination(data.labelled, data.readings, tuple(findings), distances)


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
    faces: LabelledFaces, looked_at: Sequence[tuple[Quality, np.ndarray] | None]
) -> list[Finding]:
    findings = []
    for index, seen in enumerate(looked_at):
        for kind, detail in _complaints(seen[0]) if seen else ():
            findings.append(
                Finding(kind, True, (faces.photos[index],), (faces.names[index],), detail)
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
    faces: LabelledFaces,
    data: LabelledReadings,
    looked_at: Sequence[tuple[Quality, np.ndarray] | None],
) -> list[Finding]:
    """Photos that are another of the same person over again; each is told once."""
    seen = [index for index, one in enumerate(looked_at) if one is not None]
    hashes = np.array([hashed for _, hashed in filter(None, looked_at)], dtype=bool).reshape(
        len(seen), HASH_BITS
    )
    findings, told = [], set()
    for first, second in near_duplicates(hashes, SAME_PHOTO_BITS):
        one, other = seen[first], seen[second]
        if faces.names[one] != faces.names[other] or other in told:
            continue  # the same face under two names says more
        apart = faces.apart(one, other)
        if apart <= SAME_PHOTO_DISTANCE:
            told.add(other)
            identical = data.read[one].digest == data.read[other].digest
            detail = "the same file" if identical else f"distance {apart:.3f}"
            photos = faces.photos[one], faces.photos[other]
            findings.append(Finding("near-duplicate", True, photos, (faces.names[one],), detail))
    return findings
