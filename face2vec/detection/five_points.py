"""Landmarks for those who may not use the 68-point model: dlib's model of five, and a mean face.

The 68-point model was trained on iBUG 300-W, whose licence excludes commercial use; that of five
points (King, 2017) is in the public domain. It sees the corners of the eyes and the bottom of the
nose. All else is where a mean face has it, brought to the five points by a similarity: enough to
find a face and to cut it out for a network, and no measure of that face.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from face2vec.assets import FIVE_POINT_MODEL, dlib_model, fingerprint
from face2vec.detection.landmarks import FACE_SIZE, MARGIN, LandmarkModel
from face2vec.errors import OptionError
from face2vec.records import Box

if TYPE_CHECKING:
    from face2vec.dlib_models.points import Predictor

# Which of the 68 the model's points are: corners of the eyes, and the bottom of the nose.
SEEN = (45, 42, 36, 39, 33)
# Landmarks 17 to 67 of the mean face that dlib aligns faces with (Boost Software License).
_INNER_X = """
    0.000213 0.075262 0.181130 0.290770 0.393397 0.586856 0.689483 0.799124 0.904991 0.980040
    0.490127 0.490127 0.490127 0.490127 0.366880 0.426036 0.490127 0.554217 0.613373 0.121737
    0.187122 0.265825 0.334606 0.260918 0.182743 0.645647 0.714428 0.793132 0.858516 0.797510
    0.719335 0.254149 0.340985 0.428858 0.490127 0.551395 0.639268 0.726104 0.642159 0.556721
    0.490127 0.423532 0.338094 0.290379 0.428096 0.490127 0.552157 0.689874 0.553364 0.490127
    0.426890"""
_INNER_Y = """
    0.106454 0.038915 0.018748 0.034489 0.077391 0.077391 0.034489 0.018748 0.038915 0.106454
    0.203352 0.307009 0.409805 0.515625 0.587326 0.609345 0.628106 0.609345 0.587326 0.216423
    0.178758 0.179852 0.231733 0.245099 0.244077 0.231733 0.179852 0.178758 0.216423 0.244077
    0.245099 0.780233 0.745405 0.727388 0.742578 0.727388 0.745405 0.780233 0.864805 0.902192
    0.909281 0.902192 0.864805 0.784792 0.778746 0.785343 0.778746 0.784792 0.824182 0.831803
    0.824182"""
# The chin and cheeks, landmarks 0 to 16, as half an ellipse.
_JAW_CENTRE, _JAW_RADII = (0.49, 0.24), (0.68, 0.97)


class FivePointModel(LandmarkModel):
    """dlib's model of five points, and a mean face for the other landmarks."""

    points = len(SEEN)

    @cached_property
    def recipe(self) -> dict[str, object]:
        """What the landmarks depend on, for cache keys."""
        return {
            "model": fingerprint(dlib_model(FIVE_POINT_MODEL)),
            "version": 1,
            "face_size": FACE_SIZE,
            "margin": MARGIN,
            "points": self.points,
        }

    @cached_property
    def _predictor(self) -> Predictor:
        from face2vec.dlib_models.points import DlibPredictor  # 9 MB: dlib loads it as quickly

        return DlibPredictor(dlib_model(FIVE_POINT_MODEL))

    def fit_boxes(self, grey: np.ndarray, boxes: Sequence[Box]) -> np.ndarray:
        """Fits five points in several boxes and returns mean faces that are brought to them.

        Returns:
            (n, 68, 2) float64, columns x and y, in pixels of `grey`.
        """
        fitted = super().fit_boxes(grey, boxes)
        return np.array([brought_to(points) for points in fitted]).reshape(-1, *MEAN_FACE.shape)

    def fits(self, grey: np.ndarray, landmarks: np.ndarray, count: int) -> np.ndarray:
        """Raises OptionError: fitting again and again is for what is measured of a face."""
        raise OptionError(needs_all("what is measured of a face"))


def needs_all(what: str, otherwise: str = "") -> str:
    """Returns the sentence for what cannot do with five points."""
    return (
        f"{what} needs the 68 landmarks, and --landmark-model 5 sees five: leave it out{otherwise}."
    )


def brought_to(points: np.ndarray) -> np.ndarray:
    """Brings the mean face to five points by the similarity with the least squares.

    Args:
        points: (5, 2), as the model gives them.

    Returns:
        (68, 2) float64.
    """
    # As complex numbers: there = turn * mean + shift.
    there = points @ (1, 1j)
    face = MEAN_FACE @ (1, 1j)
    seen = face[list(SEEN)]
    apart = seen - seen.mean()
    turn = (apart.conj() @ (there - there.mean())) / (apart.conj() @ apart).real
    brought = there.mean() + turn * (face - seen.mean())
    return np.column_stack([brought.real, brought.imag])


def _mean_face() -> np.ndarray:
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.array(_JAW_CENTRE) + _JAW_RADII * np.column_stack([np.cos(angles), np.sin(angles)])
    inner = [list(map(float, numbers.split())) for numbers in (_INNER_X, _INNER_Y)]
    return np.concatenate([jaw, np.transpose(inner)])


MEAN_FACE = _mean_face()  # (68, 2), in units of about the width between the ends of the brows
