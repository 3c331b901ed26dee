"""Chooses the settings of the net by search, and says honestly what they are worth.

The search is Optuna's (Akiba, Sano, Yanase, Ohta and Koyama, 2019): tree-structured Parzen
estimator, median pruner. It is nested (Varma and Simon, "Bias in error estimation when using
cross-validation for model selection", 2006): each outer fold is answered by a net whose settings
were chosen on the other folds alone.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold

from face2vec.errors import FolderError, LabelError, MissingPackageError, OptionError
from face2vec.files import write_atomically
from face2vec.training.dense import Settings, answer_all, cross_validate, possible_folds

INNER_FOLDS = 3
REPEATS = 2  # of the inner folds; after each the pruner may give a trial up
UNITS = (32, 64, 128, 256)


@dataclass(frozen=True, eq=False)
class Tuned:
    """What the search found.

    Attributes:
        settings: chosen on all photos.
        trials: of the search on all photos: settings that were tried, and the mean probability
            that their nets gave to the right person on inner held-out photos.
        probabilities: (n, people), the answers of the outer folds, each at settings that were
            chosen without it.
        folds: (n,) int, the outer folds.
    """

    settings: Settings
    trials: list[tuple[dict[str, object], float]]
    probabilities: np.ndarray
    folds: np.ndarray


def tune(
    vectors: np.ndarray,
    labels: np.ndarray,
    start: Settings,
    trials: int = 15,
    folds: int = 3,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Tuned:
    """Searches for settings, once in each outer fold and once on all photos.

    Args:
        vectors: (n, d) float32.
        labels: (n,) int, 0 to people - 1.
        start: the settings that are not searched for; a prior is weighed only if it has one.
        trials: settings tried in each search; the first are those of `start`.
        folds: outer folds.
        progress: is told how many trials are done, of how many.

    Raises:
        MissingPackageError: Optuna is not installed.
        LabelError: somebody has too few photos to be split twice.
    """
    folds = possible_folds(labels, folds)
    splitter = StratifiedKFold(folds, shuffle=True, random_state=start.seed)
    splits = list(splitter.split(vectors, labels))
    if min(np.bincount(labels[train]).min() for train, _ in splits) < 2:
        raise LabelError("tuning needs at least three photos with a face of each person.")
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done, trials * (folds + 1))

    probabilities = np.empty((len(labels), labels.max() + 1), dtype=np.float32)
    folds_of = np.empty(len(labels), dtype=int)
    for fold, (train, test) in enumerate(splits):
        chosen, _ = _search(vectors[train], labels[train], start, trials, tick)
        answers, _ = answer_all([train], vectors, labels, chosen)
        probabilities[test], folds_of[test] = answers[0, test], fold
    return Tuned(*_search(vectors, labels, start, trials, tick), probabilities, folds_of)


def _search(
    vectors: np.ndarray, labels: np.ndarray, start: Settings, trials: int, tick: Callable[[], None]
) -> tuple[Settings, list[tuple[dict[str, object], float]]]:
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
            held_out = cross_validate(
                vectors, labels, INNER_FOLDS, replace(settings, seed=start.seed + repeat)
            )
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


def _suggested(trial: object, start: Settings) -> dict[str, object]:
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


def save_settings(settings: Settings, path: Path) -> None:
    """Writes settings as JSON, for `train --settings`.

    Raises:
        FolderError: the place cannot be written.
    """
    try:
        write_atomically(Path(path), (json.dumps(asdict(settings), indent=2) + "\n").encode())
    except OSError as error:
        raise FolderError(
            f"the settings cannot be written to {path} ({error.strerror}): choose another place."
        ) from error


def load_settings(path: Path) -> Settings:
    """Reads settings that `save_settings` wrote.

    Raises:
        OptionError: the file is missing or holds something else.
    """
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        wrong = set(values) - {field.name for field in fields(Settings)}
        if wrong:
            raise ValueError(f"unknown: {', '.join(sorted(wrong))}")
        return Settings(**values)
    except (OSError, ValueError, TypeError) as error:
        raise OptionError(
            f"{path} holds no settings ({error}): make them with 'face2vec tune FOLDER'."
        ) from error


def write_hparams(folder: Path, trials: list[tuple[dict[str, object], float]]) -> None:
    """Writes the trials for TensorBoard's HParams page.

    Args:
        folder: ``folder/<date>-tune/trial-01`` and so on are made in it.
        trials: from `Tuned`.

    Raises:
        FolderError: the folder cannot be written.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import api as hparams
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    run = folder / f"{time.strftime('%Y-%m-%d-%H%M%S')}-tune"
    try:
        run.mkdir(parents=True)  # TensorBoard's own errors are no OSError
        for number, (tried, value) in enumerate(trials, start=1):
            writer = EventFileWriter(str(run / f"trial-{number:02d}"))
            scalar = Summary.Value(tag="probability of the right person", simple_value=value)
            for summary in (hparams.hparams_pb(tried), Summary(value=[scalar])):
                writer.add_event(Event(step=0, wall_time=time.time(), summary=summary))
            writer.close()
    except OSError as error:
        raise FolderError(
            f"the logs cannot be written to {folder} ({error.strerror}): "
            "choose another folder with --logs."
        ) from error
