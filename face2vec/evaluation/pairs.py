"""The verification protocol of Labeled Faces in the Wild: pairs of photos, ten folds.

Huang, Ramesh, Berg, Learned-Miller, "Labeled Faces in the Wild", UMass TR 07-49, 2007. Each fold
is answered with the threshold that was best on the others; the mean over the folds is reported
with its standard error. A pair of which a photo has no face is not answered: the first figures
leave such pairs out, a second accuracy counts each as an error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from face2vec import defaults
from face2vec.errors import FolderError, OptionError
from face2vec.evaluation.curves import ErrorRates
from face2vec.files import read_regular, write_atomically
from face2vec.gallery.comparison import EUCLIDEAN, Comparison, comparison_by
from face2vec.photos.folders import SUFFIXES
from face2vec.progress import Progress, no_progress
from face2vec.reading.reader import Reader
from face2vec.records import Reading
from face2vec.text import shown

MOST_BYTES = 50_000_000  # of a pairs file
FALSE_ACCEPT_RATES = (0.01, 0.001)
_NUMBER = re.compile(r"(\d{1,9})$")


@dataclass(frozen=True)
class Pair:
    """Two photos, whether they show one person, and the fold that they belong to."""

    one: Path
    other: Path
    same: bool
    fold: int


@dataclass(frozen=True)
class PairScores:
    """How well distances tell pairs of one person from pairs of two.

    Attributes:
        answered: pairs in which both photos have a face; the figures are of those.
        accuracy: mean over the folds, each at the threshold that was best on the others.
        accuracy_std: standard deviation over the folds.
        accuracy_error: standard error of the mean.
        accuracy_of_all: the accuracy where each pair that is not answered is an error.
        accuracy_of_all_error: its standard error.
        auc: area under the ROC curve.
        eer: rate at which as many pairs are wrongly accepted as wrongly refused.
        tar_at_far: share of the genuine pairs accepted where that of the others is at most the key.
        thresholds: of the folds.
        rates: both errors at every threshold.
        compare: what the distances are, ``ratio`` or ``euclidean``.
        seen: photos from which the prior, or the ratio, was estimated: with any, the figures are
            somewhat too good.
    """

    pairs: int
    answered: int
    accuracy: float
    accuracy_std: float
    accuracy_error: float
    accuracy_of_all: float
    accuracy_of_all_error: float
    auc: float
    eer: float
    tar_at_far: dict[str, float]
    thresholds: tuple[float, ...]
    rates: ErrorRates
    compare: str = EUCLIDEAN
    seen: int = 0

    def as_dict(self) -> dict[str, object]:
        """Returns the figures as DESIGN's ``evaluate --pairs --json`` has them."""
        return {name: value for name, value in vars(self).items() if name != "rates"}


def verify_pairs(
    file: Path,
    folder: Path,
    reader: Reader,
    progress: Progress = no_progress,
    *,
    compare: str | None = None,
    roc: Path | None = None,
) -> PairScores:
    """Measures how well distances tell the pairs of a file in LFW's format.

    Args:
        file: names the pairs.
        folder: holds a folder of photos for each person.
        reader: reads the photos.
        progress: is told how many photos are read, of how many.
        compare: see `gallery.comparison.comparison_by`.
        roc: where the ROC curve is written; None for nowhere. See `write_roc`.

    Raises:
        OptionError: the file is missing or of another format, or too few pairs have faces.
        FolderError: a photo is missing.
    """
    pairs = read_pairs(file, folder)
    paths = sorted({path for pair in pairs for path in (pair.one, pair.other)})
    read = reader.read_all(paths, progress)
    if reader.subject != defaults.SUBJECT:  # the largest face counts, however large the next one
        read = [reading.for_one_person() for reading in read]
    readings = dict(zip(paths, read, strict=True))
    encoder = reader.encoder
    comparison = comparison_by(compare, encoder.ratio, encoder.name)
    distances = _distances([(readings[p.one], readings[p.other]) for p in pairs], comparison)
    same = np.array([pair.same for pair in pairs])
    scores = score_pairs(distances, same, np.array([pair.fold for pair in pairs]))
    if roc is not None:
        write_roc(roc, distances, same)
    prior = getattr(encoder, "prior", None)
    seen = sum(prior.has_seen(one.digest) for one in readings.values()) if prior else 0
    return replace(scores, compare=comparison.rule, seen=seen)


def read_pairs(file: Path, folder: Path) -> list[Pair]:
    """Reads a pairs file and finds the photos in a folder.

    The first line says how many folds there are, and how many pairs of each kind a fold has; then,
    fold after fold, lines ``name number number`` for one person and ``name number name number``
    for two, with tabs or spaces between.

    Raises:
        OptionError: the file is missing or of another format.
        FolderError: a photo is missing.
    """
    try:
        lines = read_regular(Path(file), MOST_BYTES).decode().splitlines()
    except (OSError, ValueError) as error:
        raise OptionError(f"the pairs file {shown(file)} cannot be read: {error}.") from error
    rows = [line.split("\t") if "\t" in line else line.split() for line in lines if line.strip()]
    try:
        folds, each = map(int, rows[0])
    except (ValueError, IndexError) as error:
        raise OptionError(
            f"the pairs file {file} must begin with a line like '10 300': folds, and pairs of "
            "each kind in a fold."
        ) from error
    if folds < 2 or len(rows) - 1 != 2 * folds * each:
        raise OptionError(
            f"the pairs file {file} promises {folds} folds of 2 x {each} pairs, at least 2 folds "
            f"being needed, and holds {len(rows) - 1} pairs."
        )
    photos = _Photos(Path(folder))
    return [
        _pair(row, photos, index // (2 * each), f"line {index + 2} of {file}")
        for index, row in enumerate(rows[1:])
    ]


def score_pairs(distances: np.ndarray, same: np.ndarray, folds: np.ndarray) -> PairScores:
    """Scores distances by LFW's protocol.

    Args:
        distances: (n,) float, NaN where a photo has no face.
        same: (n,) bool, whether a pair is of one person.
        folds: (n,) int.

    Raises:
        OptionError: too few pairs are answered.
    """
    from sklearn.metrics import roc_auc_score

    known = np.isfinite(distances)
    every_fold, total = folds, len(distances)
    distances, same, folds = distances[known], same[known], folds[known]
    present = np.unique(folds)
    if len(present) < 2 or same.all() or not same.any():
        raise OptionError("too few of the pairs have faces: two folds and both kinds are needed.")
    thresholds = [best_threshold(distances[folds != f], same[folds != f]) for f in present]
    right = [
        ((distances[folds == f] <= t) == same[folds == f])
        for f, t in zip(present, thresholds, strict=True)
    ]
    accuracies = np.array([one.mean() for one in right])
    of_all = np.array(
        [one.sum() / (every_fold == f).sum() for f, one in zip(present, right, strict=True)]
        + [0.0] * (len(np.unique(every_fold)) - len(present))
    )
    far, tar = roc_points(distances, same)
    return PairScores(
        pairs=total,
        answered=len(distances),
        accuracy=float(accuracies.mean()),
        accuracy_std=float(accuracies.std()),
        accuracy_error=_standard_error(accuracies),
        accuracy_of_all=float(of_all.mean()),
        accuracy_of_all_error=_standard_error(of_all),
        auc=float(roc_auc_score(same, -distances)),
        eer=_equal_error_rate(far, tar),
        tar_at_far={str(rate): float(tar[far <= rate].max()) for rate in FALSE_ACCEPT_RATES},
        thresholds=tuple(thresholds),
        rates=ErrorRates.of_scores(-distances[same], -distances[~same]),
    )


def roc_points(distances: np.ndarray, same: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the shares of wrong and of right pairs that are accepted, at every threshold."""
    from sklearn.metrics import roc_curve

    far, tar, _ = roc_curve(same, -distances, drop_intermediate=False)
    return far, tar


def write_roc(file: Path, distances: np.ndarray, same: np.ndarray) -> None:
    """Writes the ROC curve as those on LFW's page are: a line a threshold, true accepts first.

    Two rates, from 0 to 1, with a space between; pairs that are not answered are left out.

    Raises:
        FolderError: the place cannot be written.
    """
    known = np.isfinite(distances)
    far, tar = roc_points(distances[known], same[known])
    lines = [f"{true:.6f} {false:.6f}" for true, false in zip(tar, far, strict=True)]
    try:
        write_atomically(Path(file), ("\n".join(lines) + "\n").encode())
    except OSError as error:
        raise FolderError(
            f"the ROC curve cannot be written to {file} ({error.strerror}): choose another place."
        ) from error


def _standard_error(accuracies: np.ndarray) -> float:
    """Returns the standard error of the mean, as LFW has it: from the folds' sample deviation."""
    return float(accuracies.std(ddof=1) / np.sqrt(len(accuracies)))


def best_threshold(distances: np.ndarray, same: np.ndarray) -> float:
    """Returns the threshold at which most pairs are answered right, the middle one of many."""
    order = np.argsort(distances)
    distances, same = distances[order], same[order]
    # Right answers with the threshold below the first distance, after it, after the second, ...
    right = (~same).sum() + np.concatenate([[0], np.cumsum(np.where(same, 1, -1))])
    between = np.concatenate([[distances[0]], distances, [distances[-1]]])
    candidates = (between[:-1] + between[1:]) / 2
    apart = np.concatenate([[True], np.diff(distances) > 0, [True]])
    best = candidates[apart & (right == right[apart].max())]
    return float(best[len(best) // 2])


def _equal_error_rate(far: np.ndarray, tar: np.ndarray) -> float:
    """Where the curves of the two errors cross, by linear interpolation."""
    gap = far - (1 - tar)
    after = int(np.argmax(gap >= 0))
    if after == 0:
        return float(far[0])
    share = -gap[after - 1] / (gap[after] - gap[after - 1])
    return float(far[after - 1] + share * (far[after] - far[after - 1]))


class _Photos:
    """The photos of a folder a person, by name and number, whatever else is in their file names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.known: dict[str, dict[int, Path]] = {}

    def find(self, name: str, number: int) -> Path:
        if name not in self.known:
            self.known[name] = {
                int(match[1]): path
                for path in self._photos_of(name)
                if path.suffix.lower() in SUFFIXES and (match := _NUMBER.search(path.stem))
            }
        if number not in self.known[name]:
            raise FolderError(
                f"{shown(self.folder)} holds no photo number {number} of {shown(name)[:200]}."
            )
        return self.known[name][number]

    def _photos_of(self, name: str) -> list[Path]:
        if Path(name).name != name:  # it would lead out of the folder
            return []
        try:
            return sorted((self.folder / name).iterdir())
        except (OSError, ValueError):
            return []


def _pair(row: list[str], photos: _Photos, fold: int, where: str) -> Pair:
    try:
        if len(row) == 3:
            one, other = (row[0], int(row[1])), (row[0], int(row[2]))
        else:
            one, other = (row[0], int(row[1])), (row[2], int(row[3]))
        if len(row) > 4:
            raise ValueError
    except (ValueError, IndexError) as error:
        raise OptionError(
            f"{where} is {' '.join(row)[:200]!r}, expected 'name number number' or "
            "'name number name number'."
        ) from error
    return Pair(photos.find(*one), photos.find(*other), len(row) == 3, fold)


def _distances(pairs: Sequence[tuple[Reading, Reading]], comparison: Comparison) -> np.ndarray:
    """Returns the distance of each pair, NaN where a photo has no face: (n,)."""
    distances = np.full(len(pairs), np.nan)
    answered = [i for i, (one, other) in enumerate(pairs) if one.encodings and other.encodings]
    if answered:
        one, other = (
            np.array([pairs[i][side].largest.vector for i in answered]) for side in (0, 1)
        )
        distances[answered] = comparison.apart(one, other)
    return distances
