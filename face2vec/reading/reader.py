"""Photo in, reading out: find the faces, encode them, and remember both.

Faces and vectors are cached apart, so that a second encoder finds the faces already there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from face2vec import defaults
from face2vec.detection.detector import Detection, Detector
from face2vec.encoders.registry import ChipEncoder, Encoder
from face2vec.errors import Face2VecError, PhotoError
from face2vec.photos.photo import Photo
from face2vec.progress import Progress, no_progress
from face2vec.records import Box, Encoding, Face, Reading, Reason, Recipe, expect_shape
from face2vec.text import shown

if TYPE_CHECKING:  # a prediction remembers nothing unless it is told to
    from face2vec.reading.cache import Cache

logger = logging.getLogger(__name__)


TOGETHER = 4  # photos whose chips go through a network together: more are little quicker


class Reader:
    """Reads photos with one detector and one encoder.

    Args:
        detector: finds the faces.
        encoder: makes their vectors.
        cache: remembers both; None to remember nothing.
        workers: processes for many photos; None for one a core.
        max_bytes: of a file; a larger one is not read.
        subject: which face is meant in a photo of one person, one of `records.SUBJECTS`.
    """

    def __init__(
        self,
        detector: Detector,
        encoder: Encoder,
        cache: Cache | None = None,
        workers: int | None = None,
        max_bytes: int = defaults.MAX_BYTES,
        subject: str = defaults.SUBJECT,
    ) -> None:
        self.detector = detector
        self.encoder = encoder
        self.cache = cache
        self.workers = workers
        self.max_bytes = max_bytes
        self.subject = subject

    def read(self, path: Path) -> Reading:
        """Reads one photo; one that cannot be read gives a reading that says so."""
        return self.read_some([path])[0]

    def read_some(self, paths: Sequence[Path]) -> list[Reading]:
        """Reads a few photos, one after the other; their chips go through a network together."""
        prepared = [self._prepared(Path(path)) for path in paths]
        cut = [one for one in prepared if isinstance(one, _Cut)]
        encoded = iter(self._encoded(cut))
        return [next(encoded) if isinstance(one, _Cut) else one for one in prepared]

    def read_photo(self, photo: Photo, path: Path = Path()) -> Reading:
        """Reads a photo that is in memory.

        Raises:
            PhotoError: it cannot be decoded, or finding or encoding its faces failed.
        """
        prepared = self._prepared_photo(photo, path)
        if isinstance(prepared, Reading):
            return prepared
        with _fault_of(photo.name):
            (vectors,) = self._vectors([prepared])
        return self._remembered_anew(prepared, vectors)

    def read_all(self, paths: Sequence[Path], progress: Progress = no_progress) -> list[Reading]:
        """Reads many photos on all cores; the readings come in the order of `paths`.

        What is cached is looked up here: only the others are given to the workers.
        """
        from face2vec.reading.pool import map_together

        known = {index: self._look_up(path) for index, path in enumerate(paths)}
        readings = {index: reading for index, reading in known.items() if reading is not None}
        unread = [index for index in known if index not in readings]
        progress(len(readings), len(paths))
        todo = [paths[index] for index in unread]
        if todo:
            self.detector.landmark_model.prepare()
        read = map_together(self.read_some, todo, self.workers, together=TOGETHER, instead=_fatal)
        for position, reading in read:
            readings[unread[position]] = reading
            progress(len(readings), len(paths))
        return [readings[index] for index in range(len(paths))]

    @property
    def vector_recipe(self) -> dict[str, Recipe]:
        """What a vector depends on, once the face is found: what a model must agree with."""
        return {
            "landmarks": self.detector.landmark_model.recipe,
            "encoder": self.encoder.recipe,
        }

    @property
    def _recipes(self) -> tuple[Recipe, ...]:
        return self.detector.recipe, self.encoder.recipe

    def _look_up(self, path: Path) -> Reading | None:
        if self.cache is None:
            return None
        try:
            return self._remembered(Photo.open(path, self.max_bytes), Path(path))
        except PhotoError:
            return None

    def _remembered(self, photo: Photo, path: Path) -> Reading | None:
        if self.cache is None:
            return None
        digest = photo.digest
        detection = self.cache.get(digest, self._recipes[:1], _restored)
        if detection is None:
            return None
        shape = len(detection.faces), self.encoder.recipe["length"]
        vectors = self.cache.get(digest, self._recipes, lambda value: _vectors(value, shape))
        if vectors is None:
            return None
        return self._reading(path, digest, self._size(photo), detection, vectors)

    def _prepared(self, path: Path) -> Reading | _Cut:
        digest = ""
        try:
            photo = Photo.open(path, self.max_bytes)
            digest = photo.digest
            return self._prepared_photo(photo, path)
        except PhotoError as error:
            return Reading(path, digest, (), Reason.UNREADABLE, str(error))

    def _prepared_photo(self, photo: Photo, path: Path) -> Reading | _Cut:
        """Does all that a photo is needed for; it can be let go then."""
        known = self._remembered(photo, path)
        if known:
            return known
        with _fault_of(photo.name):
            detection = self._find(photo)
            if isinstance(self.encoder, ChipEncoder):
                chips = self.encoder.cut(photo, detection.faces)
                return _Cut(path, photo.digest, self._size(photo), detection, chips)
            vectors = _finite(self.encoder.encode(photo, detection.faces))
        self._remember(photo.digest, self._recipes, vectors)
        return self._reading(path, photo.digest, self._size(photo), detection, vectors)

    def _encoded(self, cut: Sequence[_Cut]) -> list[Reading]:
        """Encodes the chips of a few photos together; where that fails, of each by itself."""
        try:
            vectors = self._vectors(cut)
        except Face2VecError:
            raise
        except Exception as error:
            if len(cut) > 1:
                return [reading for one in cut for reading in self._encoded([one])]
            detail = f"{shown(cut[0].path)} cannot be encoded: {shown(error)}."
            return [Reading(cut[0].path, cut[0].digest, (), Reason.UNREADABLE, detail)]
        return [self._remembered_anew(one, own) for one, own in zip(cut, vectors, strict=True)]

    def _vectors(self, cut: Sequence[_Cut]) -> list[np.ndarray]:
        if not cut or not isinstance(self.encoder, ChipEncoder):
            return []
        return [_finite(own) for own in self.encoder.encode_chips([one.chips for one in cut])]

    def _remembered_anew(self, cut: _Cut, vectors: np.ndarray) -> Reading:
        self._remember(cut.digest, self._recipes, vectors)
        return self._reading(cut.path, cut.digest, cut.size, cut.detection, vectors)

    def _reading(
        self,
        path: Path,
        digest: str,
        size: tuple[int, int],
        detection: Detection,
        vectors: np.ndarray,
    ) -> Reading:
        faces, reason, words = detection
        encodings = tuple(
            Encoding(face, vector) for face, vector in zip(faces, vectors, strict=True)
        )
        detail = "" if reason is None else f"{reason.value} in {shown(path)} ({words})"
        return Reading(path, digest, encodings, reason, detail, size, self.subject)

    def _size(self, photo: Photo) -> tuple[int, int]:
        """The photo's size where it is asked for: that takes decoding, also of a cached photo."""
        return photo.size if self.subject == "central" else (0, 0)

    def _find(self, photo: Photo) -> Detection:
        if self.cache:
            detection = self.cache.get(photo.digest, self._recipes[:1], _restored)
            if detection is not None:
                return detection
        detection = self.detector.find(photo)
        self._remember(photo.digest, self._recipes[:1], _plain(detection))
        return detection

    def _remember(self, digest: str, recipes: tuple[Recipe, ...], value: object) -> None:
        if self.cache:
            self.cache.put(digest, recipes, value)


class _Cut(NamedTuple):
    """A photo whose faces have been found and cut out, and are still to be encoded."""

    path: Path
    digest: str
    size: tuple[int, int]
    detection: Detection
    chips: np.ndarray


@contextmanager
def _fault_of(name: str) -> Iterator[None]:
    """Takes whatever a decoder, dlib or OpenCV raises for a fault of this photo, not of the run."""
    try:
        yield
    except Face2VecError:
        raise
    except Exception as error:
        logger.debug("%s", name, exc_info=error)
        what = shown(error).split("\\n")[0] or type(error).__name__
        raise PhotoError(f"{name} cannot be read as a photo: {what}.") from error


def _finite(vectors: np.ndarray) -> np.ndarray:
    if not np.isfinite(vectors).all():
        raise ValueError("its faces gave a vector with NaN")
    return vectors


def _fatal(path: Path) -> Reading:
    detail = (
        f"{shown(path)} ended the process that read it, twice: "
        "it may need more memory than there is."
    )
    return Reading(Path(path), "", (), Reason.UNREADABLE, detail)


def _plain(detection: Detection) -> dict[str, object]:
    return {
        "reason": detection.reason and detection.reason.value,
        "detail": detection.detail,
        "faces": [(face.box.as_dict(), face.landmarks, face.found_by) for face in detection.faces],
    }


def _vectors(value: object, shape: tuple[int, Any]) -> np.ndarray:
    """Raises ValueError unless a cache entry holds a vector for each face."""
    vectors = np.asarray(value)
    if vectors.dtype != np.float32:
        raise ValueError(f"expected float32 vectors, got {vectors.dtype}")
    expect_shape("vectors", vectors, shape)
    return vectors


def _restored(plain: Mapping[str, Any]) -> Detection:
    faces = [Face(Box(**box), landmarks, found_by) for box, landmarks, found_by in plain["faces"]]
    reason = None if plain["reason"] is None else Reason(plain["reason"])
    if bool(faces) == (reason is not None) or not isinstance(plain["detail"], str):
        raise ValueError("expected either faces or a reason")
    if not all(isinstance(face.found_by, str) for face in faces):
        raise ValueError("expected how each face was found")
    return Detection(faces, reason, plain["detail"])
