from __future__ import annotations

from dataclasses import replace

import numpy as np

from face2vec.recognition.classifiers import EmbeddingClassifier
from face2vec.training.triplet_loss import batch_hard, squared_distances, triplet_loss
from face2vec.training.triplets import (
    TripletSettings,
    at_temperature,
    cross_validate_embedding,
    fit_embedding,
)
from face2vec.training.whitening import PRIOR_PHOTOS, whitening

QUICK = TripletSettings(steps=60)


def people_in_noise(people=16, photos=6, seed=0):
    """Two directions of twelve tell people apart; all the others are noise, and louder."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(people), photos)
    vectors = rng.normal(size=(len(labels), 12))
    vectors[:, :3] = 1.5 * rng.normal(size=(people, 3))[labels]
    vectors[:, :3] += 0.2 * rng.normal(size=(len(labels), 3))
    return vectors.astype(np.float32), labels


def nearest_is_same(vectors, labels):
    """Share of the photos whose nearest other photo is of the same person."""
    apart = np.linalg.norm(vectors[:, None] - vectors, axis=2)
    np.fill_diagonal(apart, np.inf)
    return (labels[apart.argmin(axis=1)] == labels).mean()


def test_people_it_has_never_seen_are_told_apart_better_than_by_the_vectors():
    settings = TripletSettings(steps=150, l2=1e-3, learning_rate=1e-2)
    learnt = fit_embedding(*people_in_noise(), settings)
    strangers, labels = people_in_noise(seed=1)
    before, after = (nearest_is_same(v, labels) for v in (strangers, learnt.embed(strangers)))
    assert after > before + 0.1


def test_it_begins_as_the_whitening_and_triplets_cost_less_when_it_has_learnt():
    vectors, labels = people_in_noise()
    mean, matrix = whitening(vectors, labels, PRIOR_PHOTOS)
    white = (vectors - mean) @ matrix
    begun = fit_embedding(vectors, labels, TripletSettings(steps=0)).embed(vectors)
    np.testing.assert_allclose(
        begun @ begun.T, cosines(white), atol=1e-4, err_msg="distances are those of the whitening"
    )
    learnt = fit_embedding(vectors, labels, TripletSettings(l2=1e-3, steps=150)).embed(vectors)
    assert cost(learnt, labels) < 0.9 * cost(begun, labels)


def cosines(vectors):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit @ unit.T


def cost(embedded, labels):
    """What the hardest triplet of each photo costs."""
    chosen = batch_hard(squared_distances(embedded), labels)
    return float(triplet_loss(*(embedded[rows] for rows in chosen)))


def test_embeddings_are_128_numbers_of_unit_length():
    vectors, labels = people_in_noise(people=4)
    wide = np.concatenate([vectors] * 12, axis=1)
    embedded = fit_embedding(wide, labels, QUICK).embed(wide)
    assert embedded.shape == (len(labels), 128)
    assert embedded.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(embedded, axis=1), 1, rtol=1e-5)


def test_held_out_answers_are_probabilities_and_better_than_chance():
    vectors, labels = people_in_noise(people=4)
    held_out = cross_validate_embedding(vectors, labels, 3, QUICK)
    np.testing.assert_allclose(held_out.probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (held_out.probabilities.argmax(axis=1) == labels).mean() > 0.5
    assert sorted(np.bincount(held_out.folds)) == [8, 8, 8]


def test_the_same_seed_gives_the_same_embedding():
    vectors, labels = people_in_noise(people=QUICK.people + 4)
    one, two = (fit_embedding(vectors, labels, QUICK).layers[0].kernel for _ in range(2))
    np.testing.assert_array_equal(one, two)
    other = fit_embedding(vectors, labels, replace(QUICK, seed=1)).layers[0].kernel
    assert np.abs(one - other).max() > 1e-6


def test_it_comes_back_from_its_arrays_as_it_was():
    vectors, labels = people_in_noise(people=4)
    learnt = at_temperature(fit_embedding(vectors, labels, QUICK), 0.3)
    back = EmbeddingClassifier.from_arrays(learnt.arrays())
    np.testing.assert_allclose(back.probabilities(vectors), learnt.probabilities(vectors))


def test_a_lower_temperature_is_surer():
    vectors, labels = people_in_noise(people=4)
    learnt = fit_embedding(vectors, labels, QUICK)
    surer = at_temperature(learnt, 0.1).probabilities(vectors).max(axis=1)
    assert (surer > learnt.probabilities(vectors).max(axis=1)).all()


def test_without_a_triplet_it_stays_what_it_begins_from():
    vectors = np.array([[0, 1, 2], [2, 1, 0], [0, 0, 1]], np.float32)
    learnt = fit_embedding(vectors, np.arange(3))
    np.testing.assert_allclose(np.linalg.norm(learnt.embed(vectors), axis=1), 1, rtol=1e-5)
    assert learnt.probabilities(vectors).argmax(axis=1).tolist() == [0, 1, 2]
