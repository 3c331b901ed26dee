"""Landmarks to features: pure functions over arrays, no pixels and no files."""

from __future__ import annotations

import numpy as np

NOSE_TIP = 30


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
