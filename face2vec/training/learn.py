"""From a folder that was read to held-out figures and a classifier, by each way of learning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from face2vec.errors import OptionError
from face2vec.evaluation.answers import Answers, write_held_out
from face2vec.evaluation.reports import KFoldReport
from face2vec.photos.folders import LabelledPhotos, label_photos, people_to_train
from face2vec.reading.reader import Progress, Reader
from face2vec.recognition.classifiers import Classifier, DenseClassifier, EmbeddingClassifier
from face2vec.records import Reading
from face2vec.training.temperature import cross_tempered, fit_temperature, tempered

if TYPE_CHECKING:  # they import TensorFlow or scikit-learn
    from face2vec.training.classical import HeldOut as OtherHeldOut
    from face2vec.training.dense import HeldOut, Settings
    from face2vec.training.rejection import Rejection

TRAINABLE = ("dense", "svm", "knn", "centroid")
DEFAULT_CLASSIFIER = "dense"
OBJECTIVES = {"classify": DenseClassifier.kind, "triplet": EmbeddingClassifier.kind}


@dataclass(frozen=True, eq=False)
class TrainingData:
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
        return largest_vectors(self.read, self.reader)


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a way of learning came to: held-out figures, a classifier, and when to reject."""

    report: KFoldReport
    classifier: Classifier
    settings: dict[str, object]
    rejection: Rejection | None = None


def read_folder(folder: Path, reader: Reader, progress: Progress) -> TrainingData:
    """Reads a folder of labelled photos.

    Raises:
        FolderError: the folder is missing or holds no photos.
        LabelError: fewer than two people with two photos each have a face.
    """
    labelled = label_photos(folder)
    people_to_train(labelled.names, "photos")  # said before the photos are read, not after
    readings = [one.for_one_person() for one in reader.read_all(labelled.paths, progress)]
    pairs = zip(labelled.names, readings, strict=True)
    people = people_to_train([name for name, one in pairs if one.encodings], "photos with a face")
    return TrainingData(labelled, readings, reader, people)


def largest_vectors(readings: Sequence[Reading], reader: Reader) -> np.ndarray:
    """Returns the vector of the largest face of each reading, (n, d) float32."""
    length = reader.encoder.recipe["length"]
    rows = [reading.largest.vector for reading in readings]
    return np.array(rows, dtype=np.float32).reshape(len(rows), length)


def check_classifier(name: str) -> None:
    """Raises OptionError unless there is a classifier of this name."""
    if name not in TRAINABLE:
        raise OptionError(f"there is no classifier {name!r}: choose one of {', '.join(TRAINABLE)}.")


def settings_for(reader: Reader, seed: int, file: Path | None = None) -> Settings:
    """Returns the settings of the dense net over a reader's vectors.

    Args:
        reader: makes the vectors.
        seed: of everything random.
        file: settings that `tune` wrote; None for those that were chosen for all folders.

    Raises:
        OptionError: the file cannot be read.
    """
    from face2vec.training.dense import PLAIN, Settings
    from face2vec.training.tuning import load_settings

    whitened = reader.encoder.whitened
    settings = load_settings(file) if file else Settings() if whitened else PLAIN
    return replace(settings, seed=seed, prior_photos=settings.prior_photos if whitened else 0)


def cross_validated_dense(
    data: TrainingData, folds: int, settings: Settings
) -> tuple[KFoldReport, HeldOut]:
    """Measures the dense net on photos held out of its training.

    The probabilities in the report are calibrated, each fold's by the answers of the others.
    """
    from face2vec.training.dense import cross_validate

    held_out = cross_validate(data.vectors, data.truth, folds, settings)
    answers = cross_tempered(held_out.probabilities, data.truth, held_out.folds)
    return report_on(data, answers, held_out.folds, DenseClassifier.kind), held_out


def cross_validated(data: TrainingData, classifier: str, folds: int, seed: int) -> KFoldReport:
    """Measures a classifier on photos held out of its training."""
    if classifier == DenseClassifier.kind:
        return cross_validated_dense(data, folds, settings_for(data.reader, seed))[0]
    from face2vec.training.classical import cross_validate

    held_out = cross_validate(classifier, data.vectors, data.truth, folds, seed)
    return report_on(data, held_out.probabilities, held_out.folds, classifier)


def report_on(
    data: TrainingData, probabilities: np.ndarray, folds: np.ndarray, classifier: str
) -> KFoldReport:
    """Reports held-out answers."""
    answers = Answers(
        data.people,
        tuple(str(reading.path) for reading in data.read),
        data.truth,
        probabilities,
    )
    encoder = data.reader.encoder
    prior = getattr(encoder, "prior", None)
    seen = sum(prior.has_seen(one.digest) for one in data.read) if prior else 0
    return KFoldReport(
        data.labelled, data.readings, answers, folds, encoder.name, classifier, seen
    )


def learn_dense(
    data: TrainingData,
    folds: int,
    settings: Settings,
    fmr: float,
    start: DenseClassifier | None = None,
    logs: Path | None = None,
) -> Learnt:
    """Trains the dense net.

    Args:
        data: the folder.
        folds: of the held-out figures.
        settings: of the net.
        fmr: the wanted rate of strangers that get a name.
        start: the net whose weights the final fit goes on from; None for new ones.
        logs: folder for TensorBoard and the held-out answers; None for none.
    """
    from face2vec.training.dense import write_logs

    report, held_out = cross_validated_dense(data, folds, settings)
    if logs is not None:
        write_held_out(write_logs(logs, held_out.history), report.answers, report.folds)
    fitted = fit_dense(data.vectors, data.truth, held_out, settings, fmr, start)
    return Learnt(report, fitted[0], asdict(settings), fitted[1])


def fit_dense(
    vectors: np.ndarray,
    truth: np.ndarray,
    held_out: HeldOut,
    settings: Settings,
    fmr: float,
    start: DenseClassifier | None = None,
) -> tuple[DenseClassifier, Rejection | None]:
    """Trains the dense net on all photos, as long and as sure as held-out answers say.

    Args:
        vectors: (n, d) float32.
        truth: (n,) int.
        held_out: the answers of nets that had not seen the photos.
        settings, fmr, start: see `learn_dense`.

    Returns:
        The classifier, and when to reject; None where there are too few people or photos.
    """
    from face2vec.training.dense import answer_strangers, fit_final

    epochs = int(np.median(held_out.history.best_epochs))
    temperature = fit_temperature(held_out.probabilities, truth)
    classifier = fit_final(vectors, truth, epochs, settings, start, temperature)

    def answer(groups: list[np.ndarray]) -> list[np.ndarray]:
        answers = answer_strangers(vectors, truth, groups, epochs, settings)
        return [tempered(probabilities, temperature) for probabilities in answers]

    known = replace(held_out, probabilities=tempered(held_out.probabilities, temperature))
    whitened = settings.prior_photos > 0
    return classifier, _rejection(vectors, truth, known, answer, settings.seed, fmr, whitened)


def learn_other(data: TrainingData, kind: str, folds: int, seed: int, fmr: float) -> Learnt:
    """Fits a support vector machine, nearest neighbours or nearest centroids."""
    from face2vec.training.classical import answer_strangers, cross_validate, fit

    held_out = cross_validate(kind, data.vectors, data.truth, folds, seed)
    report = report_on(data, held_out.probabilities, held_out.folds, kind)
    classifier = fit(kind, data.vectors, data.truth, len(data.people), seed)

    def answer(groups: list[np.ndarray]) -> list[np.ndarray]:
        return answer_strangers(kind, data.vectors, data.truth, groups, seed)

    whitened = data.reader.encoder.whitened
    rejection = _rejection(data.vectors, data.truth, held_out, answer, seed, fmr, whitened)
    return Learnt(report, classifier, {"seed": seed}, rejection)


def learn_embedding(data: TrainingData, folds: int, seed: int) -> Learnt:
    """Learns an embedding by the triplet loss."""
    from face2vec.training.dense import possible_folds
    from face2vec.training.triplets import (
        TripletSettings,
        at_temperature,
        cross_validate_embedding,
        fit_embedding,
    )

    settings = TripletSettings(seed=seed)
    if not data.reader.encoder.whitened:
        settings = replace(settings, prior_photos=0)
    folds = possible_folds(data.truth, folds)
    answers, folds_of = cross_validate_embedding(data.vectors, data.truth, folds, settings)
    learnt = fit_embedding(data.vectors, data.truth, settings)
    classifier = at_temperature(learnt, fit_temperature(answers, data.truth))
    calibrated = cross_tempered(answers, data.truth, folds_of)
    report = report_on(data, calibrated, folds_of, EmbeddingClassifier.kind)
    return Learnt(report, classifier, asdict(settings))


def _rejection(
    vectors: np.ndarray,
    truth: np.ndarray,
    held_out: HeldOut | OtherHeldOut,
    answer: Callable[[list[np.ndarray]], list[np.ndarray]],
    seed: int,
    fmr: float,
    whitened: bool,
) -> Rejection | None:
    """Learns when to say "unknown"; returns None where there are too few people or photos."""
    from face2vec.training.rejection import enough, groups_of, learn_rejection
    from face2vec.training.whitening import PRIOR_PHOTOS

    if not enough(truth):
        return None
    groups = groups_of(int(truth.max()) + 1, seed)
    prior_photos = PRIOR_PHOTOS if whitened else 0
    return learn_rejection(
        vectors, truth, held_out.probabilities, held_out.folds, groups, answer(groups), fmr,
        prior_photos,
    )
