"""The triplet loss of FaceNet, and which triplets to learn from.

Schroff, Kalenichenko and Philbin, "FaceNet: a unified embedding for face recognition and
clustering", 2015; Hermans, Beyer and Leibe, "In defense of the triplet loss for person
re-identification", 2017.

Distances are squared Euclidean. A triplet is an anchor, a positive (another photo of the same
person) and a negative (a photo of somebody else); it costs
``max(|anchor - positive|^2 - |anchor - negative|^2 + margin, 0)``.
"""

from __future__ import annotations

from face2vec.backend import tf

MARGIN = 0.2
_FAR = 1e9


def triplet_loss(
    anchors: tf.Tensor, positives: tf.Tensor, negatives: tf.Tensor, margin: float = MARGIN
) -> tf.Tensor:
    """Returns the sum of what the triplets cost, a scalar.

    Args:
        anchors, positives, negatives: (n, d), row by row a triplet.
        margin: by how much a negative must be further away than a positive.
    """
    to_positive = tf.reduce_sum(tf.square(anchors - positives), axis=1)
    to_negative = tf.reduce_sum(tf.square(anchors - negatives), axis=1)
    return tf.reduce_sum(tf.maximum(to_positive - to_negative + margin, 0.0))


def squared_distances(vectors: tf.Tensor) -> tf.Tensor:
    """Returns (n, n) squared Euclidean distances between the rows of (n, d)."""
    lengths = tf.reduce_sum(tf.square(vectors), axis=1)
    products = tf.matmul(vectors, vectors, transpose_b=True)
    return tf.maximum(lengths[:, None] - 2 * products + lengths[None], 0.0)


def batch_hard(distances: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """For each anchor, its furthest positive and its nearest negative (Hermans et al., 2017).

    Args:
        distances: (n, n), from `squared_distances`.
        labels: (n,) int.

    Returns:
        Indices of anchors, positives and negatives; rows without either are left out.
    """
    positive, negative = _pairs(labels)
    furthest = tf.argmax(tf.where(positive, distances, -_FAR), axis=1, output_type=tf.int32)
    nearest = tf.argmin(tf.where(negative, distances, _FAR), axis=1, output_type=tf.int32)
    usable = tf.reduce_any(positive, axis=1) & tf.reduce_any(negative, axis=1)
    anchors = tf.cast(tf.where(usable)[:, 0], tf.int32)
    return anchors, tf.gather(furthest, anchors), tf.gather(nearest, anchors)


def _pairs(labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns two (n, n) bool: photos of one person but not the same, photos of two people."""
    same = tf.equal(labels[:, None], labels[None])
    itself = tf.eye(tf.shape(labels)[0], dtype=tf.bool)
    return same & ~itself, ~same
