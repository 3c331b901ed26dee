"""Who is known: a gallery, also one that is made meanwhile, or a trained model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from face2vec import defaults
from face2vec.decisions import DistanceThreshold, ProbabilityThreshold, Threshold
from face2vec.encoders.registry import Encoder
from face2vec.errors import GalleryError
from face2vec.gallery.identifier import Identifier
from face2vec.gallery.opening import is_there
from face2vec.reading.options import ReadingOptions
from face2vec.recognition.recognizer import Recognizer
from face2vec.thresholds import NO_LIMIT

Looks = tuple[np.ndarray, np.ndarray]  # of a track: (n, d) float32 vectors, (n,) float64 weights
Claim = tuple[str, float]  # the best name and its distance or probability

MOST_COMPARED = 10_000  # distances that are remembered


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
        self._compared: dict[tuple[int, int], float] = {}  # by a person's photos and a look

    @property
    def threshold(self) -> DistanceThreshold:
        return self._gallery.threshold

    def best(self, tracks: Sequence[Looks]) -> list[Claim | None]:
        """Who is nearest is told by the mean of a track's looks; how near, by all of them.

        The mean of several views is nearer to everybody than each of them, strangers too; the mean
        of their distances is careful. Halfway between the two, as many strangers are within a
        threshold as with one face, and more of those who are known: five photos each of people of
        LFW, half of them enrolled, 1 % of the strangers named by one photo or five, 88 and 97 %
        of the others by one photo enrolled, 94 and 100 % by four.
        """
        means = np.array([np.average(vectors, axis=0, weights=w) for vectors, w in tracks])
        near = self._gallery.searcher.nearest(means.astype(np.float32), 1)
        return [
            (people[0].name, (people[0].distance + self._mean_distance(people[0].name, *looks)) / 2)
            if people
            else None
            for people, looks in zip(near, tracks, strict=True)
        ]

    def _mean_distance(self, name: str, vectors: np.ndarray, weights: np.ndarray) -> float:
        known = self._gallery.store.encodings(name)
        photos = hash(known.tobytes())
        distances = []
        for vector in vectors:
            key = photos, hash(vector.tobytes())
            if key not in self._compared:
                compared = self._gallery.comparison.neighbour(name, known, vector)
                self._compared[key] = compared.distance
            distances.append(self._compared[key])
        if len(self._compared) > MOST_COMPARED:
            self._compared.clear()
        return float(np.average(distances, weights=weights))


class FutureGallery:
    """Knows nobody until a gallery is made: one may watch before the first person is enrolled.

    Args:
        url: of the gallery that may come.
        reading: how its photos will be read.
        threshold, compare: see `Identifier`.
    """

    def __init__(
        self,
        url: str,
        reading: ReadingOptions,
        threshold: float | None = None,
        compare: str | None = None,
    ) -> None:
        self._url = url
        self._reading = reading.but(encoder=reading.encoder or defaults.GALLERY_ENCODER)
        self._threshold = threshold
        self._compare = compare
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
                        self._url, self._reading, threshold=self._threshold, compare=self._compare
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
