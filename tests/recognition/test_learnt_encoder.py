"""People whom an embedding has never seen: enrolled and told apart in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from face2vec.errors import GalleryError, ModelError, OptionError
from face2vec.gallery.enrolment import anyway
from face2vec.gallery.identifier import Identifier
from face2vec.reading.options import ReadingOptions
from face2vec.recognition.learnt_encoder import learnt_reader
from face2vec.recognition.model import Model
from face2vec.training import runs
from face2vec.training.runs import TrainingOptions


@pytest.fixture(scope="module")
def embedding(few_faces, cache, tmp_path_factory):
    """A model file of an embedding learnt from `few_faces`."""
    path = tmp_path_factory.mktemp("embedding") / "model.hdf5"
    runs.train(
        few_faces,
        model=path,
        options=TrainingOptions(objective="triplet", folds=2, logs=None),
        reading=ReadingOptions(cache=cache),
    )
    return path


@pytest.fixture
def strangers(faces, few_faces):
    """Two people whom `few_faces` does not hold."""
    trained = {person.name for person in few_faces.iterdir()}
    return [person for person in sorted(faces.iterdir()) if person.name not in trained][:2]


@pytest.mark.slow
def test_people_never_seen_are_enrolled_and_told_apart(embedding, strangers, cache, tmp_path):
    url = f"sqlite:///{tmp_path}/gallery.db"
    reading = ReadingOptions(encoder="embedding", weights=embedding, cache=cache)
    identifier = Identifier.open(url, reading, create=True, threshold=2.0)
    for person in strangers:
        identifier.enrol(person.name, sorted(person.iterdir())[:3], confirm=anyway)
    again = Identifier.open(url, ReadingOptions(weights=embedding, cache=cache), threshold=2.0)
    for person in strangers:
        answers = again.identify(sorted(person.iterdir())[3:7])
        names = [answer.faces[0].name for answer in answers]
        assert names.count(person.name) >= 3


def test_vectors_are_of_unit_length(embedding, strangers, cache):
    reader = learnt_reader(ReadingOptions(weights=embedding, cache=cache))
    vector = reader.read(sorted(strangers[0].iterdir())[0]).largest.vector
    assert vector.shape == (reader.encoder.recipe["length"],)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_another_embedding_is_refused(embedding, strangers, cache, tmp_path):
    url = f"sqlite:///{tmp_path}/gallery.db"
    photos = sorted(strangers[0].iterdir())[:1]
    Identifier.open(
        url, ReadingOptions(encoder="embedding", weights=embedding, cache=cache), create=True
    ).enrol("ann", photos)
    other = tmp_path / "other.hdf5"
    replace(Model.load(embedding), made={}).save(other)
    with pytest.raises(GalleryError):
        Identifier.open(url, ReadingOptions(weights=other, cache=cache)).enrol("ann", photos)


def test_what_is_missing_is_said(trained):
    with pytest.raises(OptionError, match="--weights"):
        learnt_reader(ReadingOptions())
    with pytest.raises(ModelError, match="holds no embedding"):
        learnt_reader(ReadingOptions(weights=trained[0]))
