"""Where faces are, in the order of face_recognition: top, right, bottom, left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from face2vec.records import Face

Location = tuple[int, int, int, int]  # top, right, bottom, left, in pixels


class FoundByLadder(tuple[int, ...]):
    """The location of a face that only the ladder finds, a plain tuple to those who compare it.

    Such a face may lie on its side or be very dark, and points that are fitted in the upright box
    would miss it: the landmarks with which it was found go with it, so that
    ``face_encodings(image, face_locations(image))`` gives its vector.

    Attributes:
        landmarks: (68, 2) float64, columns x and y.
    """

    landmarks: np.ndarray

    @classmethod
    def of(cls, face: Face) -> FoundByLadder:
        """Returns where a face is; its right and bottom are inclusive, as dlib's are."""
        box = face.box
        location = cls((box.top, box.right - 1, box.bottom - 1, box.left))
        location.landmarks = face.landmarks
        return location

    def within(self, height: int, width: int) -> FoundByLadder:
        """Returns the location, cut at the image's border."""
        cut = FoundByLadder(trimmed(self, height, width))
        cut.landmarks = self.landmarks
        return cut


def trimmed(location: Sequence[int], height: int, width: int) -> Location:
    """Returns a location, cut at the image's border."""
    top, right, bottom, left = location
    return max(top, 0), min(right, width), min(bottom, height), max(left, 0)


def location_of(rectangle: Any) -> Location:
    """Returns the location of a rectangle of dlib's."""
    return rectangle.top(), rectangle.right(), rectangle.bottom(), rectangle.left()
