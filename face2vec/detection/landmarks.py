"""The 68 landmarks of a face, fitted on a crop of standard size.

The points are those of the iBUG 300-W mark-up (Sagonas et al., 2013), the model is dlib's ensemble
of regression trees (Kazemi and Sullivan, 2014).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from face2vec.assets import FIT_STARTS, LANDMARK_MODEL, dlib_model, fingerprint, own_data
from face2vec.detection.shapes import mirrored
from face2vec.errors import ModelError
from face2vec.records import LANDMARKS, Box

if TYPE_CHECKING:
    from face2vec.dlib_models.points import Predictor

FIVE = "5"  # in the place of a file's name: the model of five points
FACE_SIZE = 160  # pixels of the box's side in the crop that the model sees
MARGIN = 0.35  # of the box's side, on every side of the crop
WIDE_MARGIN = 0.8  # the same for a crop that boxes are turned and shifted in

# The box that dlib's HOG detector draws around landmarks, in units of their size (the root of the
# summed squared distances from their mean): how far above the mean its centre is, and its side.
BOX_RISE = 0.015
BOX_SIDE = 0.345

# How far the boxes of repeated fits differ, uniformly: shares of the side, natural logarithm of
# the side, degrees.
SHIFT, ZOOM, TURN = 0.1, 0.2, 10.0


class LandmarkModel:
    """dlib's 68-point model, loaded at the first fit.

    Args:
        path: another model file of the same kind; None for the one of `face_recognition_models`.
    """

    points = LANDMARKS  # that are seen, and not only guessed

    def __init__(self, path: Path | None = None) -> None:
        self.path = path

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path}  # a worker loads the model itself: it is 100 MB

    @cached_property
    def recipe(self) -> dict[str, object]:
        """What the points depend on, for cache keys."""
        model = Path(self.path) if self.path else dlib_model(LANDMARK_MODEL)
        return {"model": fingerprint(model), "version": 1, "face_size": FACE_SIZE, "margin": MARGIN}

    def prepare(self) -> None:
        """Loads the model: what is kept of it is made here, and not by every worker at once.

        Raises:
            ModelError: see `fit`.
        """
        _ = self._predictor

    @cached_property
    def _predictor(self) -> Predictor:
        from face2vec.dlib_models.points import open_predictor  # not where readings are cached

        path = Path(self.path) if self.path else dlib_model(LANDMARK_MODEL)
        predictor = open_predictor(path)
        if predictor.points != LANDMARKS:
            raise ModelError(
                f"{path} is a model of {predictor.points} points: one of {LANDMARKS} is needed."
            )
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
        return np.asarray(self.fit_boxes(grey, [box])[0])

    def fit_boxes(self, grey: np.ndarray, boxes: Sequence[Box]) -> np.ndarray:
        """Fits the points in several boxes, (n, 68, 2); see `fit`."""
        crops = [_standard_crop(grey, box, MARGIN) for box in boxes]
        inside = np.array([crop.inside for crop in crops])
        points = self._predictor.fit([crop.grey for crop in crops], inside)
        scales = np.array([crop.scale for crop in crops])[:, None, None]
        origins = np.array([crop.origin for crop in crops])[:, None]
        return np.asarray((points + 0.5) / scales - 0.5 + origins)

    def fits(self, grey: np.ndarray, landmarks: np.ndarray, count: int) -> np.ndarray:
        """Fits the points again and again, as one fit is noisy and the mean of many is not.

        Every fit starts from a box that is shifted, zoomed and turned a little, always the same
        ways, around the face turned upright; every second one sees the face in a mirror.

        Args:
            grey: the photo at full resolution, (h, w) uint8.
            landmarks: a first fit, (68, 2), in pixels of `grey`.
            count: how many fits.

        Returns:
            (count, 68, 2) float64: the face upright, 0 at the middle of the first fits, the side
            of the face's box as the unit; landmarks of mirrored fits are mirrored back.

        Raises:
            ModelError: see `fit`.
        """
        crop, centre, side, angle = _face_on_crop(grey, landmarks)
        straight = _Start(centre, side, angle)
        first = self._fit_turned(crop, [straight, replace(straight, mirror=True)])
        refined = np.mean(first, axis=0) @ _turn(angle) * side + centre
        centre, side, angle = frame(refined)
        starts = [
            _Start(
                centre + side * np.array([right, down]),
                side * np.exp(zoom),
                angle + turn,
                mirror=index % 2 == 1,
            )
            for index, (right, down, zoom, turn) in enumerate(_jitters(count))
        ]
        fits = np.empty((count, LANDMARKS, 2))
        for fit, points, start in zip(fits, self._fit_turned(crop, starts), starts, strict=True):
            in_crop = points @ _turn(start.angle) * start.side + start.centre
            fit[:] = (in_crop - centre) @ _turn(-angle) / side
        return fits

    def _fit_turned(self, crop: np.ndarray, starts: Sequence[_Start]) -> np.ndarray:
        """Fits boxes that are turned; the points are in the frame and unit of their box."""
        margin = round(MARGIN * FACE_SIZE)
        middle = margin + (FACE_SIZE - 1) / 2
        last = margin + FACE_SIZE - 1
        upright = [_turned_upright(crop, start, FACE_SIZE + 2 * margin) for start in starts]
        inside = np.repeat([[margin, margin, last, last]], len(starts), axis=0)
        fits = (self._predictor.fit(upright, inside) - middle) / FACE_SIZE
        for start, points in zip(starts, fits, strict=True):
            if start.mirror:
                points[:] = mirrored(points)
        return fits


def landmark_model(path: Path | None) -> LandmarkModel:
    """Returns the landmark model of a file, the usual one for None, that of five points for 5."""
    if str(path) != FIVE:
        return LandmarkModel(path)
    from face2vec.detection.five_points import FivePointModel

    return FivePointModel()


@dataclass(frozen=True, eq=False)
class _Start:
    """The box that a fit begins with: centre and side in pixels of the crop, angle in degrees."""

    centre: np.ndarray
    side: float
    angle: float
    mirror: bool = False


class _Crop(NamedTuple):
    """A face cut out at the standard size.

    Attributes:
        grey: (h, w) uint8.
        inside: left, top, right and bottom of the face's box in it, inclusive.
        scale: pixels of the crop for one of the photo.
        origin: (2,) x and y, in the photo, of the crop's corner.
    """

    grey: np.ndarray
    inside: tuple[int, int, int, int]
    scale: float
    origin: np.ndarray


def _turned_upright(crop: np.ndarray, start: _Start, pixels: int) -> np.ndarray:
    """Returns what lies around a box, turned upright, its side `FACE_SIZE` pixels."""
    matrix = _turn(-start.angle).T * (FACE_SIZE / start.side)
    shift = (pixels - 1) / 2 - matrix @ start.centre
    upright = cv2.warpAffine(
        crop,
        np.column_stack([matrix, shift]),
        (pixels, pixels),
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cv2.flip(upright, 1) if start.mirror else upright


def frame(landmarks: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Returns the centre, the side and the turn in degrees of the box around landmarks."""
    middle = landmarks.mean(axis=0)
    size = np.sqrt(((landmarks - middle) ** 2).sum())
    across = landmarks[42:48].mean(axis=0) - landmarks[36:42].mean(axis=0)  # from eye to eye
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    return middle + size * BOX_RISE * np.array([0.0, -1.0]) @ _turn(angle), BOX_SIDE * size, angle


def _turn(angle: float) -> np.ndarray:
    """Returns the matrix that turns rows of points clockwise, as seen in a photo, by degrees."""
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.array([[cos, sin], [-sin, cos]])


@lru_cache(maxsize=4)
def _jitters(count: int) -> np.ndarray:
    """Returns (count, 4): right, down, zoom, turn; the first none, fewer the first of more."""
    uniform = np.load(own_data(FIT_STARTS))
    if count > len(uniform):
        uniform = uniform_starts(count)
    jitters = np.asarray(uniform[:count] * (SHIFT, SHIFT, ZOOM, TURN))
    jitters[0] = 0
    return jitters


def uniform_starts(count: int) -> np.ndarray:
    """Returns (count, 4) from -1 to 1: the first of these are kept as a file.

    A cold start reads the file, as numpy.random takes longer to import than a face to be found.
    """
    return np.random.default_rng(0).uniform(-1, 1, (count, 4))


def _face_on_crop(
    grey: np.ndarray, landmarks: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Cuts a face out at the standard size; returns the crop and the box's frame in it."""
    centre, side, angle = frame(landmarks)
    left, top = np.round(centre - side / 2).astype(int)
    length = max(1, round(side))
    box = Box(int(left), int(top), int(left) + length, int(top) + length)
    crop, _, scale, origin = _standard_crop(grey, box, WIDE_MARGIN)
    return crop, (centre - origin + 0.5) * scale - 0.5, side * scale, angle


def _standard_crop(grey: np.ndarray, box: Box, margin: float) -> _Crop:
    """Cuts a face out and resizes it to the standard size, the photo's border replicated."""
    margin_x, margin_y = round(margin * box.width), round(margin * box.height)
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
    inside = (
        round(margin_x * scale),
        round(margin_y * scale),
        round((margin_x + box.width) * scale) - 1,
        round((margin_y + box.height) * scale) - 1,
    )
    return _Crop(resized, inside, scale, np.array([left, top], dtype=np.float64))
