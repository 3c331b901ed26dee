from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from face2vec.assets import own_data
from face2vec.encoders.registry import make_encoder
from face2vec.errors import ModelError
from face2vec.gallery import stock as module
from face2vec.gallery.stock import MIDDLE, kinds, largest, stock_for

ENCODERS = ("resnet", "landmarks")


def shipped(name):
    return stock_for({"encoder": make_encoder(name).recipe})


@pytest.mark.parametrize("name", ENCODERS)
def test_what_ships_is_of_the_encoder_as_it_is_and_holds_together(name):
    stock = shipped(name)
    assert stock.people > 2000
    assert (np.diff(stock.rates) < 0).all()
    for curve in stock.thresholds.values():
        assert len(curve) == len(stock.rates) and (np.diff(curve) <= 0).all() and curve[-1] > 0
    few, many = (stock.threshold(0.01, photos) for photos in (1, 10))
    assert many < few  # the nearest of many photos is nearer
    for check in stock.checks:
        assert stock.threshold(check["wanted_fmr"]) == pytest.approx(check["threshold"], abs=1e-3)
        assert check["fmr_interval"][0] < check["fmr"] < check["fmr_interval"][1]


@pytest.mark.parametrize("name", ENCODERS)
def test_the_file_names_nobody(name):
    """Aggregate numbers only: nothing in it is a list of as many as there are people or photos."""
    figures = json.loads(own_data(f"stock-{name}-euclidean.json").read_text())
    for row in figures["thresholds"].values():
        assert len(row) == len(figures["rates"]) < 100


@pytest.mark.parametrize("rate", [0.4, 0.01, 1e-3, 1e-5, 1e-7])
def test_rates_and_thresholds_are_each_others_inverse(rate):
    stock = shipped("resnet")
    for photos in (1, 4, 50):
        assert stock.rate(stock.threshold(rate, photos), photos) == pytest.approx(rate, rel=1e-6)


def test_the_threshold_falls_with_the_people_enrolled_so_that_the_rate_stays():
    stock = shipped("resnet")
    thresholds = [stock.threshold_for(0.01, {1: people}) for people in (10, 100, 1000)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[0] - thresholds[-1] > 0.05
    for people, threshold in zip((10, 100, 1000), thresholds, strict=True):
        assert stock.named(threshold, {1: people}) == pytest.approx(0.01, rel=0.01)
    assert stock.threshold_for(0.01, {1: 2}, most=1e-3) == stock.threshold(1e-3)


def test_laid_on_photos_of_another_kind_it_has_their_middle_and_their_spread():
    stock = shipped("resnet")
    laid = stock.laid_on(0.5, 0.4)
    assert laid.threshold(MIDDLE) == pytest.approx(0.5)
    assert laid.threshold(0.1) == pytest.approx(0.4)
    assert laid.threshold(1e-3) < stock.threshold(1e-3)


def test_vectors_of_another_recipe_or_rule_have_no_stock():
    recipe = make_encoder("resnet").recipe
    assert stock_for({"encoder": {**recipe, "version": 99}}) is None
    assert stock_for({"encoder": {**recipe, "jitter": 10}}) is not None
    assert stock_for({"encoder": recipe}, SimpleNamespace(rule="another rule")) is None
    assert stock_for({"encoder": make_encoder("pixels").recipe}) is None


def test_a_broken_file_is_told_in_a_sentence(tmp_path, monkeypatch):
    broken = tmp_path / "stock.json"
    broken.write_text('{"format": "something else"}')
    monkeypatch.setattr(module, "own_data", lambda name: broken)
    module._figures.cache_clear()
    with pytest.raises(ModelError, match="not a stock calibration"):
        shipped("resnet")
    module._figures.cache_clear()


def test_kinds_counts_people_by_their_photos():
    assert kinds([1, 3, 1, 1]) == {1: 3, 3: 1}


def test_largest_finds_where_something_ends_to_hold():
    assert largest(lambda x: x <= 0.3, 0, 1) == pytest.approx(0.3)
    assert largest(lambda x: True, 0, 1) == 1
    assert largest(lambda x: False, 0.2, 1) == pytest.approx(0.2)


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["lfw10", "orl20_full"])
def test_real_people_who_had_no_say_pass_as_seldom_as_it_says(real_faces, tmp_path, folder):
    from face2vec.distance import distance
    from face2vec.reading.labelled import read_folder
    from face2vec.reading.options import ReadingOptions

    data = read_folder(real_faces / folder, ReadingOptions("resnet", cache=tmp_path).reader())
    one, other = np.triu_indices(len(data.names), 1)
    different = data.truth[one] != data.truth[other]
    apart = distance(data.vectors[one], data.vectors[other])
    passed = (apart[different] <= shipped("resnet").threshold(1e-3)).mean()
    assert passed < 0.01
