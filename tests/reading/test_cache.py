from __future__ import annotations

import logging
import os
import pickle

import numpy as np
import pytest

from face2vec.errors import FolderError
from face2vec.reading.cache import Cache

RECIPES = ({"name": "hog", "version": 1}, {"name": "nose-tip"})


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def same(value):
    return value


def test_what_was_put_comes_back(cache):
    value = {"faces": [({"left": 1}, np.arange(6.0).reshape(3, 2), "hog")], "reason": None}
    cache.put("ab12", RECIPES, value)
    back = cache.get("ab12", RECIPES, same)
    np.testing.assert_array_equal(back["faces"][0][1], value["faces"][0][1])
    assert back["reason"] is None


def test_any_changed_parameter_is_another_entry(cache):
    cache.put("ab12", RECIPES, 1)
    assert cache.get("ab12", ({"name": "hog", "version": 2}, RECIPES[1]), same) is None
    assert cache.get("ab13", RECIPES, same) is None


class Hostile:
    def __reduce__(self):
        return os.system, ("touch owned",)


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Hostile()),
        pickle.dumps([np.zeros(3), Hostile()]),
        pickle.dumps(np.array([Hostile()], dtype=object)),
        b"cos\nsystem\n(S'touch owned'\ntR.",
        b"",
        b"not a pickle",
        pickle.dumps(1)[:-1],
    ],
)
def test_broken_and_hostile_entries_are_set_aside(cache, data, caplog, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cache.put("ab12", RECIPES, 1)
    entry = next(cache.folder.glob("*/*.pickle"))
    entry.write_bytes(data)
    with caplog.at_level(logging.WARNING):
        assert cache.get("ab12", RECIPES, same) is None
    assert "set aside" in caplog.text
    assert not entry.exists()
    assert entry.with_name(entry.name + ".broken").read_bytes() == data
    assert not (tmp_path / "owned").exists()


def test_an_entry_of_another_form_is_set_aside(cache, caplog):
    cache.put("ab12", RECIPES, {"no": "faces"})
    assert cache.get("ab12", RECIPES, lambda value: value["faces"]) is None
    assert cache.info()["broken"] == 1


def test_info_and_clear(cache):
    cache.put("ab12", RECIPES, 1)
    cache.put("ab12", RECIPES[:1], 1)
    cache.put("cd34", RECIPES, 1)
    about = cache.info()
    assert (about["entries"], about["photos"], about["broken"]) == (3, 2, 0)
    assert about["bytes"] == sum(p.stat().st_size for p in cache.folder.rglob("*.pickle"))
    assert cache.clear() == 3
    assert cache.info()["entries"] == 0


def test_remove_forgets_one_photo_only(cache):
    cache.put("ab12", RECIPES, 1)
    cache.put("cd34", RECIPES, 1)
    assert cache.remove("ab12") == 1
    assert cache.get("ab12", RECIPES, same) is None
    assert cache.get("cd34", RECIPES, same) == 1
    assert cache.remove("ab12") == 0


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderError, match="cannot be written"):
        Cache(tmp_path / "file").put("ab12", RECIPES, 1)


def test_what_is_just_being_written_does_not_count(cache):
    cache.put("ab12", RECIPES, 1)
    entry = next(cache.folder.glob("*/*.pickle"))
    (entry.parent / f".{entry.name}.0badcafe").write_bytes(b"half of it")
    assert cache.info()["entries"] == 1
    assert cache.clear() == 2
    assert not list(cache.folder.rglob("*.pickle*"))
