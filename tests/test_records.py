from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from face2vec.records import Box, Candidate, Encoding, Face, Prediction, Reading, Reason

POINTS = np.arange(136.0).reshape(68, 2)


@pytest.mark.parametrize("sides", [(0, 0, 0, 5), (0, 5, 4, 5), (3, 0, 2, 4)])
def test_a_box_without_area_is_refused(sides):
    with pytest.raises(ValueError, match="left < right"):
        Box(*sides)


def test_box_sides():
    box = Box(-2, 3, 8, 23)
    assert (box.width, box.height, box.area) == (10, 20, 200)
    assert box.as_dict() == {"left": -2, "top": 3, "right": 8, "bottom": 23}


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (np.zeros((67, 2)), r"expected landmarks of shape \(68, 2\), got \(67, 2\)"),
        (np.full((68, 2), np.nan), "finite"),
    ],
)
def test_a_face_needs_68_finite_landmarks(points, message):
    with pytest.raises(ValueError, match=message):
        Face(Box(0, 0, 1, 1), points, "hog")


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        (np.zeros(3), "float64"),
        (np.zeros((1, 3), np.float32), r"\(1, 3\)"),
        (np.array([1, np.inf], np.float32), "finite"),
    ],
)
def test_an_encoding_is_a_finite_float32_vector(vector, message):
    with pytest.raises(ValueError, match=message):
        Encoding(Face(Box(0, 0, 1, 1), POINTS, "hog"), vector)


def test_a_reading_has_faces_or_a_reason():
    with pytest.raises(ValueError, match="either"):
        Reading(Path("a.jpg"), "", ())
    encoding = Encoding(Face(Box(0, 0, 1, 1), POINTS, "hog"), np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="either"):
        Reading(Path("a.jpg"), "", (encoding,), Reason.NO_FACE)


def test_the_largest_face_is_that_with_the_largest_box():
    small, large = (
        Encoding(Face(Box(0, 0, side, side), POINTS, "hog"), np.zeros(2, np.float32))
        for side in (3, 9)
    )
    assert Reading(Path("a.jpg"), "", (small, large)).largest is large


def test_runner_up():
    first, second = Candidate("ada", 0.7), Candidate("bo", 0.3)
    box = Box(0, 0, 1, 1)
    assert Prediction(box, "hog", "ada", 0.7, None, (first, second)).runner_up is second
    assert Prediction(box, "hog", "ada", 0.7, None, (first,)).runner_up is None


def reading_of(*boxes, subject="largest", size=(300, 200)):
    vector = np.zeros(3, dtype=np.float32)
    faces = [Encoding(Face(box, POINTS, "hog"), vector) for box in boxes]
    return Reading(Path("a.jpg"), "", tuple(faces), size=size, subject=subject)


LARGE, MIDDLE = Box(0, 0, 80, 80), Box(120, 70, 180, 130)


def test_which_of_several_faces_is_meant():
    """The largest is a bystander at the edge."""
    largest, central, only = (
        reading_of(LARGE, MIDDLE, subject=subject).for_one_person()
        for subject in ("largest", "central", "only")
    )
    assert largest.largest.face.box == LARGE
    assert central.largest.face.box == MIDDLE and len(central.encodings) == 1
    assert only.reason is Reason.SEVERAL_FACES and "2 faces" in only.detail


def test_of_faces_of_like_size_the_central_one_may_be_meant():
    rival = Box(0, 0, 62, 62)
    assert reading_of(rival, MIDDLE).for_one_person().reason is Reason.SEVERAL_FACES
    central = reading_of(rival, MIDDLE, subject="central").for_one_person()
    assert central.largest.face.box == MIDDLE


def test_a_face_alone_is_always_meant():
    for subject in ("largest", "central", "only"):
        assert reading_of(LARGE, subject=subject).for_one_person().largest.face.box == LARGE
