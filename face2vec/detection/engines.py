"""The detectors of others, each with its own idea of a face, behind one face: grey in, boxes out.

Viola and Jones, "Rapid object detection using a boosted cascade of simple features", 2001;
Dalal and Triggs, "Histograms of oriented gradients for human detection", 2005;
King, "Max-margin object detection", 2015 (the CNN).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import dlib
import numpy as np

from face2vec.assets import (
    CNN_MODEL,
    FRONTAL_CASCADE,
    HOG_DETECTOR,
    PROFILE_CASCADE,
    cascade,
    dlib_model,
    own_data,
)

if TYPE_CHECKING:
    from face2vec.dlib_models.face_detector import FaceDetector

Seen = tuple[float, float, float, float]  # x and y of the centre, side, score

VIOLA_JONES_WINDOW = 20  # pixels of the smallest face that the cascade knows


class Engines:
    """Loads each detector at its first use, and again in each process that it is sent to."""

    def __getstate__(self) -> dict[str, object]:
        return {}

    def viola_jones(self, grey: np.ndarray, smallest: int, growth: float) -> list[Seen]:
        """Returns what the frontal cascade finds, with score 0: it gives none.

        The cascade normalises the contrast of each window by itself: equalising the photo first
        finds no face more, and loses those on a large even ground.

        Args:
            grey: (h, w) uint8.
            smallest: pixels of the smallest face to look for.
            growth: from one size of faces to the next.
        """
        return _squares(
            self._frontal.detectMultiScale(grey, growth, 1, minSize=(smallest, smallest))
        )

    def profiles(self, grey: np.ndarray) -> list[Seen]:
        """Returns the heads in profile, to either side, with score 0."""
        left = _squares(self._profile.detectMultiScale(grey, 1.2, 3))
        mirrored = _squares(self._profile.detectMultiScale(cv2.flip(grey, 1), 1.2, 3))
        return left + [(grey.shape[1] - 1 - x, y, side, score) for x, y, side, score in mirrored]

    def hog(self, grey: np.ndarray, threshold: float) -> list[Seen]:
        """Returns what dlib's frontal HOG detector finds, faces of 80 pixels and more."""
        boxes, scores, _ = self._hog.run(grey, 0, threshold)
        return [_square(box, score) for box, score in zip(boxes, scores, strict=True)]

    def cnn(self, rgb: np.ndarray) -> list[Seen]:
        """Returns what dlib's CNN finds, faces of about 80 pixels and more."""
        return [
            (
                (found.left + found.right) / 2,
                (found.top + found.bottom) / 2,
                (found.right - found.left + found.bottom - found.top + 2) / 2,
                found.score,
            )
            for found in self._cnn.find(rgb)
        ]

    @cached_property
    def _frontal(self) -> cv2.CascadeClassifier:
        return cv2.CascadeClassifier(str(cascade(FRONTAL_CASCADE)))

    @cached_property
    def _profile(self) -> cv2.CascadeClassifier:
        return cv2.CascadeClassifier(str(cascade(PROFILE_CASCADE)))

    @cached_property
    def _hog(self) -> dlib.fhog_object_detector:
        # dlib.get_frontal_face_detector() takes 200 ms to make what is read here in one.
        return dlib.fhog_object_detector(str(own_data(HOG_DETECTOR)))

    @cached_property
    def _cnn(self) -> FaceDetector:
        from face2vec.dlib_models.face_detector import FaceDetector  # the last of many means

        return FaceDetector(dlib_model(CNN_MODEL))


def _square(box: dlib.rectangle, score: float) -> Seen:
    x, y = (box.left() + box.right()) / 2, (box.top() + box.bottom()) / 2
    return x, y, (box.width() + box.height()) / 2, float(score)


def _squares(rectangles: Sequence[Sequence[int]]) -> list[Seen]:
    return [
        (x + (width - 1) / 2, y + (height - 1) / 2, (width + height) / 2, 0.0)
        for x, y, width, height in np.asarray(rectangles, dtype=float).reshape(-1, 4)
    ]
