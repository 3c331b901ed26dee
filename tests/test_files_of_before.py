"""Files that version 0.1.0 made of made-up people: they are read, or refused with a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from face2vec.encoders.prior import Prior
from face2vec.errors import ModelError
from face2vec.gallery.enrolment import anyway
from face2vec.gallery.identifier import Identifier
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions
from face2vec.recognition.recognizer import predict

BEFORE = Path(__file__).parent / "files" / "0.1.0"


def test_a_model_is_refused_with_what_to_do():
    with pytest.raises(ModelError, match=r"model format 2, this version reads 3\): make a new one"):
        predict("any.jpg", model=BEFORE / "nose-tip.hdf5")


def test_a_gallery_names_people_and_takes_new_ones(faces, tmp_path):
    file = shutil.copy(BEFORE / "people.sqlite", tmp_path)
    identifier = Identifier.open(f"sqlite:///{file}")
    assert identifier.enrol("edith", [faces / "edith" / "001.jpg"], confirm=anyway).added == 1
    for name in ("celine", "greta", "zelda", "edith"):
        (answer,) = identifier.identify([faces / name / "009.jpg"])
        assert answer.faces[0].name == name


@pytest.mark.parametrize("encoder", ["nose-tip", "resnet"])
def test_a_cache_is_looked_up(faces, tmp_path, encoder, monkeypatch):
    cache = shutil.copytree(BEFORE / "cache", tmp_path / "cache")
    anew = ReadingOptions(encoder).reader().read(faces / "zelda" / "004.jpg")

    def refuse(self):
        raise AssertionError("the photo was decoded, although it is cached")

    for name in ("bgr", "grey", "size"):
        monkeypatch.setattr(Photo, name, property(refuse))
    read = ReadingOptions(encoder, cache=cache).reader().read(faces / "zelda" / "004.jpg")
    assert read.largest.face.box == anew.largest.face.box
    np.testing.assert_allclose(read.largest.vector, anew.largest.vector, atol=1e-5)


def test_a_prior_is_refused_with_what_to_do():
    with pytest.raises(ModelError, match="version 2, this version reads 3: make it again"):
        Prior.load(BEFORE / "prior.npz")


def test_what_is_no_model_is_refused_with_a_sentence():
    with pytest.raises(ModelError, match="is not a Face2Vec model that can be read"):
        predict("any.jpg", model=BEFORE / "people.sqlite")
