"""Folders of labelled photos, read for the benchmarks; and priors that have not seen some."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from face2vec import defaults
from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import LandmarkModel
from face2vec.encoders.landmarks import FitsEncoder
from face2vec.encoders.prior import Prior
from face2vec.encoders.registry import make_encoder
from face2vec.errors import Face2VecError
from face2vec.photos.folders import label_photos
from face2vec.photos.photo import Photo
from face2vec.reading.cache import Cache
from face2vec.reading.reader import Reader
from face2vec.training.prior import PriorSettings, estimate_prior

SHIPPED_SETTINGS = PriorSettings()


@dataclass(frozen=True, eq=False)
class Photos:
    """A folder, read: what is known of the photos with a face.

    Attributes:
        name: of the folder.
        count: of all its photos.
        paths: of the n photos with a face.
        labels: (n,) int, who is on each.
        fits: (n, fits, 68, 2).
        vectors: by the name of the encoder, (n, d) float32.
    """

    name: str
    count: int
    paths: list[Path]
    labels: np.ndarray
    fits: np.ndarray
    vectors: dict[str, np.ndarray]


def read(
    folder: Path, cache: Path, fits: int = defaults.FITS, encoders: Sequence[str] = ()
) -> Photos:
    """Reads a folder.

    Args:
        folder: labelled photos.
        cache: of what was read before.
        fits: how many a face.
        encoders: whose vectors are wanted besides; those that cannot be had are left out.
    """
    model = LandmarkModel()
    labelled = label_photos(folder)
    encoder = FitsEncoder(model, fits)
    reader = Reader(Detector(model), encoder, Cache(cache))
    readings = [reading.for_one_person() for reading in reader.read_all(labelled.paths)]
    found = [index for index, reading in enumerate(readings) if reading.encodings]
    paths = [labelled.paths[index] for index in found]
    vectors = {}
    for name in encoders:
        reader = Reader(Detector(model), make_encoder(name, model), Cache(cache))
        try:
            others = reader.read_all(paths)
        except Face2VecError as error:
            print(f"{name}: {error}")
            continue
        vectors[name] = np.array([reading.largest.vector for reading in others])
    return Photos(
        name=folder.name,
        count=len(labelled.paths),
        paths=paths,
        labels=np.unique([labelled.names[index] for index in found], return_inverse=True)[1],
        fits=encoder.shapes(np.array([readings[index].largest.vector for index in found])),
        vectors=vectors,
    )


def prior_of(photos: Photos, settings: PriorSettings = SHIPPED_SETTINGS) -> Prior:
    """Estimates a prior from a folder: for figures on folders with nobody of it."""
    return estimate_prior(photos.fits, photos.labels, settings=settings)


def milliseconds(paths: Sequence[Path], fits: int = defaults.FITS, passes: int = 5) -> float:
    """Returns how long `landmarks` takes for a face that has been found, in the quickest pass."""
    model = LandmarkModel()
    encoder, detector = make_encoder("landmarks", model, fits), Detector(model)
    photos = [Photo.open(path) for path in paths]
    faces = [detector.find(photo)[0][:1] for photo in photos]
    seconds = []
    for _ in range(passes):
        started = time.perf_counter()
        for photo, face in zip(photos, faces, strict=True):
            encoder.encode(photo, face)
        seconds.append(time.perf_counter() - started)
    return 1000 * min(seconds) / len(photos)
