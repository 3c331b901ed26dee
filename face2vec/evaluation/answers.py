"""Figures from answers: how often they were right, for whom, and where they misled."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from face2vec.errors import FolderError
from face2vec.files import write_atomically
from face2vec.records import Reading
from face2vec.text import cell

BINS = 15  # of the calibration error
SURE = 0.9  # the probability from which an answer counts as sure


@dataclass(frozen=True)
class Confusion:
    """How often the photos of one person were taken for another."""

    name: str
    taken_for: str
    count: int


@dataclass(frozen=True)
class Misled:
    """A photo whose answer was sure and wrong."""

    path: str
    name: str
    taken_for: str
    probability: float


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers for labelled photos: what all figures are made of.

    Attributes:
        people: names, in the order of the columns of `probabilities`.
        paths: one for each photo with an answer.
        truth: (n,) int, the person on each, as an index of `people`; -1 for somebody else.
        probabilities: (n, people) float32.
    """

    people: tuple[str, ...]
    paths: tuple[str, ...]
    truth: np.ndarray
    probabilities: np.ndarray

    def __post_init__(self) -> None:
        expected = (len(self.paths), len(self.people))
        if self.probabilities.shape != expected or self.truth.shape != expected[:1]:
            raise ValueError(
                f"expected probabilities of shape {expected} and truth of {expected[:1]}, "
                f"got {self.probabilities.shape} and {self.truth.shape}"
            )

    @property
    def guesses(self) -> np.ndarray:
        """(n,) int, the likeliest person for each photo."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def right(self) -> np.ndarray:
        """(n,) bool."""
        return np.asarray(self.guesses == self.truth)

    @property
    def accuracy(self) -> float:
        """Share of the photos that were named right; NaN where there are none."""
        return float(self.right.mean()) if len(self.paths) else float("nan")

    def confusions(self) -> list[Confusion]:
        """Returns who was taken for whom, most frequent first."""
        wrong = np.flatnonzero(~self.right & (self.truth >= 0))
        pairs = Counter((self.truth[i], self.guesses[i]) for i in wrong)
        return [
            Confusion(self.people[truth], self.people[guess], count)
            for (truth, guess), count in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
        ]

    def sure_and_wrong(self, at_least: float = SURE) -> list[Misled]:
        """Returns the wrong answers of at least this probability, surest first."""
        probability = self.probabilities.max(axis=1)
        wrong = np.flatnonzero(~self.right & (self.truth >= 0) & (probability >= at_least))
        return [
            Misled(
                self.paths[i],
                self.people[self.truth[i]],
                self.people[self.guesses[i]],
                float(probability[i]),
            )
            for i in sorted(wrong, key=lambda i: -probability[i])
        ]

    def of_person(self, name: str) -> Answers:
        """Returns the answers for one person's photos."""
        return self.only(self.truth == self.people.index(name))

    def only(self, chosen: np.ndarray) -> Answers:
        """Returns the answers that a (n,) bool mask chooses."""
        paths = tuple(path for path, wanted in zip(self.paths, chosen, strict=True) if wanted)
        return Answers(self.people, paths, self.truth[chosen], self.probabilities[chosen])


def expected_calibration_error(probabilities: np.ndarray, truth: np.ndarray) -> float:
    """Returns how far the largest probability is from the share of right answers, 0 to 1.

    The mean over 15 bins of equal width of |share right - mean probability|, weighted by how many
    answers fall in each (Naeini, Cooper and Hauskrecht, 2015); NaN without answers.

    Args:
        probabilities: (n, people).
        truth: (n,) int, the right columns; -1 for somebody else.
    """
    if not len(truth):
        return float("nan")
    surest = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((surest * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=right - surest.astype(np.float64), minlength=BINS)
    return float(np.abs(gaps).sum() / len(truth))


def write_held_out(folder: Path, answers: Answers, folds: np.ndarray) -> Path:
    """Writes ``held-out.csv``: a row for each photo, as a net answered that had not seen it.

    The columns are path, name, fold, answer, probability, then one for each person with the
    probability given to that name.

    Args:
        folder: where it goes.
        answers: calibrated.
        folds: (n,) int, the fold in which each photo was held out.

    Raises:
        FolderError: the folder cannot be written.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["path", "name", "fold", "answer", "probability", *map(cell, answers.people)])
    for path, truth, fold, guess, row in zip(
        answers.paths, answers.truth, folds, answers.guesses, answers.probabilities, strict=True
    ):
        shares = [f"{share:.4f}" for share in row]
        names = answers.people[truth], fold + 1, answers.people[guess]
        table.writerow([cell(path), *map(cell, names), shares[guess], *shares])
    file = folder / "held-out.csv"
    try:
        write_atomically(file, text.getvalue().encode())
    except OSError as error:
        raise FolderError(
            f"the answers cannot be written to {file} ({error.strerror}): choose another folder."
        ) from error
    return file


def per_person(
    answers: Answers, names: Sequence[str], readings: Sequence[Reading]
) -> dict[str, dict[str, object]]:
    """Returns photos, found and accuracy of every person in `names`.

    Args:
        answers: of the photos with a face.
        names: the person on each of all photos.
        readings: of all photos.
    """
    photos = Counter(names)
    pairs = zip(names, readings, strict=True)
    found = Counter(name for name, reading in pairs if reading.encodings)
    table: dict[str, dict[str, object]] = {}
    for name in sorted(photos):
        known = name in answers.people and found[name]
        accuracy = answers.of_person(name).accuracy if known else None
        table[name] = {"photos": photos[name], "found": found[name], "accuracy": accuracy}
    return table


def without_answer(readings: Sequence[Reading]) -> list[dict[str, str]]:
    """Returns path, reason and detail of every photo that gave no face."""
    return [
        {"path": str(reading.path), "reason": reading.reason.value, "detail": reading.detail}
        for reading in readings
        if reading.reason is not None
    ]
