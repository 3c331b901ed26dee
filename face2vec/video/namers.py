"""Who is known: a gallery, also one that is made meanwhile, or a trained model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from face2vec import defaults
from face2vec.decisions import DistanceThreshold, ProbabilityThreshold, Threshold
from face2vec.encoders.registry import Encoder
from face2vec.errors import GalleryError
from face2vec.gallery.comparison import EUCLIDEAN
from face2vec.gallery.identifier import Identifier
from face2vec.gallery.opening import is_there
from face2vec.reading.options import ReadingOptions
from face2vec.recognition.recognizer import Recognizer
from face2vec.thresholds import NO_LIMIT, STAND_IN

Looks = tuple[np.ndarray, np.ndarray]  # of a track: (n, d) float32 vectors, (n,) float64 weights
Claim = tuple[str, float]  # the best name and its distance or probability

# How much the squared distance of a mean is raised at most, in squares of the encoder's stand-in
# threshold. Five photos each of people of lfw_dev, half of them enrolled: with this, no more
# strangers are within a threshold than with one photo (benchmarks/watching.py --pooling).
MOST_RAISED = 1 / 6


class Namer(Protocol):
    """Knows people."""

    encoder: Encoder

    @property
    def threshold(self) -> Threshold:
        """What a distance or probability must reach for a name."""

    def best(self, tracks: Sequence[Looks]) -> list[Claim | None]:
        """Returns the best name of each track and its distance or probability, of all its looks."""


class GalleryNamer:
    """Knows those who are enrolled, also those who are enrolled while it watches."""

    def __init__(self, identifier: Identifier) -> None:
        self._gallery = identifier.gallery
        self.encoder = identifier.reader.encoder

    @property
    def threshold(self) -> DistanceThreshold:
        return self._gallery.threshold

    def best(self, tracks: Sequence[Looks]) -> list[Claim | None]:
        means = np.array([np.average(vectors, axis=0, weights=w) for vectors, w in tracks])
        near = self._gallery.store.nearest(means.astype(np.float32), 1)
        most = MOST_RAISED * STAND_IN[EUCLIDEAN].get(self.encoder.name, NO_LIMIT) ** 2
        return [
            (people[0].name, pooled(people[0].distance, vectors, weights, most)) if people else None
            for people, (vectors, weights) in zip(near, tracks, strict=True)
        ]


class FutureGallery:
    """Knows nobody until a gallery is made: one may watch before the first person is enrolled.

    Args:
        url: of the gallery that may come.
        reading: how its photos will be read.
        threshold: see `Identifier`.
    """

    def __init__(self, url: str, reading: ReadingOptions, threshold: float | None = None) -> None:
        self._url = url
        self._reading = reading.but(encoder=reading.encoder or defaults.GALLERY_ENCODER)
        self._threshold = threshold
        self._namer: GalleryNamer | None = None
        self.encoder = self._reading.reader().encoder

    @property
    def threshold(self) -> DistanceThreshold:
        return self._namer.threshold if self._namer else NO_LIMIT

    def best(self, tracks: Sequence[Looks]) -> list[Claim | None]:
        if self._namer is None and is_there(self._url):
            try:
                self._namer = GalleryNamer(
                    Identifier.open(
                        self._url, self._reading, threshold=self._threshold, compare=EUCLIDEAN
                    )
                )
            except GalleryError:  # it is being made at this moment
                return [None] * len(tracks)
        return self._namer.best(tracks) if self._namer else [None] * len(tracks)


class ModelNamer:
    """Knows those whom a model was trained on."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._model = recognizer.model
        self.encoder = recognizer.reader.encoder
        self.threshold = ProbabilityThreshold(recognizer.threshold or 0.0)

    def best(self, tracks: Sequence[Looks]) -> list[Claim | None]:
        claims: list[Claim | None] = []
        for vectors, weights in tracks:
            chances = np.average(self._model.probabilities(vectors), axis=0, weights=weights)
            likeliest = int(chances.argmax())
            claims.append((self._model.people[likeliest], float(chances[likeliest])))
        return claims


def pooled(distance: float, vectors: np.ndarray, weights: np.ndarray, most: float) -> float:
    """Returns the distance of a track that can be compared with a threshold for single faces.

    The mean of several vectors is nearer to everybody than each of them, strangers too: by how
    much, in squares, is how far they spread around it. That is added again, but not more than
    `most`: beyond it, the spread is that of changing views, which the mean is rid of.

    Args:
        distance: of the mean of the vectors.
        vectors: (n, d).
        weights: (n,).
        most: largest square that is added.

    >>> float(pooled(3.0, np.array([[4.0], [-4.0]]), np.ones(2), 16.0))
    5.0
    """
    mean = np.average(vectors, axis=0, weights=weights)
    spread = float(np.average(((vectors - mean) ** 2).sum(axis=1), weights=weights))
    return float(np.sqrt(distance**2 + min(spread, most)))
