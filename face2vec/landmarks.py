"""The 68 landmarks of a face, fitted on a crop of standard size.

The points are those of the iBUG 300-W mark-up (Sagonas et al., 2013), the model is dlib's ensemble
of regression trees (Kazemi and Sullivan, 2014).
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import cv2
import dlib
import numpy as np

from face2vec.assets import LANDMARK_MODEL, dlib_model, fingerprint
from face2vec.errors import ModelError
from face2vec.records import LANDMARKS, Box

FACE_SIZE = 160  # pixels of the box's side in the crop that the model sees
MARGIN = 0.35  # of the box's side, on every side of the crop


class LandmarkModel:
    """dlib's 68-point model, loaded at the first fit.

    Args:
        path: another model file of the same kind; None for the one of `face_recognition_models`.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path}  # a worker loads the model itself: it is 100 MB

    @cached_property
    def recipe(self) -> dict[str, object]:
        """What the points depend on, for cache keys."""
        model = Path(self.path) if self.path else dlib_model(LANDMARK_MODEL)
        return {
            "model": fingerprint(model), "version": 1, "face_size": FACE_SIZE, "margin": MARGIN
        }

    @cached_property
    def _predictor(self) -> dlib.shape_predictor:
        path = Path(self.path) if self.path else dlib_model(LANDMARK_MODEL)
        try:
            predictor = dlib.shape_predictor(str(path))
        except RuntimeError as error:
            raise ModelError(f"{path} is not a landmark model that dlib can read.") from error
        return predictor

    def fit(self, grey: np.ndarray, box: Box) -> np.ndarray:
        """Fits the 68 points of one face.

        Args:
            grey: the photo at full resolution, (h, w) uint8.
            box: the face as the HOG detector sees it, in pixels of `grey`.

        Returns:
            (68, 2) float64, columns x and y, in pixels of `grey`; points may lie outside of it.

        Raises:
            ModelError: the model file cannot be read, or is for another number of points.
        """
        crop, inside, scale, origin = _standard_crop(grey, box)
        shape = self._predictor(crop, inside)
        if shape.num_parts != LANDMARKS:
            raise ModelError(
                f"{self.path} is a model of {shape.num_parts} points: one of {LANDMARKS} is needed."
            )
        points = np.array([(p.x, p.y) for p in shape.parts()], dtype=np.float64)
        return (points + 0.5) / scale - 0.5 + origin


def _standard_crop(
    grey: np.ndarray, box: Box
) -> tuple[np.ndarray, dlib.rectangle, float, np.ndarray]:
    """Cuts a face out and resizes it to the standard size, the photo's border replicated."""
    margin_x, margin_y = round(MARGIN * box.width), round(MARGIN * box.height)
    left, right = box.left - margin_x, box.right + margin_x
    top, bottom = box.top - margin_y, box.bottom + margin_y
    height, width = grey.shape
    beyond = (max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width))
    crop = grey[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    if any(beyond):
        crop = cv2.copyMakeBorder(crop, *beyond, cv2.BORDER_REPLICATE)
    scale = FACE_SIZE / box.width
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = cv2.resize(crop, size, interpolation=how)
    inside = dlib.rectangle(
        round(margin_x * scale),
        round(margin_y * scale),
        round((margin_x + box.width) * scale) - 1,
        round((margin_y + box.height) * scale) - 1,
    )
    return resized, inside, scale, np.array([left, top], dtype=np.float64)
