"""Tables in Markdown, and the figures that stand in more than one of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from face2vec.evaluation.answers import expected_calibration_error
from face2vec.files import write_atomically
from face2vec.training.dense import cross_validate
from face2vec.training.settings import Settings
from face2vec.training.temperature import cross_tempered

REPEATS, FOLDS = 3, 5


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def header(first: str, columns: list[str]) -> list[str]:
    return [row(first, *columns), row("---", *["---:"] * len(columns))]


def accuracy_of(vectors: np.ndarray, labels: np.ndarray, settings: Settings) -> np.ndarray:
    """Returns in what share of the repeats each photo was named right when held out."""
    return np.mean(
        [
            held_out(vectors, labels, settings, seed).argmax(axis=1) == labels
            for seed in range(REPEATS)
        ],
        axis=0,
    )


def calibration_error(vectors: np.ndarray, labels: np.ndarray, settings: Settings) -> float:
    return float(
        np.mean(
            [
                expected_calibration_error(held_out(vectors, labels, settings, seed), labels)
                for seed in range(REPEATS)
            ]
        )
    )


def held_out(vectors: np.ndarray, labels: np.ndarray, settings: Settings, seed: int) -> np.ndarray:
    """Returns the calibrated probabilities of nets that have not seen the photos."""
    answers, _ = cross_validate(vectors, labels, FOLDS, replace(settings, seed=seed))
    return cross_tempered(answers.probabilities, labels, answers.folds)


def with_interval(right: np.ndarray) -> str:
    """Returns the mean and a 95 % bootstrap interval over the photos."""
    drawn = np.random.default_rng(0).choice(right, (2000, len(right))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{right.mean():.3f} ({low:.2f} to {high:.2f})"


def write_between(path: Path, name: str, text: str) -> None:
    """Replaces what stands between `<!-- name:begin -->` and `<!-- name:end -->`, if those are."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, found, rest = path.read_text(encoding="utf-8").partition(begin)
    if found:
        after = rest.partition(end)[2]
        write_atomically(path, f"{before}{begin}\n{text.rstrip()}\n{end}{after}".encode())
