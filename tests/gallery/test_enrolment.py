"""Which photos are asked about before they are enrolled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from face2vec.gallery.enrolment import anyway, never
from face2vec.gallery.gallery import Gallery
from face2vec.gallery.opening import NO_GALLERY, open_store
from face2vec.records import Box, Encoding, Face, Reading

RECIPE = {"landmarks": {"version": 1}, "encoder": {"name": "resnet", "version": 1}}
ANN, BOB = np.eye(8)[0], np.eye(8)[1]
LIMIT = 0.6


def photo(vector, name):
    face = Face(Box(0, 0, 90, 90), np.arange(136.0).reshape(68, 2), "test")
    return Reading(Path(name), name, (Encoding(face, np.asarray(vector, np.float32)),))


@pytest.fixture
def gallery():
    gallery = Gallery(open_store(NO_GALLERY, create=True), RECIPE, threshold=LIMIT)
    gallery.enrol("ann", [photo(ANN, "ann.jpg")])
    return gallery


@pytest.fixture
def asked():
    return []


def ask(asked, answer):
    def confirm(doubts):
        asked.extend(doubts)
        return answer

    return confirm


def test_somebody_else_is_not_asked_about(gallery, asked):
    assert gallery.enrol("bob", [photo(BOB, "bob.jpg")], ask(asked, False)).added == 1
    assert gallery.enrol("ann", [photo(ANN + 0.1, "new.jpg")], ask(asked, False)).added == 1
    assert not asked


def test_a_photo_within_the_threshold_of_another_name_is_asked_about(gallery, asked):
    done = gallery.enrol("toni", [photo(ANN + 0.1 * BOB, "x.jpg")], ask(asked, False))
    (doubt,) = asked
    assert (done.added, done.doubtful) == (0, (doubt,))
    assert (doubt.other, doubt.distance) == ("ann", pytest.approx(0.1, abs=1e-6))
    assert "x.jpg is to be toni, and is like ann" in doubt.sentence
    done = gallery.enrol("toni", [photo(ANN + 0.1 * BOB, "x.jpg")], ask(asked, True))
    assert (done.added, done.doubtful) == (1, ())


def test_the_same_photo_is_asked_about_whatever_the_threshold(asked):
    gallery = Gallery(open_store(NO_GALLERY, create=True), RECIPE, threshold=0.0)
    gallery.enrol("ann", [photo(ANN, "ann.jpg")])
    done = gallery.enrol("toni", [photo(ANN, "ann.jpg"), photo(BOB, "bob.jpg")], ask(asked, False))
    assert [doubt.distance for doubt in asked] == [None]
    assert "ann has the same photo" in asked[0].sentence
    assert done.added == 1


def test_one_photo_like_somebody_else_among_many_of_ones_own_is_not_asked_about(gallery, asked):
    own = [photo(BOB + 0.02 * n * ANN, f"bob {n}.jpg") for n in range(4)]
    between = photo(0.55 * ANN + 0.6 * BOB, "between.jpg")
    assert gallery.enrol("bob", [*own, between], ask(asked, False)).added == 5
    assert not asked


def test_a_name_half_of_whose_photos_are_like_another_is_asked_about(gallery, asked):
    twins = [photo(ANN + 0.3 * BOB + 0.01 * n * BOB, f"twin {n}.jpg") for n in range(2)]
    gallery.enrol("twin", twins, ask(asked, False))
    assert len(asked) == 2


def test_in_one_batch_who_comes_first_keeps_the_name(asked):
    gallery = Gallery(open_store(NO_GALLERY, create=True), RECIPE, threshold=LIMIT)
    batch = {"ann": [photo(ANN, "1.jpg")], "toni": [photo(ANN + 0.1, "2.jpg")]}
    first, second = gallery.enrol_all(batch, ask(asked, False))
    assert (first.added, second.added) == (1, 0)
    assert [(doubt.name, doubt.other) for doubt in asked] == [("toni", "ann")]


def test_what_somebody_has_already_is_not_asked_about(gallery, asked):
    gallery.enrol("toni", [photo(ANN, "ann.jpg")], anyway)
    done = gallery.enrol("toni", [photo(ANN, "ann.jpg")], ask(asked, False))
    assert (done.known, done.added) == (1, 0)
    assert not asked


def test_never_and_anyway():
    assert (never([]), anyway([])) == (False, True)
