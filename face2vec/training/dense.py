"""Arrays in, a trained dense net and honest held-out scores out.

The nets of a cross-validation's folds are trained together (`net.FoldedNet`), in two passes. In
the first, a part of each fold's training photos is kept back, and says after how many epochs the
fold would best have stopped (early stopping). In the second, a new net learns from all training
photos of the fold for as many epochs, and answers for the photos held out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import StratifiedShuffleSplit

from face2vec import defaults
from face2vec.encoders.ratio import Ratio
from face2vec.recognition.classifiers import DenseClassifier, Layer
from face2vec.training.folds import HeldOut, answer_held_out, possible_folds, stratified_splits
from face2vec.training.net import FoldedNet, History
from face2vec.training.own_ratio import own_ratio, ratio_discriminants
from face2vec.training.settings import Settings
from face2vec.training.whitening import discriminants, whitening


def cross_validate(
    vectors: np.ndarray,
    labels: np.ndarray,
    folds: int = defaults.FOLDS,
    settings: Settings = Settings(),
    known_ratio: Ratio | None = None,
) -> tuple[HeldOut, History]:
    """Stratified k-fold: each photo is answered by a net that was trained without it.

    Args:
        vectors: (n, d) float32, one row a photo.
        labels: (n,) int, 0 to people - 1.
        folds: how many; `possible_folds` says how many there can be.
        settings: of the net.
        known_ratio: of the encoder; None where it has none.

    Returns:
        The answers, and how the early stopping went.

    Raises:
        OptionError, LabelError: see `possible_folds`.
    """
    splits = stratified_splits(labels, possible_folds(labels, folds), settings.seed)
    trains = [train for train, _ in splits]
    answers, history = answer_all(trains, vectors, labels, settings, known_ratio)
    nets = iter(answers)
    return answer_held_out(labels, splits, lambda train, test: next(nets)[test]), history


def answer_all(
    train_sets: Sequence[np.ndarray],
    vectors: np.ndarray,
    labels: np.ndarray,
    settings: Settings = Settings(),
    known_ratio: Ratio | None = None,
) -> tuple[np.ndarray, History]:
    """Trains a net on each set of photos, all side by side, and lets each answer for all photos.

    Args:
        train_sets: indices of the photos that each net learns from, of as many people in each.
        vectors, labels, settings, known_ratio: see `cross_validate`.

    Returns:
        (sets, n, people) float32 probabilities, and how the early stopping went.
    """
    layers = [
        fixed_layers(vectors[train], labels[train], settings, known_ratio) for train in train_sets
    ]
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
    known_ratio: Ratio | None = None,
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
        known_ratio: see `cross_validate`.
    """
    if start is None:
        fixed, learnt = list(fixed_layers(vectors, labels, settings, known_ratio)), None
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
    return DenseClassifier(
        (
            *fixed,
            hidden,
            Layer("linear", output.kernel, output.bias),
            Layer(
                "softmax",
                np.eye(people, dtype=np.float32) / np.float32(temperature),
                np.zeros(people, dtype=np.float32),
            ),
        )
    )


def answer_strangers(
    vectors: np.ndarray,
    labels: np.ndarray,
    groups: Sequence[np.ndarray],
    epochs: int,
    settings: Settings = Settings(),
    known_ratio: Ratio | None = None,
) -> list[np.ndarray]:
    """Leaves groups of people out in turn: what do nets answer that have never seen them?

    Args:
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1.
        groups: the people of each group.
        epochs: of the training.
        settings: of the net.
        known_ratio: see `cross_validate`.

    Returns:
        For each group (photos of the group, people) probabilities.
    """
    outside = [np.isin(labels, group) for group in groups]
    layers = [fixed_layers(vectors[~out], labels[~out], settings, known_ratio) for out in outside]
    prepared = [DenseClassifier(fixed).probabilities(vectors) for fixed in layers]
    width = max(seen.shape[1] for seen in prepared)  # fewer people, fewer discriminants
    inputs = np.stack([np.pad(seen, ((0, 0), (0, width - seen.shape[1]))) for seen in prepared])
    net = FoldedNet(width, int(labels.max()) + 1, len(groups), settings)
    train_sets = [np.flatnonzero(~out) for out in outside]
    net.start(inputs, labels, train_sets)
    net.fit(inputs, labels, train_sets, np.full(len(groups), epochs))
    answers = net.predict(inputs)
    return [answers[fold, out] for fold, out in enumerate(outside)]


def fixed_layers(
    vectors: np.ndarray,
    labels: np.ndarray,
    settings: Settings,
    known_ratio: Ratio | None = None,
) -> tuple[Layer, ...]:
    """Returns what stands before the net and is computed, not trained.

    Where a ratio of likelihoods is known, nearest means in what comes out are nearly as the ratio
    has it. Vectors that are whitened without one are first taken from their mean and brought to
    unit length: direction tells people apart, while length tells how unusual an expression is.
    """
    layers: tuple[Layer, ...] = ()
    if known_ratio is not None:
        own = own_ratio(known_ratio, vectors, labels)
        if own.unit_length:
            identity = np.eye(vectors.shape[1], dtype=np.float32)
            layers = (Layer("unit-length", identity, identity[0] * 0),)
        matrix, bias = ratio_discriminants(own, vectors, labels)
        return (*layers, Layer("linear", matrix.astype(np.float32), bias.astype(np.float32)))
    if settings.prior_photos:
        mean = vectors.mean(axis=0)
        layers = (Layer("unit-length", np.eye(len(mean), dtype=np.float32), -mean),)
        vectors = layers[0](vectors)
        mean, matrix = discriminants(vectors, labels, settings.prior_photos)
    else:
        mean, matrix = whitening(vectors, labels)
    matrix = matrix.astype(np.float32)
    return (*layers, Layer("linear", matrix, (-mean @ matrix).astype(np.float32)))


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
    """Splits training photos in those learnt from and those that early stopping looks at.

    Somebody's only photo is learnt from. Nothing is kept back where fewer than half of the people
    have two: a net that a few of them stop does best if it names them always.
    """
    owners, counts = np.unique(labels[train], return_counts=True)
    several = np.isin(labels[train], owners[counts > 1])
    shown = int((counts > 1).sum())
    count = max(shown, round(settings.kept_back * len(train)))
    if 2 * shown < len(owners) or several.sum() - count < shown:
        return train, train
    splitter = StratifiedShuffleSplit(1, test_size=count, random_state=settings.seed)
    divisible = train[several]
    learnt, kept = next(splitter.split(divisible, labels[divisible]))
    return np.concatenate([divisible[learnt], train[~several]]), divisible[kept]
