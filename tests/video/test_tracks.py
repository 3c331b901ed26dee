"""Tracks: who is who from frame to frame, and optical flow under them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from face2vec.records import Face
from face2vec.video.cuts import Cuts
from face2vec.video.finder import Found
from face2vec.video.flow import Place, follow, small_grey
from face2vec.video.tracks import LOST, Tracker


def texture(seed: int = 0, size: tuple[int, int] = (240, 320)) -> np.ndarray:
    noise = np.random.default_rng(seed).uniform(0, 255, size).astype(np.float32)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 3), None, 0, 255, cv2.NORM_MINMAX).astype(
        np.uint8
    )


def moved(grey: np.ndarray, right: float, down: float, growth: float = 1.0) -> np.ndarray:
    matrix = np.array([[growth, 0, right], [0, growth, down]])
    return cv2.warpAffine(grey, matrix, grey.shape[::-1], borderMode=cv2.BORDER_REFLECT)


def found(x: float, y: float, side: float = 60, score: float = 1.0) -> Found:
    place = Place(x, y, side)
    return Found(Face(place.box, np.full((68, 2), (x, y)), "film"), score)


@pytest.mark.parametrize(("right", "down", "growth"), [(5, -3, 1.0), (0, 0, 1.05), (-9.5, 4, 0.97)])
def test_a_place_is_followed(right, down, growth):
    grey = texture()
    place = Place(150, 110, 60)
    (there,) = follow(grey, moved(grey, right, down, growth), [place], 1.0)
    assert (there.x, there.y) == pytest.approx((150 * growth + right, 110 * growth + down), abs=0.5)
    assert there.side == pytest.approx(60 * growth, rel=0.01)


def test_places_are_told_in_pixels_of_the_full_frame():
    grey = texture()
    (there,) = follow(grey, moved(grey, 4, 0), [Place(300, 220, 120)], 0.5)
    assert (there.x, there.y, there.side) == pytest.approx((308, 220, 120), abs=1)


def test_what_is_covered_or_replaced_is_lost():
    assert follow(texture(0), texture(1), [Place(150, 110, 60)], 1.0) == [None]
    assert follow(texture(0), np.full((240, 320), 90, np.uint8), [Place(150, 110, 60)], 1.0) == [
        None
    ]


def test_large_frames_are_followed_in_a_small_copy():
    grey, scale = small_grey(np.zeros((2160, 3840, 3), np.uint8))
    assert grey.shape == (360, 640)
    assert scale == pytest.approx(1 / 6)


def test_a_detection_goes_to_the_track_that_is_nearest():
    tracker = Tracker()
    (one, _), (two, _) = tracker.confirm([found(80, 100), found(200, 100)], 0.0)
    again = dict(tracker.confirm([found(190, 104), found(92, 97)], 0.1))
    assert again[one].place.x == 92
    assert again[two].place.x == 190
    assert [track.number for track in tracker.tracks] == [1, 2]


def test_a_face_of_another_size_is_somebody_else():
    tracker = Tracker()
    tracker.confirm([found(80, 100, 30)], 0.0)
    tracker.confirm([found(80, 100, 100)], 0.1)
    assert {track.number for track in tracker.visible} >= {2}


def test_what_is_seen_once_and_doubtfully_is_no_track():
    tracker = Tracker()
    tracker.confirm([found(80, 100, score=0.1)], 0.0)
    assert not tracker.visible[0].sure
    tracker.confirm([], 0.1)
    assert not tracker.tracks


def test_a_face_that_is_lost_for_a_moment_comes_back_to_its_track():
    tracker = Tracker()
    tracker.confirm([found(150, 110)], 0.0)
    tracker.advance(texture(0), texture(1), 1.0, 0.04)
    assert not tracker.visible
    ((track, _),) = tracker.confirm([found(160, 112)], 0.2)
    assert track.number == 1
    assert track.doubtful  # until an encoding says that it is the same person
    tracker.advance(texture(1), texture(2), 1.0, 0.24)
    tracker.advance(texture(2), texture(3), 1.0, 0.2 + LOST + 0.1)
    ((track, _),) = tracker.confirm([found(160, 112)], 0.2 + LOST + 0.1)
    assert track.number == 2  # too late


def test_faces_that_cross_are_looked_at_again():
    tracker = Tracker()
    tracker.confirm([found(150, 110), found(200, 110)], 0.0)
    grey = texture()
    tracker.advance(grey, grey, 1.0, 0.04)
    assert all(track.doubtful for track in tracker.tracks)


def test_a_cut_is_seen_and_a_moving_camera_is_none():
    cuts = Cuts()
    one, other = texture(0), texture(7) // 2
    assert not cuts.before(one, 0.0)
    assert not any(cuts.before(moved(one, 3 * i, i), 0.04 * i) for i in range(1, 8))
    assert cuts.before(other, 0.32)
    assert not cuts.before(moved(other, 1, 0), 0.36)


def test_a_gap_in_time_and_another_size_are_cuts():
    cuts = Cuts()
    one = texture(0)
    cuts.before(one, 0.0)
    assert cuts.before(one, 2.0)
    assert cuts.before(one[:200], 2.04)


def test_light_that_changes_is_no_cut():
    cuts = Cuts()
    one = texture(0)
    cuts.before(one, 0.0)
    assert not cuts.before((one * 0.6).astype(np.uint8), 0.04)
