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

GRID = 5  # points a side
INNER = 0.7  # share of the box's side that the grid covers
WINDOW = (15, 15)  # pixels around a point that are compared
LEVELS = 3
AWAY = 0.08  # of the box's side: the farthest that points may come back from where they began
LEAST_LIKENESS = 0.55  # correlation of the face before and after
SIDE = 640  # pixels of the long side of the frames that are followed in


@dataclass(frozen=True, eq=False)
class Place:
    """A square around a face: its centre and side in pixels of the full frame."""

    x: float
    y: float
    side: float

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
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 12, 0.03)
    options = {"winSize": WINDOW, "maxLevel": LEVELS, "criteria": criteria}
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, after, start, None, **options)
    back, found_back, _ = cv2.calcOpticalFlowPyrLK(after, before, there, None, **options)
    away = np.linalg.norm(back - start, axis=1)
    away[(found & found_back).ravel() == 0] = np.inf
    points = GRID * GRID
    followed = []
    for index, place in enumerate(small):
        mine = slice(index * points, (index + 1) * points)
        moved = _moved(place, start[mine], there[mine], away[mine])
        if moved is not None and _likeness(before, place, after, moved) < LEAST_LIKENESS:
            moved = None
        followed.append(moved and Place(moved.x / scale, moved.y / scale, moved.side / scale))
    return followed


def _grid(place: Place) -> np.ndarray:
    steps = (np.arange(GRID) / (GRID - 1) - 0.5) * INNER * place.side
    x, y = np.meshgrid(place.x + steps, place.y + steps)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _moved(
    place: Place, start: np.ndarray, there: np.ndarray, away: np.ndarray
) -> Place | None:
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


def _likeness(before: np.ndarray, one: Place, after: np.ndarray, other: Place) -> float:
    """Correlation of the two squares at 24 x 24 pixels, -1 to 1."""
    squares = [_square(grey, place) for grey, place in ((before, one), (after, other))]
    return float(cv2.matchTemplate(squares[0], squares[1], cv2.TM_CCOEFF_NORMED)[0, 0])


def _square(grey: np.ndarray, place: Place, pixels: int = 24) -> np.ndarray:
    step = place.side / pixels
    corner = (place.x - place.side / 2 + step / 2, place.y - place.side / 2 + step / 2)
    matrix = np.array([[step, 0, corner[0]], [0, step, corner[1]]])
    flags = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    return cv2.warpAffine(
        grey, matrix, (pixels, pixels), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
