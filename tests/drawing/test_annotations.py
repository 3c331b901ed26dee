"""Names and boxes upon a picture: seen, told apart without colour, and inside the picture."""

from __future__ import annotations

import numpy as np
import pytest

from face2vec.drawing.annotations import (
    COLOURS,
    Label,
    Standing,
    draw_faces,
    draw_landmarks,
    letter_size,
    line_width,
)
from face2vec.records import Box


def picture(width: int = 600, height: int = 400) -> np.ndarray:
    return np.full((height, width, 3), 128, np.uint8)


def drawn(standing: Standing, lines: tuple[str, ...] = (), **size: int) -> np.ndarray:
    made = picture(**size)
    draw_faces(made, [Label(Box(200, 150, 340, 290), standing, lines)])
    return made


@pytest.mark.parametrize("standing", list(Standing))
def test_a_box_is_drawn_in_its_colour_around_the_face(standing):
    coloured = np.argwhere((drawn(standing) == COLOURS[standing][0]).all(axis=2))
    assert coloured.min(axis=0) == pytest.approx([150, 200], abs=2)
    assert coloured.max(axis=0) == pytest.approx([289, 339], abs=2)


def test_boxes_differ_without_their_colour():
    shapes = [(drawn(standing) != 128).any(axis=2) for standing in Standing]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert (shapes[one] != shapes[other]).mean() > 0.001


def test_the_label_covers_no_face_and_stays_in_the_picture():
    made = picture()
    boxes = [Box(200, 100, 300, 200), Box(200, 10, 300, 95)]
    draw_faces(made, [Label(box, Standing.KNOWN, ("Ann", "0.31")) for box in boxes])
    for box in boxes:
        inside = made[box.top + 10 : box.bottom - 10, box.left + 10 : box.right - 10]
        assert (inside == 128).all()
    assert (made == COLOURS[Standing.KNOWN][0]).all(axis=2).sum() > 1000


@pytest.mark.parametrize(
    "box", [Box(-50, -50, 60, 60), Box(550, 350, 700, 500), Box(0, 0, 600, 400)]
)
def test_a_face_that_leaves_the_picture_is_labelled_all_the_same(box):
    made = picture()
    draw_faces(made, [Label(box, Standing.UNKNOWN, ("unknown", "nearest Ann 0.71"))])
    assert (made == COLOURS[Standing.UNKNOWN][0]).all(axis=2).sum() > 1000


def test_a_name_too_long_for_the_picture_is_cut():
    made = picture(width=120, height=120)
    draw_faces(made, [Label(Box(20, 40, 100, 110), Standing.KNOWN, ("Ann" * 40,))])
    assert (made == COLOURS[Standing.KNOWN][0]).all(axis=2).any()


def test_lines_and_letters_grow_with_the_picture():
    small, large = picture(200, 150), np.empty((3000, 4000, 3), np.uint8)
    assert line_width(small) == 1
    assert line_width(large) == 14
    assert letter_size(small, Box(0, 0, 50, 50)) == 11
    assert letter_size(large, Box(0, 0, 1000, 1000)) > letter_size(large, Box(0, 0, 90, 90)) > 40


def test_landmarks_are_drawn_where_they_are():
    made = picture()
    points = np.random.default_rng(0).uniform((200, 100), (300, 200), (68, 2))
    draw_landmarks(made, points)
    seen = np.argwhere((made != 128).any(axis=2))[:, ::-1]
    assert seen.min(axis=0) == pytest.approx(points.min(axis=0), abs=5)
    assert seen.max(axis=0) == pytest.approx(points.max(axis=0), abs=5)
