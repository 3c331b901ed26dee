"""What is written beside a face: the name, or why there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from face2vec.decisions import DistanceThreshold, ProbabilityThreshold
from face2vec.drawing.annotations import Standing
from face2vec.drawing.labels import of_answers, of_examination, of_face, of_report
from face2vec.evaluation.accuracy import get_accuracy
from face2vec.evaluation.doctor import examine
from face2vec.reading.options import ReadingOptions
from face2vec.records import Answer, Box, Candidate, Match, Neighbour, Prediction, Reason

BOX = Box(0, 0, 10, 10)


def prediction(name, conflict=None):
    people = (Candidate("José", 0.912), Candidate("Ann", 0.05))
    return Prediction(BOX, "hog", name, 0.912, ProbabilityThreshold(0.5), people, conflict)


ZHANG = (Neighbour("张伟", 0.31, 0.31, 1),)


def match(name, conflict=None, neighbours=ZHANG):
    return Match(BOX, "hog", name, DistanceThreshold(0.6), neighbours, conflict)


@pytest.mark.parametrize(
    ("face", "standing", "lines"),
    [
        (prediction("José"), Standing.KNOWN, ("José", "probability 0.91")),
        (prediction(None), Standing.UNKNOWN, ("unknown", "José? probability 0.91")),
        (prediction(None, "José"), Standing.CONFLICT, ("conflict: José?", "probability 0.91")),
        (match("张伟"), Standing.KNOWN, ("张伟", "distance 0.31")),
        (match(None), Standing.UNKNOWN, ("unknown", "张伟? distance 0.31")),
        (match(None, "张伟"), Standing.CONFLICT, ("conflict: 张伟?", "distance 0.31")),
        (match(None, neighbours=()), Standing.UNKNOWN, ("unknown",)),
    ],
)
def test_the_label_says_what_was_answered(face, standing, lines):
    label = of_face(face)
    assert (label.standing, label.lines, label.box) == (standing, lines, BOX)


def test_photos_without_a_face_say_why_and_unreadable_ones_are_left_out():
    answers = [
        Answer(Path("a.jpg"), (prediction("José"),)),
        Answer(Path("b.jpg"), (), Reason.NO_FACE, "none"),
        Answer(Path("c.jpg"), (), Reason.UNREADABLE, "damaged"),
    ]
    first, second = of_answers(answers)
    assert (len(first.labels), first.caption) == (1, "")
    assert (second.labels, second.caption) == ((), "no face")


def test_a_report_says_who_it_is_and_who_it_was_taken_for(trained, few_faces, cache):
    report = get_accuracy(few_faces, model=trained[0], reading=ReadingOptions(cache=cache))
    report.answers.truth[0] = (report.answers.truth[0] + 1) % 3  # a wrong label
    report.unknown[1] = True
    made = {str(one.path): one for one in of_report(report)}
    assert len(made) == 18
    first, second, third = (made[path].labels[0] for path in report.answers.paths[:3])
    assert first.standing is Standing.CONFLICT
    assert "? is " in first.lines[0]
    assert second.lines[0] == "unknown"
    assert (third.standing, third.lines[0]) == (Standing.KNOWN, "celine")


def test_an_examination_says_what_is_wrong_with_each_photo(few_faces, cache):
    reader = ReadingOptions(encoder="resnet", cache=cache).reader()
    examination = examine(few_faces, reader)
    made = of_examination(examination)
    assert len(made) == 18
    wrong = {path for finding in examination.findings for path in finding.photos}
    for one in made:
        label = one.labels[0]
        assert (label.standing is Standing.CONFLICT) == (str(one.path) in wrong)
        if str(one.path) not in wrong:
            assert label.lines[1].startswith("distance to the others ")
    assert np.isfinite(list(examination.distances.values())).all()
