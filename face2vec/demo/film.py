"""A short film of made-up people, with the truth about every frame.

They stand before a wall and turn their heads; one walks by in front of another; then the film is
cut to two others, nearer. The same seed gives the same pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from face2vec.demo.people import STILL, Sitter, draw_looks, pose
from face2vec.demo.photos import DEPTH, NECK, rotation, wall
from face2vec.demo.portraits import load_portraits
from face2vec.demo.warp import bend
from face2vec.detection.landmarks import frame as frame_of
from face2vec.errors import OptionError
from face2vec.records import Box

SIZE = (640, 360)  # width and height in pixels
RATE = 25  # frames a second
SCENES = (0.62, 1.0)  # shares of the film at which the scenes end
CAST = 4  # people
GRAIN = 2.5  # standard deviation of a pixel's noise
_SPRITE = (360, 400)  # width and height of the picture of one person
_ZOOM = 0.78  # pixels of it to one of the canvas

_BELOW = 256 / 76  # from the eyes to where a picture ends, in distances between the eyes

Place = tuple[float, float]  # x of the middle of the eyes, and pixels between them


@dataclass(frozen=True)
class Shown:
    """The truth about one face in a frame, also where somebody stands before it."""

    name: str
    box: Box


@dataclass(frozen=True, eq=False)
class _Role:
    """What somebody does in a scene.

    Attributes:
        number: of the person.
        place: from the share of the scene to where they are.
        phase: of the turning of the head, radians.
    """

    number: int
    place: Callable[[float], Place]
    phase: float


def film_frames(seed: int = 0, seconds: float = 8.0) -> Iterator[tuple[np.ndarray, list[Shown]]]:
    """Yields the film's frames, (360, 640, 3) uint8, blue first, and who is in each.

    Args:
        seed: not negative; the people are the first of those of `make_people` with this seed.
        seconds: at least 1.

    Raises:
        OptionError: a number out of range.
        MissingPackageError: scikit-image or matplotlib is not installed.
    """
    if seed < 0 or seconds < 1:
        raise OptionError("a film needs a seed that is not negative, and at least one second.")
    rng = np.random.default_rng([seed, 77])
    portraits = load_portraits()
    looks = draw_looks(seed, CAST)
    sitters = [pose(look, portraits) for look in looks]
    count = round(seconds * RATE)
    start = 0
    for end, roles in zip(SCENES, _roles(), strict=True):
        ground = cv2.resize(wall(rng), SIZE, interpolation=cv2.INTER_CUBIC)
        last = round(end * count)
        for index in range(start, last):
            share = (index - start) / (last - start)
            picture, shown = ground, []
            for role in roles:
                sitter = sitters[role.number]
                layer, box = _figure(sitter, role, share, index / RATE)
                picture = picture * (1 - layer[..., 3:]) + layer[..., :3]
                shown.append(Shown(looks[role.number].name, box))
            grain = rng.normal(0, GRAIN, (SIZE[1], SIZE[0], 1))
            yield np.clip(np.rint(picture + grain), 0, 255).astype(np.uint8), shown
        start = last


def _roles() -> tuple[list[_Role], list[_Role]]:
    """The two scenes; who comes last stands in front."""
    first = [
        _Role(0, lambda share: (130 + 12 * float(np.sin(5 * share)), 44 + 3 * share), 0.0),
        _Role(1, lambda share: (420 - 10 * share, 46), 2.0),
        _Role(2, lambda share: (760 - 490 * share, 57 + float(np.sin(18 * share))), 4.0),
    ]
    second = [
        _Role(1, lambda share: (150 + 20 * share, 38 + 6 * share), 1.0),
        _Role(3, lambda share: (420 - 25 * share, 68 + 8 * share), 3.0),
    ]
    return first, second


def _figure(sitter: Sitter, role: _Role, share: float, time: float) -> tuple[np.ndarray, Box]:
    """A person at their place, colours multiplied by alpha, and the box of the face."""
    turn = rotation(
        yaw=15 * np.sin(1.9 * time + role.phase),
        pitch=3 * np.sin(1.1 * time + 2 * role.phase),
        roll=4 * np.sin(1.4 * time + 3 * role.phase),
    )
    solid = np.column_stack([sitter.landmarks, DEPTH])
    head = np.concatenate([solid, sitter.crown])
    turned = ((head - NECK) @ turn.T + NECK)[:, :2]
    begin = np.concatenate([sitter.landmarks, sitter.crown[:, :2], STILL])
    view = np.array([[_ZOOM, 0, _SPRITE[0] / 2 - _ZOOM * 256], [0, _ZOOM, 0.0]])
    sprite = bend(sitter.image, begin, np.concatenate([turned, STILL]), view, _SPRITE)
    points = turned[: len(sitter.landmarks)] @ view[:, :2].T + view[:, 2]
    if sitter.mirrored:
        sprite = np.ascontiguousarray(sprite[:, ::-1])
        points = points * (-1, 1) + (_SPRITE[0] - 1, 0)
    sprite = np.dstack([np.clip(sprite[..., :3], 0, 255), np.clip(sprite[..., 3], 0, 1)])
    sprite[..., :3] *= sprite[..., 3:]
    x, between = role.place(share)
    y = SIZE[1] - _BELOW * between
    scale = between / (76 * _ZOOM)  # eyes are 76 apart on the canvas
    middle = np.array([_SPRITE[0] / 2, _ZOOM * 230])
    matrix = np.array([[scale, 0, x - scale * middle[0]], [0, scale, y - scale * middle[1]]])
    placed = cv2.warpAffine(sprite, matrix, SIZE, flags=cv2.INTER_AREA)
    centre, side, _ = frame_of(points @ matrix[:, :2].T + matrix[:, 2])
    left, top = (round(float(middle)) for middle in centre - side / 2)
    return placed, Box(left, top, left + round(side), top + round(side))
