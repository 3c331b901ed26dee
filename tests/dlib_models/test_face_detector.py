from __future__ import annotations

import logging

import cv2
import dlib
import numpy as np
import pytest

from face2vec.assets import CNN_MODEL, dlib_model
from face2vec.dlib_models.face_detector import FaceDetector
from face2vec.dlib_models.pyramid import layout
from face2vec.errors import ModelError
from face2vec.photos.folders import list_photos


@pytest.fixture(scope="module")
def detector():
    return FaceDetector(dlib_model(CNN_MODEL))


@pytest.fixture(scope="module")
def theirs():
    return dlib.cnn_face_detection_model_v1(str(dlib_model(CNN_MODEL)))


def assert_equal(detector, theirs, rgb):
    """Returns how many faces both find."""
    found, expected = detector.find(rgb), theirs(rgb, 0)
    boxes = [(b.left(), b.top(), b.right(), b.bottom()) for b in (one.rect for one in expected)]
    assert [tuple(one[:4]) for one in found] == boxes
    scores = [one.score for one in found]
    np.testing.assert_allclose(scores, [one.confidence for one in expected], atol=1e-4)
    return len(found)


@pytest.mark.slow
def test_made_up_people_are_found_as_by_dlib(detector, theirs, faces):
    photos = [cv2.imread(str(path)) for path in list_photos(faces)[::24]]
    assert sum(assert_equal(detector, theirs, photo[:, :, ::-1].copy()) for photo in photos) >= 4


@pytest.mark.parametrize("size", [(300, 200), (90, 400), (400, 90), (81, 81), (40, 40)])
def test_photos_of_any_shape_are_as_for_dlib(detector, theirs, photo, size):
    assert_equal(detector, theirs, cv2.resize(cv2.imread(str(photo)), size)[:, :, ::-1].copy())


@pytest.mark.parametrize("shape", [(20, 20, 3), (30, 4, 3), (1, 1, 3)])
def test_photos_that_are_too_small_for_the_network_have_no_faces(detector, shape):
    """dlib fails on these."""
    assert detector.find(np.full(shape, 100, np.uint8)) == []


@pytest.mark.slow
def test_several_faces_near_each_other_are_as_for_dlib(detector, theirs, faces):
    tiles = [cv2.resize(cv2.imread(str(path)), (150, 150)) for path in list_photos(faces)[::12]]
    crowd = np.vstack([np.hstack(tiles[:4]), np.hstack(tiles[4:8])])
    assert assert_equal(detector, theirs, crowd[:, :, ::-1].copy()) >= 4


@pytest.mark.slow
def test_real_faces_are_found_as_by_dlib(detector, theirs, real_faces):
    paths = list_photos(real_faces / "lfw10")[::10] + list_photos(real_faces / "orl20_full")[::25]
    for path in paths:
        assert_equal(detector, theirs, cv2.imread(str(path))[:, :, ::-1].copy())


def test_levels_do_not_lie_on_each_other():
    for width, height in ((250, 250), (600, 450), (450, 600), (37, 500), (500, 37)):
        tiles, across, down = layout(width, height, 10, 11)
        taken = np.zeros((down, across), dtype=int)
        for tile in tiles:
            taken[tile.top : tile.bottom, tile.left : tile.right] += 1
        assert taken.max() == 1
        assert (tiles[0].right - tiles[0].left, tiles[0].bottom - tiles[0].top) == (width, height)


def test_a_file_that_only_dlib_understands_is_left_to_dlib(tmp_path, theirs, photo, caplog):
    path = tmp_path / "later.dat"
    data = dlib_model(CNN_MODEL).read_bytes()
    path.write_bytes(data.replace(b"\x05relu_", b"\x06relu_20", 1))
    with caplog.at_level(logging.WARNING):
        detector = FaceDetector(path)
    assert "left to dlib" in caplog.text
    assert_equal(detector, theirs, cv2.imread(str(photo))[:, :, ::-1].copy())


def test_a_file_that_nobody_understands_is_refused(tmp_path):
    path = tmp_path / "broken.dat"
    path.write_bytes(b"no network")
    with pytest.raises(ModelError, match="not a face detection network"):
        FaceDetector(path)
