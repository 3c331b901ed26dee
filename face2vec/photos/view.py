"""Views: windows through which a detector looks at a photo, at any scale, shift and turn.

A view maps its own pixels to those of the photo by an affine map, so that what is found in it can
be told in the photo's coordinates to a fraction of a pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class View:
    """A window of `width` x `height` pixels onto a photo.

    Attributes:
        matrix: (2, 3) float64, takes (x, y, 1) of the view to x, y of the photo.
        turn: degrees by which the photo is turned, against the clock, to make the view.
    """

    matrix: np.ndarray
    width: int
    height: int
    turn: float = 0.0

    @property
    def step(self) -> float:
        """Pixels of the photo from one pixel of the view to the next."""
        return math.hypot(*self.matrix[:, 0])

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Takes (n, 2) x, y of the view to those of the photo."""
        turned = np.asarray(points, dtype=np.float64) @ self.matrix[:, :2].T
        return np.asarray(turned + self.matrix[:, 2])


def whole(
    size: tuple[int, int], side: float, *, pad: float = 0.0, turn: float = 0.0, enlarge: float = 1.0
) -> View:
    """Returns the view of a whole photo.

    Args:
        size: width and height of the photo.
        side: pixels of the view's long side.
        pad: border around the photo, as a share of its size, on every side.
        turn: degrees, against the clock.
        enlarge: how often a pixel of the photo may be repeated at most; the view of a small photo
            stays smaller than `side`.
    """
    width, height = size
    cos, sin = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    spread = (1 + 2 * pad) * np.array(
        [abs(cos) * width + abs(sin) * height, abs(sin) * width + abs(cos) * height]
    )
    step = max(spread.max() / side, 1 / enlarge)
    across, down = (max(1, round(length)) for length in spread / step)
    return _centred(np.array([width - 1, height - 1]) / 2, step, turn, across, down)


def around(centre: np.ndarray, side: float, *, turn: float, pixels: int, share: float) -> View:
    """Returns the square view around a face.

    Args:
        centre: x, y in the photo.
        side: of the face, in pixels of the photo.
        turn: degrees, against the clock, that make the face upright.
        pixels: side of the face in the view.
        share: side of the view, in sides of the face.
    """
    across = round(pixels * share)
    return _centred(np.asarray(centre), side / pixels, turn, across, across)


def _centred(centre: np.ndarray, step: float, turn: float, width: int, height: int) -> View:
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    linear = step * np.array([[cos, -sin], [sin, cos]])
    shift = centre - linear @ np.array([width - 1, height - 1]) / 2
    return View(np.hstack([linear, shift[:, None]]), width, height, turn)
