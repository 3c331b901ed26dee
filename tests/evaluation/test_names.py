from __future__ import annotations

import numpy as np
import pytest

from face2vec.evaluation.names import LabelledFaces
from face2vec.gallery.nearest import PeopleMatrix


def test_the_nearest_others_are_those_of_a_gallery():
    rng = np.random.default_rng(0)
    names = [f"person {number}" for number in rng.integers(0, 9, 40)]
    vectors = rng.normal(size=(40, 5)).astype(np.float32)
    people = {name: vectors[[n == name for n in names]] for name in names}
    found = LabelledFaces(names, vectors, names).nearest_others()
    everybody = PeopleMatrix.of_people(people).nearest(vectors)
    for name, other, near in zip(names, found, everybody, strict=True):
        wanted = next(one for one in near if one.name != name)
        assert other.name == wanted.name
        assert other.distance == pytest.approx(wanted.distance, abs=1e-6)


def test_where_there_is_nobody_else():
    assert LabelledFaces(["ann"] * 2, np.eye(2), ["", ""]).nearest_others() == [None, None]
    assert LabelledFaces([], np.empty((0, 2)), []).nearest_others() == []
