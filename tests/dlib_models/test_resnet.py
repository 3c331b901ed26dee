from __future__ import annotations

import logging

import cv2
import dlib
import numpy as np
import pytest

from face2vec.assets import RESNET_MODEL, dlib_model
from face2vec.dlib_models.resnet import TOGETHER, FaceNetwork
from face2vec.encoders.chips import cut_chip
from face2vec.encoders.registry import make_encoder
from face2vec.errors import ModelError
from face2vec.photos.folders import list_photos
from face2vec.reading.options import ReadingOptions


@pytest.fixture(scope="module")
def network():
    return FaceNetwork(dlib_model(RESNET_MODEL))


@pytest.fixture(scope="module")
def theirs():
    return dlib.face_recognition_model_v1(str(dlib_model(RESNET_MODEL)))


def chips_of(paths, cache):
    readings = ReadingOptions("nose-tip", cache=cache).reader().read_all(paths)
    return np.array(
        [
            cv2.cvtColor(
                cut_chip(cv2.imread(str(one.path)), face.face.landmarks, 150, 0.25),
                cv2.COLOR_BGR2RGB,
            )
            for one in readings
            for face in one.encodings
        ]
    )


def assert_equal(network, theirs, chips):
    expected = np.array(theirs.compute_face_descriptor(list(chips)))
    np.testing.assert_allclose(network.encode(chips), expected, atol=1e-5)


@pytest.mark.slow
def test_made_chips_are_encoded_as_by_dlib(network, theirs, faces, cache):
    noise = np.random.default_rng(0).integers(0, 256, (3, 150, 150, 3), dtype=np.uint8)
    plain = np.stack([np.full((150, 150, 3), value, np.uint8) for value in (0, 128, 255)])
    faces_ = chips_of(list_photos(faces)[::12], cache)
    assert_equal(network, theirs, np.concatenate([faces_, noise, plain]))


@pytest.mark.slow
def test_real_chips_are_encoded_as_by_dlib(network, theirs, real_faces, cache):
    chips = chips_of(list_photos(real_faces / "lfw10")[::5], cache)
    assert len(chips) >= 19
    assert_equal(network, theirs, chips)


@pytest.mark.slow
def test_how_many_go_through_together_changes_nothing(network, faces, cache):
    chips = chips_of(list_photos(faces)[: TOGETHER + 3], cache)
    assert len(chips) > TOGETHER
    alone = np.concatenate([network.encode(chip[None]) for chip in chips])
    np.testing.assert_array_equal(network.encode(chips), alone)


def test_jitter_is_the_mean_of_what_dlib_gives(theirs, photo):
    from face2vec.encoders.chips import nudges
    from face2vec.photos.photo import Photo

    face = ReadingOptions("nose-tip").reader().read(photo).largest.face
    opened = Photo.open(photo)
    chips = [
        np.ascontiguousarray(cut_chip(opened.bgr, face.landmarks, 150, 0.25, way)[:, :, ::-1])
        for way in nudges(5)
    ]
    expected = np.array(theirs.compute_face_descriptor(chips)).mean(axis=0)
    got = make_encoder("resnet", jitter=5).encode(opened, [face])[0]
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_a_file_that_only_dlib_understands_is_left_to_dlib(tmp_path, theirs, caplog):
    """dlib also reads relus that can be switched off, as later versions write them."""
    data = dlib_model(RESNET_MODEL).read_bytes()
    path = tmp_path / "later.dat"
    path.write_bytes(data.replace(b"\x05relu_", b"\x06relu_20", 1))
    with caplog.at_level(logging.WARNING):
        network = FaceNetwork(path)
    assert "left to dlib" in caplog.text and len(caplog.records) == 1
    chips = np.random.default_rng(0).integers(0, 256, (2, 150, 150, 3), dtype=np.uint8)
    np.testing.assert_array_equal(
        network.encode(chips), np.array(theirs.compute_face_descriptor(list(chips)))
    )


def test_a_file_that_nobody_understands_is_refused(tmp_path):
    path = tmp_path / "broken.dat"
    path.write_bytes(dlib_model(RESNET_MODEL).read_bytes()[:10000])
    with pytest.raises(ModelError, match="not a face recognition network"):
        FaceNetwork(path)
    with pytest.raises(ModelError, match="cannot be read"):
        FaceNetwork(tmp_path / "gone.dat")
