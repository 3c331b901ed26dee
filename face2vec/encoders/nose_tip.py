"""The encoder `nose-tip`: the published recipe, offsets and distances from the tip of the nose."""

from __future__ import annotations

import numpy as np

from face2vec.detection.shapes import nose_tip_features
from face2vec.photos.photo import Photo
from face2vec.records import Face, Recipe

LENGTH = 204


class NoseTipEncoder:
    """The published recipe: `geometry.nose_tip_features`, flattened to 204 numbers."""

    name = "nose-tip"
    whitened = False
    ratio = None

    @property
    def recipe(self) -> Recipe:
        return {"name": self.name, "version": 1, "length": LENGTH}

    def encode(self, photo: Photo, faces: list[Face]) -> np.ndarray:
        rows = [nose_tip_features(face.landmarks).ravel() for face in faces]
        return np.array(rows, dtype=np.float32).reshape(len(faces), LENGTH)
