"""Encoders: a face in, a vector of fixed length out."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from face2vec.errors import OptionError
from face2vec.geometry import nose_tip_features
from face2vec.images import Photo
from face2vec.records import Face

ENCODERS = ("landmarks", "nose-tip")
DEFAULT_ENCODER = "landmarks"


class Encoder(Protocol):
    """Turns the faces of a photo into vectors."""

    name: str

    @property
    def recipe(self) -> dict[str, object]:
        """All that the vectors depend on, besides the faces: for cache keys and model files."""

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        """Returns one row a face, (n, d) float32."""


class NoseTipEncoder:
    """The published recipe: `geometry.nose_tip_features`, flattened to 204 numbers."""

    def __init__(self, name: str = "nose-tip") -> None:
        self.name = name

    @property
    def recipe(self) -> dict[str, object]:
        return {"name": self.name, "version": 1, "length": 204}

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        rows = [nose_tip_features(face.landmarks).ravel() for face in faces]
        return np.array(rows, dtype=np.float32).reshape(len(faces), 204)


def make_encoder(name: str) -> Encoder:
    """Returns the encoder of this name.

    Raises:
        OptionError: there is no encoder of this name.
    """
    if name not in ENCODERS:
        raise OptionError(f"there is no encoder {name!r}: choose one of {', '.join(ENCODERS)}.")
    return NoseTipEncoder(name)
