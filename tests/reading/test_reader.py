from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from face2vec.errors import OptionError
from face2vec.photos.folders import list_photos
from face2vec.photos.photo import Photo
from face2vec.reading.options import ReadingOptions
from face2vec.reading.pool import FEW
from face2vec.reading.reader import TOGETHER
from face2vec.records import Reason


@pytest.fixture
def reader(tmp_path):
    return ReadingOptions(encoder="nose-tip", cache=tmp_path / "cache", workers=1).reader()


def forbid_decoding(monkeypatch):
    def refuse(self):
        raise AssertionError("a photo's pixels were opened")

    for name in ("bgr", "grey"):
        monkeypatch.setattr(Photo, name, property(refuse))


def test_a_photo_that_is_cached_is_not_decoded_again(reader, photo, monkeypatch):
    first = reader.read(photo)
    forbid_decoding(monkeypatch)
    second = reader.read(photo)
    np.testing.assert_array_equal(first.largest.vector, second.largest.vector)
    np.testing.assert_array_equal(first.largest.face.landmarks, second.largest.face.landmarks)


def test_renaming_keeps_the_entry_and_one_byte_makes_another(reader, photo, tmp_path, monkeypatch):
    copy = tmp_path / "other name.jpg"
    shutil.copy(photo, copy)
    reader.read(photo)
    entries = reader.cache.info()["entries"]
    reader.read(copy)
    assert reader.cache.info()["entries"] == entries
    copy.write_bytes(copy.read_bytes() + b"\0")
    reader.read(copy)
    assert reader.cache.info()["entries"] == 2 * entries


def test_another_encoder_finds_the_faces_there(reader, photo, tmp_path, monkeypatch):
    reader.read(photo)

    def refuse(self, photo):
        raise AssertionError("the faces were looked for again")

    other = ReadingOptions(encoder="landmarks", cache=tmp_path / "cache").reader()
    monkeypatch.setattr(type(other.detector), "find", refuse)
    assert other.read(photo).encodings


def test_photos_without_a_face_are_cached_too(reader, tmp_path, monkeypatch):
    blank = tmp_path / "blank.pgm"
    blank.write_bytes(b"P5 120 120 255\n" + bytes([128]) * 120 * 120)
    first = reader.read(blank)
    assert first.reason is Reason.NO_FACE
    assert str(blank) in first.detail
    forbid_decoding(monkeypatch)
    assert reader.read(blank).reason is Reason.NO_FACE


def test_bad_photos_stop_nothing(reader, photo, tmp_path):
    text = tmp_path / "notes.jpg"
    text.write_text("not a photo")
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(photo.read_bytes()[:2000])
    paths = [text, photo, cut, tmp_path / "gone.jpg"]
    readings = reader.read_all(paths)
    assert [reading.path for reading in readings] == paths
    reasons = [reading.reason for reading in readings]
    assert reasons == [Reason.UNREADABLE, None, Reason.UNREADABLE, Reason.UNREADABLE]
    assert all(str(r.path) in r.detail for r in readings if r.reason)


def test_results_do_not_depend_on_the_number_of_workers(few_faces, tmp_path):
    paths = sorted(few_faces.rglob("*.jpg"))
    one, two = (
        ReadingOptions(encoder="nose-tip", workers=workers).reader().read_all(paths)
        for workers in (1, 2)
    )
    for a, b in zip(one, two, strict=True):
        assert a.path == b.path and a.digest == b.digest
        np.testing.assert_array_equal(a.largest.vector, b.largest.vector)


def test_progress_is_told_to_the_end(reader, few_faces):
    paths = sorted(few_faces.rglob("*.jpg"))[:3]
    told = []
    reader.read_all(paths, progress=lambda done, of: told.append((done, of)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_faces_of_several_photos_are_encoded_together_and_kept_apart(few_faces, tmp_path, workers):
    photos = list_photos(few_faces)
    blank = tmp_path / "blank.pgm"
    blank.write_bytes(b"P5 120 120 255\n" + bytes([128]) * 120 * 120)
    paths = [photos[0], tmp_path / "gone.jpg", *photos[1:5], blank, *photos[5:]]
    assert len(paths) > FEW
    alone = ReadingOptions(encoder="resnet").reader()
    reader = ReadingOptions(encoder="resnet", cache=tmp_path / "cache", workers=workers).reader()
    encoded = []
    if workers == 1:  # the same process, so that it can be looked at
        encode_chips = reader.encoder.encode_chips
        reader.encoder.encode_chips = lambda cuts: encoded.append(len(cuts)) or encode_chips(cuts)
    readings = reader.read_all(paths)
    assert [reading.path for reading in readings] == paths
    assert workers > 1 or max(encoded) == TOGETHER
    assert readings[1].reason is Reason.UNREADABLE and readings[6].reason is Reason.NO_FACE
    for path, reading in zip(paths, readings, strict=True):
        expected = alone.read(path)
        assert len(reading.encodings) == len(expected.encodings)
        for one, other in zip(reading.encodings, expected.encodings, strict=True):
            np.testing.assert_array_equal(one.vector, other.vector)
    again = reader.read_all(paths)  # what was remembered is of the right photos
    for one, other in zip(readings, again, strict=True):
        assert one.reason == other.reason
        if one.encodings:
            np.testing.assert_array_equal(one.largest.vector, other.largest.vector)


@pytest.mark.parametrize("cached", [False, True])
def test_the_face_in_the_middle_is_meant_where_that_is_asked_for(photo, tmp_path, cached):
    """Two faces side by side, the left one nearer to the middle."""
    picture = Photo.open(photo).bgr
    wide = np.hstack([picture[:, :60] * 0, picture, picture])
    path = tmp_path / "two.png"
    cv2.imwrite(str(path), wide)
    reading = ReadingOptions("nose-tip", cache=tmp_path / "cache", subject="central", workers=1)
    for _ in range(1 + cached):
        seen = reading.reader().read(path)
    assert len(seen.encodings) == 2 and seen.size == wide.shape[1::-1]
    box = seen.for_one_person().largest.face.box
    (other,) = (one.face.box for one in seen.encodings if one.face.box != box)
    middle = wide.shape[1] / 2
    assert abs((box.left + box.right) / 2 - middle) < abs((other.left + other.right) / 2 - middle)


def test_a_subject_that_is_none_is_refused():
    with pytest.raises(OptionError, match=r"no subject 'biggest'.*largest, central, only"):
        ReadingOptions(subject="biggest").reader()
