"""The encoders that look at pixels: resnet, facenet, pixels; and the chips that they are given."""

from __future__ import annotations

import pickle

import cv2
import dlib
import numpy as np
import pytest

from face2vec.assets import RESNET_MODEL, dlib_model
from face2vec.encoders.chips import Nudge, cut_chip, nudges
from face2vec.encoders.facenet import standardised
from face2vec.encoders.registry import make_encoder, options_of
from face2vec.errors import ModelError, OptionError
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions
from face2vec.records import Box, Face


@pytest.fixture(scope="module")
def seen(photo, cache):
    """A made-up person's photo and the face in it."""
    reading = ReadingOptions(encoder="nose-tip", cache=cache).reader().read(photo)
    return Photo.open(photo), reading.largest.face


def moved(photo, face, matrix):
    """The photo and the face, turned, scaled and shifted by a (2, 3) matrix."""
    height, width = photo.grey.shape
    image = cv2.warpAffine(
        photo.bgr,
        matrix,
        (2 * width, 2 * height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    points = face.landmarks @ matrix[:, :2].T + matrix[:, 2]
    return Photo.from_array(image), Face(Box(0, 0, 9, 9), points, "moved")


def distance(one, other):
    return float(np.linalg.norm(one[0] - other[0]))


@pytest.mark.parametrize(
    ("angle", "scale", "shift"), [(25, 1.0, (120, 90)), (-40, 1.4, (60, 250)), (0, 0.6, (7.3, 5.9))]
)
def test_turning_scaling_and_shifting_the_photo_changes_little(seen, angle, scale, shift):
    photo, face = seen
    middle = tuple(face.landmarks.mean(axis=0))
    matrix = cv2.getRotationMatrix2D(middle, angle, scale)
    matrix[:, 2] += shift
    encoder = make_encoder("resnet")
    there = encoder.encode(*(lambda p, f: (p, [f]))(*moved(photo, face, matrix)))
    assert distance(encoder.encode(photo, [face]), there) < 0.12


def test_resnet_is_dlibs_own_encoding(seen):
    photo, face = seen
    points = [dlib.point(*map(round, point)) for point in face.landmarks.tolist()]
    shape = dlib.full_object_detection(dlib.rectangle(0, 0, 9, 9), points)
    network = dlib.face_recognition_model_v1(str(dlib_model(RESNET_MODEL)))
    theirs = np.array([network.compute_face_descriptor(photo.rgb, shape)])
    assert distance(make_encoder("resnet").encode(photo, [face]), theirs) < 0.05


def test_eyes_and_mouth_come_to_fixed_places(seen):
    photo, face = seen
    dots = np.zeros((*photo.grey.shape, 3), np.uint8)
    places = []
    for part in (slice(36, 42), slice(42, 48), slice(48, 68)):  # right eye, left eye, mouth
        dots[:] = 0
        cv2.circle(
            dots,
            face.landmarks[part].mean(axis=0).round().astype(int).tolist(),
            3,
            (255, 255, 255),
            -1,
        )
        chip = cut_chip(dots, face.landmarks, 150, 0.25)[:, :, 0].astype(float)
        rows, columns = np.mgrid[:150, :150]
        places.append([(columns * chip).sum() / chip.sum(), (rows * chip).sum() / chip.sum()])
    (right, left, mouth) = np.array(places)
    assert abs(right[1] - left[1]) < 6
    assert 35 < right[0] < 60 and 90 < left[0] < 115
    assert 90 < mouth[1] < 120 and 60 < mouth[0] < 90


def test_a_mirrored_chip_is_the_mirror_image(seen):
    photo, face = seen
    straight = cut_chip(photo.bgr, face.landmarks, 150, 0.25)
    mirrored = cut_chip(photo.bgr, face.landmarks, 150, 0.25, Nudge(mirror=True))
    assert np.abs(straight[:, ::-1].astype(int) - mirrored).mean() < 1


def test_a_face_at_the_border_repeats_it():
    grey = np.full((80, 80), 77, np.uint8)
    points = np.random.default_rng(0).uniform(-30, 110, (68, 2))
    assert (cut_chip(grey, points, 64, 0.25) == 77).all()


def test_nudges_are_the_same_each_time_and_half_of_them_mirrored():
    assert nudges(1) == [Nudge()]
    assert nudges(9) == nudges(9)
    assert nudges(5) == nudges(9)[:5]
    assert sum(nudge.mirror for nudge in nudges(8)) == 4


def test_jitter_averages_chips(seen):
    photo, face = seen
    one, many = make_encoder("resnet"), make_encoder("resnet", jitter=2)
    mirrored = cut_chip(photo.bgr, face.landmarks, 150, 0.25, Nudge(mirror=True))
    network = dlib.face_recognition_model_v1(str(dlib_model(RESNET_MODEL)))
    other = np.array(network.compute_face_descriptor(np.ascontiguousarray(mirrored[:, :, ::-1])))
    expected = (one.encode(photo, [face])[0] + other) / 2
    np.testing.assert_allclose(many.encode(photo, [face])[0], expected, atol=1e-5)
    assert one.recipe != many.recipe
    assert make_encoder("resnet", **options_of(many.recipe)).recipe == many.recipe


@pytest.mark.parametrize("name", ["resnet", "pixels"])
def test_faces_together_are_as_faces_alone(seen, name):
    photo, face = seen
    shifted = Face(face.box, face.landmarks + 2.5, "shifted")
    encoder = pickle.loads(pickle.dumps(make_encoder(name)))  # as a worker gets it
    together = encoder.encode(photo, [face, shifted])
    alone = np.vstack([encoder.encode(photo, [face]), encoder.encode(photo, [shifted])])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    assert together.shape == (2, encoder.recipe["length"])
    assert together.dtype == np.float32
    assert encoder.encode(photo, []).shape == (0, encoder.recipe["length"])


def test_pixels_do_not_mind_light(seen):
    photo, face = seen
    dark = Photo.from_array((photo.bgr * 0.5).astype(np.uint8))
    encoder = make_encoder("pixels")
    vectors = encoder.encode(photo, [face])
    assert np.linalg.norm(vectors) == pytest.approx(1, abs=1e-5)
    assert distance(vectors, encoder.encode(dark, [face])) < 0.05


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("landmarks", {"jitter": 3}, "--jitter is for"),
        ("resnet", {"weights": "x.h5"}, "--weights is for"),
        ("resnet", {"jitter": 0}, "at least 1"),
        ("facenet", {}, "--weights keras-facenet.h5"),
    ],
)
def test_options_that_an_encoder_cannot_take(name, options, message):
    with pytest.raises(OptionError, match=message):
        make_encoder(name, **options)


def small_net(path, size=160, outputs=128):
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    keras.Sequential(
        [
            keras.Input((size, size, 3)),
            keras.layers.AveragePooling2D(16),
            keras.layers.Flatten(),
            keras.layers.Dense(outputs),
        ]
    ).save(path)
    return path


@pytest.mark.parametrize(("suffix", "outputs"), [("h5", 128), ("keras", 512)])
def test_facenet_of_the_user(seen, tmp_path, suffix, outputs):
    photo, face = seen
    path = small_net(tmp_path / f"net.{suffix}", outputs=outputs)
    encoder = pickle.loads(pickle.dumps(make_encoder("facenet", weights=path)))
    vectors = encoder.encode(photo, [face, face])
    assert encoder.recipe["length"] == outputs
    assert vectors.shape == (2, outputs)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    chip = cut_chip(photo.bgr, face.landmarks, 160, 0.25)[:, :, ::-1]
    weights, bias = encoder._model.layers[-1].get_weights()
    pooled = standardised(chip).reshape(10, 16, 10, 16, 3).mean(axis=(1, 3)).ravel()
    expected = pooled @ weights + bias
    np.testing.assert_allclose(vectors[0], expected / np.linalg.norm(expected), atol=1e-4)


@pytest.mark.parametrize(("size", "outputs"), [(96, 128), (160, 10)])
def test_a_net_of_another_shape_is_refused(tmp_path, size, outputs):
    path = small_net(tmp_path / "net.keras", size, outputs)
    with pytest.raises(ModelError, match="expected 160 x 160 x 3 in and 128 or 512"):
        _ = make_encoder("facenet", weights=path).recipe


def test_files_that_are_no_keras_model(tmp_path):
    pytest.importorskip("keras")
    with pytest.raises(ModelError, match="there is no FaceNet"):
        _ = make_encoder("facenet", weights=tmp_path / "gone.h5").recipe
    for name in ("text.h5", "text.keras", "text.pkl"):
        (tmp_path / name).write_text("no model")
        with pytest.raises(ModelError, match="not a model that Keras"):
            _ = make_encoder("facenet", weights=tmp_path / name).recipe


def test_standardised_has_mean_0_and_deviation_1():
    chip = np.random.default_rng(0).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    assert standardised(chip).mean() == pytest.approx(0, abs=1e-5)
    assert standardised(chip).std() == pytest.approx(1, abs=1e-5)
    assert (standardised(np.full((160, 160, 3), 9, np.uint8)) == 0).all()
