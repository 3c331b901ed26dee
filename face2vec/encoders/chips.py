"""Chips: faces turned upright, scaled and shifted so that eyes and mouth lie at fixed places.

The similarity transform is that of dlib's `get_face_chip_details`, for which its networks were
trained: the best fit of the inner landmarks to those of a mean face.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import dlib
import numpy as np

# Where ArcFace and those after it have eyes, nose and corners of the mouth in a chip of 112 pixels.
FIVE_POINTS = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
FIVE_POINTS_SIDE = 112
FINE = 16  # dlib takes whole pixels: landmarks are given to it on a grid so many times finer


@dataclass(frozen=True)
class Nudge:
    """How a chip departs from the aligned face.

    Attributes:
        turn: radians.
        zoom: factor of the chip's side.
        shift: x and y, as shares of the chip's side.
        mirror: left and right swapped.
    """

    turn: float = 0.0
    zoom: float = 1.0
    shift: tuple[float, float] = (0.0, 0.0)
    mirror: bool = False


STRAIGHT = Nudge()


def nudges(count: int) -> list[Nudge]:
    """Returns `count` ways to cut a chip, the same ones each time: straight, mirrored, and others.

    Every second one is mirrored, so that an even number favours neither side.
    """
    made = [STRAIGHT, Nudge(mirror=True)]
    if count <= len(made):
        return made[:count]  # numpy.random takes as long to import as two faces to encode
    rng = np.random.default_rng(0)
    while len(made) < count:
        turn, zoom, x, y = rng.uniform(-1, 1, 4)
        made.append(Nudge(0.05 * turn, 1 + 0.05 * zoom, (0.02 * x, 0.02 * y), len(made) % 2 == 1))
    return made[:count]


def cut_chip(
    image: np.ndarray,
    landmarks: np.ndarray,
    size: int,
    padding: float,
    nudge: Nudge = STRAIGHT,
) -> np.ndarray:
    """Cuts the aligned face out of a photo; what lies beyond the photo repeats its border.

    Args:
        image: (h, w) or (h, w, 3) uint8.
        landmarks: (68, 2), columns x and y, in pixels of `image`.
        size: side of the chip in pixels.
        padding: what is left around the face, as a share of its own size.
        nudge: how the chip departs from the aligned face.

    Returns:
        (size, size) or (size, size, 3) uint8.
    """
    return _cut(image, *_place(landmarks, size, padding), size, nudge)


def cut_five_points(image: np.ndarray, landmarks: np.ndarray, size: int) -> np.ndarray:
    """Cuts the face out so that eyes, nose and mouth come near to `FIVE_POINTS`.

    Args:
        image: (h, w) or (h, w, 3) uint8.
        landmarks: (68, 2), columns x and y, in pixels of `image`.
        size: side of the chip in pixels.

    Returns:
        (size, size) or (size, size, 3) uint8.
    """
    eyes = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    points = np.array([*eyes, landmarks[30], landmarks[48], landmarks[54]])
    # The similarity with the least squares, as complex numbers: photo = turn * chip + shift.
    photo = points @ (1, 1j)
    chip = FIVE_POINTS @ (1, 1j) * (size / FIVE_POINTS_SIDE)
    apart = chip - chip.mean()
    turn = (apart.conj() @ (photo - photo.mean())) / (apart.conj() @ apart).real
    middle = photo.mean() + turn * ((size - 1) / 2 * (1 + 1j) - chip.mean())
    centre = np.array([middle.real, middle.imag])
    return _cut(image, centre, abs(turn) * size, float(np.angle(turn)), size, STRAIGHT)


def _cut(
    image: np.ndarray, centre: np.ndarray, side: float, angle: float, size: int, nudge: Nudge
) -> np.ndarray:
    """Cuts a square out, of a side in pixels of the photo, turned by radians."""
    side *= nudge.zoom
    angle += nudge.turn
    axis = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-axis[1], axis[0]])
    centre = centre + side * (nudge.shift[0] * axis + nudge.shift[1] * across)
    crop, corner = _surroundings(image, centre, reach=0.75 * side + 2)
    scale = size / side
    if scale < 0.5:  # shrink by areas first, as the warp looks at four pixels only
        shrunk = [max(2, round(length * scale)) for length in crop.shape[1::-1]]
        factor = np.array(shrunk) / crop.shape[1::-1]
        crop = cv2.resize(crop, shrunk, interpolation=cv2.INTER_AREA)
    else:
        factor = np.ones(2)
    middle = (centre - corner + 0.5) * factor - 0.5
    rotation = np.vstack([axis, across]) * scale / factor
    if nudge.mirror:
        rotation[0] *= -1
    matrix = np.column_stack([rotation, (size - 1) / 2 - rotation @ middle])
    return cv2.warpAffine(
        crop, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _place(landmarks: np.ndarray, size: int, padding: float) -> tuple[np.ndarray, float, float]:
    """Returns the chip's centre, side (pixels of the photo) and angle (radians)."""
    fine = np.rint(landmarks * FINE).astype(int)
    (left, top), (right, bottom) = fine.min(axis=0).tolist(), fine.max(axis=0).tolist()
    shape = dlib.full_object_detection(
        dlib.rectangle(left, top, right, bottom), [dlib.point(x, y) for x, y in fine.tolist()]
    )
    details = dlib.get_face_chip_details(shape, size, padding)
    centre = details.rect.dcenter()
    return np.array([centre.x, centre.y]) / FINE, details.rect.width() / FINE, details.angle


def _surroundings(
    image: np.ndarray, centre: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Returns what of the photo lies within reach of a point, and its upper left corner."""
    last = np.array(image.shape[1::-1]) - 1
    left, top = np.clip(np.floor(centre - reach), 0, last).astype(int)
    right, bottom = np.clip(np.ceil(centre + reach), 0, last).astype(int)
    return image[top : bottom + 1, left : right + 1], np.array([left, top])
