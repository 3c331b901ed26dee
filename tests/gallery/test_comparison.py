from __future__ import annotations

import numpy as np
import pytest

from face2vec.encoders.ratio import Ratio
from face2vec.errors import OptionError
from face2vec.gallery.comparison import PLAIN, Comparison, comparison_by
from face2vec.gallery.nearest import PeopleMatrix

RNG = np.random.default_rng(0)
RATIO = Ratio(RNG.normal(size=(8, 6)), np.zeros(6), RNG.uniform(0.2, 4, 6), np.ones(6), True)
BY_RATIO = Comparison(RATIO)


def people(count=60, most=7):
    return {
        f"person {index}": RNG.normal(size=(int(RNG.integers(1, most)), 8)).astype(np.float32)
        for index in range(count)
    }


def test_plain_distances_are_euclidean():
    one, other = RNG.normal(size=(2, 5, 8))
    np.testing.assert_allclose(PLAIN.apart(one, other), np.linalg.norm(one - other, axis=1))
    assert PLAIN.rule == "euclidean" and BY_RATIO.rule == "ratio"


def test_distances_by_the_ratio_fall_as_it_rises():
    one, other = RNG.normal(size=(2, 50, 8))
    apart, ratios = BY_RATIO.apart(one, other), RATIO.between_pairs(one, other)
    assert (np.diff(apart[np.argsort(ratios)]) <= 0).all()
    assert (apart >= 0).all()
    missing = np.maximum(RATIO.most - ratios, 0)
    np.testing.assert_allclose(apart**2 / 2, missing, atol=1e-9)


def test_a_face_alone_is_compared_as_a_person_with_one_photo():
    one, other = RNG.normal(size=(2, 8))
    assert BY_RATIO.apart(one, other)[0] == pytest.approx(
        BY_RATIO.neighbour("", one[None], other).distance
    )
    assert PLAIN.neighbour("", one[None], other).distance == pytest.approx(
        np.linalg.norm(one - other)
    )


def test_the_plain_distance_is_kept_beside_the_ratio():
    vectors, query = RNG.normal(size=(3, 8)), RNG.normal(size=8)
    plain, by_ratio = (one.neighbour("ann", vectors, query) for one in (PLAIN, BY_RATIO))
    assert by_ratio.euclidean == plain.distance == plain.euclidean
    assert by_ratio.distance == by_ratio.by_ratio != plain.distance


@pytest.mark.parametrize("comparison", [PLAIN, BY_RATIO])
def test_people_are_found_as_if_everybody_were_compared_exactly(comparison):
    gallery, queries = people(), RNG.normal(size=(5, 8)).astype(np.float32)
    matrix = PeopleMatrix.of_people(gallery, comparison)
    for query, found in zip(queries, matrix.nearest(queries, 3), strict=True):
        everybody = sorted(
            (comparison.neighbour(name, own, query) for name, own in gallery.items()),
            key=lambda one: one.distance,
        )
        assert [one.name for one in found] == [one.name for one in everybody[:3]]
        assert [one.distance for one in found] == [one.distance for one in everybody[:3]]


def test_all_people_come_in_order_when_all_are_asked_for():
    matrix = PeopleMatrix.of_people(people(), BY_RATIO)
    (found,) = matrix.nearest(RNG.normal(size=(1, 8)).astype(np.float32))
    assert len(found) == 60 and (np.diff([one.distance for one in found]) >= 0).all()
    assert PeopleMatrix.of_people({}, BY_RATIO).nearest(np.zeros((1, 8), np.float32)) == [[]]


def test_each_of_a_persons_photos_is_compared_with_the_others():
    own = RNG.normal(size=(4, 8))
    expected = BY_RATIO.neighbour("", own[1:], own[0]).distance
    assert BY_RATIO.to_the_rest(own)[0] == expected


def test_the_rule_is_chosen_by_name():
    assert comparison_by(None, RATIO, "resnet").rule == "ratio"
    assert comparison_by("euclidean", RATIO, "resnet").rule == "euclidean"
    assert comparison_by(None, None, "pixels").rule == "euclidean"
    assert comparison_by(None, RATIO, "resnet", threshold=0.6).rule == "euclidean"
    assert comparison_by("ratio", RATIO, "resnet", threshold=12.0).rule == "ratio"
    with pytest.raises(OptionError, match=r"no ratio .* pixels.*--compare euclidean"):
        comparison_by("ratio", None, "pixels")
    with pytest.raises(OptionError, match="no comparison 'cosine'"):
        comparison_by("cosine", RATIO, "resnet")
