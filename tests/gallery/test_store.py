"""What any store must do, written once: a new kind is added to `URLS`."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from face2vec.errors import GalleryError
from face2vec.gallery.opening import NO_GALLERY, is_there, open_store
from face2vec.gallery.store import Source

URLS = ["sqlite:///{folder}/people of all kinds.db"]
RECIPE = {"encoder": {"name": "made up", "version": 1}}
LENGTH = 8


@pytest.fixture(params=URLS)
def url(request, tmp_path) -> str:
    return request.param.format(folder=tmp_path)


@pytest.fixture
def store(url):
    store = open_store(url, create=True)
    yield store
    store.close()


def vectors(count, seed=0, length=LENGTH):
    return np.random.default_rng(seed).normal(size=(count, length)).astype(np.float32)


def sources(count, prefix=""):
    return [Source(f"{prefix}{index}", f"/photos/{prefix}{index}.jpg") for index in range(count)]


def fill(store, *names, count=3):
    for seed, name in enumerate(names):
        store.add(name, vectors(count, seed), sources(count, name), RECIPE)


def test_what_was_added_is_there_for_another_connection(store, url):
    assert store.add("Zoë", vectors(3), sources(3), RECIPE) == 3
    other = open_store(url)
    assert [(p.name, p.photos) for p in other.people()] == [("Zoë", tuple(sources(3)))]
    assert other.encodings("Zoë").tobytes() == vectors(3).tobytes()
    assert other.recipe == RECIPE


def test_names_are_compared_without_case_and_coding_of_accents(store):
    store.add("Zoë", vectors(1), sources(1, "a"), RECIPE)
    assert store.add("ZOE\u0308", vectors(1, 1), sources(1, "b"), RECIPE) == 1
    assert [(p.name, len(p.photos)) for p in store.people()] == [("Zoë", 2)]


def test_a_photo_is_added_once_a_person(store):
    fill(store, "ann")
    assert store.add("ann", vectors(4), sources(4, "ann"), RECIPE) == 1
    assert store.add("bob", vectors(1), sources(1, "ann"), RECIPE) == 1


def test_people_are_sorted(store):
    fill(store, "carl", "Ann", "bob")
    assert [person.name for person in store.people()] == ["Ann", "bob", "carl"]


def test_nearest_people_come_first_with_exact_distances(store):
    fill(store, "ann", "bob", "carl")
    queries = vectors(5, seed=9)
    for query, neighbours in zip(queries, store.nearest(queries), strict=True):
        for neighbour in neighbours:
            own = store.encodings(neighbour.name).astype(np.float64)
            assert neighbour.nearest == pytest.approx(np.linalg.norm(own - query, axis=1).min())
            assert neighbour.to_mean == pytest.approx(np.linalg.norm(own.mean(axis=0) - query))
            assert neighbour.photos == 3
        distances = [neighbour.distance for neighbour in neighbours]
        assert distances == sorted(distances)
        assert len(distances) == 3


def test_nearest_gives_as_many_as_wanted(store):
    assert store.nearest(vectors(2)) == [[], []]
    fill(store, "ann", "bob", "carl")
    assert [len(found) for found in store.nearest(vectors(2), 2)] == [2, 2]
    assert [len(found) for found in store.nearest(vectors(1), 9)] == [3]
    assert store.nearest(np.empty((0, LENGTH), np.float32)) == []


def test_a_vector_is_at_distance_zero_from_itself(store):
    far = vectors(20) + 1000  # where the expanded square loses its digits
    store.add("far", far, sources(20), RECIPE)
    assert store.nearest(far[7:8])[0][0].nearest == 0.0


def test_removed_is_gone_for_all_connections(store, url):
    fill(store, "ann", "bob")
    other = open_store(url)
    assert len(other.nearest(vectors(1))[0]) == 2
    removed = store.remove("ANN")
    assert (removed.name, removed.photos) == ("ann", tuple(sources(3, "ann")))
    assert removed.vectors.tobytes() == vectors(3, 0).tobytes()
    assert [n.name for n in other.nearest(vectors(1))[0]] == ["bob"]
    assert [person.name for person in store.people()] == ["bob"]


def test_own_and_foreign_changes_are_seen_by_the_next_search(store, url):
    fill(store, "ann")
    store.nearest(vectors(1))
    store.add("bob", vectors(1, 1), sources(1, "bob"), RECIPE)
    assert len(store.nearest(vectors(1))[0]) == 2
    open_store(url).add("carl", vectors(1, 2), sources(1, "carl"), RECIPE)
    assert len(store.nearest(vectors(1))[0]) == 3


def test_bytes_of_the_removed_are_nowhere(store):
    fill(store, "ann", "bob", count=40)
    name, vector = b"ann", vectors(40, 0)[17].tobytes()
    assert any(vector in file.read_bytes() for file in store.files())
    store.remove("ann")
    for file in store.files():
        assert vector not in file.read_bytes()
        assert name not in file.read_bytes()


@pytest.mark.parametrize("name", ["ann", ""])
@pytest.mark.parametrize("method", ["remove", "encodings"])
def test_nobody_of_that_name(store, method, name):
    fill(store, "bob")
    with pytest.raises(GalleryError, match="nobody named"):
        getattr(store, method)(name)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_nan_is_refused_and_nothing_of_it_is_added(store, bad):
    broken = vectors(3)
    broken[1, 2] = bad
    with pytest.raises(GalleryError, match="NaN"):
        store.add("ann", broken, sources(3), RECIPE)
    with pytest.raises(GalleryError, match="NaN"):
        store.nearest(broken)
    assert store.people() == []


def test_wrong_lengths_are_refused(store):
    fill(store, "ann")
    with pytest.raises(GalleryError, match="vectors of 8 numbers, got 9"):
        store.add("bob", vectors(1, length=9), sources(1), RECIPE)
    with pytest.raises(GalleryError, match="vectors of 8 numbers, got 9"):
        store.nearest(vectors(1, length=9))
    assert [person.name for person in store.people()] == ["ann"]


def test_another_recipe_is_refused(store):
    fill(store, "ann")
    with pytest.raises(GalleryError, match="another encoder or version"):
        store.add("bob", vectors(1), sources(1), {"encoder": {"name": "made up", "version": 2}})
    assert [person.name for person in store.people()] == ["ann"]


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\0"])
def test_names_without_letters_are_refused(store, name):
    with pytest.raises(GalleryError, match="name"):
        store.add(name, vectors(1), sources(1), RECIPE)


def test_settings_are_kept_and_removed(store, url):
    store.set("threshold", {"value": 0.5})
    assert open_store(url).settings["threshold"] == {"value": 0.5}
    store.set("threshold", None)
    assert "threshold" not in store.settings


def test_there_is_no_gallery(url):
    assert not is_there(url)
    with pytest.raises(GalleryError, match="face2vec enrol"):
        open_store(url)
    assert not is_there(url)


@pytest.mark.parametrize("bad", ["gallery.db", "sqlite://gallery.db", "sqlite:///", "faiss:///x"])
def test_urls_of_other_kinds(bad):
    with pytest.raises(GalleryError, match=r"sqlite:///gallery\.db"):
        open_store(bad)


def test_a_gallery_that_is_nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = open_store(NO_GALLERY, create=True)
    fill(store, "ann")
    assert len(store.nearest(vectors(1))[0]) == 1
    assert not list(tmp_path.iterdir())


WRITER = textwrap.dedent("""
    import sys
    import numpy as np
    from face2vec.gallery.opening import open_store
    from face2vec.gallery.store import Source

    url, who = sys.argv[1:]
    store = open_store(url, create=True)
    for number in range(100_000):
        vector = np.full((1, 8), number, np.float32)
        recipe = {"encoder": {"name": "made up"}}
        store.add(f"{who} {number}", vector, [Source("digest", "path")], recipe)
        print(number, flush=True)
""")


def writer(url, who):
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, who], stdout=subprocess.PIPE, text=True
    )


def test_what_was_reported_survives_a_kill(url):
    for round_, reports in enumerate([1, 3, 8]):
        process = writer(url, f"writer {round_}")
        said = [process.stdout.readline().strip() for _ in range(reports)]
        os.kill(process.pid, signal.SIGKILL)
        said += process.stdout.read().split()
        process.wait()
        store = open_store(url)
        there = {person.name for person in store.people()}
        assert {f"writer {round_} {number}" for number in said if number} <= there
        for name in there:
            assert store.encodings(name).shape == (1, LENGTH)


@pytest.mark.slow
def test_two_processes_write_at_once(url):
    processes = [writer(url, who) for who in "ab"]
    for process in processes:
        for _ in range(15):
            assert process.stdout.readline().strip()
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()
    there = {person.name for person in open_store(url).people()}
    assert {f"{who} {number}" for who in "ab" for number in range(15)} <= there


# What only SQLite can do wrong.


def test_a_text_file_is_no_gallery(tmp_path):
    path = tmp_path / "gallery.db"
    path.write_text("this is not a database, and it is long enough to be seen as none" * 20)
    with pytest.raises(GalleryError, match="cannot be opened"):
        open_store(f"sqlite:///{path}")


def test_another_database_is_no_gallery(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE song (title)")
    with pytest.raises(GalleryError, match="not a gallery"):
        open_store(f"sqlite:///{path}")


def test_a_gallery_of_a_later_version_is_refused(store):
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(GalleryError, match="format 99"):
        open_store(store.url)


def test_only_the_owner_may_read_it(store):
    assert store.path.stat().st_mode & 0o077 == 0
