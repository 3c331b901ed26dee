"""When a model says unknown: strangers, and those whom it knows."""

from __future__ import annotations

import json

import numpy as np
import pytest

from face2vec.recognition.model import Model
from face2vec.training.classical import answer_strangers, cross_validate, fit
from face2vec.training.expectation import enough
from face2vec.training.rejection import groups_of, learn_rejection

KINDS = ["svm", "knn", "centroid"]


def made_up(people=5, photos=8, spread=0.6, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), photos)
    vectors = rng.normal(0, 1, (people, 12))[labels] + rng.normal(0, spread, (len(labels), 12))
    return vectors.astype(np.float32), labels


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
        {"landmarks": {}, "encoder": {"name": "made up"}},
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
