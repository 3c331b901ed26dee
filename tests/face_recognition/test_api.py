"""What the own tests of face_recognition state, on the made-up people; and dlib beside it.

Its own photos are not here. Where it holds numbers of them, the numbers here are those that dlib,
which it calls, gives for ours.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys

import cv2
import dlib
import numpy as np
import PIL.Image
import pytest

import face2vec.face_recognition as face_recognition
from face2vec.assets import (
    CNN_MODEL,
    FIVE_POINT_MODEL,
    LANDMARK_MODEL,
    RESNET_MODEL,
    dlib_model,
)
from face2vec.errors import PhotoError
from face2vec.face_recognition import api


@pytest.fixture(scope="module")
def frontal():
    return dlib.get_frontal_face_detector()


@pytest.fixture(scope="module")
def network():
    return dlib.face_recognition_model_v1(str(dlib_model(RESNET_MODEL)))


@pytest.fixture(scope="module")
def predictors():
    files = {"small": FIVE_POINT_MODEL, "large": LANDMARK_MODEL}
    return {model: dlib.shape_predictor(str(dlib_model(file))) for model, file in files.items()}


@pytest.fixture(scope="module")
def images(faces):
    """Two photos of one made-up person and one of another."""
    one, other = sorted(faces.iterdir())[:2]
    paths = [*sorted(one.glob("*.jpg"))[:2], sorted(other.glob("*.jpg"))[0]]
    return [face_recognition.load_image_file(path) for path in paths]


@pytest.fixture(scope="module")
def crowd(images):
    """An image with three faces."""
    height = min(image.shape[0] for image in images)
    return np.hstack([image[:height] for image in images])


def as_location(box):
    return box.top(), box.right(), box.bottom(), box.left()


def theirs(image, location, predictor, network):
    """The vector that face_recognition computes, by dlib."""
    top, right, bottom, left = location
    shape = predictor(image, dlib.rectangle(left, top, right, bottom))
    return np.array(network.compute_face_descriptor(image, shape, 1))


def test_an_image_is_loaded_as_pillow_loads_it(photo, tmp_path):
    image = PIL.Image.open(photo)
    np.testing.assert_array_equal(face_recognition.load_image_file(photo), np.array(image))
    with open(photo, "rb") as file:
        assert face_recognition.load_image_file(file, mode="L").shape == image.size[::-1]
    image.convert("RGBA").save(tmp_path / "32bit.png")
    loaded = face_recognition.load_image_file(str(tmp_path / "32bit.png"))
    assert loaded.shape == (*image.size[::-1], 3)


def test_a_file_that_ends_too_early_is_loaded(photo, tmp_path):
    short = tmp_path / "short.jpg"
    short.write_bytes(photo.read_bytes()[:-2000])
    whole = face_recognition.load_image_file(photo)
    assert face_recognition.load_image_file(short).shape == whole.shape


@pytest.mark.parametrize("upsample", [0, 1])
def test_locations_are_those_of_dlibs_detector(crowd, frontal, upsample):
    expected = [as_location(box) for box in frontal(crowd, upsample)]
    assert len(expected) == 3
    assert face_recognition.face_locations(crowd, upsample) == expected


def test_locations_are_cut_at_the_border(images, frontal):
    (box,) = frontal(images[0], 1)
    middle = (box.left() + box.right()) // 2
    part = np.ascontiguousarray(images[0][:, box.left() + box.width() // 10 :])
    assert middle < images[0].shape[1]
    ((top, right, bottom, left),) = face_recognition.face_locations(part)
    assert left == 0
    assert top < bottom
    assert 0 < right < part.shape[1]


def test_where_dlib_sees_nobody_the_ladder_looks(images, frontal):
    dark = images[0] // 40
    assert not frontal(dark, 1)
    (location,) = face_recognition.face_locations(dark)
    assert all(isinstance(place, int) for place in location)
    assert len(face_recognition.face_encodings(dark, [location])) == 1


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_face_on_its_side_keeps_its_landmarks(images, frontal, quarters):
    upright = face_recognition.face_encodings(images[0])[0]
    image = np.rot90(images[0], quarters).copy()
    assert not frontal(image, 1)
    locations = face_recognition.face_locations(image)
    (vector,) = face_recognition.face_encodings(image, locations)
    assert np.linalg.norm(vector - upright) < 0.4
    np.testing.assert_array_equal(vector, face_recognition.face_encodings(image)[0])
    (parts,) = face_recognition.face_landmarks(image, locations)
    assert parts.keys() == api.LARGE.keys()


def test_locations_of_the_ladder_are_plain_tuples_to_others(images):
    (location,) = face_recognition.face_locations(np.rot90(images[0]).copy())
    assert location == tuple(location)
    assert json.loads(json.dumps(location)) == list(location)
    again = pickle.loads(pickle.dumps(location))
    assert again == location
    np.testing.assert_array_equal(again.landmarks, location.landmarks)


@pytest.mark.slow
@pytest.mark.parametrize("upsample", [0, 1])
def test_locations_of_the_cnn_are_dlibs(images, upsample):
    detector = dlib.cnn_face_detection_model_v1(str(dlib_model(CNN_MODEL)))
    image = images[0]
    height, width = image.shape[:2]
    expected = [
        (
            max(top, 0),
            min(right, width),
            min(bottom, height),
            max(left, 0),
        )
        for top, right, bottom, left in (
            as_location(found.rect) for found in detector(image, upsample)
        )
    ]
    assert len(expected) == 1
    assert face_recognition.face_locations(image, upsample, model="cnn") == expected
    batch = face_recognition.batch_face_locations([image, image], upsample)
    assert batch == [expected, expected]


@pytest.mark.parametrize(("model", "parts", "points"), [("small", 3, 5), ("large", 9, 72)])
def test_landmarks_are_those_of_dlibs_models(crowd, frontal, predictors, model, parts, points):
    found = face_recognition.face_landmarks(crowd, model=model)
    assert len(found) == 3
    for face, box in zip(found, frontal(crowd, 1), strict=True):
        expected = [(point.x, point.y) for point in predictors[model](crowd, box).parts()]
        assert len(face) == parts
        given = [point for part in face.values() for point in part]
        assert len(given) == points
        assert set(given) == set(expected)
        if model == "large":
            assert face["chin"] == expected[:17]
            assert face["top_lip"][7] == expected[64]
            assert face["bottom_lip"][-1] == expected[64]
        else:
            assert face["nose_tip"] == [expected[4]]
            assert face["left_eye"] == expected[2:4]


def test_there_are_two_landmark_models(images):
    with pytest.raises(ValueError, match="'small'"):
        face_recognition.face_landmarks(images[0], model="tiny")


@pytest.mark.parametrize("model", ["small", "large"])
def test_vectors_are_those_of_dlibs_network(crowd, predictors, network, model):
    locations = face_recognition.face_locations(crowd)
    # Boxes that a program made smaller and larger itself are as good.
    locations.append(
        tuple(place + change for place, change in zip(locations[0], (-9, 9, 9, -9), strict=True))
    )
    vectors = face_recognition.face_encodings(crowd, locations, model=model)
    for location, vector in zip(locations, vectors, strict=True):
        assert vector.dtype == np.float64
        expected = theirs(crowd, location, predictors[model], network)
        np.testing.assert_allclose(vector, expected, atol=1e-4)


def test_vectors_of_real_faces_are_those_of_dlibs_network(real_faces, predictors, network):
    checked = 0
    for path in sorted((real_faces / "lfw10").rglob("*.jpg"))[::10]:
        image = face_recognition.load_image_file(path)
        locations = face_recognition.face_locations(image)
        vectors = face_recognition.face_encodings(image, locations)
        for location, vector in zip(locations, vectors, strict=True):
            expected = theirs(image, location, predictors["small"], network)
            np.testing.assert_allclose(vector, expected, atol=1e-4)
            checked += 1
    assert checked >= 10


def test_jitters_are_averaged(images):
    plain, moved = (face_recognition.face_encodings(images[0], num_jitters=n)[0] for n in (1, 9))
    assert moved.shape == (128,)
    assert 0 < np.linalg.norm(plain - moved) < 0.3


def test_distances_tell_people_apart(images):
    one, same, other = (face_recognition.face_encodings(image)[0] for image in images)
    distances = face_recognition.face_distance([same, other], one)
    assert isinstance(distances, np.ndarray)
    np.testing.assert_allclose(distances, [np.linalg.norm(same - one), np.linalg.norm(other - one)])
    assert distances[0] < distances[1]
    matches = face_recognition.compare_faces([same, other], one, tolerance=distances.mean())
    assert isinstance(matches, list)
    assert matches == [True, False]


@pytest.mark.parametrize("nobody", [[], np.array([])])
def test_nobody_is_near_an_empty_list(nobody):
    distances = face_recognition.face_distance(nobody, np.zeros(128))
    assert isinstance(distances, np.ndarray)
    assert len(distances) == 0
    assert face_recognition.compare_faces(nobody, np.zeros(128)) == []


def test_no_face_is_an_empty_list():
    wall = np.full((120, 160, 3), 128, dtype=np.uint8)
    assert face_recognition.face_locations(wall) == []
    assert face_recognition.face_landmarks(wall) == []
    assert face_recognition.face_encodings(wall) == []
    assert face_recognition.face_encodings(wall, []) == []


def test_grey_and_turned_arrays_are_images_too(images):
    bgr = cv2.cvtColor(images[0], cv2.COLOR_RGB2BGR)
    expected = face_recognition.face_encodings(images[0])
    np.testing.assert_array_equal(face_recognition.face_encodings(bgr[:, :, ::-1]), expected)
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    assert len(face_recognition.face_encodings(grey)) == 1


@pytest.mark.parametrize("image", [np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3))])
def test_what_is_no_image_is_refused(image):
    with pytest.raises(PhotoError, match="red first"):
        face_recognition.face_locations(image)


def test_nothing_is_loaded_at_import():
    code = "import sys, face2vec.face_recognition; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "face2vec.face_recognition.api" in loaded
    assert not loaded & {"pkg_resources", "face_recognition_models", "dlib", "cv2", "tensorflow"}
