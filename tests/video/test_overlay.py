"""What is drawn upon frames, and that blurred faces cannot be recognised."""

from __future__ import annotations

import numpy as np
import pytest

from face2vec.detection.landmarks import LandmarkModel
from face2vec.distance import distance
from face2vec.encoders.registry import make_encoder
from face2vec.errors import OptionError
from face2vec.photos.photo import Photo
from face2vec.records import Box
from face2vec.video.finder import Finder
from face2vec.video.frames import Frame, TrackedFace, Watched
from face2vec.video.overlay import Blur, Overlay, blur_face

BOX = Box(100, 80, 180, 160)


def face(name: str | None, decided: bool = True, **more) -> TrackedFace:
    return TrackedFace(1, name, decided, 0.31, BOX, **more)


def frame(shot, *faces: TrackedFace) -> Watched:
    return Watched(Frame(0, 0.0, shot[0][0].copy()), faces)


@pytest.mark.parametrize(
    ("text", "name", "decided", "hidden"),
    [
        ("unknown", None, True, True),
        ("unknown", "Ann", True, False),
        ("unknown", "Ann", False, True),  # not decided yet: better safe
        ("Ann", "ann", True, True),
        ("Ann", "Bob", True, False),
        ("Ann", None, True, False),
        ("Ann", None, False, True),
        ("everyone-but Ann", "Ann", True, False),
        ("everyone-but Ann", "Bob", True, True),
        ("everyone-but Ann", None, True, True),
        ("everyone-but Ann Lee", "Ann Lee", True, False),
    ],
)
def test_whose_face_is_blurred(text, name, decided, hidden):
    assert Blur.parse(text).hides(face(name, decided)) == hidden


def test_everyone_but_nobody_is_refused():
    with pytest.raises(OptionError, match="give a name after --blur everyone-but"):
        Blur.parse("everyone-but")


@pytest.mark.slow
def test_a_blurred_face_is_not_found_and_is_unlike_itself(shot):
    image, shown = shot[0]
    photo = Photo.from_array(image)
    finder, encoder = Finder(LandmarkModel()), make_encoder("resnet")
    found = max(finder.find(photo, []), key=lambda one: one.place.side)
    before = encoder.encode(photo, [found.face])[0]
    blurred = image.copy()
    for one in shown:
        blur_face(blurred, one.box)
    assert not finder.find(Photo.from_array(blurred), [])
    after = encoder.encode(Photo.from_array(blurred), [found.face])[0]
    assert distance(before, after) > 0.55
    untouched = np.abs(blurred.astype(int) - image).max(axis=2) == 0
    assert untouched[:70].all()


def test_only_the_face_that_is_meant_is_blurred_and_loses_its_label(shot):
    overlay = Overlay(("names",), blur=Blur.parse("unknown"))
    known = overlay.draw(frame(shot, face("Ann")))
    unknown = overlay.draw(frame(shot, face(None)))
    image = shot[0][0]
    centre = slice(100, 140), slice(120, 160)
    assert (known[centre] == image[centre]).all()
    assert (unknown[centre] != image[centre]).any()
    assert (unknown[:40] == image[:40]).all()


def test_the_frame_itself_is_left_as_it_is(shot):
    watched = frame(shot, face("Ann"))
    Overlay(("names",)).draw(watched)
    assert (watched.frame.image == shot[0][0]).all()


def test_none_draws_nothing(shot):
    drawn = Overlay(("none",)).draw(frame(shot, face("Ann")))
    assert (drawn == shot[0][0]).all()


def test_every_view_draws_something_else(shot):
    pytest.importorskip("skimage")
    more = {
        "landmarks": np.random.default_rng(0).uniform(110, 150, (68, 2)),
        "vector": np.linspace(-1, 1, 128).astype(np.float32),
    }
    pictures = [
        Overlay(views).draw(frame(shot, face("Ann", **more)))
        for views in (
            ("none",),
            ("names",),
            ("boxes",),
            ("landmarks",),
            ("hog",),
            ("hog", "boxes"),
            ("encoding",),
        )
    ]
    for index, one in enumerate(pictures):
        for other in pictures[index + 1 :]:
            assert (one != other).any()


def test_values_beyond_the_encoding_are_left_out(shot):
    short = face("Ann", vector=np.zeros(3, np.float32))
    Overlay(("encoding",), values=(0, 500)).draw(frame(shot, short))
