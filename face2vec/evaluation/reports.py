"""Reports: the figures of one run, for people and as the JSON of programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from face2vec.evaluation.answers import (
    Answers,
    expected_calibration_error,
    per_person,
    without_answer,
)
from face2vec.photos.folders import LabelledPhotos
from face2vec.records import Reading


@dataclass(frozen=True, eq=False)
class LearningCurves:
    """How the nets of the folds learnt, on a part of their training photos kept back.

    Attributes:
        loss, val_loss, val_accuracy: (epochs, folds), of what is learnt and of what is kept back.
        best_epochs: (folds,) int, counted from 1, after which each fold's net is best.
    """

    loss: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray
    best_epochs: np.ndarray


@dataclass(frozen=True, eq=False)
class KFoldReport:
    """Held-out figures of a recipe on a folder: each answer is of a net that saw neither photo
    nor fold.

    Attributes:
        labelled: the photos and the names.
        readings: what each photo gave.
        answers: for the photos with a face.
        folds: (n,) int, the fold in which each answered photo was held out.
        encoder: name of the encoder.
        classifier: name of the classifier.
        prior_saw: how many of the answered photos the encoder's prior was estimated from: the
            figures are then somewhat too good.
        curves: how the folds learnt; None for classifiers that do not learn in epochs.
    """

    labelled: LabelledPhotos
    readings: tuple[Reading, ...]
    answers: Answers
    folds: np.ndarray
    encoder: str
    classifier: str = "dense"
    prior_saw: int = 0
    curves: LearningCurves | None = None

    @property
    def found(self) -> int:
        """How many photos have a face."""
        return sum(bool(reading.encodings) for reading in self.readings)

    @property
    def left_out(self) -> list[str]:
        """The people with too few photos with a face to be trained."""
        return sorted(set(self.labelled.names) - set(self.answers.people))

    @property
    def fold_accuracies(self) -> list[float]:
        return [
            self.answers.only(self.folds == fold).accuracy for fold in range(self.folds.max() + 1)
        ]

    @property
    def fewest(self) -> tuple[str, int]:
        """The person with fewest photos with a face, and how many: there are no more folds."""
        counts = np.bincount(self.answers.truth)
        return self.answers.people[counts.argmin()], int(counts.min())

    @property
    def accuracy(self) -> float:
        return self.answers.accuracy

    @property
    def accuracy_std(self) -> float:
        """Standard deviation of the folds' accuracies."""
        return float(np.std(self.fold_accuracies))

    @property
    def ece(self) -> float:
        """How far the probabilities are from the share of right answers, 0 to 1."""
        return expected_calibration_error(self.answers.probabilities, self.answers.truth)

    @property
    def chance(self) -> float:
        """Accuracy of always naming the person with most photos."""
        return float(np.bincount(self.answers.truth).max() / len(self.answers.truth))

    def as_dict(self) -> dict[str, Any]:
        """Returns the figures as DESIGN's ``evaluate --json`` has them."""
        return {
            "encoder": self.encoder,
            "classifier": self.classifier,
            "photos": len(self.labelled.paths),
            "found": self.found,
            "people": len(self.answers.people),
            "left_out": self.left_out,
            "folds": len(self.fold_accuracies),
            "accuracy": self.accuracy,
            "accuracy_std": self.accuracy_std,
            "fold_accuracies": self.fold_accuracies,
            "chance": self.chance,
            "ece": self.ece,
            "prior_saw": self.prior_saw,
            "per_person": per_person(self.answers, self.labelled.names, self.readings),
            "confusions": [vars(confusion) for confusion in self.answers.confusions()],
            "sure_and_wrong": [vars(misled) for misled in self.answers.sure_and_wrong()],
            "without_answer": without_answer(self.readings),
        }


@dataclass(frozen=True, eq=False)
class AccuracyReport:
    """Figures of a saved model on a folder of labelled photos.

    Attributes:
        labelled: the photos and the names.
        readings: what each photo gave.
        answers: for the photos with a face; people whom the model does not know count as wrong.
        trained_on: (n,) bool, whether the model was trained on the answered photo: its answer
            then says little.
        unknown: (n,) bool, whether `predict` would say "unknown" instead of naming the likeliest.
        encoder: name of the encoder.
    """

    labelled: LabelledPhotos
    readings: tuple[Reading, ...]
    answers: Answers
    trained_on: np.ndarray
    unknown: np.ndarray
    encoder: str
    classifier: str = "dense"

    @property
    def found(self) -> int:
        return len(self.answers.paths)

    @property
    def accuracy(self) -> float:
        return self.answers.accuracy

    @property
    def unseen(self) -> Answers:
        """The answers for photos that the model was not trained on."""
        return self.answers.only(~self.trained_on)

    @property
    def unknown_people(self) -> list[str]:
        """The people in the folder whom the model does not know."""
        return sorted(set(self.labelled.names) - set(self.answers.people))

    def as_dict(self) -> dict[str, Any]:
        """Returns the figures as DESIGN's ``evaluate --json`` has them, without the folds."""
        unseen = self.unseen
        return {
            "encoder": self.encoder,
            "classifier": self.classifier,
            "photos": len(self.labelled.paths),
            "found": self.found,
            "people": len(set(self.labelled.names)),
            "folds": None,
            "accuracy": _or_none(self.accuracy),
            "accuracy_std": None,
            "chance": 1 / len(self.answers.people),
            "trained_on": int(self.trained_on.sum()),
            "unknown": {
                "right": int((self.unknown & self.answers.right).sum()),
                "wrong": int((self.unknown & ~self.answers.right).sum()),
            },
            "unseen": {"found": len(unseen.paths), "accuracy": _or_none(unseen.accuracy)},
            "unknown_people": self.unknown_people,
            "per_person": per_person(self.answers, self.labelled.names, self.readings),
            "confusions": [vars(confusion) for confusion in self.answers.confusions()],
            "sure_and_wrong": [vars(misled) for misled in self.answers.sure_and_wrong()],
            "without_answer": without_answer(self.readings),
        }


def _or_none(number: float) -> float | None:
    """JSON has no NaN."""
    return None if np.isnan(number) else number
