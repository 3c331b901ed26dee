"""A gallery whose cells hold what no gallery holds is refused with a sentence."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from face2vec.errors import GalleryError
from face2vec.gallery.opening import open_store
from face2vec.gallery.store import Source

RECIPE = {"encoder": {"name": "resnet"}}
CHANGES = {
    "short vector": ("UPDATE encoding SET vector = ?", b"12345"),
    "empty vector": ("UPDATE encoding SET vector = ?", b""),
    "text for a vector": ("UPDATE encoding SET vector = ?", "text"),
    "NaN": ("UPDATE encoding SET vector = ?", np.full(4, np.nan, np.float32).tobytes()),
    "length that is no JSON": ("UPDATE setting SET value = ? WHERE name = 'length'", "x"),
    "length of gigabytes": ("UPDATE setting SET value = ? WHERE name = 'length'", "1000000000"),
    "length with a half": ("UPDATE setting SET value = ? WHERE name = 'length'", "4.5"),
    "deep length": ("UPDATE setting SET value = ? WHERE name = 'length'", "[" * 100_000),
    "nobody's photo": ("UPDATE encoding SET person = ?", 99),
}
SETTINGS = {
    "recipe that is no JSON": ("recipe", "[1"),
    "recipe that is a list": ("recipe", "[1]"),
    "recipe of a number": ("recipe", '{"encoder": 3}'),
    "calibration that is a list": ("calibration", "[1]"),
    "calibration NaN": ("calibration", "NaN"),
    "rates": ("rates", '{"identify": "x"}'),
}


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/gallery.db"
    store = open_store(url, create=True)
    store.add("ann", np.ones((1, 4), np.float32), [Source("d1", "a.jpg")], RECIPE)
    store.close()
    return url


def change(url, statement, *values):
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    connection.execute(statement, values)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("kind", CHANGES)
def test_wrong_cells(url, kind):
    statement, value = CHANGES[kind]
    change(url, statement, value)
    store = open_store(url)
    with pytest.raises(GalleryError, match="is damaged"):
        store.nearest(np.ones((1, 4), np.float32))
    with pytest.raises(GalleryError, match="is damaged"):
        store.encodings("ann")


@pytest.mark.parametrize("kind", SETTINGS)
def test_wrong_settings(url, kind):
    change(url, "INSERT OR REPLACE INTO setting VALUES (?, ?)", *SETTINGS[kind])
    with pytest.raises(GalleryError, match="is damaged: the setting"):
        open_store(url).settings  # noqa: B018


def test_a_damaged_person_can_be_removed(url):
    change(url, "UPDATE encoding SET vector = ?", "text")
    assert open_store(url).remove("ann").photos == (Source("d1", "a.jpg"),)


@pytest.mark.parametrize("name", ["unknown", "Unknown ", "a\u202eb", "a\u200bb", "a" * 5000])
def test_names_that_mislead_are_refused(url, name):
    with pytest.raises(GalleryError, match="is no name for anybody"):
        open_store(url).add(name, np.ones((1, 4), np.float32), [Source("d2", "b.jpg")], RECIPE)


def test_a_path_that_is_no_utf_8_comes_back(url):
    odd = Source("d2", "caf\udce9.jpg")
    store = open_store(url)
    store.add("bo", np.ones((1, 4), np.float32), [odd], RECIPE)
    assert store.people()[1].photos == (odd,)


def test_an_accent_composed_or_not_is_one_person(url):
    store = open_store(url)
    store.add("Zoe\u0308", np.ones((1, 4), np.float32), [Source("d2", "b.jpg")], RECIPE)
    store.add("zo\u00eb", np.zeros((1, 4), np.float32), [Source("d3", "c.jpg")], RECIPE)
    assert [person.name for person in store.people()] == ["ann", "Zo\u00eb"]
