"""Many dense nets of one shape, trained side by side as one Keras model with a fold axis.

Every fold has its own initial weights, its own batches and its own loss, and learns nothing from
the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from face2vec.backend import keras, tf
from face2vec.progress import of_training
from face2vec.recognition.classifiers import Layer
from face2vec.training.nearest_means import nearest_means
from face2vec.training.settings import Settings

UNUSED = -1  # fills up a batch that has fewer photos than its size


@dataclass(frozen=True, eq=False)
class History:
    """How the early-stopping pass went, for each fold: arrays of shape (epochs, folds)."""

    loss: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    best_epochs: np.ndarray  # (folds,) int, counted from 1


class FoldedNet:
    """`folds` nets of the same shape, trained side by side as one Keras model.

    Args:
        inputs: length of the vectors.
        people: number of classes.
        folds: number of nets.
        settings: of the nets.
    """

    def __init__(self, inputs: int, people: int, folds: int, settings: Settings) -> None:
        keras.utils.set_random_seed(settings.seed)
        self.settings = settings
        self.folds = folds
        self.people = people
        self.hidden = _dense(folds, settings.units, "tanh", settings.l2, settings.seed)
        self.dropout = keras.layers.Dropout(settings.dropout, seed=settings.seed)
        self.output = _dense(folds, people, None, settings.l2, settings.seed + 1)
        self.model = keras.Sequential(
            [keras.Input((folds, inputs)), self.hidden, self.dropout, self.output]
        )
        self.optimizer = keras.optimizers.Nadam(settings.learning_rate)
        self.optimizer.build(self.model.trainable_variables)
        self._run = tf.function(  # traced once, though photos and epochs vary in number
            self._train,
            input_signature=[
                tf.TensorSpec([None, folds, inputs], tf.float32),
                tf.TensorSpec([None], tf.int32),
                tf.TensorSpec([None, None, None, folds], tf.int32),
                tf.TensorSpec([folds], tf.int32),
                tf.TensorSpec([folds, None], tf.float32),
                tf.TensorSpec([], tf.int32),
            ],
        )
        self._tell: Callable[[int], None] = lambda epoch: None
        self._fresh = [variable.numpy() for variable in self._state]

    @property
    def _state(self) -> list[keras.Variable]:
        return [*self.model.trainable_variables, *self.optimizer.variables]

    def start(
        self, inputs: np.ndarray, labels: np.ndarray, train_sets: Sequence[np.ndarray]
    ) -> None:
        """Forgets all that was learnt: back to random weights, or to nearest means.

        Args:
            inputs, labels, train_sets: see `fit`.
        """
        for variable, value in zip(self._state, self._fresh, strict=True):
            variable.assign(value)
        units, sharpness, seed = self.settings.units, self.settings.sharpness, self.settings.seed
        if sharpness:
            self.set_weights(
                [
                    nearest_means(seen[train], labels[train], self.people, units, sharpness, seed)
                    for seen, train in zip(inputs, train_sets, strict=True)
                ]
            )

    def fit(
        self,
        inputs: np.ndarray,
        labels: np.ndarray,
        train_sets: Sequence[np.ndarray],
        epochs: np.ndarray,
        validation_sets: Sequence[np.ndarray] | None = None,
    ) -> np.ndarray:
        """Trains every net on its own photos.

        Args:
            inputs: (folds, n, d), what the net of each fold sees of each photo.
            labels: (n,) int.
            train_sets: indices of each fold's training photos.
            epochs: (folds,) int: the weights after so many epochs are kept.
            validation_sets: indices of the photos on which each epoch is measured; with them,
                training ends when no fold has got better for `patience` epochs.

        Returns:
            (epochs, 3, folds): loss, validation loss and validation accuracy (NaN without
            `validation_sets`).
        """
        batches = _batches(train_sets, int(epochs.max()), self.settings)
        masks = np.zeros((self.folds, len(labels)), dtype=np.float32)
        for fold, chosen in enumerate(validation_sets or []):
            masks[fold, chosen] = 1 / len(chosen)
        patience = self.settings.patience if validation_sets else len(batches)
        tell, of = of_training(), len(batches)
        self._tell = lambda epoch: tell(epoch, of)
        metrics = self._run(
            tf.constant(inputs.swapaxes(0, 1), tf.float32),
            tf.constant(labels, tf.int32),
            tf.constant(batches, tf.int32),
            tf.constant(epochs, tf.int32),
            tf.constant(masks),
            tf.constant(patience, tf.int32),
        )
        return metrics.numpy()

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Returns (folds, n, people) probabilities for inputs of (folds, n, d)."""
        logits = self.model(inputs.swapaxes(0, 1).astype(np.float32), training=False)
        return tf.nn.softmax(logits).numpy().swapaxes(0, 1)

    def layers(self, fold: int) -> tuple[Layer, ...]:
        """Returns the weights of one fold's net."""
        hidden = [variable.numpy()[fold] for variable in self.hidden.weights]
        output = [variable.numpy()[fold] for variable in self.output.weights]
        return Layer("tanh", *hidden), Layer("softmax", *output)

    def set_weights(self, nets: Sequence[tuple[Layer, Layer]]) -> None:
        """Gives the net of each fold these weights."""
        for own, layers in zip((self.hidden, self.output), zip(*nets, strict=True), strict=True):
            kernels, biases = ([layer.kernel for layer in layers], [layer.bias for layer in layers])
            own.set_weights([np.stack(kernels), np.stack(biases)])

    def _train(self, inputs, labels, batches, epochs, masks, patience):
        variables = self.model.trainable_variables
        kept = [tf.identity(variable) for variable in variables]
        best = tf.fill([self.folds], np.float32(np.inf))
        waited = tf.zeros([self.folds], tf.int32)
        total = tf.shape(batches)[0]
        metrics = tf.TensorArray(tf.float32, total, element_shape=[3, self.folds])
        epoch = tf.constant(0)
        while epoch < total and tf.reduce_any(waited < patience):
            loss = tf.zeros([self.folds])
            for step in tf.range(tf.shape(batches)[1]):
                loss += self._step(inputs, labels, batches[epoch, step])
            val_loss, val_accuracy = self._measure(inputs, labels, masks)
            waited = tf.where(val_loss < best, 0, waited + 1)
            best = tf.minimum(val_loss, best)
            steps = tf.cast(tf.shape(batches)[1], tf.float32)
            metrics = metrics.write(epoch, tf.stack([loss / steps, val_loss, val_accuracy]))
            epoch += 1
            tf.numpy_function(self._told, [epoch], [])
            now = tf.equal(epochs, epoch)
            kept = [
                tf.where(tf.reshape(now, [-1] + [1] * (len(old.shape) - 1)), variable, old)
                for variable, old in zip(variables, kept, strict=True)
            ]
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)
        return metrics.stack()[:epoch]

    def _told(self, epoch: np.ndarray) -> None:
        self._tell(int(epoch))

    def _step(self, inputs, labels, batch):
        """One step of all folds on a batch of (size, folds) photo indices."""
        weight = tf.cast(batch != UNUSED, tf.float32)
        batch = tf.maximum(batch, 0)
        fold = tf.broadcast_to(tf.range(self.folds), tf.shape(batch))
        seen = tf.gather_nd(inputs, tf.stack([batch, fold], axis=-1))
        with tf.GradientTape() as tape:
            logits = self.model(seen, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
                tf.gather(labels, batch), logits
            )
            loss = tf.reduce_sum(losses * weight, 0) / tf.reduce_sum(weight, 0)
            penalised = tf.reduce_sum(loss) + tf.add_n(self.model.losses)
        variables = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(penalised, variables), variables)
        return loss

    def _measure(self, inputs, labels, masks):
        logits = self.model(inputs)
        wanted = tf.repeat(labels[:, None], self.folds, axis=1)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)
        right = tf.cast(tf.equal(tf.argmax(logits, -1, tf.int32), wanted), tf.float32)
        weights = tf.transpose(masks)
        return tf.reduce_sum(losses * weights, 0), tf.reduce_sum(right * weights, 0)


def _batches(train_sets: Sequence[np.ndarray], epochs: int, settings: Settings) -> np.ndarray:
    """Returns (epochs, steps, batch, folds) photo indices, shuffled anew in each epoch."""
    rng = np.random.default_rng(settings.seed)
    size = min(settings.batch, max(map(len, train_sets)))
    steps = -(-max(map(len, train_sets)) // size)
    batches = np.full((epochs, len(train_sets), steps * size), UNUSED)
    for fold, train in enumerate(train_sets):
        shuffled = rng.permuted(np.tile(train, (epochs, 1)), axis=1)
        # Spread what is missing over the steps, so that no step of a fold is without photos.
        places = np.linspace(0, steps * size, len(train), endpoint=False).astype(int)
        batches[:, fold, places] = shuffled
    return batches.reshape(epochs, len(train_sets), steps, size).transpose(0, 2, 3, 1)


def _dense(
    folds: int, units: int, activation: str | None, l2: float, seed: int
) -> keras.layers.Layer:
    return keras.layers.EinsumDense(
        "bfi,fio->bfo",
        output_shape=(folds, units),
        bias_axes="fo",
        activation=activation,
        kernel_initializer=_EachFold(keras.initializers.GlorotUniform, seed),
        kernel_regularizer=keras.regularizers.L2(l2),
        bias_regularizer=keras.regularizers.L2(l2),
    )


class _EachFold(keras.initializers.Initializer):
    """Initialises every fold by itself: its fans are those of one net, not of all together."""

    def __init__(self, initializer: type[keras.initializers.Initializer], seed: int) -> None:
        self.initializer = initializer
        self.seed = seed

    def __call__(self, shape, dtype=None):
        seeds = np.random.SeedSequence(self.seed).generate_state(shape[0]).tolist()
        return keras.ops.stack([self.initializer(seed=one)(shape[1:], dtype) for one in seeds])
