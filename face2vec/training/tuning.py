"""Chooses the settings of the net by search, and says honestly what they are worth.

The search is Optuna's (Akiba, Sano, Yanase, Ohta and Koyama, 2019): tree-structured Parzen
estimator, median pruner. It is nested (Varma and Simon, "Bias in error estimation when using
cross-validation for model selection", 2006): each outer fold is answered by a net whose settings
were chosen on the other folds alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from face2vec import defaults
from face2vec.encoders.ratio import Ratio
from face2vec.errors import LabelError, MissingPackageError
from face2vec.evaluation.reports import KFoldReport
from face2vec.progress import Progress, no_progress
from face2vec.reading.labelled import read_to_train
from face2vec.reading.options import REMEMBERING, ReadingOptions
from face2vec.recognition.classifiers import DenseClassifier
from face2vec.training.dense import answer_all, cross_validate
from face2vec.training.folds import HeldOut, answer_held_out, possible_folds, stratified_splits
from face2vec.training.learn import report_on, settings_for
from face2vec.training.logs import write_hparams
from face2vec.training.settings import Settings, save_settings

INNER_FOLDS = 3
REPEATS = 2  # of the inner folds; after each the pruner may give a trial up
UNITS = (32, 64, 128, 256)


class Tuning(NamedTuple):
    """What `tune` came to.

    Attributes:
        report: of the outer folds.
        settings: as they were written.
        tried: ``settings`` that were tried, and their ``worth``, the mean probability given to the
            right person.
    """

    report: KFoldReport
    settings: dict[str, Any]
    tried: list[dict[str, Any]]


def tune(
    folder: Path | str,
    *,
    out: Path | str = defaults.SETTINGS,
    trials: int = defaults.TUNING_TRIALS,
    folds: int = defaults.TUNING_FOLDS,
    seed: int = defaults.SEED,
    logs: Path | None = defaults.LOGS,
    reading: ReadingOptions = REMEMBERING,
    progress: Progress = no_progress,
    photos_progress: Progress = no_progress,
) -> Tuning:
    """Searches for the dense net's best settings on a folder of labelled photos.

    Args:
        folder: a folder for each person, or names in the file names.
        out: where the settings found on all photos are written, for `train`.
        trials: settings tried in each search.
        folds: outer folds; each is answered at settings that were chosen without it.
        seed: of splits and weights.
        logs: folder for TensorBoard; None for none.
        reading: how photos are read.
        progress: is told how many trials are done, of how many.
        photos_progress: is told how many photos are read, of how many.

    Raises:
        FolderError, LabelError: see `run_kfold`.
        MissingPackageError: Optuna is not installed.
    """
    reader = reading.reader()
    data = read_to_train(Path(folder), reader, photos_progress)
    start = settings_for(reader, seed)
    ratio = reader.encoder.ratio
    found = nested_search(data.vectors, data.truth, start, trials, folds, progress, ratio)
    save_settings(found.settings, Path(out))
    if logs is not None:
        write_hparams(Path(logs), found.trials)
    held_out = found.held_out
    report = report_on(data, held_out.probabilities, held_out.folds, DenseClassifier.kind)
    tried = [{"settings": settings, "worth": worth} for settings, worth in found.trials]
    return Tuning(report, asdict(found.settings), tried)


@dataclass(frozen=True, eq=False)
class Tuned:
    """What the search found.

    Attributes:
        settings: chosen on all photos.
        trials: of the search on all photos: settings that were tried, and the mean probability
            that their nets gave to the right person on inner held-out photos.
        held_out: the answers of the outer folds, each at settings that were chosen without it.
    """

    settings: Settings
    trials: list[tuple[dict[str, Any], float]]
    held_out: HeldOut


def nested_search(
    vectors: np.ndarray,
    labels: np.ndarray,
    start: Settings,
    trials: int = defaults.TUNING_TRIALS,
    folds: int = defaults.TUNING_FOLDS,
    progress: Progress = no_progress,
    known_ratio: Ratio | None = None,
) -> Tuned:
    """Searches for settings, once in each outer fold and once on all photos.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1.
        start: the settings that are not searched for; a prior is weighed only if it has one.
        trials: settings tried in each search; the first are those of `start`.
        folds: outer folds.
        progress: is told how many trials are done, of how many.
        known_ratio: of the encoder; None where it has none.

    Raises:
        MissingPackageError: Optuna is not installed.
        LabelError: somebody has too few photos to be split twice.
    """
    splits = stratified_splits(labels, possible_folds(labels, folds), start.seed)
    if min(np.bincount(labels[train]).min() for train, _ in splits) < 2:
        raise LabelError("tuning needs at least three photos with a face of each person.")
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done, trials * (folds + 1))

    def answer(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        chosen, _ = _search(vectors[train], labels[train], start, trials, tick, known_ratio)
        return answer_all([train], vectors, labels, chosen, known_ratio)[0][0, test]

    held_out = answer_held_out(labels, splits, answer)
    return Tuned(*_search(vectors, labels, start, trials, tick, known_ratio), held_out)


def _search(
    vectors: np.ndarray,
    labels: np.ndarray,
    start: Settings,
    trials: int,
    tick: Callable[[], None],
    known_ratio: Ratio | None,
) -> tuple[Settings, list[tuple[dict[str, Any], float]]]:
    try:
        import optuna
    except ImportError as error:
        raise MissingPackageError(
            "tune needs Optuna, which is not installed: pip install 'face2vec[tune]'"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def worth(trial: optuna.Trial) -> float:
        settings = replace(start, **_suggested(trial, start))
        values = []
        for repeat in range(REPEATS):
            seeded = replace(settings, seed=start.seed + repeat)
            held_out, _ = cross_validate(vectors, labels, INNER_FOLDS, seeded, known_ratio)
            values.append(held_out.probabilities[np.arange(len(labels)), labels].mean())
            trial.report(float(np.mean(values)), repeat)
            if trial.should_prune():
                raise optuna.TrialPruned
        return float(np.mean(values))

    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=start.seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
    )
    searched = ["units", "l2", "dropout", "learning_rate"]
    searched += [name for name in ("prior_photos", "sharpness") if getattr(start, name)]
    study.enqueue_trial({name: getattr(start, name) for name in searched})
    study.optimize(worth, n_trials=trials, callbacks=[lambda study, trial: tick()])
    tried = [(trial.params, trial.value) for trial in study.trials if trial.value is not None]
    return replace(start, **study.best_params), tried


def _suggested(trial: Any, start: Settings) -> dict[str, Any]:
    suggested = {
        "units": trial.suggest_categorical("units", UNITS),
        "l2": trial.suggest_float("l2", 1e-4, 1e-2, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.6),
        "learning_rate": trial.suggest_float("learning_rate", 3e-4, 3e-2, log=True),
    }
    if start.prior_photos:
        suggested["prior_photos"] = trial.suggest_int("prior_photos", 10, 400, log=True)
    if start.sharpness:
        suggested["sharpness"] = trial.suggest_float("sharpness", 2.0, 32.0, log=True)
    return suggested
