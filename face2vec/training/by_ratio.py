"""Fits the classifier `ratio`, and answers with it for photos and people that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from face2vec.encoders.ratio import Ratio
from face2vec.recognition.classifiers import RatioClassifier
from face2vec.recognition.known_people import KnownPeople
from face2vec.training.folds import HeldOut, answer_held_out, possible_folds, stratified_splits
from face2vec.training.own_ratio import own_ratio


def fit(
    known: Ratio | None,
    vectors: np.ndarray,
    labels: np.ndarray,
    people: int,
    temperature: float = 1.0,
) -> RatioClassifier:
    """Fits the classifier.

    Args:
        known: the ratio of the encoder; None where it has none.
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1; somebody may be missing, and is then never likely.
        people: how many columns the answers have.
        temperature: see `RatioClassifier`.
    """
    ratio = own_ratio(known, vectors, labels)
    return RatioClassifier(KnownPeople.of(ratio, vectors, labels, people), temperature)


def cross_validate(
    known: Ratio | None, vectors: np.ndarray, labels: np.ndarray, folds: int, seed: int
) -> HeldOut:
    """Stratified k-fold: each photo is answered by a classifier that was fitted without it.

    Raises:
        OptionError, LabelError: see `folds.possible_folds`.
    """
    people = int(labels.max()) + 1

    def answer(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        return fit(known, vectors[train], labels[train], people).probabilities(vectors[test])

    splits = stratified_splits(labels, possible_folds(labels, folds), seed)
    return answer_held_out(labels, splits, answer)


def answer_strangers(
    known: Ratio | None, vectors: np.ndarray, labels: np.ndarray, groups: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Leaves groups of people out in turn: what do classifiers answer that have never seen them?

    Returns:
        For each group (photos of the group, people) probabilities.
    """
    people = int(labels.max()) + 1
    outside = [np.isin(labels, group) for group in groups]
    return [
        fit(known, vectors[~out], labels[~out], people).probabilities(vectors[out])
        for out in outside
    ]
