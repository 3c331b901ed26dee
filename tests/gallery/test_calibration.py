"""Galleries of made vectors that lean on the stock calibration of resnet."""

from __future__ import annotations

import numpy as np
import pytest

from face2vec.encoders.registry import make_encoder
from face2vec.gallery.calibration import calibrated, leaning_on_stock, suspicion_limit
from face2vec.gallery.nearest import PeopleMatrix
from face2vec.gallery.stock import stock_for
from face2vec.thresholds import Rates

LENGTH = 128


@pytest.fixture(scope="module")
def stock():
    return stock_for({"encoder": make_encoder("resnet").recipe})


def made_up(people, photos, apart=0.75, within=0.3, seed=0):
    """People as far apart as those of the stock, or nearer."""
    rng = np.random.default_rng(seed)
    side = np.sqrt((apart**2 - within**2) / 2 / LENGTH)
    centres = rng.normal(0, side, (people, LENGTH))
    spread = within / np.sqrt(2 * LENGTH)
    return {
        f"person {number}": (centre + rng.normal(0, spread, (photos, LENGTH))).astype(np.float32)
        for number, centre in enumerate(centres)
    }


def lean(vectors, stock):
    return leaning_on_stock(vectors, PeopleMatrix.of_people(vectors), stock, Rates())


def test_a_small_gallery_has_the_threshold_of_the_stock(stock):
    made = lean(made_up(4, 5), stock)
    assert made.identify.threshold == pytest.approx(stock.threshold_for(0.01, {5: 4}, 1e-3))
    assert made.verify.threshold == pytest.approx(stock.threshold(1e-3), abs=0.01)
    assert "stock calibration" in made.identify.sentence
    assert made.identify.fmr_bound <= 0.01


@pytest.mark.parametrize("people", [2, 12, 150])
@pytest.mark.parametrize("apart", [0.5, 0.75, 1.2])
def test_no_gallery_is_looser_than_the_stock_nor_below_zero(stock, people, apart):
    made = lean(made_up(people, 2, apart), stock)
    assert 0 < made.identify.threshold <= stock.threshold_for(0.01, {2: people}, 1e-3)
    assert 0 < made.verify.threshold <= stock.threshold(1e-3)


def test_where_different_people_lie_nearer_the_threshold_is_stricter(stock):
    usual, near = lean(made_up(20, 3), stock), lean(made_up(20, 3, 0.5, 0.2), stock)
    assert near.identify.threshold < usual.identify.threshold - 0.05
    strangers = np.concatenate(list(made_up(300, 1, 0.5, 0.2, seed=1).values()))
    gallery = PeopleMatrix.of_people(made_up(20, 3, 0.5, 0.2))
    apart = np.array([found[0].distance for found in gallery.nearest(strangers, 1)])
    assert (apart <= near.identify.threshold).mean() <= 0.02


def test_one_photo_under_a_second_name_hardly_moves_a_gallery(stock):
    vectors = made_up(12, 3)
    before = lean(vectors, stock)
    second = vectors["person 3"][:1] + np.float32(0.001)
    after = lean({**vectors, "again": second}, stock)
    assert after.identify.threshold > before.identify.threshold - 0.02
    (pair,) = after.suspicions
    assert {pair.one, pair.other} == {"person 3", "again"}
    assert pair.distance < suspicion_limit(vectors, stock)
    assert not before.suspicions


def test_two_names_of_one_person_alone_are_told_and_lock_nobody_out(stock):
    own = made_up(1, 2)["person 0"]
    made = lean({"ann": own[:1], "toni": own[1:]}, stock)
    assert [(pair.one, pair.other) for pair in made.suspicions] == [("ann", "toni")]
    assert made.identify.threshold > 0.3


def test_without_a_stock_a_wrong_name_does_not_bring_the_threshold_below_zero():
    vectors = made_up(8, 3)
    people = PeopleMatrix.of_people(vectors)
    before = calibrated(vectors, people, Rates())
    wrong = {**vectors, "again": vectors["person 3"][:1]}
    after = calibrated(wrong, PeopleMatrix.of_people(wrong), Rates())
    assert after.identify.threshold > 0.5 * before.identify.threshold > 0
    assert after.suspicions


def test_many_who_look_alike_are_not_taken_for_wrong_names(stock):
    made = lean(made_up(10, 2, 0.3, 0.28), stock)
    assert not made.suspicions


def test_one_person_has_nobody_to_be_compared_with(stock):
    assert lean(made_up(1, 5), stock) is None
