"""Which calibration speaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from face2vec.decisions import DistanceThreshold
from face2vec.encoders.registry import make_encoder
from face2vec.errors import GalleryError
from face2vec.gallery.calibration import ITSELF, Calibrations
from face2vec.gallery.chosen import Voices, kept_in
from face2vec.gallery.stock import stock_for
from face2vec.thresholds import Calibration, Rates

OWN = Calibration(
    DistanceThreshold(0.5), 0.01, 0.008, (0.0, 0.02), 0.1, (0.0, 0.2), 400, 50, 20, True
)


@pytest.fixture(scope="module")
def stock():
    return stock_for({"encoder": make_encoder("resnet").recipe})


def voices(stock, kept=None, given=None):
    return Voices(given, kept, stock, "resnet", Rates())


def folder(figures=OWN):
    return Calibrations(figures, replace(figures, threshold=DistanceThreshold(0.55)), "a folder")


def test_the_users_own_threshold_goes_first_and_the_stock_rates_it(stock):
    chosen = voices(stock, folder(), DistanceThreshold(0.6)).identify({1: 100})
    assert chosen.threshold == 0.6
    assert 0.3 < chosen.fmr < 0.6
    assert chosen.calibration.startswith("given")
    assert voices(None, None, DistanceThreshold(0.6)).verify().fmr is None


def test_a_calibration_on_a_folder_goes_before_the_stock(stock):
    speaking = voices(stock, folder())
    assert speaking.identify({1: 20}).threshold == 0.5
    assert speaking.identify({1: 20}).fmr == 0.008
    assert speaking.verify().threshold == 0.55
    assert "a folder" in speaking.verify().calibration


def test_in_a_gallery_larger_than_the_folder_its_threshold_falls(stock):
    speaking = voices(stock, folder())
    assert speaking.needs_enrolled
    larger = speaking.identify({1: 200})
    fall = stock.threshold_for(0.01, {1: 20}) - stock.threshold_for(0.01, {1: 200})
    assert larger.threshold == pytest.approx(0.5 - fall)
    assert "for 200 people" in larger.calibration


def test_of_several_photos_of_a_person_the_stock_knows_that_they_are_nearer(stock):
    speaking = voices(stock)
    assert speaking.verify(5).threshold < speaking.verify(1).threshold
    assert speaking.verify(5).fmr == speaking.verify(1).fmr == 0.001
    leaning = replace(OWN, estimate=0.001, stock=stock.name)
    speaking = voices(stock, Calibrations(leaning, leaning, ITSELF))
    assert speaking.verify(5).threshold < speaking.verify(1).threshold
    assert not speaking.needs_enrolled
    assert "own people and the stock" in speaking.verify(5).calibration


def test_what_an_older_version_kept_of_a_gallery_alone_gives_way_to_the_stock(stock):
    recipe = {"encoder": {}}
    kept = {"recipe": recipe, **Calibrations(OWN, OWN, ITSELF).as_dict()}
    assert kept_in({"calibration": kept}, recipe, stock) is None
    assert kept_in({"calibration": kept}, recipe, None) is not None


@pytest.mark.parametrize(
    "kept", [[], "x", {"recipe": 1}, {"recipe": 1, "identify": {"threshold": 1}}]
)
def test_a_calibration_that_is_none_is_told_in_a_sentence(kept):
    with pytest.raises(GalleryError, match="cannot be read"):
        kept_in({"calibration": kept}, 1, None)


def test_nan_is_no_threshold():
    broken = folder(replace(OWN, threshold=DistanceThreshold("nan")))
    with pytest.raises(GalleryError, match="not finite"):
        kept_in({"calibration": {"recipe": 1, **broken.as_dict()}}, 1, None)
