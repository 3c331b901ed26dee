from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from face2vec.evaluation.answers import Answers, Confusion, per_person, without_answer
from face2vec.records import Box, Encoding, Face, Reading, Reason

PEOPLE = ("ada", "bo", "cy")


@pytest.fixture
def answers():
    truth = np.array([0, 0, 1, 1, 2, -1])
    probabilities = np.array(
        [[0.9, 0.1, 0], [0.2, 0.8, 0], [0.4, 0.6, 0], [0.7, 0.3, 0], [0, 0.45, 0.55], [0, 0, 1]],
        dtype=np.float32,
    )
    return Answers(PEOPLE, tuple("abcdef"), truth, probabilities)


def test_accuracy_counts_strangers_as_wrong(answers):
    assert answers.accuracy == pytest.approx(3 / 6)
    assert answers.of_person("ada").accuracy == 0.5
    assert np.isnan(answers.only(np.zeros(6, bool)).accuracy)


def test_confusions_and_sure_and_wrong(answers):
    assert answers.confusions() == [Confusion("ada", "bo", 1), Confusion("bo", "ada", 1)]
    assert [(m.path, m.taken_for) for m in answers.sure_and_wrong(0.5)] == [
        ("b", "bo"),
        ("d", "ada"),
    ]
    assert [m.path for m in answers.sure_and_wrong(0.75)] == ["b"]
    assert not answers.sure_and_wrong()  # nobody is sure at less than 0.9


def test_shapes_are_checked():
    with pytest.raises(ValueError, match=r"\(1, 3\)"):
        Answers(PEOPLE, ("a",), np.array([0]), np.zeros((2, 3)))


def test_per_person_and_without_answer():
    face = Face(Box(0, 0, 1, 1), np.zeros((68, 2)), "hog")
    seen = Reading(Path("a"), "", (Encoding(face, np.zeros(2, np.float32)),))
    blank = Reading(Path("b"), "", (), Reason.NO_FACE, "no face in b")
    answers = Answers(("ada",), ("a",), np.array([0]), np.ones((1, 1)))
    table = per_person(answers, ["ada", "ada", "bo"], [seen, blank, blank])
    assert table["ada"] == {"photos": 2, "found": 1, "accuracy": 1.0}
    assert table["bo"] == {"photos": 1, "found": 0, "accuracy": None}
    assert without_answer([seen, blank]) == [
        {"path": "b", "reason": "no face", "detail": "no face in b"}
    ]
