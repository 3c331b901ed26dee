"""Finds the faces of a photo: Viola-Jones proposes, dlib's HOG detector disposes.

Viola and Jones, "Rapid object detection using a boosted cascade of simple features", 2001;
Dalal and Triggs, "Histograms of oriented gradients for human detection", 2005.
"""

from __future__ import annotations

from functools import cached_property

import cv2
import dlib
import numpy as np

from face2vec.assets import FRONTAL_CASCADE, HOG_DETECTOR, cascade, own_data
from face2vec.images import Photo
from face2vec.landmarks import LandmarkModel
from face2vec.records import Box, Face, Reason

WORKING_SIDE = 900  # pixels of the long side of the photo in which faces are looked for
GROWTH = 0.6  # of the Viola-Jones box, added on every side so that the crop holds the whole face
CROP_FACE = 110  # pixels of the Viola-Jones box in the crop that HOG sees; HOG needs 80
SAME_FACE = 0.3  # intersection over union above which two boxes are one face


class Detector:
    """Finds faces and their landmarks.

    Args:
        landmark_model: fits the points.
    """

    def __init__(self, landmark_model: LandmarkModel) -> None:
        self.landmark_model = landmark_model

    def __getstate__(self) -> dict[str, object]:
        return {"landmark_model": self.landmark_model}  # a worker loads the detectors itself

    @property
    def recipe(self) -> dict[str, object]:
        """All that the result depends on, for cache keys."""
        return {
            "name": "viola-jones+hog",
            "version": 1,
            "cascade": FRONTAL_CASCADE,
            "working_side": WORKING_SIDE,
            "growth": GROWTH,
            "crop_face": CROP_FACE,
            "landmarks": self.landmark_model.recipe,
        }

    def find(self, photo: Photo) -> tuple[list[Face], Reason | None]:
        """Returns the faces from left to right, or an empty list and the reason.

        Raises:
            PhotoError: the photo cannot be decoded.
        """
        grey = photo.grey
        scale = min(1.0, WORKING_SIDE / max(grey.shape))
        small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        small = cv2.equalizeHist(small)
        boxes, found_by = self._in_crops(small), "viola-jones+hog"
        if not boxes:
            boxes, found_by = self._hog_boxes(small, upsample=1), "hog"
        boxes = [_scaled(box, 1 / scale) for box in _once_each(boxes)]
        boxes.sort(key=lambda box: box.left)
        faces = [Face(box, self.landmark_model.fit(grey, box), found_by) for box in boxes]
        return faces, None if faces else Reason.NO_FACE

    @cached_property
    def _cascade(self) -> cv2.CascadeClassifier:
        return cv2.CascadeClassifier(str(cascade()))

    @cached_property
    def _hog(self) -> dlib.fhog_object_detector:
        # dlib.get_frontal_face_detector() takes 200 ms to make what is read here in one.
        return dlib.fhog_object_detector(str(own_data(HOG_DETECTOR)))

    def _in_crops(self, grey: np.ndarray) -> list[Box]:
        boxes = []
        for x, y, width, height in self._cascade.detectMultiScale(grey, 1.1, 3):
            margin = int(GROWTH * width)
            left, top = max(0, x - margin), max(0, y - margin)
            crop = grey[top : y + height + margin, left : x + width + margin]
            scale = CROP_FACE / width
            sized = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
            boxes += [
                _shifted(_scaled(box, 1 / scale), int(left), int(top))
                for box in self._hog_boxes(sized, upsample=0)
            ]
        return boxes

    def _hog_boxes(self, grey: np.ndarray, upsample: int) -> list[Box]:
        return [
            Box(r.left(), r.top(), r.right() + 1, r.bottom() + 1) for r in self._hog(grey, upsample)
        ]


def overlap(one: Box, other: Box) -> float:
    """Returns the intersection over union of two boxes, 0 to 1."""
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(0, width) * max(0, height)
    return shared / (one.area + other.area - shared)


def _once_each(boxes: list[Box]) -> list[Box]:
    kept: list[Box] = []
    for box in boxes:
        if all(overlap(box, other) < SAME_FACE for other in kept):
            kept.append(box)
    return kept


def _scaled(box: Box, factor: float) -> Box:
    return Box(*(round(side * factor) for side in (box.left, box.top, box.right, box.bottom)))


def _shifted(box: Box, x: int, y: int) -> Box:
    return Box(box.left + x, box.top + y, box.right + x, box.bottom + y)
