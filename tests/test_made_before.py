"""Galleries, models and caches that were made before go on working, with the same numbers."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from face2vec import predict
from face2vec.gallery.identifier import Identifier
from face2vec.reading.cache import Cache
from face2vec.reading.reader import make_reader

BEFORE = Path(__file__).parent / "before"


@pytest.fixture
def before(tmp_path):
    """The files, where they may be written to."""
    return Path(shutil.copytree(BEFORE, tmp_path / "before"))


@pytest.mark.parametrize("name", ["celine", "edith", "greta"])
def test_a_gallery_made_before_knows_its_people(before, faces, name):
    identifier = Identifier(f"sqlite:///{before / 'enrolled.db'}")
    same, other = identifier.identify([faces / name / "001.jpg", faces / name / "003.jpg"])
    assert same.faces[0].name == name and same.faces[0].neighbours[0].nearest < 1e-5
    assert other.faces[0].name == name


def test_a_model_made_before_names_people(before, faces):
    for name in ("celine", "edith", "greta"):
        (answer,) = predict([faces / name / "003.jpg"], model=before / "model.hdf5")
        assert answer.faces[0].name == name


def test_what_was_cached_before_is_used_and_the_same(before, faces):
    photo = faces / "celine" / "001.jpg"
    cache = Cache(before / "cache")
    entries = cache.info()["entries"]
    kept = make_reader("resnet", cache=cache.folder).read(photo).largest
    assert cache.info()["entries"] == entries == 2
    made = make_reader("resnet").read(photo).largest
    np.testing.assert_array_equal(made.face.landmarks, kept.face.landmarks)
    np.testing.assert_allclose(made.vector, kept.vector, atol=1e-5)
