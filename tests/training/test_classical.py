"""svm, knn and centroid: scikit-learn's answers without scikit-learn."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.svm import LinearSVC

from face2vec.recognition.classifiers import CLASSIFIERS, KnnClassifier
from face2vec.recognition.model import Model
from face2vec.training.classical import NEIGHBOURS, PENALTY, cross_validate, fit

KINDS = ["svm", "knn", "centroid"]


def made_up(people=5, photos=8, spread=0.6, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), photos)
    vectors = rng.normal(0, 1, (people, 12))[labels] + rng.normal(0, spread, (len(labels), 12))
    return vectors.astype(np.float32), labels


def of_scikit_learn(kind, vectors, labels, queries):
    if kind == "knn":
        return (
            KNeighborsClassifier(NEIGHBOURS, weights="distance")
            .fit(vectors, labels)
            .predict(queries)
        )
    if kind == "centroid":
        return NearestCentroid().fit(vectors, labels).predict(queries)
    mean = vectors.mean(axis=0)
    unit = np.linalg.norm(vectors - mean, axis=1).mean()
    machine = LinearSVC(C=PENALTY, dual="auto").fit((vectors - mean) / unit, labels)
    return machine.predict((queries - mean) / unit)


@pytest.mark.parametrize("people", [2, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_answers_are_those_of_scikit_learn(kind, people):
    vectors, labels = made_up(people, spread=1.0)
    queries = np.concatenate([made_up(people, spread=1.5, seed=1)[0], vectors[:3]])
    chances = fit(kind, vectors, labels, people, seed=0).probabilities(queries)
    expected = of_scikit_learn(kind, vectors, labels, queries)
    np.testing.assert_array_equal(chances.argmax(axis=1), expected)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert len(set(expected)) > 1


def test_votes_of_neighbours_are_those_of_scikit_learn():
    vectors, labels = made_up(spread=1.5)
    queries = np.concatenate([made_up(spread=1.5, seed=1)[0], vectors[:3]])
    ours = fit("knn", vectors, labels, 5, seed=0).probabilities(queries)
    theirs = KNeighborsClassifier(NEIGHBOURS, weights="distance").fit(vectors, labels)
    np.testing.assert_allclose(ours, theirs.predict_proba(queries), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_file_gives_the_same_answers_without_scikit_learn(kind, tmp_path):
    vectors, labels = made_up()
    fitted = fit(kind, vectors, labels, 5, seed=0)
    path = tmp_path / "model.hdf5"
    Model(tuple("abcde"), fitted, {"encoder": {"name": "made up"}}).save(path)
    np.save(tmp_path / "queries.npy", vectors)
    code = (
        "import sys, json, numpy as np; from face2vec.recognition.model import Model; "
        "model = Model.load(sys.argv[1]); "
        "print(json.dumps(model.probabilities(np.load(sys.argv[2])).tolist())); "
        "assert not {'sklearn', 'scipy', 'pickle5'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path, tmp_path / "queries.npy"],
        capture_output=True,
        text=True,
        check=True,
    )
    np.testing.assert_allclose(json.loads(done.stdout), fitted.probabilities(vectors), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_held_out_answers_come_from_others(kind):
    rng = np.random.default_rng(0)
    noise = rng.normal(size=(60, 12)).astype(np.float32)  # nothing to learn but by heart
    labels = np.repeat(np.arange(3), 20)
    held_out = cross_validate(kind, noise, labels, 5, seed=0)
    assert (held_out.probabilities.argmax(axis=1) == labels).mean() < 0.55
    vectors, labels = made_up(spread=0.2)
    held_out = cross_validate(kind, vectors, labels, 100, seed=0)
    assert (held_out.probabilities.argmax(axis=1) == labels).all()
    assert sorted(set(held_out.folds)) == list(range(8))


@pytest.mark.parametrize("kind", [*KINDS, "dense"])
def test_somebody_dropped_is_never_named_and_the_others_as_before(kind):
    vectors, labels = made_up(spread=0.2)
    fitted = fit("svm" if kind == "dense" else kind, vectors, labels, 5, seed=0)
    if kind == "dense":
        fitted = CLASSIFIERS["dense"](fitted.layers)
    smaller = fitted.without(2)
    assert type(smaller) is type(fitted)
    others = labels != 2
    names = np.array([0, 1, 3, 4])
    answers = names[smaller.probabilities(vectors[others]).argmax(axis=1)]
    np.testing.assert_array_equal(answers, labels[others])


def test_the_vectors_of_somebody_dropped_are_gone():
    vectors, labels = made_up()
    kept = fit("knn", vectors, labels, 5, seed=0).without(2).vectors.tobytes()
    assert vectors[labels == 2][0].tobytes() not in kept
    assert vectors[labels == 1][0].tobytes() in kept


def test_knn_of_wrong_shapes_is_refused():
    with pytest.raises(ValueError, match="expected vectors"):
        KnnClassifier(np.zeros((3, 2), np.float32), np.zeros(4, int), 2, 1)
