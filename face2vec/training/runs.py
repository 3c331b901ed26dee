"""What the commands do, as functions: measure a recipe by k-fold, and train."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from face2vec import __version__, defaults
from face2vec.decisions import ProbabilityThreshold
from face2vec.errors import ModelError, OptionError
from face2vec.evaluation.reports import KFoldReport
from face2vec.progress import Progress, no_progress
from face2vec.reading.labelled import LabelledReadings, read_to_train
from face2vec.reading.options import REMEMBERING, ReadingOptions
from face2vec.recognition.classifiers import DenseClassifier, EmbeddingClassifier, RatioClassifier
from face2vec.recognition.model import Model
from face2vec.thresholds import DOCUMENTED, Calibration
from face2vec.training.expectation import enough, expectation
from face2vec.training.learn import (
    OBJECTIVES,
    Learnt,
    check_classifier,
    cross_validated,
    learn_dense,
    learn_embedding,
    learn_other,
    learn_ratio,
    settings_for,
)

_VERSIONED = ("numpy", "keras", "scikit-learn", "h5py", "dlib-bin")
_SCORES = ("photos", "found", "folds", "accuracy", "accuracy_std", "chance", "ece")


@dataclass(frozen=True, eq=False)
class Trained:
    """A training's outcome.

    Attributes:
        report: the held-out figures.
        model: as it was saved.
        continued: whether the final fit went on from the weights of the file that was there.
        left_alone: whether that file was left as it was, as it holds this very model.
        note: a sentence for people on what was chosen; empty where there was no choice.
    """

    report: KFoldReport
    model: Model
    continued: bool
    left_alone: bool = False
    note: str = ""

    @property
    def expectation(self) -> str:
        """What to expect of the model's answers to new photos, a plain sentence."""
        labels = np.unique(self.report.answers.truth, return_inverse=True)[1]
        embedding = self.model.classifier.kind == EmbeddingClassifier.kind
        return expectation(self.calibration, enough(labels), embedding)

    @property
    def calibration(self) -> Calibration | None:
        """How the threshold was found below which faces are unknown; None where it was not."""
        figures = self.model.calibration
        return Calibration.from_dict(figures, ProbabilityThreshold) if figures else None


@dataclass(frozen=True)
class TrainingOptions:
    """What is trained, and how.

    Attributes:
        classifier: ``dense``, ``ratio``, ``svm``, ``knn`` or ``centroid``.
        objective: ``classify`` for the classifier, ``triplet`` for an embedding in which people it
            has never seen can be told apart as well.
        settings: of the dense net, a file that `tune` wrote; None for those of all folders.
        folds: of the held-out figures, at most as many as the person with fewest photos has.
        seed: of splits and weights: the same seed gives the same scores.
        fresh: start the final fit from new weights even where it could go on from those in the
            model file: where that is of the same people, recipe and settings, and where it knows
            all the photos, if the net starts from nearest means.
        fmr: the wanted rate of strangers that get a name: where there are enough people and
            photos, the model learns below which probability a face is unknown. None for 0.01 with
            an encoder that tells enough people apart (`resnet`), and 0.05 with others.
        logs: folder for TensorBoard; None for none.

    Raises:
        OptionError: there is no such classifier or objective.

    >>> TrainingOptions(folds=5).fmr_for("resnet")
    0.01
    """

    classifier: str = defaults.CLASSIFIER
    objective: str = defaults.OBJECTIVE
    settings: Path | None = None
    folds: int = defaults.FOLDS
    seed: int = defaults.SEED
    fresh: bool = False
    fmr: float | None = None
    logs: Path | None = defaults.LOGS

    def __post_init__(self) -> None:
        check_classifier(self.classifier)
        if self.objective not in OBJECTIVES:
            raise OptionError(
                f"there is no objective {self.objective!r}: choose one of {', '.join(OBJECTIVES)}."
            )

    def fmr_for(self, encoder: str) -> float:
        """Returns the wanted rate of strangers that get a name."""
        if self.fmr is not None:
            return self.fmr
        return defaults.FMR if encoder in DOCUMENTED else defaults.GEOMETRY_FMR


def run_kfold(
    folder: Path | str = defaults.FOLDER,
    *,
    classifier: str = defaults.CLASSIFIER,
    folds: int = defaults.FOLDS,
    seed: int = defaults.SEED,
    save: bool = True,
    model: Path | str = defaults.MODEL,
    logs: Path | None = defaults.LOGS,
    reading: ReadingOptions = REMEMBERING,
    progress: Progress = no_progress,
) -> KFoldReport:
    """Trains by stratified k-fold on a folder of labelled photos, and saves the model.

    The next call goes on from the saved weights where they are of the same people, photos and
    settings; the held-out figures are each time those of new nets.

    Args:
        folder: a folder for each person, or names in the file names.
        classifier, folds, seed: see `TrainingOptions`.
        save: train on all photos as well and save the model; else only measure.
        model: where the model file goes.
        logs: folder for what TensorBoard shows of the folds; None for none.
        reading: how photos are read; faces and vectors are remembered in its cache.
        progress: is told how many photos are read, of how many.

    Raises:
        FolderError: the folder is missing or holds no photos; a file cannot be written.
        LabelError: fewer than two people with two photos each have a face.
        OptionError: there is no such encoder or classifier.

    >>> run_kfold(
    ...     "faces", folds=3, save=False, reading=ReadingOptions(encoder="nose-tip")
    ... ).found
    96
    """
    check_classifier(classifier)
    if save:
        options = TrainingOptions(classifier=classifier, folds=folds, seed=seed, logs=logs)
        done = train(folder, model=model, options=options, reading=reading, progress=progress)
        return done.report
    data = read_to_train(Path(folder), reading.reader(), progress)
    return cross_validated(data, classifier, folds, seed)


def train(
    folder: Path | str = defaults.FOLDER,
    *,
    model: Path | str = defaults.MODEL,
    options: TrainingOptions = TrainingOptions(),
    reading: ReadingOptions = REMEMBERING,
    progress: Progress = no_progress,
) -> Trained:
    """Measures by k-fold, then trains on all photos and saves the model.

    Where the file holds this very model already, it is left as it is.

    Args:
        folder: a folder for each person, or names in the file names.
        model: where the model file goes.
        options: what is trained.
        reading: how photos are read; faces and vectors are remembered in its cache.
        progress: is told how many photos are read, of how many.

    Raises:
        FolderError, LabelError: see `run_kfold`; the place of `model` cannot be written.
        OptionError: there is no such encoder.

    >>> import tempfile
    >>> model = Path(tempfile.mkdtemp()) / "model.hdf5"
    >>> options = TrainingOptions(classifier="centroid", folds=3, logs=None)
    >>> trained = train("faces", model=model, options=options, reading=ReadingOptions("nose-tip"))
    >>> trained.model.people[:3]
    ('celine', 'edith', 'greta')
    """
    path, reader = Path(model), reading.reader()
    data = read_to_train(Path(folder), reader, progress)
    before = _model_in(path)
    learnt, continued = _learn(data, options, before)
    figures, rejection = learnt.report.as_dict(), learnt.rejection
    trained = Model(
        people=data.people,
        classifier=learnt.classifier,
        recipe=reader.vector_recipe,
        scores={name: figures[name] for name in _SCORES},
        photos=tuple(sorted(reading.digest for reading in data.read)),
        photos_of=data.digests_of,
        made=_made(learnt.settings),
        threshold=rejection.threshold if rejection else None,
        familiarity=rejection.familiarity if rejection else None,
        calibration=rejection.calibration.as_dict() if rejection else None,
    )
    if before is not None and before.is_like(trained):
        return Trained(learnt.report, before, continued, left_alone=True, note=learnt.note)
    trained.save(path)
    return Trained(learnt.report, trained, continued, note=learnt.note)


def _learn(
    data: LabelledReadings, options: TrainingOptions, before: Model | None
) -> tuple[Learnt, bool]:
    """Returns what was learnt, and whether that went on from the model that was there before."""
    fmr = options.fmr_for(data.reader.encoder.name)
    if options.objective == "triplet":
        return learn_embedding(data, options.folds, options.seed), False
    if options.classifier == RatioClassifier.kind:
        return learn_ratio(data, options.folds, options.seed, fmr), False
    if options.classifier != DenseClassifier.kind:
        return learn_other(data, options.classifier, options.folds, options.seed, fmr), False
    settings = settings_for(data.reader, options.seed, options.settings)
    start = None
    if before is not None and not options.fresh:
        start = _net_to_go_on_from(before, data, asdict(settings))
    return learn_dense(data, options.folds, settings, fmr, start, options.logs), start is not None


def _model_in(path: Path) -> Model | None:
    """Returns the model that is there, if it can be read."""
    try:
        return Model.load(path)
    except ModelError:
        return None


def _net_to_go_on_from(
    model: Model, data: LabelledReadings, settings: dict[str, object]
) -> DenseClassifier | None:
    """Returns the net of a model where training can go on from it.

    It must be of the same people, recipe and settings. A net that starts from nearest means must
    know all the photos, too: the means of all know more than a net that has seen only some.
    """
    made = model.made.get("settings", {}) | {"seed": settings["seed"]}
    same = (model.people, model.recipe, made) == (data.people, data.reader.vector_recipe, settings)
    if not same or not isinstance(model.classifier, DenseClassifier):
        return None
    new = {reading.digest for reading in data.read} - set(model.photos)
    return None if new and settings["sharpness"] else model.classifier


def _made(settings: dict[str, object]) -> dict[str, object]:
    from importlib.metadata import version  # not wanted on the way to a prediction

    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "settings": settings,
        "versions": {"face2vec": __version__} | {name: version(name) for name in _VERSIONED},
    }
