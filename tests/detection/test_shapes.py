from __future__ import annotations

import numpy as np
import pytest

from face2vec.detection.shapes import (
    MIRROR,
    align,
    asymmetric_part,
    mirrored,
    nose_tip_distances,
    nose_tip_features,
    symmetric_part,
    symmetric_template,
    unit_size,
)

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


def test_the_mirror_swaps_left_and_right_and_twice_is_nothing():
    assert sorted(MIRROR) == list(range(68))
    assert list(MIRROR[[0, 17, 30, 36, 48, 60, 65]]) == [16, 26, 30, 45, 54, 64, 67]
    np.testing.assert_array_equal(MIRROR[MIRROR], np.arange(68))
    np.testing.assert_allclose(mirrored(mirrored(LANDMARKS)), LANDMARKS)


@pytest.mark.parametrize("degrees", [0, 17, 180])
def test_moving_turning_and_scaling_a_photo_does_not_change_the_aligned_shape(degrees):
    template = unit_size(RNG.normal(size=(68, 2)))
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = 3.1 * LANDMARKS @ turn + (40, -7)
    np.testing.assert_allclose(align(moved, template), align(LANDMARKS, template), atol=1e-12)


def test_alignment_gets_as_near_to_the_template_as_turning_can():
    template = unit_size(LANDMARKS + RNG.normal(size=(68, 2)))
    aligned = align(LANDMARKS, template)
    best = np.linalg.norm(aligned - template)
    for angle in (-0.02, 0.02, 1.0):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        assert np.linalg.norm(aligned @ turn - template) > best


def test_the_template_is_symmetric_and_of_unit_size():
    shapes = LANDMARKS + RNG.normal(size=(9, 68, 2))
    template = symmetric_template(shapes)
    np.testing.assert_allclose(mirrored(template), template, atol=1e-12)
    np.testing.assert_allclose(unit_size(template), template, atol=1e-12)


def test_distances_between_symmetric_parts_are_those_between_symmetrised_shapes():
    one, two = RNG.normal(size=(2, 68, 2))
    symmetrised = [(shape + mirrored(shape)) / 2 for shape in (one, two)]
    expected = np.linalg.norm(symmetrised[0] - symmetrised[1])
    np.testing.assert_allclose(np.linalg.norm(symmetric_part(one) - symmetric_part(two)), expected)


def test_symmetric_and_asymmetric_part_are_all_there_is():
    shape = RNG.normal(size=(68, 2))
    both = np.concatenate([symmetric_part(shape), asymmetric_part(shape)])
    np.testing.assert_allclose(np.linalg.norm(both), np.linalg.norm(shape))
    assert not asymmetric_part(shape + mirrored(shape)).round(12).any()
    assert not symmetric_part(shape - mirrored(shape)).round(12).any()


def test_nose_tip_distances_by_hand():
    shape = np.zeros((68, 2))
    shape[36], shape[45] = (-3, -4), (3, -4)  # the outer corners of the eyes, 5 from the tip
    shape[8] = (0, 7)  # the chin
    distances = nose_tip_distances(shape)
    assert distances.shape == (38,)
    assert sorted(distances[distances > 0]) == pytest.approx([7, 5 * 2**0.5])
