"""The photo booth takes what is worth it, and says what is wrong with the rest."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from face2vec.detection.landmarks import LandmarkModel
from face2vec.errors import OptionError
from face2vec.photos.photo import Photo
from face2vec.video.booth import Booth, Verdict, capture, folder_for, framed, write_photos
from face2vec.video.finder import Finder
from face2vec.video.frames import Frame


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(LandmarkModel(), thorough=True)


@pytest.fixture(scope="module")
def portraits(faces) -> list[np.ndarray]:
    return [Photo.open(path).bgr for path in sorted((faces / "zelda").iterdir())]


def on_wall(*photos: np.ndarray, scale: float = 1.0) -> np.ndarray:
    picture = np.full((360, 640, 3), 120, np.uint8)
    for number, photo in enumerate(photos):
        small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        left = 10 + 320 * number
        picture[12 : 12 + small.shape[0], left : left + small.shape[1]] = small[:348]
    return picture


def advice(finder, picture: np.ndarray) -> str:
    return Booth(finder, 3).judge(Frame(0, 0.0, picture)).advice


def test_a_good_frame_is_taken(finder, portraits):
    booth = Booth(finder, 1)
    assert booth.judge(Frame(0, 0.0, on_wall(portraits[0]))).advice == ""
    assert booth.done


def test_what_is_wrong_is_said(finder, portraits, faces):
    other = Photo.open(faces / "edith" / "001.jpg").bgr
    good = on_wall(portraits[0])
    assert "no face" in advice(finder, on_wall())
    assert advice(finder, on_wall(portraits[0], scale=0.5)) == "come closer"
    assert "two faces" in advice(finder, on_wall(portraits[0], other))
    assert "too dark" in advice(finder, (good * 0.15).astype(np.uint8))
    assert "hold still" in advice(finder, cv2.GaussianBlur(good, (0, 0), 3.2))
    close = cv2.resize(portraits[0], None, fx=2, fy=2)[150:510]
    assert advice(finder, np.ascontiguousarray(close)) in ("go back a little", "come to the middle")


def test_the_same_pose_is_taken_once(finder, portraits):
    booth = Booth(finder, 3)
    booth.judge(Frame(0, 0.0, on_wall(portraits[0])))
    verdict = booth.judge(Frame(9, 1.0, on_wall(portraits[0])))
    assert verdict.advice == "turn your head a little"
    assert len(booth.photos) == 1
    for number, photo in enumerate(portraits[1:], 2):
        booth.judge(Frame(9 * number, float(number), on_wall(photo)))
    assert booth.done


class Slides:
    """A source of pictures, a second each."""

    name, live, rate, frames, dropped, ending = "slides", False, 1.0, 0, 0, ""

    def __init__(self, pictures: list[np.ndarray]) -> None:
        self._frames = [Frame(i, float(i), picture) for i, picture in enumerate(pictures)]

    def read(self) -> Frame | None:
        return self._frames.pop(0) if self._frames else None

    def close(self) -> None:
        pass


def test_it_counts_down_and_stops_when_there_are_enough(finder, portraits):
    booth, said = Booth(finder, 1), []
    source = Slides([on_wall(portraits[0])] * 6)
    capture(source, booth, countdown=3.0, tell=said.append)
    assert said == ["3", "2", "1", "1 taken"]
    assert source.read() is not None  # it does not look further


def test_a_source_that_ends_leaves_what_was_taken(finder, portraits):
    booth = Booth(finder, 5)
    capture(Slides([on_wall(portraits[0])]), booth)
    assert len(booth.photos) == 1
    assert not booth.done


def test_photos_are_written_after_those_that_are_there(tmp_path):
    folder = folder_for(tmp_path, "José")
    one = np.zeros((8, 8, 3), np.uint8)
    assert [path.name for path in write_photos([one, one], folder)] == ["001.jpg", "002.jpg"]
    assert [path.name for path in write_photos([one], folder)] == ["003.jpg"]


@pytest.mark.parametrize("name", ["", " ", "..", "a/b", "a\\b", ".hidden", " Ann"])
def test_names_that_are_no_folders(name, tmp_path):
    with pytest.raises(OptionError, match="cannot be the name of a folder"):
        folder_for(tmp_path, name)


def test_the_advice_is_drawn_into_the_frame():
    frame = Frame(0, 0.0, np.zeros((90, 160, 3), np.uint8))
    assert framed(frame, Verdict("come closer")).any()
    assert not frame.image.any()
