"""What is written beside each face: names and distances, out of answers and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from face2vec.drawing.annotations import Label, Standing
from face2vec.records import Answer, Identification, Match, Prediction, Reading, Reason

if TYPE_CHECKING:  # a prediction needs neither
    from face2vec.evaluation.doctor import Examination
    from face2vec.evaluation.reports import AccuracyReport, KFoldReport


@dataclass(frozen=True)
class Annotation:
    """What is to be drawn upon the copy of one photo.

    Attributes:
        path: the photo.
        labels: one for each face.
        caption: of a photo without one, why; else empty.
    """

    path: Path
    labels: tuple[Label, ...]
    caption: str = ""


def of_answers(answers: Sequence[Answer | Identification]) -> list[Annotation]:
    """Returns what `predict` or `identify` said; photos that cannot be read are left out."""
    return [
        Annotation(one.path, tuple(map(of_face, one.faces)), one.reason.value if one.reason else "")
        for one in answers
        if one.reason is not Reason.UNREADABLE
    ]


def of_face(face: Prediction | Match) -> Label:
    """Returns the label of one face: its name or what is said for want of one, and the figure."""
    if isinstance(face, Prediction):
        best, figure, word = face.candidates[0].name, face.probability, "probability"
    elif face.distance is not None:
        best, figure, word = face.neighbours[0].name, face.distance, "distance"
    else:
        return Label(face.box, Standing.UNKNOWN, ("unknown",))
    if face.name is not None:
        return Label(face.box, Standing.KNOWN, (face.name, f"{word} {figure:.2f}"))
    if face.conflict is not None:
        said = (f"conflict: {face.conflict}?", f"{word} {figure:.2f}")
        return Label(face.box, Standing.CONFLICT, said)
    return Label(face.box, Standing.UNKNOWN, ("unknown", f"{best}? {word} {figure:.2f}"))


def of_report(report: AccuracyReport | KFoldReport) -> list[Annotation]:
    """Returns what was answered for each photo of an evaluation, and who it is in truth."""
    answers = report.answers
    unknown = getattr(report, "unknown", [False] * len(answers.paths))
    names = dict(zip(map(str, report.labelled.paths), report.labelled.names, strict=True))
    said: dict[str, tuple[Standing, tuple[str, ...]]] = {}
    for path, right, guess, row, refused in zip(
        answers.paths, answers.right, answers.guesses, answers.probabilities, unknown, strict=True
    ):
        figure, taken_for = f"probability {row[guess]:.2f}", answers.people[guess]
        if refused:
            said[path] = Standing.UNKNOWN, ("unknown", f"is {names[path]}", figure)
        elif right:
            said[path] = Standing.KNOWN, (names[path], figure)
        else:
            said[path] = Standing.CONFLICT, (f"{taken_for}? is {names[path]}", figure)
    return _of_readings(report.readings, said)


def of_examination(examination: Examination) -> list[Annotation]:
    """Returns what `doctor` found wrong with each photo, and how far it is from its owner's others.

    What is about people and not about photos is left out.
    """
    wrong: dict[str, list[str]] = {}
    for finding in examination.findings:
        for path in finding.photos:
            wrong.setdefault(path, []).append(f"{finding.kind}: {finding.detail}")
    said = {}
    for photo, name in zip(examination.labelled.paths, examination.labelled.names, strict=True):
        path = str(photo)
        apart = examination.distances.get(path)
        to_own = () if apart is None else (f"distance to the others {apart:.2f}",)
        standing = Standing.CONFLICT if path in wrong else Standing.KNOWN
        said[path] = standing, (name, *(wrong.get(path) or to_own))
    return _of_readings(examination.readings, said)


def _of_readings(
    readings: Sequence[Reading], said: Mapping[str, tuple[Standing, tuple[str, ...]]]
) -> list[Annotation]:
    """Labels the largest face of each photo."""
    made = []
    for reading in readings:
        if reading.reason is Reason.UNREADABLE:
            continue
        labels: tuple[Label, ...] = ()
        if reading.encodings and str(reading.path) in said:
            labels = (Label(reading.largest.face.box, *said[str(reading.path)]),)
        caption = reading.reason.value if reading.reason else ""
        made.append(Annotation(reading.path, labels, caption))
    return made
