"""An embedding learnt by triplets: people it has never seen can be told apart by its distances.

Schroff, Kalenichenko and Philbin, "FaceNet", 2015: 128 numbers of unit length, trained so that
photos of one person are nearer to each other than to anybody else's by a margin.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from face2vec import defaults
from face2vec.backend import keras, tf
from face2vec.progress import of_training
from face2vec.recognition.classifiers import EmbeddingClassifier, Layer
from face2vec.training.folds import HeldOut, answer_held_out, stratified_splits
from face2vec.training.triplet_loss import MARGIN, batch_hard, squared_distances, triplet_loss
from face2vec.training.whitening import PRIOR_PHOTOS, whitening


@dataclass(frozen=True)
class TripletSettings:
    """What the embedding and its training depend on.

    Attributes:
        length: of the embedding.
        margin: by which others must be further away; distances are squared, of unit vectors.
        people, photos: of a batch: so many people, so many photos of each.
        steps: batches in all.
        learning_rate: of the Nadam optimiser.
        l2: strength of the pull on the kernel back to where it began.
        prior_photos: what a prior counts for in the whitening that it begins from, see
            `whitening.whitening`; 0 for vectors that no prior has whitened.
        seed: of the batches.
    """

    length: int = 128
    margin: float = MARGIN
    people: int = 16
    photos: int = 6
    steps: int = 300
    learning_rate: float = 1e-3
    l2: float = 0.1
    prior_photos: int = PRIOR_PHOTOS
    seed: int = defaults.SEED


def fit_embedding(
    vectors: np.ndarray, labels: np.ndarray, settings: TripletSettings = TripletSettings()
) -> EmbeddingClassifier:
    """Learns an embedding from labelled vectors.

    It is a linear map, begun as the whitening of these vectors and held near it, followed by the
    division by its length: with a few photos a person, anything deeper learns them by heart.
    Without a triplet, where nobody has two photos, it stays the whitening.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1.
        settings: see `TripletSettings`.
    """
    counts = np.bincount(labels)
    mean, matrix = _initial_whitening(vectors, labels, settings)
    inputs = ((vectors - mean) @ matrix).astype(np.float32)
    kernel = (matrix @ _descend(inputs, labels, settings)).astype(np.float32)
    layer = Layer("unit-length", kernel, (-mean @ kernel).astype(np.float32))
    embedded = layer(vectors)
    centres = [embedded[labels == person].mean(axis=0) for person in range(len(counts))]
    return EmbeddingClassifier((layer,), np.array(centres))


def cross_validate_embedding(
    vectors: np.ndarray, labels: np.ndarray, folds: int, settings: TripletSettings
) -> HeldOut:
    """Stratified k-fold: each photo is named by the nearest centre of an embedding without it.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1.
        folds: at most as many as the person with fewest photos has.
        settings: see `TripletSettings`.
    """

    def answer(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        learnt = fit_embedding(vectors[train], labels[train], settings)
        return learnt.probabilities(vectors[test])

    return answer_held_out(labels, stratified_splits(labels, folds, settings.seed), answer)


def at_temperature(embedding: EmbeddingClassifier, temperature: float) -> EmbeddingClassifier:
    """Returns the same embedding, its probabilities at another temperature."""
    return replace(embedding, sharpness=embedding.sharpness / temperature)


def _initial_whitening(
    vectors: np.ndarray, labels: np.ndarray, settings: TripletSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean and the whitening, (d, at most length), to vectors of about unit length."""
    mean, matrix = whitening(vectors, labels, settings.prior_photos)
    white = (vectors - mean) @ matrix
    if matrix.shape[1] > settings.length:  # keep the directions in which these photos differ most
        directions = np.linalg.svd(white)[2][: settings.length].T
        white, matrix = white @ directions, matrix @ directions
    return mean, matrix / np.sqrt((white**2).sum(axis=1).mean())


def _descend(inputs: np.ndarray, labels: np.ndarray, settings: TripletSettings) -> np.ndarray:
    """Returns the kernel, (d, length) float32."""
    initial = np.eye(inputs.shape[1], settings.length, dtype=np.float32)
    kernel = tf.Variable(initial)
    optimizer = keras.optimizers.Nadam(settings.learning_rate)
    optimizer.build([kernel])

    @tf.function(reduce_retracing=True)
    def step(rows: tf.Tensor, people: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            embedded = tf.math.l2_normalize(rows @ kernel, axis=1)
            anchors, positives, negatives = batch_hard(squared_distances(embedded), people)
            loss = triplet_loss(
                tf.gather(embedded, anchors),
                tf.gather(embedded, positives),
                tf.gather(embedded, negatives),
                settings.margin,
            ) / tf.maximum(tf.cast(tf.size(anchors), tf.float32), 1.0)
            loss += settings.l2 * tf.reduce_sum(tf.square(kernel - initial))
        optimizer.apply([tape.gradient(loss, kernel)], [kernel])

    tell = of_training()
    for done, chosen in enumerate(_batches(labels, settings), start=1):
        tell(done, settings.steps)
        step(tf.constant(inputs[chosen]), tf.constant(labels[chosen], tf.int32))
    return kernel.numpy()


def _batches(labels: np.ndarray, settings: TripletSettings) -> Iterator[np.ndarray]:
    """Yields indices: some people, some photos of each; people with a single photo are others."""
    rng = np.random.default_rng(settings.seed)
    photos = [np.flatnonzero(labels == person) for person in np.unique(labels)]
    for _ in range(settings.steps):
        people = rng.permutation(len(photos))[: settings.people]
        yield np.concatenate([rng.permutation(photos[p])[: settings.photos] for p in people])
