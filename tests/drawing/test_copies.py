"""Annotated copies: turned as people see the photo, without its metadata, in nobody's way."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest
from PIL import Image

from face2vec.drawing.annotations import Label, Standing
from face2vec.drawing.copies import write_copies
from face2vec.drawing.labels import Annotation
from face2vec.errors import FolderError, OptionError
from face2vec.photos.photo import Photo
from face2vec.records import Box

LABEL = Label(Box(30, 40, 90, 110), Standing.KNOWN, ("José", "distance 0.31"))


def note(path, caption=""):
    return Annotation(path, () if caption else (LABEL,), caption)


def test_the_copy_is_turned_and_holds_no_metadata_of_the_original(tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a camera"
    exif.get_ifd(0x8825)[1] = "N"
    original = tmp_path / "photos" / "one.jpg"
    original.parent.mkdir()
    Image.new("RGB", (200, 120), (90, 120, 150)).save(original, exif=exif)
    before = original.read_bytes()
    (copy,) = write_copies(tmp_path / "out", [note(original)])
    with Image.open(copy) as image:
        assert image.size == (120, 200)
        kept = dict(image.getexif())
    assert kept == {0x0131: "face2vec: annotated copy"}
    assert original.read_bytes() == before
    assert (Photo.open(copy).bgr != Photo.open(original).bgr).any()


def test_copies_lie_in_the_tree_of_the_photos_and_take_a_format_that_can_be_written(tmp_path):
    paths = [tmp_path / name for name in ("a/1.png", "a/b/1.PNG", "c/1.webp", "c/1.bmp")]
    for path in paths:
        path.parent.mkdir(exist_ok=True, parents=True)
        _, data = cv2.imencode(path.suffix, np.full((150, 150, 3), 99, np.uint8))
        path.write_bytes(data.tobytes())
    out = tmp_path / "out"
    told = []
    copies = write_copies(out, [note(path) for path in paths], lambda *done: told.append(done))
    assert copies == [out / name for name in ("a/1.png", "a/b/1.PNG", "c/1.webp", "c/1.bmp.jpg")]
    assert told[-1] == (4, 4)
    for copy in copies:
        assert Photo.open(copy).bgr.shape == (150, 150, 3)


def test_a_file_that_is_no_copy_is_never_overwritten(tmp_path, photo):
    original = tmp_path / "one.jpg"
    shutil.copy(photo, original)
    before = original.read_bytes()
    with pytest.raises(OptionError, match="no annotated copy"):
        write_copies(tmp_path, [note(original)])
    other = tmp_path / "out" / "one.jpg"
    other.parent.mkdir()
    other.write_bytes(b"somebody's notes")
    with pytest.raises(OptionError):
        write_copies(tmp_path / "out", [note(original)])
    assert (original.read_bytes(), other.read_bytes()) == (before, b"somebody's notes")


def test_copies_of_before_are_written_anew(tmp_path, photo):
    (first,) = write_copies(tmp_path, [note(photo)])
    (again,) = write_copies(tmp_path, [note(photo, caption="no face")])
    assert first == again
    assert Photo.open(again).bgr[:2, :2].max() < 40  # the caption's dark ground


def test_a_photo_that_is_gone_stops_nothing(tmp_path, photo):
    copies = write_copies(tmp_path / "out", [note(photo.parent / "gone.jpg"), note(photo)])
    assert [copy.name for copy in copies] == [photo.name]


def test_a_folder_that_cannot_be_written_is_said(tmp_path, photo):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderError, match="--annotate"):
        write_copies(tmp_path / "file" / "out", [note(photo)])
