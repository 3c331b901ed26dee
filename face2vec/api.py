"""What the commands do, as functions: train, cross-validate, predict, measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from face2vec import __version__
from face2vec.cache import Cache
from face2vec.calibration import cross_tempered, fit_temperature, tempered
from face2vec.classifiers import Classifier, DenseClassifier, EmbeddingClassifier
from face2vec.detection import DEFAULT_DETECTOR, Detector
from face2vec.encoders import DEFAULT_ENCODER, DEFAULT_FITS, FitsEncoder
from face2vec.errors import LabelError, ModelError, OptionError
from face2vec.evaluation import Answers
from face2vec.gallery import DEFAULT_FMR, DOCUMENTED
from face2vec.labels import LabelledPhotos, label_photos, people_to_train
from face2vec.landmarks import LandmarkModel
from face2vec.model import DEFAULT_MODEL, Model
from face2vec.prior import Prior, estimate_prior
from face2vec.reading import Progress, Reader, make_reader, no_progress
from face2vec.recognizer import Recognizer
from face2vec.records import Answer, Reading
from face2vec.reports import AccuracyReport, KFoldReport
from face2vec.thresholds import Calibration

if TYPE_CHECKING:
    from face2vec.rejection import Rejection

OBJECTIVES = {"classify": DenseClassifier.kind, "triplet": EmbeddingClassifier.kind}
TRAINABLE = ("dense", "svm", "knn", "centroid")
DEFAULT_CLASSIFIER = "dense"
ALBUM_FMR = 0.05  # geometry alone is no door: at 1 % too many known faces would be unknown
DEFAULT_CACHE = Path("cache")
DEFAULT_LOGS = Path("logs")
DEFAULT_FOLDS = 10
_VERSIONED = ("numpy", "keras", "scikit-learn", "h5py", "dlib-bin")


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
    encoder: str = DEFAULT_ENCODER,
    fits: int = DEFAULT_FITS,
    prior: Path | None = None,
    jitter: int = 1,
    weights: Path | None = None,
    classifier: str = DEFAULT_CLASSIFIER,
    folds: int = DEFAULT_FOLDS,
    seed: int = 0,
    cache: Path | None = DEFAULT_CACHE,
    detector: str = DEFAULT_DETECTOR,
    min_face: int = 0,
    landmark_model: Path | None = None,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> KFoldReport:
    """Measures a recipe on a folder of labelled photos by stratified k-fold; saves no model.

    Args:
        folder: a folder for each person, or names in the file names.
        encoder: name of the encoder.
        fits: how often `landmarks` fits a face's points; it takes their mean.
        prior: another prior file than the shipped one; see `fit_prior`.
        jitter: chips of each face whose vectors `resnet` averages.
        weights: the Keras model of `facenet`.
        classifier: ``dense``, ``svm``, ``knn`` or ``centroid``.
        folds: how many, at most as many as the person with fewest photos has.
        seed: of splits and weights: the same seed gives the same scores.
        cache: remembers faces and vectors; None to remember nothing.
        detector: how faces are found, ``ladder`` or ``cnn``.
        min_face: pixels of the side of the smallest face that counts.
        landmark_model: another 68-point model file.
        workers: processes for reading photos; None for one a core.
        progress: is told how many photos are read, of how many.

    Raises:
        FolderError: the folder is missing or holds no photos.
        LabelError: fewer than two people with two photos each have a face.
        OptionError: there is no such encoder or classifier.
    """
    _check_classifier(classifier)
    reader = make_reader(
        encoder, fits=fits, prior=prior, jitter=jitter, weights=weights, cache=cache,
        detector=detector, min_face=min_face, landmark_model=landmark_model, workers=workers,
    )
    data = _read_folder(Path(folder), reader, progress)
    return _cross_validated(data, classifier, folds, seed)[0]


def train(
    folder: Path | str,
    *,
    model: Path | str = DEFAULT_MODEL,
    encoder: str = DEFAULT_ENCODER,
    fits: int = DEFAULT_FITS,
    prior: Path | None = None,
    jitter: int = 1,
    weights: Path | None = None,
    classifier: str = DEFAULT_CLASSIFIER,
    folds: int = DEFAULT_FOLDS,
    seed: int = 0,
    objective: str = "classify",
    fresh: bool = False,
    fmr: float | None = None,
    logs: Path | None = DEFAULT_LOGS,
    cache: Path | None = DEFAULT_CACHE,
    detector: str = DEFAULT_DETECTOR,
    min_face: int = 0,
    landmark_model: Path | None = None,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> Trained:
    """Measures by k-fold, then trains on all photos and saves the model.

    Args:
        model: where the model file goes.
        objective: ``classify`` for the classifier, ``triplet`` for an embedding in which people it
            has never seen can be told apart as well.
        fresh: start the final fit from new weights even where `model` knows the same people.
        fmr: the wanted rate of strangers that get a name: where there are enough people and
            photos, the model learns below which probability a face is unknown. None for 0.01 with
            an encoder that is fit for doors (`resnet`), and 0.05 with others.
        logs: folder for TensorBoard; None for none.
        folder, encoder, fits, prior, jitter, weights, classifier, folds, seed, cache, detector,
            min_face, landmark_model, workers, progress: see `run_kfold`.

    Raises:
        FolderError, LabelError: see `run_kfold`; the place of `model` cannot be written.
    """
    _check_classifier(classifier)
    if objective not in OBJECTIVES:
        raise OptionError(
            f"there is no objective {objective!r}: choose one of {', '.join(OBJECTIVES)}."
        )
    path = Path(model)
    reader = make_reader(
        encoder, fits=fits, prior=prior, jitter=jitter, weights=weights, cache=cache,
        detector=detector, min_face=min_face, landmark_model=landmark_model, workers=workers,
    )
    data = _read_folder(Path(folder), reader, progress)
    if fmr is None:
        fmr = DEFAULT_FMR if encoder in DOCUMENTED else ALBUM_FMR
    start = None
    if objective == "triplet":
        learnt = _learn_embedding(data, folds, seed)
    elif classifier == "dense":
        start = None if fresh else _same_model(path, data.people, reader.vector_recipe)
        learnt = _learn_dense(data, folds, seed, fmr, start, logs)
    else:
        learnt = _learn_other(data, classifier, folds, seed, fmr)
    report, rejection = learnt.report, learnt.rejection
    trained = Model(
        people=data.people,
        classifier=learnt.classifier,
        recipe=reader.vector_recipe,
        scores={
            key: value
            for key, value in report.as_dict().items()
            if key in ("photos", "found", "folds", "accuracy", "accuracy_std", "chance", "ece")
        },
        photos=tuple(sorted(reading.digest for reading in data.read)),
        made=_made(learnt.settings),
        threshold=rejection and rejection.calibration.threshold,
        familiarity=rejection and rejection.familiarity,
        calibration=rejection and rejection.calibration.as_dict(),
    )
    trained.save(path)
    return Trained(report, trained, start is not None)


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
    vectors = _largest_vectors([readings[i] for i in chosen], reader)
    return estimate_prior(encoder.shapes(vectors), np.array([people[i] for i in chosen]))


def predict(
    photos: Sequence[Path | str] | Path | str,
    *,
    model: Path | str = DEFAULT_MODEL,
    top: int = 2,
    threshold: float | None = None,
    twins: bool = False,
    prior: Path | None = None,
    weights: Path | None = None,
    cache: Path | None = None,
    detector: str = DEFAULT_DETECTOR,
    min_face: int = 0,
    landmark_model: Path | None = None,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> list[Answer]:
    """Names every face in one or more photos.

    Args:
        photos: files.
        model: the model file.
        top: how many candidates to give for each face.
        threshold: probability below which a face is unknown; None for that of the model.
        twins: whether one person may be in a photo twice (mirrors, collages).
        prior: the prior file of the training, where it was not the shipped one.
        weights: the Keras model of the training, for the encoder `facenet`.
        cache, detector, min_face, landmark_model, workers, progress: see `run_kfold`; nothing is
            remembered of predicted photos unless a cache is given.

    Raises:
        ModelError: the model file is missing, broken, or of another recipe.
    """
    paths = [Path(photos)] if isinstance(photos, (str, Path)) else [Path(p) for p in photos]
    recognizer = Recognizer(
        Path(model), threshold=threshold, twins=twins, prior=prior, weights=weights,
        cache=cache, detector=detector, min_face=min_face, landmark_model=landmark_model,
        workers=workers,
    )
    return recognizer.predict_all(paths, top=top, progress=progress)


def get_accuracy(
    folder: Path | str,
    *,
    model: Path | str = DEFAULT_MODEL,
    prior: Path | None = None,
    weights: Path | None = None,
    cache: Path | None = DEFAULT_CACHE,
    detector: str = DEFAULT_DETECTOR,
    min_face: int = 0,
    landmark_model: Path | None = None,
    workers: int | None = None,
    progress: Progress = no_progress,
) -> AccuracyReport:
    """Measures a saved model on a folder of labelled photos.

    Args:
        folder: a folder for each person, or names in the file names.
        model: the model file.
        prior: the prior file of the training, where it was not the shipped one.
        weights: the Keras model of the training, for the encoder `facenet`.
        cache, detector, min_face, landmark_model, workers, progress: see `run_kfold`.

    Raises:
        ModelError: the model file is missing, broken, or of another recipe.
        FolderError: the folder is missing or holds no photos.
        LabelError: the model knows nobody in the folder.
    """
    recognizer = Recognizer(
        Path(model), prior=prior, weights=weights, cache=cache, detector=detector,
        min_face=min_face, landmark_model=landmark_model, workers=workers,
    )
    known, reader = recognizer.model, recognizer.reader
    labelled = label_photos(Path(folder))
    if not set(labelled.names) & set(known.people):
        raise LabelError(
            f"the model {model} knows nobody in {folder}: it knows {', '.join(known.people)}."
        )
    readings = [one.for_one_person() for one in reader.read_all(labelled.paths, progress)]
    chosen = [index for index, reading in enumerate(readings) if reading.encodings]
    truth = [
        known.people.index(labelled.names[i]) if labelled.names[i] in known.people else -1
        for i in chosen
    ]
    answers = Answers(
        known.people,
        tuple(str(labelled.paths[i]) for i in chosen),
        np.array(truth, dtype=int),
        known.classifier.probabilities(_largest_vectors([readings[i] for i in chosen], reader)),
    )
    trained_on = np.array([readings[i].digest in set(known.photos) for i in chosen], dtype=bool)
    return AccuracyReport(
        labelled, readings, answers, trained_on, reader.encoder.name, known.classifier.kind
    )


@dataclass(frozen=True, eq=False)
class _Data:
    """A folder, read: what training needs.

    Attributes:
        labelled: all photos.
        readings: of all photos.
        reader: made the readings.
        people: those who are trained; a photo of somebody else is left out.
    """

    labelled: LabelledPhotos
    readings: list[Reading]
    reader: Reader
    people: tuple[str, ...]

    @property
    def chosen(self) -> list[tuple[str, Reading]]:
        """Name and reading of the photos that have a face and are of somebody who is trained."""
        pairs = zip(self.labelled.names, self.readings, strict=True)
        return [(name, one) for name, one in pairs if one.encodings and name in self.people]

    @property
    def read(self) -> list[Reading]:
        return [reading for _, reading in self.chosen]

    @property
    def truth(self) -> np.ndarray:
        return np.array([self.people.index(name) for name, _ in self.chosen])

    @property
    def vectors(self) -> np.ndarray:
        return _largest_vectors(self.read, self.reader)


def _read_folder(folder: Path, reader: Reader, progress: Progress) -> _Data:
    labelled = label_photos(folder)
    people_to_train(labelled.names, "photos")  # said before the photos are read, not after
    readings = [one.for_one_person() for one in reader.read_all(labelled.paths, progress)]
    pairs = zip(labelled.names, readings, strict=True)
    people = people_to_train([name for name, one in pairs if one.encodings], "photos with a face")
    return _Data(labelled, readings, reader, people)


@dataclass(frozen=True, eq=False)
class _Learnt:
    """What a way of learning came to: held-out figures, a classifier, and when to reject."""

    report: KFoldReport
    classifier: Classifier
    settings: dict[str, object]
    rejection: Rejection | None = None


def _check_classifier(name: str) -> None:
    if name not in TRAINABLE:
        raise OptionError(
            f"there is no classifier {name!r}: choose one of {', '.join(TRAINABLE)}."
        )


def _cross_validated(
    data: _Data, classifier: str, folds: int, seed: int
) -> tuple[KFoldReport, object]:
    if classifier == "dense":
        from face2vec.training import cross_validate

        held_out = cross_validate(data.vectors, data.truth, folds, _settings(data.reader, seed))
        answers = cross_tempered(held_out.probabilities, data.truth, held_out.folds)
    else:
        from face2vec.fitting import cross_validate

        held_out = cross_validate(classifier, data.vectors, data.truth, folds, seed)
        answers = held_out.probabilities
    return _report(data, answers, held_out.folds, classifier), held_out


def _report(
    data: _Data, probabilities: np.ndarray, folds: np.ndarray, classifier: str
) -> KFoldReport:
    """Reports held-out answers."""
    answers = Answers(
        data.people,
        tuple(str(reading.path) for reading in data.read),
        data.truth,
        probabilities,
    )
    return KFoldReport(
        data.labelled, data.readings, answers, folds, data.reader.encoder.name, classifier
    )


def _learn_dense(
    data: _Data, folds: int, seed: int, fmr: float, start: Model | None, logs: Path | None
) -> _Learnt:
    from face2vec.training import answer_strangers, fit_final, write_logs

    report, held_out = _cross_validated(data, "dense", folds, seed)
    if logs is not None:
        write_logs(Path(logs), held_out.history)
    settings = _settings(data.reader, seed)
    epochs = int(np.median(held_out.history.best_epochs))
    temperature = fit_temperature(held_out.probabilities, data.truth)
    classifier = fit_final(
        data.vectors, data.truth, epochs, settings, start and start.classifier, temperature
    )

    def answer(groups: list[np.ndarray]) -> list[np.ndarray]:
        answers = answer_strangers(data.vectors, data.truth, groups, epochs, settings)
        return [tempered(probabilities, temperature) for probabilities in answers]

    known = tempered(held_out.probabilities, temperature)
    rejection = _rejection(data, known, held_out.folds, answer, seed, fmr)
    return _Learnt(report, classifier, asdict(settings), rejection)


def _learn_other(data: _Data, kind: str, folds: int, seed: int, fmr: float) -> _Learnt:
    from face2vec.fitting import answer_strangers, fit

    report, held_out = _cross_validated(data, kind, folds, seed)
    classifier = fit(kind, data.vectors, data.truth, len(data.people), seed)

    def answer(groups: list[np.ndarray]) -> list[np.ndarray]:
        return answer_strangers(kind, data.vectors, data.truth, groups, seed)

    rejection = _rejection(data, held_out.probabilities, held_out.folds, answer, seed, fmr)
    return _Learnt(report, classifier, {"seed": seed}, rejection)


def _learn_embedding(data: _Data, folds: int, seed: int) -> _Learnt:
    from face2vec.embedding import (
        TripletSettings,
        at_temperature,
        cross_validate_embedding,
        fit_embedding,
    )
    from face2vec.training import possible_folds

    settings = TripletSettings(seed=seed)
    folds = possible_folds(data.truth, folds)
    answers, folds_of = cross_validate_embedding(data.vectors, data.truth, folds, settings)
    learnt = fit_embedding(data.vectors, data.truth, settings)
    classifier = at_temperature(learnt, fit_temperature(answers, data.truth))
    calibrated = cross_tempered(answers, data.truth, folds_of)
    report = _report(data, calibrated, folds_of, EmbeddingClassifier.kind)
    return _Learnt(report, classifier, asdict(settings))


def _rejection(
    data: _Data,
    held_out: np.ndarray,
    folds: np.ndarray,
    answer: Callable[[list[np.ndarray]], list[np.ndarray]],
    seed: int,
    fmr: float,
) -> Rejection | None:
    """Learns when to say "unknown"; returns None where there are too few people or photos."""
    from face2vec.rejection import enough, groups_of, learn_rejection

    if not enough(data.truth):
        return None
    groups = groups_of(len(data.people), seed)
    return learn_rejection(
        data.vectors, data.truth, held_out, folds, groups, answer(groups), fmr
    )


def _settings(reader: Reader, seed: int) -> object:
    from face2vec.training import Settings

    return Settings(seed=seed) if reader.encoder.whitened else Settings(seed=seed, prior_photos=0)


def _largest_vectors(readings: list[Reading], reader: Reader) -> np.ndarray:
    length = reader.encoder.recipe["length"]
    rows = [reading.largest.vector for reading in readings]
    return np.array(rows, dtype=np.float32).reshape(len(rows), length)


def _same_model(path: Path, people: tuple[str, ...], recipe: dict[str, object]) -> Model | None:
    """Returns the dense net in the file where it is of the same people and recipe."""
    if not path.is_file():
        return None
    try:
        model = Model.load(path)
    except ModelError:
        return None
    same = model.people == people and model.recipe == recipe
    return model if same and model.classifier.kind == DenseClassifier.kind else None


def _made(settings: dict[str, object]) -> dict[str, object]:
    from importlib.metadata import version  # not wanted on the way to a prediction

    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "settings": settings,
        "versions": {"face2vec": __version__} | {name: version(name) for name in _VERSIONED},
    }
