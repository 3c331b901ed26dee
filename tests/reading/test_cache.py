from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from face2vec import files
from face2vec.errors import FolderError
from face2vec.reading.cache import Cache
from face2vec.reading.options import ReadingOptions

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


def entries(cache):
    return sorted(cache.folder.glob("*/*.pickle"))


def test_every_flipped_bit_is_noticed(cache):
    value = np.arange(128, dtype=np.float32)
    cache.put("ab12", RECIPES, value)
    whole = entries(cache)[0].read_bytes()
    for place in range(files.SEAL_LENGTH, len(whole)):
        flipped = whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
        cache._path("ab12", RECIPES).write_bytes(flipped)
        assert cache.get("ab12", RECIPES, same) is None


def test_what_is_broken_is_said_once(cache, caplog):
    for digest in ("a", "b", "c"):
        cache.put(digest, RECIPES, 1)
    for entry in entries(cache):
        entry.write_bytes(b"")
    for digest in ("a", "b", "c"):
        assert cache.get(digest, RECIPES, same) is None
    assert len(caplog.records) == 1
    assert cache.info()["broken"] == 3


MEMO = b"\x80\x04K\x01r\xff\xff\xff\x0f."  # a place far away
ARRAY = pickle.dumps(np.zeros(3)).replace(b"K\x03\x85", b"J\x00\x00\x00\x70\x85")


@pytest.mark.parametrize("data", [MEMO, ARRAY, b"\x80\x04\x8e" + b"\xff" * 7 + b"\x0f"])
def test_no_entry_takes_more_memory_than_is_documented(cache, data, tmp_path):
    cache.put("ab12", RECIPES, 1)
    entries(cache)[0].write_bytes(data)
    code = (
        "import sys; from tests import hostile; from face2vec.reading.cache import Cache; "
        f"Cache(sys.argv[1]).get('ab12', {RECIPES!r}, lambda value: value); "
        "print(hostile.peak_kib())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, cache.folder], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) < 400 * 1024


@pytest.mark.parametrize(
    "vectors",
    [
        np.full((1, 204), np.nan, np.float32),
        np.zeros((1, 3), np.float32),
        np.zeros((2, 204), np.float32),
        np.zeros((1, 204)),
        np.float32(1),
        "text",
        None,
    ],
    ids=lambda value: str(getattr(value, "shape", value)),
)
def test_vectors_that_do_not_fit_are_made_anew(vectors, photo, tmp_path):
    reader = ReadingOptions("nose-tip", cache=tmp_path / "cache").reader()
    whole = reader.read(photo)
    reader.cache.put(whole.digest, reader._recipes, vectors)
    again = reader.read(photo)
    np.testing.assert_array_equal(again.largest.vector, whole.largest.vector)
    assert reader.cache.info()["broken"] == 1
