"""Pictures of the stages: drawn where the face is, for photos of any shape."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from face2vec.drawing.stages import draw_stages
from face2vec.photos.photo import Photo
from face2vec.records import Box, Face

FACES = Path(__file__).resolve().parents[2] / "faces"


def a_face(left: int = 60, top: int = 60, side: int = 100) -> Face:
    """68 points spread over a box; point 30 lies in its middle."""
    rng = np.random.default_rng(0)
    landmarks = rng.uniform((left, top), (left + side, top + side), (68, 2))
    landmarks[30] = left + side / 2, top + side / 2
    return Face(Box(left, top, left + side, top + side), landmarks, "test")


def grey_photo(width: int = 220, height: int = 240) -> Photo:
    return Photo.from_array(np.full((height, width), 128, np.uint8))


def panel(strip: np.ndarray, number: int) -> np.ndarray:
    return np.array_split(strip, 5, axis=1)[number - 1]


def has(picture: np.ndarray, colour: tuple[int, int, int]) -> bool:
    return bool((picture == colour).all(axis=2).any())


ORANGE, GREEN = (0, 130, 255), (60, 200, 60)


def test_photo_and_grey_come_first() -> None:
    colour = np.zeros((240, 220, 3), np.uint8)
    colour[:, :, 2] = 200
    colour[:120, :, 0] = 90
    strip = draw_stages(Photo.from_array(colour), a_face())
    assert has(panel(strip, 1), (90, 0, 200))
    assert not has(panel(strip, 2), (90, 0, 200))
    assert has(panel(strip, 2), (255, 255, 255))


def test_boxes_are_drawn_where_the_face_was_found() -> None:
    third = panel(draw_stages(grey_photo(), a_face(), Box(20, 20, 200, 220)), 3)
    assert has(third, GREEN) and has(third, ORANGE)
    green = np.argwhere((third == GREEN).all(axis=2))
    orange = np.argwhere((third == ORANGE).all(axis=2))
    assert (orange.min(axis=0) < green.min(axis=0)).all()
    assert (orange.max(axis=0) > green.max(axis=0)).all()
    # The box of 100 pixels in a photo of 240 that fills a panel of 330.
    assert np.ptp(green, axis=0) == pytest.approx([137, 137], abs=3)


def test_without_a_crop_none_is_drawn() -> None:
    third = panel(draw_stages(grey_photo(), a_face()), 3)
    assert has(third, GREEN) and not has(third, ORANGE)


def test_landmarks_move_what_is_drawn() -> None:
    photo = grey_photo()
    one, other = (draw_stages(photo, a_face(side=side)) for side in (100, 80))
    assert (panel(one, 1) == panel(other, 1)).all()
    for number in (4, 5):
        assert (panel(one, number) != panel(other, number)).any()


@pytest.mark.parametrize("size", [(220, 240), (1600, 300), (200, 2000)])
def test_the_strip_has_one_size_for_photos_of_any_shape(size: tuple[int, int]) -> None:
    strip = draw_stages(grey_photo(*size), a_face())
    assert strip.dtype == np.uint8
    assert strip.shape == draw_stages(grey_photo(), a_face()).shape


def test_a_face_that_leaves_the_photo_is_drawn_as_far_as_it_is_there() -> None:
    strip = draw_stages(grey_photo(), a_face(left=-30, top=170))
    assert has(panel(strip, 3), GREEN) and has(panel(strip, 4), GREEN)


def test_the_photo_is_left_as_it_was() -> None:
    photo = Photo.open(next(iter(sorted(FACES.rglob("*.jpg")))))
    before = photo.bgr.copy()
    draw_stages(photo, a_face())
    assert (photo.bgr == before).all()


def test_the_readme_s_picture_is_there() -> None:
    picture = cv2.imread(str(FACES.parent / "docs" / "pictures" / "stages.png"))
    assert picture is not None
    assert picture.shape == draw_stages(grey_photo(), a_face()).shape
