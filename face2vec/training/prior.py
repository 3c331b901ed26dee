"""Estimates what is known of faces before any training, from many photos of many people.

For `landmarks` that is a prior, from repeated fits; for `resnet` a ratio of likelihoods, from
dlib's vectors as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from face2vec.detection.detector import Detector
from face2vec.detection.five_points import needs_all
from face2vec.detection.landmarks import landmark_model
from face2vec.detection.shapes import align, asymmetric_part, symmetric_template
from face2vec.encoders.landmarks import FitsEncoder
from face2vec.encoders.prior import Prior, even_features, short_digest
from face2vec.encoders.ratio import Ratio
from face2vec.errors import LabelError, OptionError
from face2vec.photos.folders import label_photos, together
from face2vec.progress import Progress, no_progress
from face2vec.reading.cache import Cache
from face2vec.reading.labelled import LabelledReadings
from face2vec.reading.options import REMEMBERING, ReadingOptions
from face2vec.reading.reader import Reader
from face2vec.records import LANDMARKS
from face2vec.training.two_covariances import estimate

LEAST_REPEATS = 10  # photos beyond the first of each person
RESNET_FLOOR = 0.5  # `floor_share` for dlib's vectors: any from 0.1 to 0.7 does about as well


@dataclass(frozen=True)
class PriorSettings:
    """How a prior is estimated; the defaults are those of the shipped one.

    Attributes:
        floor_share: see `two_covariances.estimate`.
        odd_weight: what counts in what a face differs from its mirror image, nearly all of which
            is the turn of the head.
        distance_weight: of the distances from the nose tip beside the coordinates they are made of.
    """

    floor_share: float = 0.001
    odd_weight: float = 0.5
    distance_weight: float = 0.0


def fit_prior(
    folders: Sequence[Path | str],
    reading: ReadingOptions = REMEMBERING,
    progress: Progress = no_progress,
) -> Prior:
    """Estimates how faces vary from folders of labelled photos.

    Args:
        folders: each with a folder for each person, or names in the file names.
        reading: how often a face's points are fitted, with which landmark model, and so on.
        progress: is told how many photos are read, of how many.

    Raises:
        FolderError: a folder is missing or holds no photos.
        LabelError: too few people have several photos with a face.
    """
    points = landmark_model(reading.landmark_model)
    if points.points < LANDMARKS:
        raise OptionError(needs_all("a prior"))
    encoder = FitsEncoder(points, reading.fits)
    cache = Cache(reading.cache) if reading.cache else None
    reader = Reader(
        Detector(points),
        encoder,
        cache,
        reading.workers,
        subject=reading.subject,
    )
    data = LabelledReadings.of(
        together([label_photos(Path(folder)) for folder in folders]), reader, progress
    )
    return estimate_prior(
        encoder.shapes(data.vectors), np.array(data.names), [one.digest for one in data.read]
    )


def fit_ratio(
    folders: Sequence[Path | str],
    reading: ReadingOptions = REMEMBERING,
    progress: Progress = no_progress,
) -> tuple[Ratio, LabelledReadings]:
    """Estimates the ratio of likelihoods of `resnet` from folders of labelled photos.

    Args:
        folders, reading, progress: see `fit_prior`.

    Returns:
        The ratio, and what it was estimated from.

    Raises:
        FolderError, LabelError: see `fit_prior`.
    """
    labelled = together([label_photos(Path(folder)) for folder in folders])
    data = LabelledReadings.of(labelled, reading.but(encoder="resnet").reader(), progress)
    return estimate_ratio(data.vectors, np.array(data.names)), data


def estimate_ratio(vectors: np.ndarray, people: np.ndarray) -> Ratio:
    """Estimates the ratio of likelihoods for dlib's vectors, brought to unit length.

    Args:
        vectors: (n, d).
        people: (n,) the person on each.

    Raises:
        LabelError: there are too few people with several photos.
    """
    _expect_repeats(people)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found = estimate(vectors / lengths, people, RESNET_FLOOR, centred=False)
    r = len(found.between)
    return Ratio(found.matrix, np.zeros(r), found.between, np.ones(r), unit_length=True)


def estimate_prior(
    fits: np.ndarray,
    people: np.ndarray,
    digests: Sequence[str] = (),
    settings: PriorSettings = PriorSettings(),
) -> Prior:
    """Estimates a prior from repeated fits of many photos of many people.

    Args:
        fits: (n, fits, 68, 2).
        people: (n,) whose photo each is.
        digests: of the photos, for `Prior.has_seen`.
        settings: how it is estimated.

    Raises:
        LabelError: there are too few people with several photos.
    """
    count = _expect_repeats(people)
    template = symmetric_template(fits.mean(axis=1))
    shapes = align(fits, template).mean(axis=1)
    even = estimate(even_features(shapes, settings.distance_weight), people, settings.floor_share)
    odd = estimate(asymmetric_part(shapes), people, settings.floor_share)
    return Prior(
        template=template,
        mean=_single(even.mean),
        matrix=_single(even.matrix),
        between=_single(even.between),
        odd_mean=_single(odd.mean),
        odd_matrix=_single(odd.matrix),
        odd_between=_single(odd.between),
        odd_weight=settings.odd_weight,
        distance_weight=settings.distance_weight,
        photos=len(people),
        people=count,
        digests=np.sort(np.array([short_digest(digest) for digest in digests], dtype=np.uint64)),
    )


def _expect_repeats(people: np.ndarray) -> int:
    """Returns how many people there are.

    Raises:
        LabelError: there are too few people with several photos.
    """
    count = len(np.unique(people))
    repeats = len(people) - count
    if repeats < LEAST_REPEATS or count < 2:
        raise LabelError(
            f"a prior needs two people, and at least {LEAST_REPEATS} photos beyond the first of "
            f"each person; there are {count} people and {repeats} such photos: add photos."
        )
    return count


def _single(array: np.ndarray) -> np.ndarray:
    """Returns the array in single precision: half the file, and more than the photos tell."""
    return array.astype(np.float32)
