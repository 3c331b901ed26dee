"""Photo in, reading out: find the faces, encode them, and remember both.

Faces and vectors are cached apart, so that a second encoder finds the faces already there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from face2vec.detection.detector import DEFAULT_DETECTOR, Detector, Finding
from face2vec.detection.landmarks import LandmarkModel
from face2vec.encoders.registry import DEFAULT_ENCODER, DEFAULT_FITS, Encoder, make_encoder
from face2vec.errors import PhotoError
from face2vec.photos.photo import Photo
from face2vec.reading.cache import Cache
from face2vec.reading.pool import map_all
from face2vec.records import Box, Encoding, Face, Reading, Reason

Progress = Callable[[int, int], None]  # is told how many are done, of how many


def no_progress(done: int, of: int) -> None:
    """Tells nobody."""


class Reader:
    """Reads photos with one detector and one encoder.

    Args:
        detector: finds the faces.
        encoder: makes their vectors.
        cache: remembers both; None to remember nothing.
        workers: processes for many photos; None for one a core.
    """

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        cache: Cache | None = None,
        workers: int | None = None,
    ) -> None:
        self.detector = detector
        self.encoder = encoder
        self.cache = cache
        self.workers = workers

    def read(self, path: Path) -> Reading:
        """Reads one photo; one that cannot be read gives a reading that says so."""
        digest = ""
        try:
            photo = Photo.open(path)
            digest = photo.digest
            return self.read_photo(photo, Path(path))
        except PhotoError as error:
            return Reading(Path(path), digest, (), Reason.UNREADABLE, str(error))

    def read_photo(self, photo: Photo, path: Path = Path()) -> Reading:
        """Reads a photo that is in memory.

        Raises:
            PhotoError: it cannot be decoded.
        """
        cached = self._remembered(photo.digest, path)
        if cached:
            return cached
        finding = self._find(photo)
        vectors = self.encoder.encode(photo, finding.faces)
        self._remember(photo.digest, self._recipes, vectors)
        return _reading(path, photo.digest, finding, vectors)

    def read_all(
        self, paths: Sequence[Path], progress: Progress = no_progress
    ) -> list[Reading]:
        """Reads many photos on all cores; the readings come in the order of `paths`.

        What is cached is looked up here: only the others are given to the workers.
        """
        readings = {index: self._look_up(path) for index, path in enumerate(paths)}
        unread = [index for index, reading in readings.items() if reading is None]
        done = len(paths) - len(unread)
        progress(done, len(paths))
        todo = [paths[index] for index in unread]
        for position, reading in map_all(self.read, todo, self.workers, instead=_fatal):
            readings[unread[position]] = reading
            done += 1
            progress(done, len(paths))
        return [readings[index] for index in range(len(paths))]

    @property
    def vector_recipe(self) -> dict[str, dict[str, object]]:
        """What a vector depends on, once the face is found: what a model must agree with."""
        return {
            "landmarks": self.detector.landmark_model.recipe,
            "encoder": self.encoder.recipe,
        }

    @property
    def _recipes(self) -> tuple[dict[str, object], ...]:
        return self.detector.recipe, self.encoder.recipe

    def _look_up(self, path: Path) -> Reading | None:
        if self.cache is None:
            return None
        try:
            return self._remembered(Photo.open(path).digest, Path(path))
        except PhotoError:
            return None

    def _remembered(self, digest: str, path: Path) -> Reading | None:
        if self.cache is None:
            return None
        finding = self.cache.get(digest, self._recipes[:1], _restored)
        if finding is None:
            return None
        vectors = self.cache.get(digest, self._recipes, np.asarray)
        return None if vectors is None else _reading(path, digest, finding, vectors)

    def _find(self, photo: Photo) -> Finding:
        if self.cache:
            finding = self.cache.get(photo.digest, self._recipes[:1], _restored)
            if finding is not None:
                return finding
        finding = self.detector.find(photo)
        self._remember(photo.digest, self._recipes[:1], _plain(finding))
        return finding

    def _remember(self, digest: str, recipes: tuple[dict[str, object], ...], value: object) -> None:
        if self.cache:
            self.cache.put(digest, recipes, value)


def make_reader(
    encoder: str = DEFAULT_ENCODER,
    *,
    fits: int = DEFAULT_FITS,
    prior: Path | None = None,
    jitter: int = 1,
    weights: Path | None = None,
    cache: Path | None = None,
    detector: str = DEFAULT_DETECTOR,
    min_face: int = 0,
    landmark_model: Path | None = None,
    workers: int | None = None,
) -> Reader:
    """Returns a reader of photos.

    Args:
        encoder: name of the encoder.
        fits: how often `landmarks` fits a face's points; it takes their mean.
        prior: another prior file than the shipped one.
        jitter: chips of each face whose vectors `resnet` averages.
        weights: the Keras model of `facenet`.
        cache: folder that remembers faces and vectors; None to remember nothing.
        detector: how faces are found, ``ladder`` or ``cnn``.
        min_face: pixels of the side of the smallest face that counts.
        landmark_model: another 68-point model file than that of `face_recognition_models`.
        workers: processes for many photos; None for one a core.

    Raises:
        OptionError: there is no such encoder or detector, or it cannot take these options.
    """
    points = LandmarkModel(landmark_model)
    finder = Detector(points, detector, min_face)
    made = make_encoder(encoder, points, fits, prior, jitter=jitter, weights=weights)
    return Reader(finder, made, Cache(cache) if cache else None, workers)


def _fatal(path: Path) -> Reading:
    detail = f"{path} ended the process that read it, twice: it may need more memory than there is."
    return Reading(Path(path), "", (), Reason.UNREADABLE, detail)


def _reading(path: Path, digest: str, finding: Finding, vectors: np.ndarray) -> Reading:
    faces, reason, words = finding
    encodings = tuple(Encoding(face, vector) for face, vector in zip(faces, vectors, strict=True))
    detail = "" if reason is None else f"{reason.value} in {path} ({words})"
    return Reading(path, digest, encodings, reason, detail)


def _plain(finding: Finding) -> dict[str, object]:
    return {
        "reason": finding.reason and finding.reason.value,
        "detail": finding.detail,
        "faces": [(face.box.as_dict(), face.landmarks, face.found_by) for face in finding.faces],
    }


def _restored(plain: object) -> Finding:
    faces = [
        Face(Box(**box), landmarks, found_by) for box, landmarks, found_by in plain["faces"]
    ]
    reason = None if plain["reason"] is None else Reason(plain["reason"])
    return Finding(faces, reason, plain["detail"])
