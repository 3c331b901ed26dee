from __future__ import annotations

import h5py
import numpy as np
import pytest

from face2vec.errors import FolderError, ModelError
from face2vec.recognition.classifiers import DenseClassifier, Layer
from face2vec.recognition.model import Model


@pytest.fixture
def model():
    kernel = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    return Model(
        people=("zoë", "ada"),
        classifier=DenseClassifier((Layer("softmax", kernel, np.zeros(2, np.float32)),)),
        recipe={"encoder": {"name": "nose-tip", "version": 1}},
        scores={"accuracy": 0.75},
        photos=tuple(f"{number:040x}" for number in range(5000)),
        made={"date": "2026-01-01"},
    )


def test_saved_and_loaded(model, tmp_path):
    path = tmp_path / "weights.best.hdf5"
    model.save(path)
    again = Model.load(path)
    for field in ("people", "recipe", "scores", "photos", "made", "threshold"):
        assert getattr(again, field) == getattr(model, field)
    vectors = np.ones((3, 4), np.float32)
    np.testing.assert_array_equal(
        again.classifier.probabilities(vectors), model.classifier.probabilities(vectors)
    )


def test_a_missing_model_names_the_command_that_makes_it(tmp_path):
    with pytest.raises(ModelError, match="face2vec train"):
        Model.load(tmp_path / "none.hdf5")


def damaged(path, how):
    if how == "text":
        path.write_text("no model")
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:500])
    else:
        with h5py.File(path, "r+") as file:
            if how == "foreign":
                del file.attrs["format"]
            elif how == "version":
                file.attrs["version"] = 99
            elif how == "kind":
                file.attrs["classifier"] = "oracle"
            elif how == "array":
                del file["classifier/0-bias"]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("text", "not a Face2Vec model"),
        ("cut", "not a Face2Vec model"),
        ("foreign", "not a model of Face2Vec"),
        ("version", "format 99"),
        ("kind", "oracle"),
        ("array", "not a Face2Vec model"),
    ],
)
def test_other_files_are_refused_with_a_sentence(model, tmp_path, how, message):
    path = tmp_path / "weights.best.hdf5"
    model.save(path)
    damaged(path, how)
    with pytest.raises(ModelError, match=message):
        Model.load(path)


def test_a_place_that_cannot_be_written_is_said(model, tmp_path):
    with pytest.raises(FolderError, match="cannot be written"):
        model.save(tmp_path / "missing" / "weights.best.hdf5")
