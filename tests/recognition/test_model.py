from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from face2vec import files
from face2vec.errors import FolderError, ModelError
from face2vec.recognition.classifiers import DenseClassifier, Layer
from face2vec.recognition.model import Model
from tests import hostile

OLD = Path(__file__).parents[1] / "files" / "0.1.0" / "nose-tip.hdf5"


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


def unseal(path):
    """Takes the seal from a model file, as those have none that were made before there was one."""
    data = path.read_bytes()
    path.write_bytes(bytes(files.SEAL_LENGTH) + data[files.SEAL_LENGTH :])


def reseal(path):
    """Seals a model file again after a change: whoever makes a hostile file can do so too."""
    content = path.read_bytes()[512:]
    path.write_bytes(files.seal(content).ljust(512, b"\0") + content)


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
        reseal(path)


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


def test_a_model_without_a_seal_is_read_as_those_made_before(model, tmp_path):
    model.save(tmp_path / "model")
    unseal(tmp_path / "model")
    assert Model.load(tmp_path / "model").people == model.people


def test_any_flipped_bit_is_noticed(model, tmp_path):
    path = tmp_path / "model"
    model.save(path)
    whole = path.read_bytes()
    for place in np.random.default_rng(0).integers(512, len(whole), 200).tolist():
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(ModelError, match="it is damaged"):
            Model.load(path)


def change_about(file, **values):
    about = json.loads(file["about"][()])
    del file["about"]
    file["about"] = json.dumps(about | values)


def put(file, name, value):
    del file[name]
    file[name] = value


def nested(file, depth):
    del file["about"]
    file["about"] = "[" * depth + "]" * depth


def huge(file, name):
    del file[name]
    file.create_dataset(name, shape=(40_000, 40_000), dtype="f4")


def outside(file, name):
    del file[name]
    file[name] = h5py.ExternalLink("/etc/passwd", "/")


def in_circles(file):
    file["classifier/itself"] = file["classifier"]


FAULTS = {
    "NaN weights": lambda f: put(f, "classifier/0-kernel", np.full((4, 2), np.nan, np.float32)),
    "infinite weights": lambda f: put(f, "classifier/0-bias", np.full(2, np.inf, np.float32)),
    "other shape": lambda f: put(f, "classifier/0-kernel", np.zeros((4, 3), np.float32)),
    "three axes": lambda f: put(f, "classifier/0-kernel", np.zeros((4, 2, 1), np.float32)),
    "one number": lambda f: put(f, "classifier/0-kernel", np.float32(1)),
    "complex": lambda f: put(f, "classifier/0-kernel", np.zeros((4, 2), complex)),
    "text": lambda f: put(f, "classifier/0-kernel", "weights"),
    "no activations": lambda f: put(f, "classifier/activations", np.float32(1)),
    "bytes that are no ASCII": lambda f: put(f, "classifier/activations", np.array([b"\xff"])),
    "many pixels": lambda f: huge(f, "classifier/0-kernel"),
    "chunks": lambda f: (
        f.__delitem__("classifier/0-bias"),
        f.create_dataset("classifier/0-bias", data=np.zeros(2, "f4"), chunks=(1,)),
    ),
    "in circles": in_circles,
    "outside": lambda f: outside(f, "classifier/0-bias"),
    "people missing": lambda f: change_about(f, people=None),
    "people of other types": lambda f: change_about(f, people=[1, 2]),
    "one person": lambda f: change_about(f, people=["ada"]),
    "the same twice": lambda f: change_about(f, people=["ada", "ada"]),
    "a name of 5,000 letters": lambda f: change_about(f, people=["ada", "a" * 5000]),
    "recipe": lambda f: change_about(f, recipe={"encoder": ["nose-tip"]}),
    "fits": lambda f: change_about(f, recipe={"encoder": {"name": "landmarks", "fits": "x"}}),
    "a million fits": lambda f: change_about(f, recipe={"encoder": {"name": "a", "fits": 10**6}}),
    "scores": lambda f: change_about(f, scores=[]),
    "threshold": lambda f: change_about(f, threshold="0.5"),
    "threshold NaN": lambda f: change_about(f, threshold=float("nan")),
    "threshold above 1": lambda f: change_about(f, threshold=2),
    "familiarity": lambda f: change_about(f, familiarity={"middle": 1}),
    "deep": lambda f: nested(f, 100_000),
    "about a list": lambda f: put(f, "about", "[]"),
    "about a number": lambda f: put(f, "about", 1.0),
    "about in two": lambda f: put(f, "about", ["{}", "{}"]),
    "format a list": lambda f: f.attrs.__setitem__("format", [1, 2]),
    "version a list": lambda f: f.attrs.__setitem__("version", [1, 2]),
    "kind a list": lambda f: f.attrs.__setitem__("classifier", ["dense", "svm"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_refused_with_a_sentence(model, tmp_path, fault):
    path = tmp_path / "model"
    model.save(path)
    with h5py.File(path, "r+") as file:
        FAULTS[fault](file)
    reseal(path)
    with pytest.raises(ModelError) as refused:
        Model.load(path)
    assert "\n" not in str(refused.value)


def test_weights_that_are_no_numbers_are_not_saved(model, tmp_path):
    layer = Layer("softmax", np.full((4, 2), np.nan, np.float32), np.zeros(2, np.float32))
    with pytest.raises(ModelError, match="training came to nothing"):
        replace(model, classifier=DenseClassifier((layer,))).save(tmp_path / "model")
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
def test_a_file_that_hdf5_never_comes_back_from_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("face2vec.recognition.unsealed.SECONDS", 3)
    path = tmp_path / "model"
    path.write_bytes(hostile.damaged(OLD.read_bytes(), 3621))
    with pytest.raises(ModelError, match="comes to no end"):
        Model.load(path)


MEASURE = """
import sys
from pathlib import Path
from tests import hostile
from face2vec.recognition.model import Model
try:
    Model.read(Path(sys.argv[1]).read_bytes())
except Exception:
    print(hostile.peak_kib())
"""


def test_a_file_of_which_a_few_bytes_take_all_memory_does_not(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(hostile.damaged(OLD.read_bytes(), 2993))
    ran = subprocess.run([sys.executable, "-c", MEASURE, path], capture_output=True, text=True)
    assert int(ran.stdout) < 400 * 1024
