"""Forgetting: what is removed, what is said, and that no kill leaves somebody half-forgotten."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import pytest

from face2vec.errors import GalleryError
from face2vec.gallery import forgetting
from face2vec.gallery.opening import open_store
from face2vec.reading.cache import Cache
from face2vec.recognition.model import Model
from tests.gallery.people_to_forget import ENROLLED, TRAINED, files_with, forget_in, make_people

HERE = Path(__file__).parent


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # `forget_in` goes elsewhere: this takes the tests back
    make_people(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", [ENROLLED, TRAINED])
def test_nothing_is_left_of_a_person_enrolled_or_only_trained(place, name):
    secrets = make_people(place)[name]
    assert files_with(place, secrets)
    receipt = forget_in(place, name.upper())
    assert receipt.verified and not receipt.unfinished
    assert receipt.cache_entries == 8  # two files of each of four photos
    assert receipt.vectors_searched and receipt.digests_searched == 4
    assert not files_with(place, secrets)
    with pytest.raises(GalleryError, match=f"nobody named {name}"):
        forget_in(place, name)


def test_the_others_are_as_they_were(place):
    forget_in(place, ENROLLED)
    secrets = make_people(place.parent / "again")
    for name in ("bob", "carl", TRAINED):
        for secret in secrets[name]:
            assert files_with(place, [secret]), name
    model = Model.load(place / "model.hdf5")
    assert model.people == ("bob", "carl", TRAINED)
    assert set(model.photos_of) == {"bob", "carl", TRAINED}


def test_a_photo_without_a_face_and_one_left_out_of_the_training_are_forgotten(place):
    model = Model.load(place / "model.hdf5")
    replace(model, photos_of={**model.photos_of, "single": ("f" * 40,)}).save(place / "model.hdf5")
    Cache(place / "cache").put("f" * 40, ({"name": "faces"},), {"faces": []})
    receipt = forget_in(place, "single")
    assert receipt.verified and receipt.cache_entries == 1
    assert receipt.models == {"model.hdf5": "digests of photos dropped"}
    assert not files_with(place, [b"f" * 40, b"single"])


def test_entries_of_photos_of_nobody_known_go_too(place):
    Cache(place / "cache").put("e" * 40, ({"name": "faces"},), {"faces": []})
    assert forget_in(place, ENROLLED).cache_entries_of_unknown == 1
    assert not (place / "cache" / ("e" * 40)).exists()
    assert Cache(place / "cache").info()["photos"] == 12


def test_a_model_of_before_is_said_to_know_more_than_it_tells(place):
    model = Model.load(place / "model.hdf5")
    replace(model, photos_of=None).save(place / "model.hdf5")
    receipt = forget_in(place, TRAINED)
    assert not receipt.verified and not receipt.unfinished
    assert "made before models kept which photos" in receipt.not_known[0]
    assert Model.load(place / "model.hdf5").people == ("ann", "bob", "carl")


@pytest.mark.parametrize("how", ["text", "older"])
def test_models_that_cannot_be_looked_into_are_listed(place, how):
    other = place / "other.hdf5"
    if how == "text":
        other.write_text("no model")
    else:
        Model.load(place / "model.hdf5").save(other)
        with h5py.File(other, "r+") as file:
            file.attrs["version"] = 1
    receipt = forget_in(place, ENROLLED)
    assert receipt.unfinished and not receipt.verified
    assert "other.hdf5" in receipt.not_read["other.hdf5"]
    other.unlink()
    assert forget_in(place, ENROLLED).verified  # the journal knew what to search for
    with pytest.raises(GalleryError, match="nobody named ann"):
        forget_in(place, ENROLLED)


def test_somebody_who_may_be_in_an_unreadable_model_is_not_said_to_be_nowhere(place):
    (place / "other.hdf5").write_text("no model")
    with pytest.raises(GalleryError, match=r"can be read, and these cannot: other\.hdf5"):
        forget_in(place, "zed")


@pytest.mark.parametrize("same_file", [True, False])
def test_a_photo_of_two_names_is_explained(place, same_file):
    store = open_store(f"sqlite:///{place}/gallery.db")
    photo = store.people()[0].photos[1]
    other = photo if same_file else replace(photo, digest="d" * 40)
    store.add("toni", store.encodings("ann")[1:2], [other], store.recipe)
    receipt = forget_in(place, ENROLLED)
    assert receipt.shared == {photo.path: ("toni",)}
    assert not receipt.verified and not receipt.unfinished and not receipt.found_in
    assert forget_in(place, "toni").verified


def test_a_folder_that_cannot_be_changed_is_said_and_a_repeat_completes(place, monkeypatch):
    secrets = make_people(place)[ENROLLED]

    def refuse(self, digest):
        raise PermissionError(13, "Permission denied", str(self.folder / digest))

    with monkeypatch.context() as patched:
        patched.setattr(Cache, "remove", refuse)
        receipt = forget_in(place, ENROLLED)
    assert "Permission denied" in receipt.failed["the cache"]
    assert receipt.unfinished and not receipt.verified
    assert ENROLLED not in {p.name for p in open_store(f"sqlite:///{place}/gallery.db").people()}
    again = forget_in(place, ENROLLED)
    assert again.verified and (again.encodings, again.cache_entries) == (4, 8)
    assert not files_with(place, secrets)


def test_verified_is_not_said_where_nothing_was_searched_for(place):
    model = Model.load(place / "model.hdf5")
    replace(model, photos_of={}).save(place / "model.hdf5")
    receipt = forget_in(place, TRAINED)
    assert receipt.vectors_searched + receipt.digests_searched == 0
    assert not receipt.verified


def test_held_out_answers_about_them_are_deleted(place):
    for run, people in (("one", "ann,bob"), ("two", "bob,carl")):
        (place / "logs" / run).mkdir(parents=True)
        header = f"path,name,fold,answer,probability,{people}\n"
        (place / "logs" / run / "held-out.csv").write_text(header)
    assert forget_in(place, ENROLLED).logs == ("logs/one/held-out.csv",)
    assert [path.parent.name for path in (place / "logs").rglob("*.csv")] == ["two"]


def test_the_journal_is_private_and_holds_what_is_to_be_done(place, monkeypatch):
    monkeypatch.setattr(forgetting, "_carry_out", stop)
    with pytest.raises(KeyboardInterrupt):
        forget_in(place, ENROLLED)
    (journal,) = place.glob(".forgetting-*")
    assert journal.stat().st_mode & 0o077 == 0
    assert len(json.loads(journal.read_bytes())["digests"]) == 4
    journal.write_bytes(b"\0" * 100)
    with pytest.raises(GalleryError, match="cannot be read"):
        forget_in(place, ENROLLED)


def stop(*_):
    raise KeyboardInterrupt


@pytest.mark.slow
def test_a_kill_at_any_line_leaves_nobody_half_forgotten(tmp_path):
    """The process is killed before each line of the package that forgetting runs, in turn."""
    in_memory = Path("/dev/shm")  # if there is one: kills, unlike power cuts, need no disk
    with TemporaryDirectory(dir=in_memory if in_memory.is_dir() else tmp_path) as folder:
        done = subprocess.run(
            [sys.executable, HERE / "people_to_forget.py", ENROLLED, folder],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr + done.stdout
    outcome = json.loads(done.stdout)
    assert outcome["half forgotten"] == []
    assert outcome["kills"] > 150
    assert outcome["completed by a repeat"] > 40
