"""Faces in a frame of a film: a short ladder, as there is the next frame to find them in.

Viola-Jones proposes on a small copy of the frame, HOG looks closely at its proposals and at where
faces were expected, where it need not be as sure. Rescues and the CNN, which cost a second, are
for photos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from face2vec.detection.engines import VIOLA_JONES_WINDOW, Engines, Seen
from face2vec.detection.evidence import (
    HOG_FACE,
    HOG_SHARE,
    Sighting,
    fit,
    plausible,
    settled,
)
from face2vec.detection.landmarks import LandmarkModel
from face2vec.photos.photo import Photo
from face2vec.photos.view import View, around, whole
from face2vec.records import Face
from face2vec.video.flow import Place

LARGEST_SIDE = 640  # pixels of the long side of what Viola-Jones sees, at most,
SHARE = 0.5  # and as a share of the frame's long side
GROWTH = 1.2  # of the cascade's windows
SURE = 0.5  # HOG score of a face that needs no second frame
NEW = 0.0  # HOG score that a face needs where none was expected,
EXPECTED = -0.45  # and where one was


@dataclass(frozen=True, eq=False)
class Found:
    """A face in a frame, and how sure the detector is of it (above 0 it would vouch for it)."""

    face: Face
    score: float

    @property
    def place(self) -> Place:
        box = self.face.box
        return Place((box.left + box.right) / 2, (box.top + box.bottom) / 2, box.width)


class Finder:
    """Finds faces in frames.

    Args:
        landmark_model: fits the points.
        min_face: pixels of the side of the smallest face that counts.
        thorough: look for small faces too, at four times the time.
    """

    def __init__(
        self, landmark_model: LandmarkModel, min_face: int = 0, *, thorough: bool = False
    ) -> None:
        self.landmark_model = landmark_model
        self.min_face = min_face
        self.engines = Engines()
        self._share = 2 * SHARE if thorough else SHARE

    def find(self, photo: Photo, expected: Sequence[Place]) -> list[Found]:
        """Returns the faces, the surest first.

        Args:
            photo: the frame.
            expected: where faces should be, as they were there in the frame before.
        """
        seen = []
        for place in expected:
            centre = np.array([place.x, place.y])
            seen += self._look(photo, centre, place.side, EXPECTED)
        for proposal in self._proposals(photo):
            if not any(proposal.is_of(other) for other in seen):
                seen += self._look(photo, proposal.centre, proposal.side, NEW)
        found: list[Found] = []
        for sighting in sorted(seen, key=lambda one: -one.score):
            one = self._fitted(photo, sighting)
            if one and not any(one.place.overlap(other.place) > 0.3 for other in found):
                found.append(one)
        return found

    def _proposals(self, photo: Photo) -> list[Sighting]:
        side = min(LARGEST_SIDE, max(self._share * max(photo.size), 200))
        view = whole(photo.size, side)
        smallest = max(VIOLA_JONES_WINDOW, int(0.8 * self.min_face / view.step))
        seen = self.engines.viola_jones(photo.sample(view), smallest, GROWTH)
        return _in_photo(seen, view)

    def _look(
        self, photo: Photo, centre: np.ndarray, side: float, threshold: float
    ) -> list[Sighting]:
        view = around(centre, side, turn=0.0, pixels=HOG_FACE, share=HOG_SHARE)
        return _in_photo(self.engines.hog(photo.sample(view), threshold), view)

    def _fitted(self, photo: Photo, sighting: Sighting) -> Found | None:
        landmarks, _ = fit(photo, self.landmark_model, sighting)
        if not plausible(landmarks, sighting):
            return None
        box = settled(landmarks, sighting).box
        if box.width < self.min_face:
            return None
        return Found(Face(box, landmarks, "film"), sighting.score)


def _in_photo(seen: Sequence[Seen], view: View) -> list[Sighting]:
    centres = view.to_photo(np.array([one[:2] for one in seen]).reshape(-1, 2))
    return [
        Sighting(centre, side * view.step, 0.0, score, "film")
        for centre, (_, _, side, score) in zip(centres, seen, strict=True)
    ]
