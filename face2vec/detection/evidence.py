"""Sightings: where a detector says that a face is; and what the landmarks say to that.

A detector's word is checked before it counts. The shape model puts 68 points on anything, so that
the points alone prove little. A face is where they come to lie at the same place from wherever
the fit starts, and where the detector still sees a face once they have turned it upright and
brought it to standard size and contrast.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from face2vec.detection.engines import Engines
from face2vec.detection.landmarks import FACE_SIZE, MARGIN, LandmarkModel, frame
from face2vec.photos.photo import Photo
from face2vec.photos.view import View, around
from face2vec.records import Box

FIT_SHARE = 1 + 2 * MARGIN  # side of the view in which points are fitted, in sides of the face
HOG_FACE = 100  # pixels of the face that HOG looks at once more; it needs 80
HOG_SHARE = 2.2
MOST_FITS = 4
# What two boxes of one face may differ by, in shares of the side and in degrees.
SAME_PLACE, SAME_SIDE, SAME_TURN = 0.07, 0.08, 7.0
NOTHING = -2.0  # score of a place where HOG sees nothing, however low its threshold
# Starts of the fits that must agree: shift in x and y, and growth, in shares of the box.
STARTS = (
    (0.0, 0.0, 0.0),
    (0.05, 0.02, 0.04),
    (-0.05, -0.02, 0.04),
    (0.02, -0.05, -0.04),
    (-0.02, 0.05, -0.04),
)


@dataclass(frozen=True, eq=False)
class Sighting:
    """Where a detector saw a face.

    Attributes:
        centre: (2,) x and y, in pixels of the photo.
        side: of the face's square, in pixels of the photo.
        turn: degrees, against the clock, by which the photo is turned to make the face upright.
        score: the detector's; above 0 it would vouch for it.
        found_by: the step that saw it.
    """

    centre: np.ndarray
    side: float
    turn: float
    score: float
    found_by: str

    @property
    def box(self) -> Box:
        left, top = (round(float(c - (self.side - 1) / 2)) for c in self.centre)
        side = max(1, round(self.side))
        return Box(left, top, left + side, top + side)

    def is_of(self, other: Sighting) -> bool:
        """Tells whether both are of one face: the centre of one lies within the other."""
        apart = np.abs(self.centre - other.centre).max()
        return bool(apart < max(self.side, other.side) / 2)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What speaks for a sighting.

    Attributes:
        landmarks: (68, 2) float64, x and y in pixels of the photo.
        spread: mean distance of the fits from their mean, in distances between the eyes.
        confidence: mean of the detector's score and of its score on the upright face.
        fineness: share of the face's contrast in details of a fiftieth of its side.
    """

    landmarks: np.ndarray
    spread: float
    confidence: float
    fineness: float


def fit(photo: Photo, model: LandmarkModel, sighting: Sighting) -> tuple[np.ndarray, bool]:
    """Fits the landmarks; again from where they came to lie, as long as that is somewhere else.

    Returns:
        (68, 2) float64, x and y in pixels of the photo; and whether they came to rest.
    """
    start = sighting
    for _ in range(MOST_FITS):
        landmarks = _fit(photo, model, start)
        end = settled(landmarks, sighting)
        if _about_equal(start, end):
            return landmarks, True
        start = end
    return landmarks, False


def gather_evidence(
    photo: Photo, model: LandmarkModel, engines: Engines, sighting: Sighting
) -> Evidence:
    """Gathers the evidence for a sighting: several fits, and a second look at the upright face."""
    landmarks, _ = fit(photo, model, sighting)
    view = _fitting_view(settled(landmarks, sighting))
    grey = stretched(photo.sample(view))
    points = model.fit_boxes(grey, [_start(view, *start) for start in STARTS])
    mean = points.mean(axis=0)
    spread = np.linalg.norm(points - mean, axis=2).mean() / eye_distance(mean)
    landmarks = view.to_photo(mean)
    again = _second_score(photo, engines, settled(landmarks, sighting))
    return Evidence(landmarks, float(spread), (sighting.score + again) / 2, _fineness(grey))


def settled(landmarks: np.ndarray, sighting: Sighting) -> Sighting:
    """Returns the sighting as HOG would have seen it had the face been upright."""
    centre, side, turn = frame(landmarks)
    return replace(sighting, centre=centre, side=max(side, 1.0), turn=turn)


def plausible(landmarks: np.ndarray, sighting: Sighting) -> bool:
    """Tells whether the points make a face where it was seen.

    Eyes above mouth, all of them inside, the size and the tilt about those of the sighting, and
    the distances from eye to eye and from eyes to mouth in proportion.
    """
    upright = settled(landmarks, sighting)
    tilt = (upright.turn - sighting.turn + 180) % 360 - 180
    turn = np.deg2rad(-sighting.turn)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = (landmarks - sighting.centre) @ rotation.T / sighting.side
    eyes, mouth = points[36:48], points[48:68]
    drop = mouth[:, 1].mean() - eyes[:, 1].mean()
    return bool(
        np.abs(np.concatenate([eyes, mouth])).max() < 0.8
        and eyes[:, 1].max() < mouth[:, 1].max()
        and 0.15 < drop < 0.8
        and 0.15 < eye_distance(points) < 0.7
        and 0.6 < upright.side / sighting.side < 1.6
        and abs(tilt) < 40
    )


def eye_distance(points: np.ndarray) -> float:
    """Returns the distance between the middles of the eyes."""
    return float(np.linalg.norm(points[36:42].mean(axis=0) - points[42:48].mean(axis=0)))


def stretched(grey: np.ndarray) -> np.ndarray:
    """Stretches the brightness to the full range, one in a hundred pixels cut off at each end."""
    reached = cv2.calcHist([grey], [0], None, [256], [0, 256]).cumsum() / grey.size
    low, high = np.searchsorted(reached, (0.01, 0.99))
    table = (np.arange(256) - low) * (255 / max(high - low, 1))
    return cv2.LUT(grey, np.clip(table, 0, 255).astype(np.uint8))


def equalised_locally(grey: np.ndarray) -> np.ndarray:
    """Stretches, then equalises contrast in each of 8 x 8 tiles (CLAHE, Zuiderveld 1994)."""
    return cv2.createCLAHE(2.0, (8, 8)).apply(stretched(grey))


def _about_equal(one: Sighting, other: Sighting) -> bool:
    tilt = (one.turn - other.turn + 180) % 360 - 180
    return bool(
        np.abs(one.centre - other.centre).max() < SAME_PLACE * one.side
        and abs(other.side / one.side - 1) < SAME_SIDE
        and abs(tilt) < SAME_TURN
    )


def _fitting_view(sighting: Sighting) -> View:
    return around(
        sighting.centre, sighting.side, turn=sighting.turn, pixels=FACE_SIZE, share=FIT_SHARE
    )


def _fit(photo: Photo, model: LandmarkModel, sighting: Sighting) -> np.ndarray:
    view = _fitting_view(sighting)
    return view.to_photo(model.fit(stretched(photo.sample(view)), _start(view, 0, 0, 0)))


def _start(view: View, right: float, down: float, growth: float) -> Box:
    side = round(FACE_SIZE * (1 + growth))
    left = round((view.width - side) / 2 + right * FACE_SIZE)
    top = round((view.height - side) / 2 + down * FACE_SIZE)
    return Box(left, top, left + side, top + side)


def _fineness(grey: np.ndarray) -> float:
    pixels = grey.astype(np.float32)
    details = cv2.GaussianBlur(pixels, (0, 0), 2) - cv2.GaussianBlur(pixels, (0, 0), 4)
    face = slice(round(MARGIN * FACE_SIZE), round((1 + MARGIN) * FACE_SIZE))
    return float(details[face, face].std() / max(pixels[face, face].std(), 1.0))


def _second_score(photo: Photo, engines: Engines, upright: Sighting) -> float:
    view = around(upright.centre, upright.side, turn=upright.turn, pixels=HOG_FACE, share=HOG_SHARE)
    grey = photo.sample(view)
    middle = (view.width - 1) / 2
    return max(
        (
            score
            for look in (stretched(grey), equalised_locally(grey))
            for x, y, side, score in engines.hog(look, NOTHING)
            if max(abs(x - middle), abs(y - middle)) < 0.3 * HOG_FACE
            and 0.6 < side / HOG_FACE < 1.6
        ),
        default=NOTHING,
    )
