from __future__ import annotations

import numpy as np
import pytest

from face2vec.encoders import ENCODERS, make_encoder
from face2vec.errors import OptionError
from face2vec.geometry import nose_tip_features
from face2vec.images import Photo
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
