"""Finds the faces of a photo, or the likeliest reason why there are none."""

from __future__ import annotations

from typing import NamedTuple

from face2vec import defaults
from face2vec.assets import CNN_MODEL, FRONTAL_CASCADE
from face2vec.detection import ladder
from face2vec.detection.engines import Engines
from face2vec.detection.landmarks import LandmarkModel
from face2vec.errors import OptionError
from face2vec.photos.photo import Photo
from face2vec.records import Face, Reason, Recipe

DETECTORS = ("ladder", "cnn")
VERSION = 5


class Detection(NamedTuple):
    """The faces from left to right; or none, the likeliest reason, and a sentence about it."""

    faces: list[Face]
    reason: Reason | None = None
    detail: str = ""


class Detector:
    """Finds faces and their landmarks.

    Args:
        landmark_model: fits the points.
        name: ``ladder``, or ``cnn`` for dlib's CNN alone.
        min_face: pixels of the side of the smallest face that counts.

    Raises:
        OptionError: there is no detector of this name.
    """

    def __init__(
        self,
        landmark_model: LandmarkModel,
        name: str = defaults.DETECTOR,
        min_face: int = defaults.MIN_FACE,
    ) -> None:
        if name not in DETECTORS:
            raise OptionError(f"there is no detector {name!r}: choose {' or '.join(DETECTORS)}.")
        self.landmark_model = landmark_model
        self.name = name
        self.min_face = min_face
        self._engines = Engines()

    @property
    def recipe(self) -> Recipe:
        """All that the result depends on, for cache keys."""
        return {
            "name": self.name,
            "version": VERSION,
            "min_face": self.min_face,
            "models": [FRONTAL_CASCADE, CNN_MODEL],
            "rungs": repr(ladder.RUNGS),
            "thresholds": [
                ladder.SURE,
                ladder.DOUBTFUL,
                ladder.STEADY,
                ladder.CONFIDENT,
                ladder.RESCUED,
                ladder.BARELY,
                ladder.LEAST_FINENESS,
            ],
            "cnn_confident": ladder.CNN_CONFIDENT,
            "sides": [
                ladder.STANDARD_SIDE,
                ladder.COARSE_SIDE,
                ladder.COARSE_SHARE,
                ladder.CNN_SIDE,
            ],
            "landmarks": self.landmark_model.recipe,
        }

    def find(self, photo: Photo) -> Detection:
        """Finds the faces.

        Raises:
            PhotoError: the photo cannot be decoded.
        """
        return self.outcome(self.search(photo))

    def search(self, photo: Photo) -> ladder.Search:
        """Looks for faces; returns what was seen, tried, accepted and refused on the way.

        Raises:
            PhotoError: the photo cannot be decoded.
        """
        search = ladder.Search(photo, self.landmark_model, self._engines, self.min_face)
        if self.name == "cnn":
            search.by_cnn()
        else:
            search.climb()
        return search

    def outcome(self, search: ladder.Search) -> Detection:
        """Returns the faces that a search accepted, or the likeliest reason why there are none."""
        if search.faces:
            return Detection(search.faces)
        from face2vec.detection.reasons import likeliest_reason  # only where it is needed

        reason, words = likeliest_reason(search.photo, self._engines, search.too_small)
        tried = f"tried {', '.join(search.tried)}"
        return Detection([], reason, f"{words}; {tried}" if words else tried)
