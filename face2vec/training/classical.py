"""Fits the classifiers that need no Keras: svm, knn and centroid, with scikit-learn.

Each is turned into arrays whose forward pass, in numpy, gives scikit-learn's answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from face2vec.recognition.classifiers import (
    CentroidClassifier,
    Classifier,
    KnnClassifier,
    Layer,
    SvmClassifier,
)
from face2vec.training.folds import HeldOut, answer_held_out, stratified_splits
from face2vec.training.temperature import likeliest_temperature

NEIGHBOURS = 5
PENALTY = 10.0  # C of the support vector machine, for vectors of length 1
COLDEST, HOTTEST = 0.01, 100.0  # in units of the distance of the second best
INNER_FOLDS = 3
NEVER = -1e30  # a score beside which every other is large


def fit(kind: str, vectors: np.ndarray, labels: np.ndarray, people: int, seed: int) -> Classifier:
    """Fits a classifier.

    Args:
        kind: ``svm``, ``knn`` or ``centroid``.
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1; somebody may be missing, and is then never likely.
        people: how many columns the answers have.
        seed: of the splits.
    """
    with threadpool_limits(1):
        if kind == "knn":
            fewest = min(Counter(labels.tolist()).values())
            return KnnClassifier(vectors, labels, people, min(NEIGHBOURS, fewest))
        make = {"svm": _svm_layer, "centroid": _centroid_layer}[kind]
        layer = make(vectors, labels, people)
        temperature = _temperature(make, vectors, labels, people, seed)
    cls = {"svm": SvmClassifier, "centroid": CentroidClassifier}[kind]
    return cls((Layer("softmax", layer.kernel / temperature, layer.bias / temperature),))


def cross_validate(
    kind: str, vectors: np.ndarray, labels: np.ndarray, folds: int, seed: int
) -> HeldOut:
    """Stratified k-fold: each photo is answered by a classifier that was fitted without it.

    Args:
        kind, vectors, labels, seed: see `fit`.
        folds: fewer are made where somebody has fewer photos.
    """
    folds = min(folds, *Counter(labels.tolist()).values())
    people = int(labels.max()) + 1

    def answer(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        return fit(kind, vectors[train], labels[train], people, seed).probabilities(vectors[test])

    return answer_held_out(labels, stratified_splits(labels, folds, seed), answer)


def answer_strangers(
    kind: str, vectors: np.ndarray, labels: np.ndarray, groups: Sequence[np.ndarray], seed: int
) -> list[np.ndarray]:
    """Leaves groups of people out in turn: what do classifiers answer that have never seen them?

    Returns:
        For each group (photos of the group, people) probabilities.
    """
    people = int(labels.max()) + 1
    outside = [np.isin(labels, group) for group in groups]
    return [
        fit(kind, vectors[~out], labels[~out], people, seed).probabilities(vectors[out])
        for out in outside
    ]


def _svm_layer(vectors: np.ndarray, labels: np.ndarray, people: int) -> Layer:
    mean = vectors.mean(axis=0)
    spread = max(float(np.linalg.norm(vectors - mean, axis=1).mean()), 1e-9)
    machine = LinearSVC(C=PENALTY, dual="auto").fit((vectors - mean) / spread, labels)
    kernel, bias = machine.coef_.T, machine.intercept_
    if kernel.shape[1] == 1:  # of two people, scikit-learn gives the second's decision only
        kernel, bias = np.hstack([-kernel, kernel]), np.concatenate([-bias, bias])
    kernel = kernel / spread
    return _for_all(machine.classes_, kernel, bias - mean @ kernel, people)


def _centroid_layer(vectors: np.ndarray, labels: np.ndarray, people: int) -> Layer:
    there = np.unique(labels)
    centroids = np.array([vectors[labels == person].mean(axis=0) for person in there])
    # Half the squared distance, turned round, but for the square of the vector itself.
    return _for_all(there, centroids.T, -(centroids**2).sum(axis=1) / 2, people)


def _for_all(there: np.ndarray, kernel: np.ndarray, bias: np.ndarray, people: int) -> Layer:
    """Gives somebody who was not there a column that is never likely."""
    everybody = np.zeros((len(kernel), people), dtype=np.float32)
    everybody[:, there] = kernel
    biases = np.full(people, NEVER, dtype=np.float32)
    biases[there] = bias
    return Layer("linear", everybody, biases)


def _temperature(
    make: Callable[[np.ndarray, np.ndarray, int], Layer],
    vectors: np.ndarray,
    labels: np.ndarray,
    people: int,
    seed: int,
) -> float:
    """Finds the temperature at which the softmax of held-out scores is likeliest."""
    folds = min(INNER_FOLDS, *Counter(labels.tolist()).values())
    if folds < 2:
        return 1.0
    scores = np.empty((len(labels), people))
    for train, test in stratified_splits(labels, folds, seed):
        scores[test] = make(vectors[train], labels[train], people)(vectors[test])
    scores -= scores.max(axis=1, keepdims=True)
    unit = max(float(-np.median(np.partition(scores, -2, axis=1)[:, -2])), 1e-9)
    return unit * likeliest_temperature(scores / unit, labels, COLDEST, HOTTEST)
