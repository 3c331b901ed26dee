"""Encoders: a face in, a vector of fixed length out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from face2vec.detection.landmarks import LandmarkModel
from face2vec.detection.shapes import nose_tip_features
from face2vec.encoders.prior import SHIPPED, Prior
from face2vec.errors import OptionError
from face2vec.photos.photo import Photo
from face2vec.records import LANDMARKS, Face

ENCODERS = ("landmarks", "nose-tip", "resnet", "facenet", "pixels")
EMBEDDING = "embedding"  # of a model file; for galleries, see `embedded`
DEFAULT_ENCODER = "landmarks"
DEFAULT_FITS = 24
_OPTIONS = {  # what a recipe holds, in the words of `difference`
    "prior": "another prior (--prior)",
    "fits": "another number of fits (--fits)",
    "jitter": "another jitter (--jitter)",
    "model": "another Keras model (--weights)",
    "file": "another embedding (--weights)",
}


class Encoder(Protocol):
    """Turns the faces of a photo into vectors."""

    name: str
    whitened: bool  # whether vectors are in units of how much one person's vectors vary

    @property
    def recipe(self) -> dict[str, object]:
        """All that the vectors depend on, besides the faces: for cache keys and model files."""

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns one row a face, (n, d) float32."""


class NoseTipEncoder:
    """The published recipe: `geometry.nose_tip_features`, flattened to 204 numbers."""

    name = "nose-tip"
    whitened = False

    @property
    def recipe(self) -> dict[str, object]:
        return {"name": self.name, "version": 1, "length": 204}

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        rows = [nose_tip_features(face.landmarks).ravel() for face in faces]
        return np.array(rows, dtype=np.float32).reshape(len(faces), 204)


class FitsEncoder:
    """The repeated fits themselves, flattened: what `LandmarkEncoder` and a prior are made of.

    Args:
        landmark_model: fits the points.
        fits: how many a face.
    """

    name = "fits"
    whitened = False

    def __init__(self, landmark_model: LandmarkModel, fits: int = DEFAULT_FITS) -> None:
        if fits < 1:
            raise OptionError(f"at least 1 fit is needed, got {fits}.")
        self.landmark_model = landmark_model
        self.fits = fits

    @property
    def recipe(self) -> dict[str, object]:
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
    """Face2Vec: where the landmarks lie, in units of how much one person's landmarks vary.

    Args:
        landmark_model: fits the points.
        fits: how many a face; their mean is what counts.
        prior: file of the mean shape and the covariance within people.
    """

    name = "landmarks"
    whitened = True

    def __init__(
        self, landmark_model: LandmarkModel, fits: int = DEFAULT_FITS, prior: Path = SHIPPED
    ) -> None:
        self._fits = FitsEncoder(landmark_model, fits)
        self._prior_file = prior

    @cached_property
    def prior(self) -> Prior:
        return Prior.load(self._prior_file)

    @property
    def recipe(self) -> dict[str, object]:
        return {
            "name": self.name,
            "version": 3,
            "length": self.prior.length,
            "fits": self._fits.fits,
            "prior": self.prior.fingerprint,
        }

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        if not faces:
            return np.empty((0, self.prior.length), dtype=np.float32)
        return self.prior.encode(self._fits.shapes(self._fits.encode(photo, faces)))


def make_encoder(
    name: str,
    landmark_model: LandmarkModel | None = None,
    fits: int = DEFAULT_FITS,
    prior: Path | None = None,
    *,
    jitter: int = 1,
    weights: Path | None = None,
) -> Encoder:
    """Returns the encoder of this name.

    Args:
        name: one of `ENCODERS`.
        landmark_model: for the encoders that fit landmarks again; None for the usual one.
        fits: how many times they do so a face.
        prior: another prior file for `landmarks` than the shipped one.
        jitter: for `resnet`: chips of each face whose vectors are averaged.
        weights: for `facenet`: the model file.

    Raises:
        OptionError: there is no encoder of this name, or it cannot take these options.
    """
    if name not in ENCODERS:
        raise OptionError(f"there is no encoder {name!r}: choose one of {', '.join(ENCODERS)}.")
    if jitter != 1 and name != "resnet":
        raise OptionError(f"--jitter is for the encoder resnet, not for {name}.")
    if weights is not None and name != "facenet":
        raise OptionError(f"--weights is for the encoder facenet, not for {name}.")
    # Imported here, as a prediction with one encoder needs nothing of the others.
    if name == "resnet":
        from face2vec.encoders.resnet import ResNetEncoder

        return ResNetEncoder(jitter)
    if name == "facenet":
        from face2vec.encoders.facenet import FaceNetEncoder

        return FaceNetEncoder(weights)
    if name == "pixels":
        from face2vec.encoders.pixels import PixelEncoder

        return PixelEncoder()
    if name == "nose-tip":
        return NoseTipEncoder()
    return LandmarkEncoder(landmark_model or LandmarkModel(), fits, prior or SHIPPED)


def options_of(recipe: Mapping[str, object]) -> dict[str, int]:
    """Returns the options of `make_encoder` that a recipe, read from a file, asks for.

    Whether that makes really the same encoder, only a comparison of the whole recipes tells.
    """
    return {name: recipe[name] for name in ("fits", "jitter") if name in recipe}


def difference(kept: Mapping[str, object], recipe: Mapping[str, object]) -> str:
    """Says what sets a kept vector recipe apart from another, and which option gives it.

    Args:
        kept: `Reader.vector_recipe`, as a model or a gallery has it.
        recipe: of the reader at hand, not the same.
    """
    if kept.get("landmarks") != recipe["landmarks"]:
        return "another landmark model (--landmark-model)"
    own, other = kept.get("encoder", {}), recipe["encoder"]
    name, version = other["name"], other["version"]
    if own.get("name") != name:
        return f"the encoder {own.get('name')}, which is not {name}"
    if own.get("version") != version:
        return f"version {own.get('version')} of the encoder {name}, not {version}"
    options = [words for part, words in _OPTIONS.items() if own.get(part) != other.get(part)]
    return options[0] if options else f"another recipe of the encoder {name}"
