"""Landmarks to features: pure functions over arrays, no pixels and no files.

A shape is the 68 points of the iBUG 300-W mark-up, (68, 2) float64, columns x (to the right) and
y (down). Functions on shapes take any number of leading axes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from face2vec.records import LANDMARKS

NOSE_TIP = 30


class Part(NamedTuple):
    """The first and the last landmark of a part of the face, and whether its line is closed."""

    first: int
    last: int
    closed: bool


PARTS = {
    "jaw": Part(0, 16, False),
    "right brow": Part(17, 21, False),
    "left brow": Part(22, 26, False),
    "bridge of the nose": Part(27, 30, False),
    "nostrils": Part(31, 35, False),
    "right eye": Part(36, 41, True),
    "left eye": Part(42, 47, True),
    "outer lip": Part(48, 59, True),
    "inner lip": Part(60, 67, True),
}

# The landmark that each landmark becomes in a mirror.
MIRROR = np.concatenate(
    [
        np.arange(16, -1, -1),  # jaw
        np.arange(26, 16, -1),  # brows
        np.arange(27, 31),  # bridge of the nose
        np.arange(35, 30, -1),  # nostrils
        [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40],  # eyes
        np.arange(54, 47, -1),
        np.arange(59, 54, -1),  # outer lip
        np.arange(64, 59, -1),
        np.arange(67, 64, -1),  # inner lip
    ]
)
LEFT = np.flatnonzero(np.less(np.arange(LANDMARKS), MIRROR))  # one landmark of each pair
RIGHT = MIRROR[LEFT]
MIDDLE = np.flatnonzero(np.equal(np.arange(LANDMARKS), MIRROR))


def nose_tip_features(landmarks: np.ndarray) -> np.ndarray:
    """Returns the published Face2Vec features of one face.

    The x and y offsets and the Euclidean distance of every landmark from the tip of the nose
    (landmark 30), each of the three scaled by its own largest absolute value in this face
    (MaxAbs), so that scaling or shifting the photo changes nothing.

    Args:
        landmarks: (68, 2), columns x and y, any unit.

    Returns:
        (3, 68) float64, rows x, y and distance; x and y in [-1, 1], distance in [0, 1].
    """
    offsets = landmarks - landmarks[NOSE_TIP]
    features = np.vstack([offsets.T, np.linalg.norm(offsets, axis=1)])
    largest = np.abs(features).max(axis=1, keepdims=True)
    return features / np.where(largest > 0, largest, 1.0)


def unit_size(shapes: np.ndarray) -> np.ndarray:
    """Returns the shapes centred on 0, with coordinates whose squares sum to 1."""
    centred = shapes - shapes.mean(axis=-2, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).sum(axis=(-1, -2), keepdims=True)))


def align(shapes: np.ndarray, template: np.ndarray) -> np.ndarray:
    """Returns the shapes at unit size, turned onto a template (ordinary Procrustes analysis).

    Gower, "Generalized Procrustes analysis", 1975. Moving, turning or scaling a photo changes
    nothing; a mirror image stays one.

    Args:
        shapes: (..., 68, 2).
        template: (68, 2), of unit size.
    """
    shapes = unit_size(shapes)
    x, y = shapes[..., 0], shapes[..., 1]
    along = (shapes * template).sum(axis=(-1, -2))
    across = (x * template[:, 1] - y * template[:, 0]).sum(axis=-1)
    length = np.hypot(along, across)
    cos, sin = (along / length)[..., None], (across / length)[..., None]
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


def mirrored(shapes: np.ndarray) -> np.ndarray:
    """Returns the shapes as a mirror at x = 0 shows them, left landmarks now right ones."""
    return shapes[..., MIRROR, :] * (-1.0, 1.0)


def symmetric_template(shapes: np.ndarray, rounds: int = 10) -> np.ndarray:
    """Returns the mean of many shapes, upright, left-right symmetric and of unit size: (68, 2).

    Args:
        shapes: (n, 68, 2), roughly upright.
        rounds: of aligning to the mean and taking it anew; it settles in two or three.
    """
    template = unit_size(shapes[0] + mirrored(unit_size(shapes[0])))
    for _ in range(rounds):
        mean = align(shapes, template).mean(axis=0)
        template = unit_size(mean + mirrored(mean))
    return template


def symmetric_part(shapes: np.ndarray) -> np.ndarray:
    """Returns what a face shares with its mirror image: (..., 68) for shapes (..., 68, 2).

    The coordinates of `(shape + mirrored(shape)) / 2`, each pair's once, weighted so that
    Euclidean distances are those between the symmetrised shapes.
    """
    x, y = shapes[..., 0], shapes[..., 1]
    across = (x[..., LEFT] - x[..., RIGHT]) / np.sqrt(2)
    down = (y[..., LEFT] + y[..., RIGHT]) / np.sqrt(2)
    return np.concatenate([across, down, y[..., MIDDLE]], axis=-1)


def asymmetric_part(shapes: np.ndarray) -> np.ndarray:
    """Returns in what a face differs from its mirror image: (..., 68) for shapes (..., 68, 2).

    Nearly all of it is the turn of the head: a landmark moves sideways in proportion to its depth.
    """
    x, y = shapes[..., 0], shapes[..., 1]
    across = (x[..., LEFT] + x[..., RIGHT]) / np.sqrt(2)
    down = (y[..., LEFT] - y[..., RIGHT]) / np.sqrt(2)
    return np.concatenate([across, x[..., MIDDLE], down], axis=-1)


def nose_tip_distances(shapes: np.ndarray) -> np.ndarray:
    """Returns the distances of the symmetrised landmarks from the tip of the nose: (..., 38).

    Each pair's once, weighted by the root of two, and those of the middle line.
    """
    symmetric = (shapes + mirrored(shapes)) / 2
    distances = np.linalg.norm(symmetric - symmetric[..., NOSE_TIP : NOSE_TIP + 1, :], axis=-1)
    middle = MIDDLE[MIDDLE != NOSE_TIP]
    return np.concatenate([np.sqrt(2) * distances[..., LEFT], distances[..., middle]], axis=-1)


def landmark_features(shapes: np.ndarray, distance_weight: float) -> np.ndarray:
    """Returns the features of aligned shapes: symmetric coordinates, then nose-tip distances.

    Args:
        shapes: (..., 68, 2), from `align`.
        distance_weight: of the distances beside the coordinates they are made of.

    Returns:
        (..., 106) float64.
    """
    distances = distance_weight * nose_tip_distances(shapes)
    return np.concatenate([symmetric_part(shapes), distances], axis=-1)
