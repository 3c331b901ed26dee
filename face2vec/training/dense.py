"""Arrays in, a trained dense net and honest held-out scores out.

The folds of a cross-validation are trained together, as one Keras model whose weights have a fold
axis: every fold has its own initial weights, its own batches and its own loss, and learns nothing
from the others. Two passes are made. In the first, a part of each fold's training photos is kept
back, and says after how many epochs the fold would best have stopped (early stopping). In the
second, a new net learns from all training photos of the fold for as many epochs, and answers for
the photos held out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit

from face2vec.backend import keras, tf
from face2vec.errors import FolderError, LabelError, OptionError
from face2vec.recognition.classifiers import DenseClassifier, Layer
from face2vec.training.nearest_means import nearest_means
from face2vec.training.whitening import PRIOR_PHOTOS, discriminants, whitening

DEFAULT_FOLDS = 10
UNUSED = -1  # fills up a batch that has fewer photos than its size


@dataclass(frozen=True)
class Settings:
    """What the net and its training depend on; the defaults are for vectors that are whitened.

    Attributes:
        units: width of the hidden layer.
        l2: strength of the L2 penalty on kernels and biases.
        dropout: share of the hidden units that is dropped while training.
        learning_rate: of the Nadam optimiser.
        batch: photos a step.
        epochs: at most.
        patience: epochs without a better validation loss after which a fold stops.
        kept_back: share of the training photos that early stopping looks at.
        prior_photos: how many photos a prior counts for, see `whitening.whitening`.
        sharpness: of the nearest means that the net starts from, see `starting.nearest_means`; with
            0 it starts from random weights.
        seed: of the splits, the initial weights, the batches and the dropout.
    """

    units: int = 128
    l2: float = 1e-3
    dropout: float = 0.3
    learning_rate: float = 1e-3
    batch: int = 32
    epochs: int = 100
    patience: int = 15
    kept_back: float = 0.15
    prior_photos: int = PRIOR_PHOTOS
    sharpness: float = 8.0
    seed: int = 0


# For vectors that no prior has whitened: nothing is known of people but their training photos.
PLAIN = Settings(learning_rate=1e-2, prior_photos=0, sharpness=0.0)


@dataclass(frozen=True, eq=False)
class History:
    """How the early-stopping pass went, for each fold: arrays of shape (epochs, folds)."""

    loss: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    best_epochs: np.ndarray  # (folds,) int, counted from 1


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The answer for each photo of a net that has not seen it.

    Attributes:
        probabilities: (n, people) float32.
        folds: (n,) int, the fold in which the photo was held out.
        history: of the early stopping.
    """

    probabilities: np.ndarray
    folds: np.ndarray
    history: History


def possible_folds(labels: np.ndarray, wanted: int = DEFAULT_FOLDS) -> int:
    """Returns the number of folds, at most as many as the person with fewest photos has.

    Raises:
        OptionError: fewer than two folds are wanted.
        LabelError: somebody has a single photo.
    """
    if wanted < 2:
        raise OptionError(f"at least 2 folds are needed, got {wanted}.")
    fewest = min(Counter(labels.tolist()).values())
    if fewest < 2:
        raise LabelError("each person needs at least two photos for folds.")
    return min(wanted, fewest)


def cross_validate(
    vectors: np.ndarray,
    labels: np.ndarray,
    folds: int = DEFAULT_FOLDS,
    settings: Settings = Settings(),
) -> HeldOut:
    """Stratified k-fold: each photo is answered by a net that was trained without it.

    Args:
        vectors: (n, d) float32, one row a photo.
        labels: (n,) int, 0 to people - 1.
        folds: how many; `possible_folds` says how many there can be.
        settings: of the net.

    Raises:
        OptionError, LabelError: see `possible_folds`.
    """
    folds = possible_folds(labels, folds)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=settings.seed)
    splits = list(splitter.split(vectors, labels))
    answers, history = answer_all([train for train, _ in splits], vectors, labels, settings)
    folds_of = np.empty(len(labels), dtype=int)
    for fold, (_, test) in enumerate(splits):
        folds_of[test] = fold
    return HeldOut(answers[folds_of, np.arange(len(labels))], folds_of, history)


def answer_all(
    train_sets: Sequence[np.ndarray],
    vectors: np.ndarray,
    labels: np.ndarray,
    settings: Settings = Settings(),
) -> tuple[np.ndarray, History]:
    """Trains a net on each set of photos, all side by side, and lets each answer for all photos.

    Args:
        train_sets: indices of the photos that each net learns from, of as many people in each.
        vectors, labels, settings: see `cross_validate`.

    Returns:
        (sets, n, people) float32 probabilities, and how the early stopping went.
    """
    layers = [fixed_layers(vectors[train], labels[train], settings) for train in train_sets]
    inputs = np.stack([DenseClassifier(fixed).probabilities(vectors) for fixed in layers])
    net = FoldedNet(inputs.shape[-1], int(labels.max()) + 1, len(train_sets), settings)
    history = _early_stopping(net, inputs, labels, train_sets)
    net.start(inputs, labels, train_sets)
    net.fit(inputs, labels, train_sets, history.best_epochs)
    return net.predict(inputs), history


def fit_final(
    vectors: np.ndarray,
    labels: np.ndarray,
    epochs: int,
    settings: Settings = Settings(),
    start: DenseClassifier | None = None,
    temperature: float = 1.0,
) -> DenseClassifier:
    """Trains one net on all photos.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1.
        epochs: how many; the folds' early stopping knows.
        settings: of the net.
        start: goes on from the weights of this net, what is fixed before it kept: the axes of
            another whitening would mean nothing to them.
        temperature: divides the logits, so that the probabilities mean something.
    """
    if start is None:
        fixed, learnt = fixed_layers(vectors, labels, settings), None
    else:
        *fixed, hidden, output, _ = start.layers
        learnt = hidden, output
    inputs = DenseClassifier(tuple(fixed)).probabilities(vectors)[None]
    net = FoldedNet(inputs.shape[-1], int(labels.max()) + 1, 1, settings)
    everything = [np.arange(len(labels))]
    if learnt is None:
        net.start(inputs, labels, everything)
    else:
        net.set_weights([learnt])
    net.fit(inputs, labels, everything, np.array([epochs]))
    hidden, output = net.layers(0)
    people = len(output.bias)
    return DenseClassifier((
        *fixed,
        hidden,
        Layer("linear", output.kernel, output.bias),
        Layer("softmax", np.eye(people, dtype=np.float32) / np.float32(temperature),
              np.zeros(people, dtype=np.float32)),
    ))


def answer_strangers(
    vectors: np.ndarray,
    labels: np.ndarray,
    groups: Sequence[np.ndarray],
    epochs: int,
    settings: Settings = Settings(),
) -> list[np.ndarray]:
    """Leaves groups of people out in turn: what do nets answer that have never seen them?

    Args:
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1.
        groups: the people of each group.
        epochs: of the training.
        settings: of the net.

    Returns:
        For each group (photos of the group, people) probabilities.
    """
    outside = [np.isin(labels, group) for group in groups]
    prepared = [
        DenseClassifier(fixed_layers(vectors[~out], labels[~out], settings)).probabilities(vectors)
        for out in outside
    ]
    width = max(seen.shape[1] for seen in prepared)  # fewer people, fewer discriminants
    inputs = np.stack([np.pad(seen, ((0, 0), (0, width - seen.shape[1]))) for seen in prepared])
    net = FoldedNet(width, int(labels.max()) + 1, len(groups), settings)
    train_sets = [np.flatnonzero(~out) for out in outside]
    net.start(inputs, labels, train_sets)
    net.fit(inputs, labels, train_sets, np.full(len(groups), epochs))
    answers = net.predict(inputs)
    return [answers[fold, out] for fold, out in enumerate(outside)]


def fixed_layers(
    vectors: np.ndarray, labels: np.ndarray, settings: Settings
) -> tuple[Layer, ...]:
    """Returns what stands before the net and is computed, not trained.

    Vectors that a prior has whitened are first taken from their mean and brought to unit length:
    direction tells people apart, while length tells how unusual a pose or expression is.
    """
    layers = ()
    if settings.prior_photos:
        mean = vectors.mean(axis=0)
        layers = (Layer("unit-length", np.eye(len(mean), dtype=np.float32), -mean),)
        vectors = layers[0](vectors)
        mean, matrix = discriminants(vectors, labels, settings.prior_photos)
    else:
        mean, matrix = whitening(vectors, labels)
    matrix = matrix.astype(np.float32)
    return (*layers, Layer("linear", matrix, (-mean @ matrix).astype(np.float32)))


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
        self.hidden = _dense(folds, settings.units, "tanh", settings.l2)
        self.dropout = keras.layers.Dropout(settings.dropout, seed=settings.seed)
        self.output = _dense(folds, people, None, settings.l2)
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
            self.set_weights([
                nearest_means(seen[train], labels[train], self.people, units, sharpness, seed)
                for seen, train in zip(inputs, train_sets, strict=True)
            ])

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
            now = tf.equal(epochs, epoch)
            kept = [
                tf.where(tf.reshape(now, [-1] + [1] * (len(old.shape) - 1)), variable, old)
                for variable, old in zip(variables, kept, strict=True)
            ]
        for variable, value in zip(variables, kept, strict=True):
            variable.assign(value)
        return metrics.stack()[:epoch]

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


def _early_stopping(
    net: FoldedNet, inputs: np.ndarray, labels: np.ndarray, train_sets: Sequence[np.ndarray]
) -> History:
    """Trains on a part of each training set and finds the epoch at which the rest is met best."""
    parts = [_split_off(train, labels, net.settings) for train in train_sets]
    learnt, kept = zip(*parts, strict=True)
    epochs = np.full(len(train_sets), net.settings.epochs)
    net.start(inputs, labels, learnt)
    loss, val_loss, val_accuracy = net.fit(inputs, labels, learnt, epochs, kept).swapaxes(0, 1)
    return History(loss, val_loss, val_accuracy, val_loss.argmin(axis=0) + 1)


def _split_off(
    train: np.ndarray, labels: np.ndarray, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Splits training photos in those learnt from and those that early stopping looks at."""
    people = len(np.unique(labels[train]))
    count = max(people, round(settings.kept_back * len(train)))
    if len(train) - count < people:
        return train, train  # one photo a person is left: nothing can be kept back
    splitter = StratifiedShuffleSplit(1, test_size=count, random_state=settings.seed)
    learnt, kept = next(splitter.split(train, labels[train]))
    return train[learnt], train[kept]


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


def _dense(folds: int, units: int, activation: str | None, l2: float) -> keras.layers.Layer:
    return keras.layers.EinsumDense(
        "bfi,fio->bfo",
        output_shape=(folds, units),
        bias_axes="fo",
        activation=activation,
        kernel_initializer=_EachFold(keras.initializers.GlorotUniform),
        kernel_regularizer=keras.regularizers.L2(l2),
        bias_regularizer=keras.regularizers.L2(l2),
    )


class _EachFold(keras.initializers.Initializer):
    """Initialises every fold by itself: its fans are those of one net, not of all together."""

    def __init__(self, initializer: type[keras.initializers.Initializer]) -> None:
        self.initializer = initializer

    def __call__(self, shape, dtype=None):
        folds = [self.initializer(seed=fold)(shape[1:], dtype) for fold in range(shape[0])]
        return keras.ops.stack(folds)


def write_logs(folder: Path, history: History) -> Path:
    """Writes the early-stopping pass for TensorBoard, one run for each fold.

    Args:
        folder: ``folder/<date>/fold-01`` and so on are made in it.
        history: as `cross_validate` returns it.

    Returns:
        ``folder/<date>``.

    Raises:
        FolderError: the folder cannot be written.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    run = folder / time.strftime("%Y-%m-%d-%H%M%S")
    curves = {"loss": history.loss, "val_loss": history.val_loss,
              "val_accuracy": history.val_accuracy}
    started = time.time()
    try:
        for fold in range(len(history.best_epochs)):
            writer = EventFileWriter(str(run / f"fold-{fold + 1:02d}"))
            for epoch in range(len(history.loss)):
                values = [
                    Summary.Value(tag=tag, simple_value=float(curve[epoch, fold]))
                    for tag, curve in curves.items()
                ]
                writer.add_event(
                    Event(step=epoch + 1, wall_time=started, summary=Summary(value=values))
                )
            writer.close()
    except OSError as error:
        raise FolderError(
            f"the logs cannot be written to {folder} ({error.strerror}): "
            "choose another folder with --logs, or none with --no-logs."
        ) from error
    return run
