from __future__ import annotations

import numpy as np
import pytest

from face2vec.gallery import nearest
from face2vec.gallery.nearest import PeopleMatrix, neighbour


def made_up(rng, people, length=5):
    counts = rng.integers(1, 9, people)
    vectors = rng.normal(size=(counts.sum(), length)).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return PeopleMatrix([str(person) for person in range(people)], starts, vectors)


@pytest.mark.parametrize("seed", range(10))
def test_chunks_and_blocks_change_nothing(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    monkeypatch.setattr(nearest, "CHUNK", 64)
    monkeypatch.setattr(nearest, "FIRST", int(rng.integers(1, 20)))
    monkeypatch.setattr(nearest, "QUERIES", int(rng.integers(1, 4)))
    monkeypatch.setattr(nearest, "BEYOND", 100)
    matrix = made_up(rng, people=int(rng.integers(1, 60)))
    queries = rng.normal(size=(5, 5)).astype(np.float32)
    for query, found in zip(queries, matrix.nearest(queries, 4), strict=True):
        everybody = [neighbour(name, own, query) for name, own in matrix.people().items()]
        assert found == sorted(everybody, key=lambda one: one.distance)[:4]


def test_the_nearest_is_among_the_candidates_of_a_large_matrix():
    rng = np.random.default_rng(1)
    matrix = PeopleMatrix(range(20_000), np.arange(20_000), rng.normal(size=(20_000, 16)))
    queries = rng.normal(size=(3, 16))
    for query, found in zip(queries, matrix.nearest(queries, 2), strict=True):
        apart = np.linalg.norm(matrix.vectors - query, axis=1)
        assert [one.name for one in found] == np.argsort(apart)[:2].tolist()


def test_the_distance_is_halfway_between_nearest_and_mean():
    own = np.array([[0, 0], [2, 0]], np.float32)
    found = neighbour("ann", own, np.array([0, 0], np.float32))
    assert (found.nearest, found.to_mean, found.distance, found.photos) == (0, 1, 0.5, 2)


def test_people_without_vectors_are_left_out():
    rows = np.ones((2, 3), np.float32)
    matrix = PeopleMatrix.of_people({"ann": [], "bob": rows, "carl": []})
    assert list(matrix.people()) == ["bob"]
    assert list(PeopleMatrix.of_people({}).people()) == []
