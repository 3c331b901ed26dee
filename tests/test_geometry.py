from __future__ import annotations

import numpy as np
import pytest

from face2vec.geometry import nose_tip_features

RNG = np.random.default_rng(0)
LANDMARKS = RNG.uniform(10, 200, (68, 2))


def by_hand(landmarks):
    """The published recipe, written out: offsets and distance from point 30, each MaxAbs-scaled."""
    nose_x, nose_y = landmarks[30]
    x = [px - nose_x for px, _ in landmarks]
    y = [py - nose_y for _, py in landmarks]
    distance = [(dx**2 + dy**2) ** 0.5 for dx, dy in zip(x, y, strict=True)]
    return np.array([[value / max(map(abs, row)) for value in row] for row in (x, y, distance)])


def test_shape_and_values():
    features = nose_tip_features(LANDMARKS)
    assert features.shape == (3, 68)
    np.testing.assert_allclose(features, by_hand(LANDMARKS), atol=1e-12)


def test_the_nose_tip_is_the_origin_and_each_row_reaches_one():
    features = nose_tip_features(LANDMARKS)
    assert not features[:, 30].any()
    np.testing.assert_allclose(np.abs(features).max(axis=1), 1)


@pytest.mark.parametrize(("scale", "shift"), [(1, (50, -7)), (3.7, (0, 0)), (0.1, (1000, 20))])
def test_scaling_and_shifting_the_photo_changes_nothing(scale, shift):
    moved = LANDMARKS * scale + shift
    np.testing.assert_allclose(nose_tip_features(moved), nose_tip_features(LANDMARKS), atol=1e-9)


def test_points_that_all_coincide_give_zeros_not_nan():
    assert not nose_tip_features(np.ones((68, 2))).any()
