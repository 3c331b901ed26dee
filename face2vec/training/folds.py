"""Stratified folds: which photos are held out when, and the answers for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import StratifiedKFold

from face2vec import defaults
from face2vec.errors import LabelError, OptionError

Split = tuple[np.ndarray, np.ndarray]  # indices of the photos to learn from, and of those held out


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The answer for each photo of a classifier that has not seen it.

    Attributes:
        probabilities: (n, people) float32.
        folds: (n,) int, the fold in which the photo was held out.
    """

    probabilities: np.ndarray
    folds: np.ndarray


def possible_folds(labels: np.ndarray, wanted: int = defaults.FOLDS) -> int:
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


def stratified_splits(labels: np.ndarray, folds: int, seed: int) -> list[Split]:
    """Returns the photos to learn from and those held out, for each fold.

    Args:
        labels: (n,) int, the person on each photo.
        folds: at most as many as the person with fewest photos has.
        seed: of the shuffling.
    """
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    return list(splitter.split(np.empty((len(labels), 0)), labels))


def answer_held_out(
    labels: np.ndarray,
    splits: list[Split],
    answer: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> HeldOut:
    """Lets each fold's classifier answer for the photos that it has not seen.

    Args:
        labels: (n,) int, 0 to people - 1.
        splits: from `stratified_splits`.
        answer: is given the indices to learn from and those held out, and returns
            (held out, people) probabilities.
    """
    probabilities = np.empty((len(labels), int(labels.max()) + 1), dtype=np.float32)
    folds = np.empty(len(labels), dtype=int)
    for fold, (train, test) in enumerate(splits):
        probabilities[test], folds[test] = answer(train, test), fold
    return HeldOut(probabilities, folds)
