"""svm, knn and centroid: scikit-learn's answers without scikit-learn; and when to say unknown."""

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
from face2vec.training.classical import NEIGHBOURS, PENALTY, answer_strangers, cross_validate, fit
from face2vec.training.expectation import enough
from face2vec.training.rejection import groups_of, learn_rejection

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


# Rejection.


def rejection(kind, vectors, labels, fmr=0.02):
    held_out = cross_validate(kind, vectors, labels, 5, seed=0)
    groups = groups_of(int(labels.max()) + 1, seed=0)
    answers = answer_strangers(kind, vectors, labels, groups, seed=0)
    return learn_rejection(vectors, labels, held_out, groups, answers, fmr)


@pytest.mark.parametrize("kind", KINDS)
def test_strangers_are_unknown_and_known_people_are_not(kind):
    vectors, labels = made_up(people=12, photos=10, spread=0.3)
    known, strange = labels < 8, labels >= 8
    learnt = rejection(kind, vectors[known], labels[known])
    model = Model(
        tuple("abcdefgh"),
        fit(kind, vectors[known], labels[known], 8, seed=0),
        {},
        threshold=learnt.calibration.threshold,
        familiarity=learnt.familiarity,
    )
    assert (model.classifier.probabilities(vectors[strange]).max(axis=1) > 0.5).any()
    assert (model.probabilities(vectors[strange]).max(axis=1) >= model.threshold).mean() <= 0.05
    fresh, fresh_labels = made_up(people=12, photos=10, spread=0.3, seed=0)
    fresh = fresh + np.random.default_rng(5).normal(0, 0.05, fresh.shape).astype(np.float32)
    chances = model.probabilities(fresh[fresh_labels < 8])
    assert (chances.max(axis=1) >= model.threshold).mean() > 0.9
    assert chances.max() <= 1


def test_a_model_keeps_how_it_rejects(tmp_path):
    vectors, labels = made_up(people=6, photos=10, spread=0.3)
    learnt = rejection("centroid", vectors, labels)
    model = Model(
        tuple("abcdef"),
        fit("centroid", vectors, labels, 6, seed=0),
        {},
        threshold=0.4,
        familiarity=learnt.familiarity,
        calibration=learnt.calibration.as_dict(),
    )
    model.save(tmp_path / "model.hdf5")
    again = Model.load(tmp_path / "model.hdf5")
    assert again.threshold == 0.4
    assert again.calibration == json.loads(json.dumps(model.calibration))
    np.testing.assert_allclose(again.probabilities(vectors), model.probabilities(vectors))
    smaller = again.without("b", ())
    assert smaller.probabilities(vectors).shape == (60, 5)
    forgotten = again.familiarity.people.means[1].tobytes()
    assert forgotten not in smaller.familiarity.people.means.tobytes()


def test_who_was_forgotten_had_a_say_in_how_strangers_are_told():
    """Centroids can be dropped one by one; what tells strangers has learnt from all."""
    vectors, labels = made_up(people=6, photos=10, spread=0.3)
    learnt = rejection("centroid", vectors, labels)
    names, centroids = tuple("abcdef"), fit("centroid", vectors, labels, 6, seed=0)
    assert not Model(names, centroids, {}).without("b", ()).retrain
    rejecting = Model(names, centroids, {}, familiarity=learnt.familiarity)
    assert "was forgotten" in rejecting.without("b", ()).retrain


def test_groups_hold_everybody_once_and_leave_two():
    for people in (4, 5, 23):
        groups = groups_of(people, seed=0)
        assert sorted(np.concatenate(groups)) == list(range(people))
        assert all(people - len(group) >= 2 for group in groups)


def test_few_people_or_photos_are_not_enough():
    assert enough(np.repeat(np.arange(4), 5))
    assert not enough(np.repeat(np.arange(3), 10))
    assert not enough(np.repeat(np.arange(4), 4))
