"""The encoder `landmarks`: where the landmarks lie, by what tells people apart."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from face2vec import defaults
from face2vec.detection.landmarks import LandmarkModel
from face2vec.encoders.prior import SHIPPED, Prior
from face2vec.encoders.ratio import Ratio
from face2vec.errors import OptionError
from face2vec.photos.photo import Photo
from face2vec.records import LANDMARKS, Face, Recipe


class FitsEncoder:
    """The repeated fits themselves, flattened: what `LandmarkEncoder` and a prior are made of.

    Args:
        landmark_model: fits the points.
        fits: how many a face.
    """

    name = "fits"
    whitened = False
    ratio = None

    def __init__(self, landmark_model: LandmarkModel, fits: int = defaults.FITS) -> None:
        if fits < 1:
            raise OptionError(f"at least 1 fit is needed, got {fits}.")
        self.landmark_model = landmark_model
        self.fits = fits

    @property
    def recipe(self) -> Recipe:
        return {
            "name": self.name,
            "version": 1,
            "length": self.fits * LANDMARKS * 2,
            "fits": self.fits,
            "landmarks": self.landmark_model.recipe,
        }

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        rows = [self.landmark_model.fits(photo.grey, face.landmarks, self.fits) for face in faces]
        return np.array(rows, dtype=np.float32).reshape(len(faces), self.fits * LANDMARKS * 2)

    def shapes(self, vectors: np.ndarray) -> np.ndarray:
        """Returns the fits, (n, fits, 68, 2), that `encode` flattened."""
        return vectors.reshape(len(vectors), self.fits, LANDMARKS, 2).astype(np.float64)


class LandmarkEncoder:
    """Face2Vec: where the landmarks lie, by how likely that is of one person and of two.

    Args:
        landmark_model: fits the points.
        fits: how many a face; their mean is what counts.
        prior: file of the mean shape, and of how people differ and vary.
    """

    name = "landmarks"
    whitened = True

    def __init__(
        self, landmark_model: LandmarkModel, fits: int = defaults.FITS, prior: Path = SHIPPED
    ) -> None:
        self._fits = FitsEncoder(landmark_model, fits)
        self._prior_file = prior

    @cached_property
    def prior(self) -> Prior:
        return Prior.load(self._prior_file)

    @property
    def ratio(self) -> Ratio:
        return self.prior.ratio

    @property
    def recipe(self) -> Recipe:
        return {
            "name": self.name,
            "version": 4,
            "length": self.prior.length,
            "fits": self._fits.fits,
            "prior": self.prior.fingerprint,
        }

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        if not faces:
            return np.empty((0, self.prior.length), dtype=np.float32)
        return self.prior.encode(self._fits.shapes(self._fits.encode(photo, faces)))
