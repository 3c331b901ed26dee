"""Shape predictors: read, kept, and computed as by dlib."""

from __future__ import annotations

import logging
import os
import pickle
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from face2vec.assets import LANDMARK_MODEL, dlib_model
from face2vec.detection.landmarks import LandmarkModel
from face2vec.dlib_models import kept
from face2vec.dlib_models.points import DlibPredictor, open_predictor
from face2vec.dlib_models.serialized import UnknownFormat
from face2vec.dlib_models.tree_file import read_trees
from face2vec.dlib_models.trees import ShapePredictor
from face2vec.errors import ModelError
from face2vec.photos.folders import list_photos

FIVE = "shape_predictor_5_face_landmarks.dat"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of the user's own, in which nothing is kept yet."""
    monkeypatch.setattr(kept, "folder", lambda: tmp_path / "kept")
    return tmp_path / "kept"


@pytest.fixture(scope="module")
def five():
    return dlib_model(FIVE).read_bytes()


def assert_equal(predictor, theirs, images, boxes):
    np.testing.assert_array_equal(predictor.fit(images, boxes), theirs.fit(images, boxes))


@pytest.mark.slow
@pytest.mark.parametrize("name", [FIVE, LANDMARK_MODEL])
def test_points_are_dlibs_own(folder, name, faces):
    predictor = open_predictor(dlib_model(name))
    assert isinstance(predictor, ShapePredictor)
    theirs = DlibPredictor(dlib_model(name))
    assert predictor.points == theirs.points
    rng = np.random.default_rng(0)
    images = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in list_photos(faces)[:40]]
    images += [rng.integers(0, 256, rng.integers(5, 200, 2), dtype=np.uint8) for _ in range(40)]
    corners = rng.integers(-60, 150, (len(images), 2))
    boxes = np.hstack([corners, corners + rng.integers(1, 250, (len(images), 2))])
    assert_equal(predictor, theirs, images, boxes)
    assert_equal(predictor, theirs, images[:1], boxes[:1])
    assert predictor.fit([], np.empty((0, 4), int)).shape == (0, predictor.points, 2)


@pytest.mark.slow
def test_fits_of_real_faces_are_dlibs_own(real_faces):
    ours, by_dlib = LandmarkModel(), LandmarkModel()
    by_dlib._predictor = DlibPredictor(dlib_model(LANDMARK_MODEL))
    for path in list_photos(real_faces / "lfw10")[::10]:
        grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        for box in dlib.get_frontal_face_detector()(grey, 0)[:1]:
            shape = dlib.shape_predictor(str(dlib_model(FIVE)))(grey, box)
            assert shape.num_parts == 5
            points = by_dlib._predictor.fit(
                [grey], np.array([[box.left(), box.top(), box.right(), box.bottom()]])
            )[0]
            np.testing.assert_array_equal(
                ours.fits(grey, points, 24), by_dlib.fits(grey, points, 24)
            )


def test_arrays_are_made_once_and_then_kept(folder):
    open_predictor(dlib_model(FIVE))
    (file,) = kept.files()
    before = file.stat().st_mtime_ns
    assert not list(folder.glob(".*"))  # no temporary file stays
    assert isinstance(open_predictor(dlib_model(FIVE)), ShapePredictor)
    assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize("place", [0, 10, 300, 5000, -100])
def test_what_is_kept_and_damaged_is_made_again(folder, place):
    open_predictor(dlib_model(FIVE))
    (file,) = kept.files()
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[place] ^= 0xFF
    file.unlink()  # not written over: it may be mapped
    file.write_bytes(damaged)
    open_predictor(dlib_model(FIVE))
    assert file.read_bytes() == whole


@pytest.mark.parametrize("length", [0, 100, 4096, 100000])
def test_what_is_kept_and_short_is_made_again(folder, length):
    open_predictor(dlib_model(FIVE))
    (file,) = kept.files()
    whole = file.read_bytes()
    file.unlink()
    file.write_bytes(whole[:length])
    open_predictor(dlib_model(FIVE))
    assert file.read_bytes() == whole


def test_a_header_is_not_trusted(folder):
    folder.mkdir()
    for shape in ([10**12], [-4], [], ["x"], [2**62, 8]):
        kept.keep("a", "key", {"numbers": np.ones(4, np.float32)})
        file = folder / "a.arrays"
        text = file.read_bytes().replace(b'"shape": [4]', f'"shape": {shape}'.encode())
        text = text.replace(b"'", b'"')
        file.unlink()
        file.write_bytes(text[:4096] + text[-64:])
        with pytest.raises(UnknownFormat):
            kept.kept("a", "key")
    with pytest.raises(UnknownFormat):
        kept.kept("a", "another key")


def test_where_nothing_can_be_kept_dlib_is_used(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr(kept, "folder", lambda: tmp_path / "file" / "kept")
    assert isinstance(open_predictor(dlib_model(FIVE)), DlibPredictor)


def test_a_user_without_a_home_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kept, "folder", lambda: Path("~/.cache/face2vec/models"))
    assert isinstance(open_predictor(dlib_model(FIVE)), DlibPredictor)
    assert not list(tmp_path.iterdir())


def test_several_at_once_keep_one_file(folder):
    with ThreadPoolExecutor(3) as pool:
        opened = list(pool.map(open_predictor, 3 * [dlib_model(FIVE)]))
    assert all(isinstance(one, ShapePredictor) for one in opened)
    assert len(list(folder.iterdir())) == 1


def test_a_file_that_ends_early_or_is_damaged_is_refused(five):
    rng = np.random.default_rng(0)
    for end in [0, 3, 20, *rng.integers(21, len(five), 8)]:
        with pytest.raises(UnknownFormat):
            read_trees(five[: int(end)])
    with pytest.raises(UnknownFormat):
        read_trees(five + b"\x01\x00")
    for place in (0, 1, 2, 5, 100, 120, 1000):
        damaged = bytearray(five)
        damaged[place] = 0x7F
        try:
            read_trees(bytes(damaged))  # one number may have become another
        except UnknownFormat:
            continue
        assert place in (100, 120, 1000)


def test_a_file_of_nothing_but_beginnings_allocates_nothing_large():
    mark = b"\x82\xfe\xff\x81\x01"  # of 65,534 numbers
    tracemalloc.start()
    with pytest.raises(UnknownFormat):
        read_trees(b"\x01\x01" + 100_000 * mark)
    assert tracemalloc.get_traced_memory()[1] < 5e7
    tracemalloc.stop()


def test_a_file_that_only_dlib_understands_is_left_to_dlib(folder, tmp_path, five, caplog):
    """Trees of another order of bytes: the number of cascades in two bytes instead of one."""
    path = tmp_path / "wide.dat"
    first_tree = five.index(b"\x01\x0f\x02\xf4\x01")
    mantissa = five.index(b"\x03", 10)
    wide = five[:mantissa] + b"\x04" + five[mantissa + 1 : mantissa + 4] + b"\x00"
    path.write_bytes(wide + five[mantissa + 4 :])
    assert first_tree > mantissa
    with caplog.at_level(logging.WARNING):
        predictor = open_predictor(path)
    assert isinstance(predictor, DlibPredictor) and "left to dlib" in caplog.text
    image = np.random.default_rng(0).integers(0, 256, (90, 90), dtype=np.uint8)
    assert_equal(predictor, DlibPredictor(dlib_model(FIVE)), [image], np.array([[10, 10, 80, 80]]))


def test_a_file_that_nobody_understands_is_refused(folder, tmp_path):
    path = tmp_path / "broken.dat"
    path.write_bytes(b"no model at all")
    with pytest.raises(ModelError, match="not a landmark model"):
        open_predictor(path)


def test_a_model_of_other_points_is_refused_with_its_number(folder):
    model = LandmarkModel(dlib_model(FIVE))
    with pytest.raises(ModelError, match="5 points: one of 68"):
        _ = model._predictor
    assert pickle.loads(pickle.dumps(model)).path == model.path


@pytest.mark.skipif(os.name == "nt", reason="has no such permissions")
def test_the_folder_is_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in kept.folder().parents
