"""The triplet loss and its mining, against cases worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from face2vec.training.triplet_loss import batch_hard, squared_distances, triplet_loss


def points(*rows):
    return tf.constant(rows, tf.float32)


def triplets(found):
    return sorted(zip(*(one.numpy().tolist() for one in found), strict=True))


def line(*places):
    """Squared distances between points on a line."""
    return squared_distances(points(*([place] for place in places)))


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        ([1, 0], [0, 2], 0.0),  # 1 - 4 + 0.2 < 0
        ([1, 0], [0, 1], 0.2),  # 1 - 1 + 0.2
        ([2, 0], [0, 1], 3.2),  # 4 - 1 + 0.2
        ([3, 4], [1, 0], 24.2),  # 25 - 1 + 0.2
    ],
)
def test_one_triplet_by_hand(positive, negative, expected):
    loss = triplet_loss(points([0, 0]), points(positive), points(negative))
    assert float(loss) == pytest.approx(expected)


def test_the_loss_is_the_sum_over_the_batch_and_margin_counts_in_each():
    anchors, positives = points([0], [0], [5]), points([1], [2], [5])
    negatives = points([1], [1], [9])
    assert float(triplet_loss(anchors, positives, negatives)) == pytest.approx(0.2 + 3.2 + 0)
    assert float(triplet_loss(anchors, positives, negatives, 1.0)) == pytest.approx(1 + 4 + 0)


def test_the_gradient_by_hand():
    """d/da (|a-p|^2 - |a-n|^2) = 2 (n - p), and nothing where the triplet costs nothing."""
    anchors = tf.Variable([[0.0, 0.0], [0.0, 0.0]])
    positives, negatives = points([2, 0], [0, 0]), points([0, 1], [9, 9])
    with tf.GradientTape() as tape:
        loss = triplet_loss(anchors, positives, negatives)
    np.testing.assert_allclose(tape.gradient(loss, anchors), [[-4, 2], [0, 0]])


def test_squared_distances_by_hand():
    np.testing.assert_allclose(line(0, 3, -1), [[0, 9, 1], [9, 0, 16], [1, 16, 0]])


def test_batch_hard_takes_the_furthest_positive_and_the_nearest_negative():
    # a0 at 0, a1 at 1, a2 at 3; b0 at 2, b1 at 10
    found = batch_hard(line(0, 1, 3, 2, 10), tf.constant([0, 0, 0, 1, 1]))
    assert triplets(found) == [(0, 2, 3), (1, 2, 3), (2, 0, 3), (3, 4, 1), (4, 3, 2)]


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2]])
def test_without_positives_or_negatives_there_are_no_triplets(labels):
    assert triplets(batch_hard(line(0, 1, 2), tf.constant(labels))) == []
