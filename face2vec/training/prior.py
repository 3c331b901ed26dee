"""Estimates a prior: how faces vary, from repeated fits of many photos of many people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from face2vec.detection import shapes as geometry
from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import LandmarkModel
from face2vec.detection.shapes import align, landmark_features
from face2vec.encoders.landmarks import FitsEncoder
from face2vec.encoders.prior import Prior, short_digest, turned_by, without_yaw
from face2vec.errors import LabelError
from face2vec.photos.folders import label_photos, together
from face2vec.progress import Progress, no_progress
from face2vec.reading.cache import Cache
from face2vec.reading.labelled import LabelledReadings
from face2vec.reading.options import REMEMBERING, ReadingOptions
from face2vec.reading.reader import Reader
from face2vec.training.residuals import residuals

LEAST_RESIDUALS = 10  # photos beyond the first of each person


@dataclass(frozen=True)
class PriorSettings:
    """How features are made of landmarks, and how their covariance is kept from the accidental.

    `benchmarks/choices.py` chooses among such recipes; the defaults are what the shipped prior has.

    Attributes:
        distance_weight: of the nose-tip distances beside the coordinates they are made of.
        regress_yaw: whether the turn of the head is taken out of the features.
        noise_share: of the variance that is as the repeated fits of one photo vary.
        floor_share: of the variance that is alike in all directions.
        length_power: to which power a vector's length counts, 0 (all are as long) to 1.
    """

    distance_weight: float = 0.05
    regress_yaw: bool = True
    noise_share: float = 0.1
    floor_share: float = 0.01
    length_power: float = 0.5


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
    points = LandmarkModel(reading.landmark_model)
    encoder = FitsEncoder(points, reading.fits)
    cache = Cache(reading.cache) if reading.cache else None
    reader = Reader(Detector(points), encoder, cache, reading.workers)
    data = LabelledReadings.of(
        together([label_photos(Path(folder)) for folder in folders]), reader, progress
    )
    return estimate_prior(
        encoder.shapes(data.vectors), np.array(data.names), [one.digest for one in data.read]
    )


def estimate_prior(
    fits: np.ndarray,
    people: np.ndarray,
    digests: Sequence[str] = (),
    settings: PriorSettings = PriorSettings(),
) -> Prior:
    """Estimates a prior from repeated fits of many photos of many people.

    The template and the direction of yaw are learnt without labels: the symmetric mean shape, and
    the first principal component of what differs from the mirror image. The covariance within
    people is that of the residuals from each person's mean, plus a share of the covariance
    between fits of one photo and a share of the identity, so that few photos suffice.

    Args:
        fits: (n, fits, 68, 2).
        people: (n,) the person on each.
        digests: of the photos, for `Prior.has_seen`.
        settings: of the features and their covariance.

    Raises:
        LabelError: there are too few people with several photos.
    """
    people = np.unique(people, return_inverse=True)[1]
    beyond_first = len(people) - len(np.unique(people))
    if beyond_first < LEAST_RESIDUALS:
        raise LabelError(
            f"a prior needs at least {LEAST_RESIDUALS} photos beyond the first of each person, "
            f"and there are {beyond_first}: add photos."
        )
    template = geometry.symmetric_template(fits.mean(axis=1))
    aligned = align(fits, template)
    shapes = aligned.mean(axis=1)
    yaw = _first_component(geometry.asymmetric_part(shapes))
    turned, features = turned_by(shapes, yaw), landmark_features(shapes, settings.distance_weight)
    turned_within = residuals(turned[:, None], people)[:, 0]
    slope = turned_within @ residuals(features, people) / (turned_within @ turned_within)
    slope = slope if settings.regress_yaw else np.zeros_like(slope)
    features = without_yaw(features, turned, slope)
    rest = residuals(features, people)
    noise = _noise(landmark_features(aligned, settings.distance_weight))
    return Prior(
        template=template,
        yaw=yaw,
        yaw_slope=slope,
        mean=features.mean(axis=0),
        covariance=_regularised(rest.T @ rest / beyond_first, noise, settings),
        distance_weight=settings.distance_weight,
        length_power=settings.length_power,
        photos=len(people),
        people=len(np.unique(people)),
        digests=np.sort(np.array([short_digest(digest) for digest in digests], dtype=np.uint64)),
    )


def _first_component(rows: np.ndarray) -> np.ndarray:
    """Returns the first principal direction about zero, its largest number positive."""
    direction = np.linalg.svd(rows, full_matrices=False)[2][0]
    return direction * np.sign(direction[np.abs(direction).argmax()])


def _noise(features: np.ndarray) -> np.ndarray:
    """Returns the covariance between the fits of one photo, over all photos: (d, d)."""
    spread = (features - features.mean(axis=1, keepdims=True)).reshape(-1, features.shape[-1])
    return spread.T @ spread / len(spread)


def _regularised(covariance: np.ndarray, noise: np.ndarray, settings: PriorSettings) -> np.ndarray:
    d, total = len(covariance), np.trace(covariance)
    target = settings.floor_share * np.eye(d) / d
    share = settings.floor_share
    if np.trace(noise) > 0:  # a single fit tells nothing of the noise
        target = target + settings.noise_share * noise / np.trace(noise)
        share += settings.noise_share
    return (1 - share) * covariance + total * target
