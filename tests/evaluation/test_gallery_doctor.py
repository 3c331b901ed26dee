from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from face2vec.cli import main
from face2vec.encoders.registry import make_encoder
from face2vec.evaluation.gallery_doctor import examine_gallery
from face2vec.gallery.forgetting import forget
from face2vec.gallery.gallery import Gallery
from face2vec.gallery.opening import open_store
from face2vec.gallery.store import Source
from face2vec.reading.options import ReadingOptions

PEOPLE, PHOTOS = 12, 3


@pytest.fixture
def gallery(tmp_path):
    """A dozen made-up people, as far apart as real ones."""
    store = open_store(f"sqlite:///{tmp_path}/gallery.db", create=True)
    gallery = Gallery(store, ReadingOptions("resnet").reader().vector_recipe)
    for number, centre in enumerate(centres()):
        add(gallery, f"person {number:02d}", looks(centre))
    gallery.calibrate_itself()
    return gallery


def centres():
    return np.random.default_rng(0).normal(0, 0.75 / np.sqrt(256), (PEOPLE, 128))


def looks(centre, seed=0):
    return centre + np.random.default_rng(seed).normal(0, 0.25 / np.sqrt(256), (PHOTOS, 128))


def add(gallery, name, vectors, digest=""):
    photos = [Source(digest or f"{name}-{n}", f"{name}/{n}.jpg") for n in range(len(vectors))]
    gallery.store.add(name, vectors.astype(np.float32), photos, gallery.recipe)


def test_a_gallery_in_order_is_trusted(gallery):
    examination = examine_gallery(gallery)
    assert examination.healthy and not examination.distrusted
    assert (examination.people, examination.photos) == (PEOPLE, PEOPLE * PHOTOS)
    assert "of strangers would get a name" in examination.summary[-1]


def test_one_person_under_two_names_is_told_until_one_is_forgotten(gallery):
    before = gallery.threshold
    add(gallery, "Toni", looks(centres()[4], seed=1)[:1])
    gallery.calibrate_itself()
    examination = examine_gallery(gallery)
    assert not examination.healthy
    assert examination.distrusted == ("Toni", "person 04")
    assert "Toni, person 04" in examination.summary[0]
    assert gallery.threshold > before - 0.02
    forget("Toni", gallery.store, None)
    assert examine_gallery(gallery).healthy
    assert gallery.threshold == before
    assert "Toni" not in json.dumps(gallery.store.settings)


def test_the_same_photo_and_a_photo_of_somebody_else_are_found(gallery):
    add(gallery, "eve", looks(centres()[2])[:1], digest="person 02-0")
    add(gallery, "person 05", looks(centres()[7], seed=2)[:1], digest="moved")
    kinds = {(one.kind, one.people) for one in examine_gallery(gallery).findings}
    assert ("one photo, two names", ("eve", "person 02")) in kinds
    assert ("wrong name?", ("person 05", "person 07")) in kinds


def test_the_command(gallery, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["doctor", "--gallery", "sqlite:///gallery.db"]
    said = CliRunner().invoke(main, words)
    assert (said.exit_code, said.stdout.splitlines()[-1]) == (0, "nothing is wrong")
    add(gallery, "Toni", looks(centres()[4], seed=1)[:1])
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 1
    assert said.stdout.startswith("not to be trusted as it stands: Toni, person 04")
    document = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert document["distrusted"] == ["Toni", "person 04"]
    assert set(document["threshold"]) == {"threshold", "fmr", "calibration"}
    assert CliRunner().invoke(main, ["doctor"]).exit_code == 2
    missing = CliRunner().invoke(main, ["doctor", "--gallery", "sqlite:///none.db"])
    assert missing.exit_code == 2 and "no gallery" in missing.stderr


def test_an_encoder_without_a_threshold_and_a_gallery_of_one(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/other.db", create=True)
    recipe = {"landmarks": {}, "encoder": make_encoder("pixels").recipe}
    gallery = Gallery(store, recipe)
    add(gallery, "ann", np.ones((1, 16)))
    examination = examine_gallery(gallery)
    assert examination.healthy and examination.chosen is None
