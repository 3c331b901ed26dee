from __future__ import annotations

import cv2
import numpy as np
import pytest

from face2vec.detection.detector import Detector
from face2vec.detection.evidence import eye_distance
from face2vec.detection.landmarks import LandmarkModel
from face2vec.errors import OptionError
from face2vec.photos.photo import Photo
from face2vec.records import Reason


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(LandmarkModel())


@pytest.fixture(scope="module")
def portrait(faces) -> np.ndarray:
    return cv2.imread(str(faces / "luisa" / "001.jpg"))


def turned(bgr, turn):
    """Returns the photo turned clockwise, and the map of its points."""
    height, width = bgr.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -turn, 1.0)
    return cv2.warpAffine(bgr, matrix, (width, height)), matrix


def test_landmarks_follow_the_photo(detector, portrait):
    (face,) = detector.find(Photo.from_array(portrait)).faces
    for turn in (90, 180, -90, 30, -30):
        bgr, matrix = turned(portrait, turn)
        (found,) = detector.find(Photo.from_array(bgr)).faces
        expected = face.landmarks @ matrix[:, :2].T + matrix[:, 2]
        apart = np.linalg.norm(found.landmarks - expected, axis=1).mean()
        assert apart < 0.05 * eye_distance(face.landmarks), turn


@pytest.mark.parametrize(
    "make",
    [
        lambda bgr, box: (bgr * 0.1).astype(np.uint8),
        lambda bgr, box: cv2.resize(bgr, None, fx=40 / box.width, fy=40 / box.width),
        lambda bgr, box: bgr[box.top : box.bottom, box.left : box.right],
        lambda bgr, box: cv2.copyMakeBorder(bgr, 900, 300, 1200, 700, cv2.BORDER_CONSTANT),
    ],
    ids=["dark", "small", "filling the frame", "lost on a large canvas"],
)
def test_hard_photos_have_one_face_too(detector, portrait, make):
    (face,) = detector.find(Photo.from_array(portrait)).faces
    hard = np.ascontiguousarray(make(portrait, face.box))
    assert len(detector.find(Photo.from_array(hard)).faces) == 1


def test_every_face_of_a_group_once_and_from_left_to_right(detector, faces):
    people = [cv2.imread(str(faces / name / "002.jpg")) for name in ("luisa", "tilda", "yasmin")]
    height = min(bgr.shape[0] for bgr in people)
    group = np.hstack([bgr[:height] for bgr in people])
    found = detector.find(Photo.from_array(group)).faces
    assert len(found) == 3
    lefts = [face.box.left for face in found]
    assert lefts == sorted(lefts)
    assert [left // people[0].shape[1] for left in lefts] == [0, 1, 2]


def test_faces_under_the_smallest_size_do_not_count(portrait):
    finding = Detector(LandmarkModel(), min_face=400).find(Photo.from_array(portrait))
    assert finding.reason is Reason.TOO_SMALL
    assert "pixels wide" in finding.detail


@pytest.mark.slow
def test_the_cnn_finds_the_same_face(detector, portrait):
    (face,) = detector.find(Photo.from_array(portrait)).faces
    (found,) = Detector(LandmarkModel(), "cnn").find(Photo.from_array(portrait)).faces
    assert found.found_by == "cnn"
    apart = np.linalg.norm(found.landmarks - face.landmarks, axis=1).mean()
    assert apart < 0.05 * eye_distance(face.landmarks)


@pytest.mark.slow
def test_reasons_why_there_is_no_face(detector, portrait):
    rng = np.random.default_rng(0)
    photos = {
        Reason.TOO_DARK: np.full((150, 200), 9, np.uint8),
        Reason.BLURRED: cv2.GaussianBlur(portrait, (0, 0), portrait.shape[0] / 8),
        Reason.TOO_SMALL: rng.integers(0, 256, (12, 12), np.uint8),
        Reason.NO_FACE: rng.integers(0, 256, (150, 200), np.uint8),
    }
    for reason, grey in photos.items():
        finding = detector.find(Photo.from_array(grey))
        assert (finding.faces, finding.reason) == ([], reason)
        assert "tried viola-jones+hog" in finding.detail


def test_the_recipe_tells_parameters_apart():
    model = LandmarkModel()
    recipes = [Detector(model), Detector(model, "cnn"), Detector(model, min_face=40)]
    assert len({str(detector.recipe) for detector in recipes}) == 3
    with pytest.raises(OptionError, match="ladder or cnn"):
        Detector(model, "tarot")
