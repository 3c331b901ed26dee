"""From a folder that was read to held-out figures and a classifier, by each way of learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from face2vec.encoders.ratio import Ratio
from face2vec.errors import OptionError
from face2vec.evaluation.answers import Answers, write_held_out
from face2vec.evaluation.reports import KFoldReport, LearningCurves
from face2vec.reading.labelled import LabelledReadings
from face2vec.reading.reader import Reader
from face2vec.recognition.classifiers import (
    Classifier,
    DenseClassifier,
    EmbeddingClassifier,
    RatioClassifier,
)
from face2vec.training.temperature import cross_tempered, fit_temperature, tempered

if TYPE_CHECKING:  # they import TensorFlow or scikit-learn
    from face2vec.training.folds import HeldOut
    from face2vec.training.net import History
    from face2vec.training.net_or_ratio import Measured
    from face2vec.training.rejection import Rejection
    from face2vec.training.settings import Settings

TRAINABLE = ("dense", "ratio", "svm", "knn", "centroid")
OBJECTIVES = {"classify": DenseClassifier.kind, "triplet": EmbeddingClassifier.kind}


@dataclass(frozen=True, eq=False)
class Learnt:
    """What a way of learning came to: held-out figures, a classifier, and when to reject.

    Attributes:
        note: a sentence for people about what was chosen; empty where there was no choice.
    """

    report: KFoldReport
    classifier: Classifier
    settings: dict[str, object]
    rejection: Rejection | None = None
    note: str = ""


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
    from face2vec.training.settings import PLAIN, Settings, load_settings

    encoder = reader.encoder
    settings = load_settings(file) if file else Settings() if encoder.whitened else PLAIN
    weighed = encoder.whitened and encoder.ratio is None  # a ratio weighs its prior by itself
    return replace(settings, seed=seed, prior_photos=settings.prior_photos if weighed else 0)


def measured_dense(
    data: LabelledReadings, folds: int, settings: Settings
) -> tuple[KFoldReport, Measured]:
    """Measures the dense net, or what it starts from, on photos held out of training.

    The probabilities in the report are calibrated, each fold's by the answers of the others.
    """
    from face2vec.training.net_or_ratio import measure

    run = measure(data.vectors, data.truth, folds, settings, data.reader.encoder.ratio)
    report = report_on(data, run.answers, run.held_out.folds, run.kind)
    if run.history is not None:
        report = replace(report, curves=curves_of(run.history))
    return report, run


def curves_of(history: History) -> LearningCurves:
    """Returns how the nets of the folds learnt, as a report shows it."""
    return LearningCurves(history.loss, history.val_loss, history.val_accuracy, history.best_epochs)


def cross_validated(data: LabelledReadings, classifier: str, folds: int, seed: int) -> KFoldReport:
    """Measures a classifier on photos held out of its training."""
    if classifier == DenseClassifier.kind:
        return measured_dense(data, folds, settings_for(data.reader, seed))[0]
    if classifier == RatioClassifier.kind:
        return _measured_ratio(data, folds, seed)[0]
    from face2vec.training.classical import cross_validate

    held_out = cross_validate(classifier, data.vectors, data.truth, folds, seed)
    return report_on(data, held_out.probabilities, held_out.folds, classifier)


def _measured_ratio(data: LabelledReadings, folds: int, seed: int) -> tuple[KFoldReport, HeldOut]:
    from face2vec.training.by_ratio import cross_validate

    known = data.reader.encoder.ratio
    held_out = cross_validate(known, data.vectors, data.truth, folds, seed)
    answers = cross_tempered(held_out.probabilities, data.truth, held_out.folds)
    return report_on(data, answers, held_out.folds, RatioClassifier.kind), held_out


def report_on(
    data: LabelledReadings, probabilities: np.ndarray, folds: np.ndarray, classifier: str
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
    return KFoldReport(data.labelled, data.readings, answers, folds, encoder.name, classifier, seen)


def learn_dense(
    data: LabelledReadings,
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
    from face2vec.training.logs import write_logs

    report, run = measured_dense(data, folds, settings)
    if logs is not None and run.history is not None:
        write_held_out(write_logs(logs, run.history), report.answers, report.folds)
    known = data.reader.encoder.ratio
    classifier: Classifier
    if run.kind == RatioClassifier.kind or run.history is None:
        classifier, rejection = fit_ratio(
            data.vectors, data.truth, run.held_out, settings.seed, fmr, known
        )
    else:
        epochs = int(np.median(run.history.best_epochs))
        classifier, rejection = fit_dense(
            data.vectors, data.truth, run.held_out, epochs, settings, fmr, start, known
        )
    return Learnt(report, classifier, asdict(settings), rejection, run.note)


def learn_ratio(data: LabelledReadings, folds: int, seed: int, fmr: float) -> Learnt:
    """Fits the classifier `ratio`."""
    report, held_out = _measured_ratio(data, folds, seed)
    known = data.reader.encoder.ratio
    fitted = fit_ratio(data.vectors, data.truth, held_out, seed, fmr, known)
    return Learnt(report, fitted[0], {"seed": seed}, fitted[1])


def fit_ratio(
    vectors: np.ndarray,
    truth: np.ndarray,
    held_out: HeldOut,
    seed: int,
    fmr: float,
    known_ratio: Ratio | None,
) -> tuple[RatioClassifier, Rejection | None]:
    """Fits the classifier `ratio` on all photos, as sure as held-out answers say.

    Args:
        vectors: (n, d) float32.
        truth: (n,) int.
        held_out: the answers of classifiers that had not seen the photos.
        seed: of the people who are left out in turn.
        fmr: the wanted rate of strangers that get a name.
        known_ratio: of the encoder; None where it has none.

    Returns:
        See `fit_dense`.
    """
    from face2vec.training.by_ratio import answer_strangers, fit

    temperature = fit_temperature(held_out.probabilities, truth)
    classifier = fit(known_ratio, vectors, truth, int(truth.max()) + 1, temperature)

    def answer(groups: list[np.ndarray]) -> list[np.ndarray]:
        answers = answer_strangers(known_ratio, vectors, truth, groups)
        return [tempered(probabilities, temperature) for probabilities in answers]

    known = replace(held_out, probabilities=tempered(held_out.probabilities, temperature))
    return classifier, _rejection(vectors, truth, known, answer, seed, fmr, known_ratio)


def fit_dense(
    vectors: np.ndarray,
    truth: np.ndarray,
    held_out: HeldOut,
    epochs: int,
    settings: Settings,
    fmr: float,
    start: DenseClassifier | None = None,
    known_ratio: Ratio | None = None,
) -> tuple[DenseClassifier, Rejection | None]:
    """Trains the dense net on all photos, as long and as sure as held-out answers say.

    Args:
        vectors: (n, d) float32.
        truth: (n,) int.
        held_out: the answers of nets that had not seen the photos.
        epochs: of the training, as the folds' early stopping says.
        settings, fmr, start: see `learn_dense`.
        known_ratio: of the encoder; None where it has none.

    Returns:
        The classifier, and when to reject; None where there are too few people or photos.
    """
    from face2vec.training.dense import answer_strangers, fit_final

    temperature = fit_temperature(held_out.probabilities, truth)
    classifier = fit_final(vectors, truth, epochs, settings, start, temperature, known_ratio)

    def answer(groups: list[np.ndarray]) -> list[np.ndarray]:
        answers = answer_strangers(vectors, truth, groups, epochs, settings, known_ratio)
        return [tempered(probabilities, temperature) for probabilities in answers]

    known = replace(held_out, probabilities=tempered(held_out.probabilities, temperature))
    return classifier, _rejection(vectors, truth, known, answer, settings.seed, fmr, known_ratio)


def learn_other(data: LabelledReadings, kind: str, folds: int, seed: int, fmr: float) -> Learnt:
    """Fits a support vector machine, nearest neighbours or nearest centroids."""
    from face2vec.training.classical import answer_strangers, cross_validate, fit

    held_out = cross_validate(kind, data.vectors, data.truth, folds, seed)
    report = report_on(data, held_out.probabilities, held_out.folds, kind)
    classifier = fit(kind, data.vectors, data.truth, len(data.people), seed)

    def answer(groups: list[np.ndarray]) -> list[np.ndarray]:
        return answer_strangers(kind, data.vectors, data.truth, groups, seed)

    ratio = data.reader.encoder.ratio
    rejection = _rejection(data.vectors, data.truth, held_out, answer, seed, fmr, ratio)
    return Learnt(report, classifier, {"seed": seed}, rejection)


def learn_embedding(data: LabelledReadings, folds: int, seed: int) -> Learnt:
    """Learns an embedding by the triplet loss."""
    from face2vec.training.folds import possible_folds
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
    held_out = cross_validate_embedding(data.vectors, data.truth, folds, settings)
    learnt = fit_embedding(data.vectors, data.truth, settings)
    classifier = at_temperature(learnt, fit_temperature(held_out.probabilities, data.truth))
    calibrated = cross_tempered(held_out.probabilities, data.truth, held_out.folds)
    report = report_on(data, calibrated, held_out.folds, EmbeddingClassifier.kind)
    return Learnt(report, classifier, asdict(settings))


def _rejection(
    vectors: np.ndarray,
    truth: np.ndarray,
    held_out: HeldOut,
    answer: Callable[[list[np.ndarray]], list[np.ndarray]],
    seed: int,
    fmr: float,
    known_ratio: Ratio | None,
) -> Rejection | None:
    """Learns when to say "unknown".

    Returns None where there are too few people or photos to learn it, and where the known faces
    would come out unknown nearly all.
    """
    from face2vec.training.expectation import enough
    from face2vec.training.rejection import groups_of, learn_rejection

    if not enough(truth):
        return None
    groups = groups_of(int(truth.max()) + 1, seed)
    learnt = learn_rejection(vectors, truth, held_out, groups, answer(groups), fmr, known_ratio)
    return None if learnt.worthless else learnt
