"""Following faces from one frame to the next by optical flow.

Kalal, Mikolajczyk and Matas, "Forward-backward error: automatic detection of tracking failures",
2010 (Median Flow): a grid of points on each face is followed there and back (Lucas and Kanade,
1981); the half that comes back nearest to where it began tells how the face moved and grew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from face2vec.records import Box

GRID = 5  # points a side
INNER = 0.7  # share of the box's side that the grid covers
WINDOW = (15, 15)  # pixels around a point that are compared
LEVELS = 3
AWAY = 0.08  # of the box's side: the farthest that points may come back from where they began
PATCH = 24  # pixels of the side of the squares that are compared
LEAST_LIKENESS = 0.55  # correlation of the face before and after
SIDE = 640  # pixels of the long side of the frames that are followed in


@dataclass(frozen=True, eq=False)
class Place:
    """A square around a face: its centre and side in pixels of the full frame."""

    x: float
    y: float
    side: float

    @property
    def box(self) -> Box:
        """The square in whole pixels."""
        side = max(1, round(self.side))
        left, top = round(self.x - side / 2), round(self.y - side / 2)
        return Box(left, top, left + side, top + side)

    def moved(self, right: float, down: float, growth: float = 1.0) -> Place:
        """Returns the place shifted by pixels and grown."""
        return Place(self.x + right, self.y + down, self.side * growth)

    def overlap(self, other: Place) -> float:
        """Returns intersection over union."""
        reach = (self.side + other.side) / 2
        across = min(reach - abs(self.x - other.x), self.side, other.side)
        down = min(reach - abs(self.y - other.y), self.side, other.side)
        if across <= 0 or down <= 0:
            return 0.0
        return across * down / (self.side**2 + other.side**2 - across * down)


def small_grey(image: np.ndarray) -> tuple[np.ndarray, float]:
    """Returns a frame in grey, (h, w) uint8, at most `SIDE` long, and its scale."""
    longest = max(image.shape[:2])
    scale = min(1.0, SIDE / longest)
    if scale < 1:
        size = tuple(max(1, round(length * scale)) for length in image.shape[1::-1])
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), scale


def follow(
    before: np.ndarray, after: np.ndarray, places: Sequence[Place], scale: float
) -> list[Place | None]:
    """Returns where faces are in the next frame; None for those that were lost.

    Args:
        before, after: (h, w) uint8 grey, of one size.
        places: of the faces in `before`, in pixels of the full frame.
        scale: from pixels of the full frame to those of `before`.
    """
    if not places:
        return []
    small = [Place(p.x * scale, p.y * scale, p.side * scale) for p in places]
    start = np.concatenate([_grid(place) for place in small]).astype(np.float32)
    there, found = _flow(before, after, start)
    back, found_back = _flow(after, before, there)
    away = np.linalg.norm(back - start, axis=1)
    away[(found & found_back).ravel() == 0] = np.inf
    points = GRID * GRID
    followed = []
    for index, place in enumerate(small):
        mine = slice(index * points, (index + 1) * points)
        moved = _moved(place, start[mine], there[mine], away[mine])
        if moved and likeness(square(before, place), square(after, moved)) < LEAST_LIKENESS:
            moved = None
        followed.append(moved and Place(moved.x / scale, moved.y / scale, moved.side / scale))
    return followed


def _flow(
    before: np.ndarray, after: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns where (n, 2) float32 points have gone, and (n, 1) whether they were found."""
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 0.03)
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, points.copy(), None, None, WINDOW, LEVELS, criteria
    )
    return np.asarray(there), np.asarray(found)


def _grid(place: Place) -> np.ndarray:
    steps = (np.arange(GRID) / (GRID - 1) - 0.5) * INNER * place.side
    x, y = np.meshgrid(place.x + steps, place.y + steps)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _moved(place: Place, start: np.ndarray, there: np.ndarray, away: np.ndarray) -> Place | None:
    middle = np.median(away)
    if not middle <= max(1.0, AWAY * place.side):
        return None
    good = away <= middle
    start, there = start[good], there[good]
    right, down = np.median(there - start, axis=0)
    before = np.linalg.norm(start[:, None] - start[None], axis=2)
    after = np.linalg.norm(there[:, None] - there[None], axis=2)
    apart = before > 0.2 * place.side
    growth = float(np.median(after[apart] / before[apart])) if apart.any() else 1.0
    return place.moved(float(right), float(down), float(np.clip(growth, 0.9, 1.1)))


def square(grey: np.ndarray, place: Place, scale: float = 1.0) -> np.ndarray:
    """Returns what is at a place, (24, 24) uint8, beyond the picture its border.

    Args:
        grey: (h, w) uint8.
        place: in pixels of the full frame.
        scale: from these to pixels of `grey`.
    """
    step = place.side * scale / PATCH
    corner = (np.array([place.x, place.y]) - place.side / 2) * scale + step / 2
    matrix = np.array([[step, 0, corner[0]], [0, step, corner[1]]])
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    return cv2.warpAffine(
        grey, matrix, (PATCH, PATCH), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Returns the correlation of two squares, -1 to 1."""
    return float(cv2.matchTemplate(one, other, cv2.TM_CCOEFF_NORMED)[0, 0])
