"""The pages of `evaluate --report` and `train --report`."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

import cv2

from face2vec import __version__
from face2vec.drawing import sections
from face2vec.drawing.page import Page, Section
from face2vec.drawing.sections import Report, percent
from face2vec.errors import LabelError, PhotoError
from face2vec.evaluation.answers import expected_calibration_error
from face2vec.evaluation.pairs import PairScores
from face2vec.evaluation.reports import AccuracyReport, KFoldReport
from face2vec.evaluation.strangers import OpenSetReport, strangers_among
from face2vec.photos.photo import Photo
from face2vec.reading.labelled import LabelledReadings
from face2vec.reading.reader import Reader
from face2vec.records import Reading
from face2vec.thresholds import Calibration

VERSIONED = ("numpy", "opencv-python", "dlib-bin", "scikit-learn", "keras", "h5py")
THUMBNAIL = 96  # pixels
MISTAKES = 20  # that are shown


def page_of_kfold(
    report: KFoldReport,
    reader: Reader,
    recipe: Mapping[str, object],
    *,
    calibration: Calibration | None = None,
    thumbnails: bool = False,
) -> Page:
    """Returns the page of a cross-validation, and of the training that followed it.

    Args:
        report: the held-out figures.
        reader: read the photos.
        recipe: what they depend on besides, names to plain values.
        calibration: of the trained model's threshold, if there is one.
        thumbnails: whether faces are shown beside the worst mistakes.
    """
    accuracies = report.fold_accuracies
    figures = [
        (percent(report.accuracy), "held-out accuracy"),
        (f"± {percent(report.accuracy_std)}", "over the folds"),
        (percent(report.chance), "by chance"),
        (str(len(report.answers.people)), "people"),
        (f"{report.found} of {len(report.readings)}", "photos with a face"),
        (percent(report.ece), "calibration error"),
    ]
    warnings = []
    if report.prior_saw:
        warnings.append(
            f"The prior was estimated from {report.prior_saw} of these photos, so that the figures "
            "are somewhat too good."
        )
    if report.left_out:
        warnings.append(f"Left out, with less than two photos: {', '.join(report.left_out)}.")
    curves = report.curves
    learnt = sections.learning(curves, accuracies) if curves else sections.folds(accuracies)
    middle = [learnt, _gallery_of(report, reader)]
    middle += [sections.threshold(calibration)] if calibration else []
    return Page(
        "Face2Vec: held-out figures",
        f"Encoder {report.encoder}, classifier {report.classifier}, {len(accuracies)} folds: each "
        "photo is answered by a classifier that has not seen it.",
        figures,
        warnings,
        _sections(report, recipe, middle, thumbnails),
    )


def page_of_accuracy(
    report: AccuracyReport, recipe: Mapping[str, object], *, thumbnails: bool = False
) -> Page:
    """Returns the page of a saved model on labelled photos; arguments as `page_of_kfold`."""
    figures = [
        (percent(report.accuracy), "accuracy"),
        (percent(1 / len(report.answers.people)), "by chance"),
        (str(len(report.answers.people)), "people the model knows"),
        (f"{report.found} of {len(report.readings)}", "photos with a face"),
    ]
    warnings = []
    seen = int(report.trained_on.sum())
    if seen:
        warnings.append(
            f"The model was trained on {seen} of the {report.found} photos with a face: "
            "its answers for those say little."
        )
    if report.unknown_people:
        warnings.append(
            f"The model does not know {', '.join(report.unknown_people)}: their photos count as "
            "wrong."
        )
    return Page(
        "Face2Vec: a model on labelled photos",
        f"Encoder {report.encoder}, classifier {report.classifier}.",
        figures,
        warnings,
        _sections(report, recipe, [sections.strangers_of(report)], thumbnails),
    )


def page_of_pairs(scores: PairScores, encoder: str, recipe: Mapping[str, object]) -> Page:
    """Returns the page of a verification protocol."""
    figures = [
        (percent(scores.accuracy, 2), "accuracy"),
        (f"± {percent(scores.accuracy_std, 2)}", "over the folds"),
        (f"{scores.auc:.4f}", "area under the ROC curve"),
        (percent(scores.eer, 2), "equal error rate"),
        (f"{scores.answered} of {scores.pairs}", "pairs with faces"),
    ]
    text = "Are these two the same person? By the distance of their vectors, at every threshold."
    return Page(
        "Face2Vec: pairs verified",
        f"Encoder {encoder}, {len(scores.thresholds)} folds, each at the threshold that was best "
        "on the others.",
        figures,
        sections=[
            sections.error_curves(scores.rates, text),
            sections.recipe(_with_versions(recipe)),
        ],
    )


def page_of_strangers(report: OpenSetReport, recipe: Mapping[str, object]) -> Page:
    """Returns the page of an open-set protocol."""
    figures = [
        (percent(report.fpir, 2), "of strangers got a name"),
        (percent(report.tpir, 2), "of known people named right"),
        (str(report.people), "people"),
        (str(report.photos), "photos"),
    ]
    return Page(
        "Face2Vec: strangers",
        f"Encoder {report.encoder}: half of the people are strangers, in turn.",
        figures,
        sections=[sections.open_set(report), sections.recipe(_with_versions(recipe))],
    )


def _sections(
    report: Report, recipe: Mapping[str, object], middle: list[Section], thumbnails: bool
) -> list[Section]:
    answers = report.answers
    ece = expected_calibration_error(answers.probabilities, answers.truth)
    return [
        sections.people(report),
        sections.confusion(answers),
        sections.mistakes(answers, _faces(report) if thumbnails else {}, MISTAKES),
        sections.tell_apart(answers),
        sections.trust(answers, ece),
        *middle,
        sections.unanswered(report),
        sections.recipe(_with_versions(recipe)),
    ]


def _gallery_of(report: KFoldReport, reader: Reader) -> Section:
    """How strangers fare in a gallery of the same vectors."""
    people = tuple(report.labelled.people)
    data = LabelledReadings(report.labelled, report.readings, reader, people)
    try:
        return sections.open_set(strangers_among(data))
    except LabelError as error:
        return Section("Strangers", f"Not measured: {error}")


def _faces(report: Report) -> dict[str, str]:
    """Returns pictures of the faces that were named worst, by path."""
    wanted = {one.path for one in report.answers.sure_and_wrong(at_least=0.0)[:MISTAKES]}
    made = {}
    for reading in report.readings:
        if str(reading.path) in wanted and reading.encodings:
            try:
                made[str(reading.path)] = thumbnail(reading)
            except PhotoError:
                continue  # it was read a moment ago; the report goes without
    return made


def thumbnail(reading: Reading) -> str:
    """Returns the largest face of a photo as a ``data:`` address of a small JPEG.

    Raises:
        PhotoError: the photo cannot be read.
    """
    picture = Photo.open(reading.path).bgr
    box = reading.largest.face.box
    margin = round(box.width / 4)
    face = picture[
        max(0, box.top - margin) : box.bottom + margin,
        max(0, box.left - margin) : box.right + margin,
    ]
    small = cv2.resize(face, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}"


def _with_versions(recipe: Mapping[str, object]) -> dict[str, object]:
    versions = {"face2vec": __version__}
    for name in VERSIONED:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue  # OpenCV without windows has another name
    return {**recipe, "versions": versions}
