"""What the commands do, as functions: train, cross-validate, tune, predict, measure.

All of them take, as further keywords, how photos are read: those of `reading.make_reader`
(``encoder``, ``detector``, ``cache``, ``workers`` and so on).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from face2vec import __version__
from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import LandmarkModel
from face2vec.encoders.prior import Prior, estimate_prior
from face2vec.encoders.registry import DEFAULT_FITS, FitsEncoder
from face2vec.errors import LabelError, ModelError, OptionError
from face2vec.evaluation.answers import Answers
from face2vec.evaluation.reports import AccuracyReport, KFoldReport
from face2vec.gallery.gallery import DEFAULT_FMR, DOCUMENTED
from face2vec.photos.folders import label_photos
from face2vec.reading.cache import Cache
from face2vec.reading.reader import Progress, Reader, make_reader, no_progress
from face2vec.recognition.classifiers import DenseClassifier
from face2vec.recognition.model import DEFAULT_MODEL, Model
from face2vec.recognition.recognizer import Recognizer
from face2vec.records import Answer
from face2vec.thresholds import Calibration
from face2vec.training.learn import (
    DEFAULT_CLASSIFIER,
    OBJECTIVES,
    TrainingData,
    check_classifier,
    cross_validated,
    largest_vectors,
    learn_dense,
    learn_embedding,
    learn_other,
    read_folder,
    report_on,
    settings_for,
)

ALBUM_FMR = 0.05  # geometry alone is no door: at 1 % too many known faces would be unknown
DEFAULT_CACHE = Path("cache")
DEFAULT_LOGS = Path("logs")
DEFAULT_FOLDS = 10
_VERSIONED = ("numpy", "keras", "scikit-learn", "h5py", "dlib-bin")
_SCORES = ("photos", "found", "folds", "accuracy", "accuracy_std", "chance", "ece")


@dataclass(frozen=True, eq=False)
class Trained:
    """A training's outcome.

    Attributes:
        report: the held-out figures.
        model: as it was saved.
        continued: whether the final fit went on from the weights of the file that was there.
    """

    report: KFoldReport
    model: Model
    continued: bool

    @property
    def calibration(self) -> Calibration | None:
        """How the threshold was found below which faces are unknown; None where it was not."""
        return self.model.calibration and Calibration.from_dict(self.model.calibration)


def run_kfold(
    folder: Path | str,
    *,
    classifier: str = DEFAULT_CLASSIFIER,
    folds: int = DEFAULT_FOLDS,
    seed: int = 0,
    cache: Path | None = DEFAULT_CACHE,
    progress: Progress = no_progress,
    **reading: object,
) -> KFoldReport:
    """Measures a recipe on a folder of labelled photos by stratified k-fold; saves no model.

    Args:
        folder: a folder for each person, or names in the file names.
        classifier: ``dense``, ``svm``, ``knn`` or ``centroid``.
        folds: how many, at most as many as the person with fewest photos has.
        seed: of splits and weights: the same seed gives the same scores.
        cache: remembers faces and vectors; None to remember nothing.
        progress: is told how many photos are read, of how many.
        reading: how photos are read; see `reading.make_reader`.

    Raises:
        FolderError: the folder is missing or holds no photos.
        LabelError: fewer than two people with two photos each have a face.
        OptionError: there is no such encoder or classifier.
    """
    check_classifier(classifier)
    data = read_folder(Path(folder), make_reader(cache=cache, **reading), progress)
    return cross_validated(data, classifier, folds, seed)


def train(
    folder: Path | str,
    *,
    model: Path | str = DEFAULT_MODEL,
    classifier: str = DEFAULT_CLASSIFIER,
    objective: str = "classify",
    settings: Path | None = None,
    folds: int = DEFAULT_FOLDS,
    seed: int = 0,
    fresh: bool = False,
    fmr: float | None = None,
    logs: Path | None = DEFAULT_LOGS,
    cache: Path | None = DEFAULT_CACHE,
    progress: Progress = no_progress,
    **reading: object,
) -> Trained:
    """Measures by k-fold, then trains on all photos and saves the model.

    Args:
        model: where the model file goes.
        objective: ``classify`` for the classifier, ``triplet`` for an embedding in which people it
            has never seen can be told apart as well.
        settings: of the dense net, a file that `tune` wrote; None for those of all folders.
        fresh: start the final fit from new weights even where it could go on from those in `model`:
            where that is of the same people, recipe and settings, and where it knows all the
            photos, if the net starts from nearest means.
        fmr: the wanted rate of strangers that get a name: where there are enough people and
            photos, the model learns below which probability a face is unknown. None for 0.01 with
            an encoder that is fit for doors (`resnet`), and 0.05 with others.
        logs: folder for TensorBoard; None for none.
        folder, classifier, folds, seed, cache, progress, reading: see `run_kfold`.

    Raises:
        FolderError, LabelError: see `run_kfold`; the place of `model` cannot be written.
        OptionError: there is no such encoder, classifier or objective.
    """
    check_classifier(classifier)
    if objective not in OBJECTIVES:
        raise OptionError(
            f"there is no objective {objective!r}: choose one of {', '.join(OBJECTIVES)}."
        )
    path, start = Path(model), None
    reader = make_reader(cache=cache, **reading)
    data = read_folder(Path(folder), reader, progress)
    if fmr is None:
        fmr = DEFAULT_FMR if reader.encoder.name in DOCUMENTED else ALBUM_FMR
    if objective == "triplet":
        learnt = learn_embedding(data, folds, seed)
    elif classifier == DenseClassifier.kind:
        chosen = settings_for(reader, seed, settings)
        start = None if fresh else _same_net(path, data, asdict(chosen))
        learnt = learn_dense(data, folds, chosen, fmr, start, logs and Path(logs))
    else:
        learnt = learn_other(data, classifier, folds, seed, fmr)
    figures, rejection = learnt.report.as_dict(), learnt.rejection
    trained = Model(
        people=data.people,
        classifier=learnt.classifier,
        recipe=reader.vector_recipe,
        scores={name: figures[name] for name in _SCORES},
        photos=tuple(sorted(reading.digest for reading in data.read)),
        made=_made(learnt.settings),
        threshold=rejection and rejection.calibration.threshold,
        familiarity=rejection and rejection.familiarity,
        calibration=rejection and rejection.calibration.as_dict(),
    )
    trained.save(path)
    return Trained(learnt.report, trained, start is not None)


def tune(
    folder: Path | str,
    *,
    out: Path | str = Path("settings.json"),
    trials: int = 15,
    folds: int = 3,
    seed: int = 0,
    logs: Path | None = DEFAULT_LOGS,
    cache: Path | None = DEFAULT_CACHE,
    progress: Progress = no_progress,
    **reading: object,
) -> tuple[KFoldReport, dict[str, object], list[dict[str, object]]]:
    """Searches for the dense net's best settings on a folder of labelled photos.

    Args:
        out: where the settings found on all photos are written, for `train`.
        trials: settings tried in each search.
        folds: outer folds; each is answered at settings that were chosen without it.
        progress: is told how many trials are done, of how many.
        folder, seed, logs, cache, reading: see `train`.

    Returns:
        The report of the outer folds, the settings, and what was tried: ``settings``, and
        ``worth``, the mean probability given to the right person.

    Raises:
        FolderError, LabelError: see `run_kfold`.
        MissingPackageError: Optuna is not installed.
    """
    from face2vec.training import tuning

    reader = make_reader(cache=cache, **reading)
    data = read_folder(Path(folder), reader, no_progress)
    found = tuning.tune(
        data.vectors, data.truth, settings_for(reader, seed), trials, folds, progress
    )
    tuning.save_settings(found.settings, Path(out))
    if logs is not None:
        tuning.write_hparams(Path(logs), found.trials)
    report = report_on(data, found.probabilities, found.folds, DenseClassifier.kind)
    tried = [{"settings": settings, "worth": worth} for settings, worth in found.trials]
    return report, asdict(found.settings), tried


def fit_prior(
    folders: Sequence[Path | str],
    *,
    fits: int = DEFAULT_FITS,
    cache: Path | None = DEFAULT_CACHE,
    landmark_model: Path | None = None,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> Prior:
    """Estimates how faces vary from folders of labelled photos.

    Args:
        folders: each with a folder for each person, or names in the file names.
        fits: how often a face's points are fitted.
        cache, landmark_model, workers, progress: see `run_kfold`.

    Raises:
        FolderError: a folder is missing or holds no photos.
        LabelError: too few people have several photos with a face.
    """
    points = LandmarkModel(landmark_model)
    encoder = FitsEncoder(points, fits)
    reader = Reader(Detector(points), encoder, Cache(cache) if cache else None, workers)
    labelled = [label_photos(Path(folder)) for folder in folders]
    paths = [path for photos in labelled for path in photos.paths]
    people = [f"{index}/{name}" for index, one in enumerate(labelled) for name in one.names]
    readings = [one.for_one_person() for one in reader.read_all(paths, progress)]
    chosen = [index for index, reading in enumerate(readings) if reading.encodings]
    return estimate_prior(
        encoder.shapes(largest_vectors([readings[i] for i in chosen], reader)),
        np.array([people[i] for i in chosen]),
        [readings[i].digest for i in chosen],
    )


def predict(
    photos: Sequence[Path | str] | Path | str,
    *,
    model: Path | str = DEFAULT_MODEL,
    top: int = 2,
    threshold: float | None = None,
    twins: bool = False,
    progress: Progress = no_progress,
    **reading: object,
) -> list[Answer]:
    """Names every face in one or more photos.

    Args:
        photos: files.
        model: the model file.
        top: how many candidates to give for each face.
        threshold: probability below which a face is unknown; None for that of the model.
        twins: whether one person may be in a photo twice (mirrors, collages).
        progress: is told how many photos are read, of how many.
        reading: how photos are read, but for the encoder, which the model knows; see
            `reading.make_reader`. Nothing is remembered of the photos unless a cache is given.

    Raises:
        ModelError: the model file is missing, broken, or of another recipe.
    """
    paths = [Path(photos)] if isinstance(photos, (str, Path)) else [Path(p) for p in photos]
    recognizer = Recognizer(Path(model), threshold=threshold, twins=twins, **reading)
    return recognizer.predict_all(paths, top=top, progress=progress)


def get_accuracy(
    folder: Path | str,
    *,
    model: Path | str = DEFAULT_MODEL,
    cache: Path | None = DEFAULT_CACHE,
    progress: Progress = no_progress,
    **reading: object,
) -> AccuracyReport:
    """Measures a saved model on a folder of labelled photos.

    Args:
        folder: a folder for each person, or names in the file names.
        model: the model file.
        cache: remembers faces and vectors; None to remember nothing.
        progress, reading: see `predict`.

    Raises:
        ModelError: the model file is missing, broken, or of another recipe.
        FolderError: the folder is missing or holds no photos.
        LabelError: the model knows nobody in the folder.
    """
    recognizer = Recognizer(Path(model), cache=cache, **reading)
    known, reader = recognizer.model, recognizer.reader
    labelled = label_photos(Path(folder))
    if not set(labelled.names) & set(known.people):
        raise LabelError(
            f"the model {model} knows nobody in {folder}: it knows {', '.join(known.people)}."
        )
    readings = [one.for_one_person() for one in reader.read_all(labelled.paths, progress)]
    chosen = [index for index, one in enumerate(readings) if one.encodings]
    truth = [
        known.people.index(labelled.names[i]) if labelled.names[i] in known.people else -1
        for i in chosen
    ]
    vectors = largest_vectors([readings[i] for i in chosen], reader)
    answers = Answers(
        known.people,
        tuple(str(labelled.paths[i]) for i in chosen),
        np.array(truth, dtype=int),
        known.classifier.probabilities(vectors),
    )
    unknown = known.probabilities(vectors).max(axis=1) < (known.threshold or 0)
    trained_on = np.array([readings[i].digest in set(known.photos) for i in chosen], dtype=bool)
    return AccuracyReport(
        labelled, readings, answers, trained_on, unknown, reader.encoder.name,
        known.classifier.kind,
    )


def _same_net(
    path: Path, data: TrainingData, settings: dict[str, object]
) -> DenseClassifier | None:
    """Returns the net in the file where training can go on from it.

    It must be of the same people, recipe and settings. A net that starts from nearest means must
    know all the photos, too: the means of all know more than a net that has seen only some.
    """
    if not path.is_file():
        return None
    try:
        model = Model.load(path)
    except ModelError:
        return None
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
