from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from face2vec.detection.detector import Detector
from face2vec.detection.landmarks import LandmarkModel
from face2vec.detection.shapes import nose_tip_features
from face2vec.encoders.prior import Prior
from face2vec.encoders.registry import ENCODERS, difference, make_encoder
from face2vec.errors import OptionError
from face2vec.photos.photo import Photo
from face2vec.records import Box, Face

GREY = Photo.from_array(np.full((200, 200), 128, np.uint8))


def face(seed):
    points = np.random.default_rng(seed).uniform(40, 140, (68, 2))
    return Face(Box(30, 30, 150, 150), points, "hog")


def test_nose_tip_is_the_published_recipe_flattened():
    faces = [face(0), face(1)]
    vectors = make_encoder("nose-tip").encode(GREY, faces)
    expected = [nose_tip_features(one.landmarks).ravel() for one in faces]
    np.testing.assert_allclose(vectors, expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["landmarks", "nose-tip"])
def test_vectors_have_the_length_of_the_recipe(name):
    encoder = make_encoder(name)
    for faces in ([], [face(0)], [face(0), face(1), face(2)]):
        vectors = encoder.encode(GREY, faces)
        assert vectors.shape == (len(faces), encoder.recipe["length"])
        assert vectors.dtype == np.float32


def test_recipes_tell_encoders_apart():
    recipes = [make_encoder(name).recipe["name"] for name in ("landmarks", "nose-tip")]
    assert recipes == ["landmarks", "nose-tip"]


def test_an_unknown_encoder_names_those_there_are():
    with pytest.raises(OptionError, match=", ".join(ENCODERS)):
        make_encoder("tarot")


def test_landmarks_do_not_change_much_with_the_size_of_the_photo_or_in_a_mirror(few_faces):
    """They change less than from one made-up person to another."""
    model = LandmarkModel()
    encoder, detector = make_encoder("landmarks", model), Detector(model)

    def encode(bgr):
        photo = Photo.from_array(np.ascontiguousarray(bgr))
        return encoder.encode(photo, detector.find(photo)[0][:1])[0]

    photos = [Photo.open(next(person.iterdir())).bgr for person in sorted(few_faces.iterdir())]
    one, two, three = map(encode, photos)
    between = min(np.linalg.norm(one - two), np.linalg.norm(one - three))
    larger = cv2.resize(photos[0], None, fx=1.7, fy=1.7, interpolation=cv2.INTER_CUBIC)
    assert np.linalg.norm(encode(larger) - one) < between
    assert np.linalg.norm(encode(photos[0][:, ::-1]) - one) < between


def test_more_fits_of_one_face_scatter_less_about_what_very_many_say(photo):
    model = LandmarkModel()
    picture = Photo.open(photo)
    faces = Detector(model).find(picture).faces
    fits = model.fits(picture.grey, faces[0].landmarks, 48)
    assert fits.shape == (48, 68, 2)
    truth = fits[24:].mean(axis=0)
    few, many = (np.linalg.norm(fits[:n].mean(axis=0) - truth) for n in (1, 24))
    assert many < 0.7 * few


def test_another_prior_or_number_of_fits_is_another_recipe(tmp_path):
    prior = Prior.load()
    replace(prior, mean=prior.mean + 1).save(tmp_path / "prior.npz")
    recipes = [
        make_encoder("landmarks", fits=fits, prior=file).recipe
        for fits, file in [(24, None), (12, None), (24, tmp_path / "prior.npz")]
    ]
    assert recipes[0] != recipes[1] and recipes[0] != recipes[2]


def test_no_fit_at_all_is_refused():
    with pytest.raises(OptionError, match="at least 1 fit"):
        make_encoder("landmarks", fits=0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"prior": "other"}, "another prior (--prior)"),
        ({"fits": 3}, "another number of fits (--fits)"),
        ({"version": 1}, "version 1 of the encoder landmarks, not 3"),
        ({"name": "resnet"}, "the encoder resnet, which is not landmarks"),
        ({"length": 5}, "another recipe of the encoder landmarks"),
    ],
)
def test_what_sets_two_recipes_apart_is_said_with_its_option(changed, words):
    encoder = {"name": "landmarks", "version": 3, "length": 106, "fits": 24, "prior": "ours"}
    recipe = {"landmarks": {"model": "dlib"}, "encoder": encoder}
    assert difference(recipe | {"encoder": encoder | changed}, recipe) == words
    other = recipe | {"landmarks": {"model": "mine"}}
    assert difference(other, recipe) == "another landmark model (--landmark-model)"
