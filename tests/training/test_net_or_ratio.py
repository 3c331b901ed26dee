from __future__ import annotations

from dataclasses import replace

import numpy as np

from face2vec.encoders.ratio import Ratio
from face2vec.training import by_ratio
from face2vec.training.net_or_ratio import FEW_PHOTOS, measure
from face2vec.training.settings import Settings

KNOWN = Ratio(np.eye(6), np.zeros(6), np.full(6, 4.0), np.ones(6))
QUICK = Settings(epochs=60, patience=60, units=32, learning_rate=1e-2, dropout=0)


def normal_people(people=5, photos=10, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), photos)
    places = 2 * rng.normal(size=(people, 6))
    return (places[labels] + rng.normal(size=(len(labels), 6))).astype(np.float32), labels


def test_where_people_are_as_the_ratio_has_it_training_ends_where_it_started():
    vectors, labels = normal_people()
    run = measure(vectors, labels, 5, QUICK, KNOWN)
    assert run.kind == "ratio" and run.history is not None
    assert "ended where it started" in run.note
    assert (run.answers.argmax(axis=1) == labels).mean() > 0.9


def test_a_net_is_kept_where_it_names_more_right():
    """Somebody at either side of somebody else: no nearest mean, and no normal, has that."""
    rng = np.random.default_rng(1)
    sides = np.repeat([-3.0, 4.0, 0.0], [30, 50, 80])
    labels = np.repeat([0, 1], 80)
    vectors = rng.normal(scale=0.3, size=(160, 6)).astype(np.float32)
    vectors[:, 0] += sides
    run = measure(vectors, labels, 4, replace(QUICK, sharpness=0.0), KNOWN)
    assert run.kind == "dense"
    assert "adds to the ratio" in run.note
    assert (run.answers.argmax(axis=1) == labels).mean() > 0.95


def test_with_few_photos_no_net_is_trained():
    vectors, labels = normal_people(photos=FEW_PHOTOS - 1)
    run = measure(vectors, labels, 2, QUICK, KNOWN)
    assert run.kind == "ratio" and run.history is None
    assert f"fewer than {FEW_PHOTOS} photos" in run.note


def test_without_a_ratio_there_is_no_choice():
    run = measure(*normal_people(), 3, replace(QUICK, prior_photos=0, sharpness=0), None)
    assert run.kind == "dense" and not run.note


def test_each_photo_is_answered_without_itself():
    """Noise of which nothing can be learnt is named by chance, never by heart."""
    rng = np.random.default_rng(0)
    noise, labels = rng.normal(size=(200, 6)).astype(np.float32), np.repeat([0, 1, 2, 3], 50)
    held_out = by_ratio.cross_validate(KNOWN, noise, labels, 5, seed=0)
    assert (held_out.probabilities.argmax(axis=1) == labels).mean() < 0.4


def test_strangers_are_answered_by_those_who_never_saw_them():
    vectors, labels = normal_people(people=6)
    groups = [np.array([0, 1]), np.array([2, 3, 4, 5])]
    answers = by_ratio.answer_strangers(KNOWN, vectors, labels, groups)
    for group, own in zip(groups, answers, strict=True):
        assert own.shape == (10 * len(group), 6)
        assert not own[:, group].any()
