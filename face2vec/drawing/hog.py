"""Histograms of oriented gradients: their picture, and a face's template that slides over a photo.

Dalal and Triggs, "Histograms of oriented gradients for human detection", 2005; scikit-image
computes them: 8 orientations, cells of 16 x 16 pixels, each cell normalised by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from face2vec.assets import own_data
from face2vec.records import Box

ORIENTATIONS, CELL = 8, 16
SIDE = 640  # pixels of the long side of the photo that is looked at, about
TEMPLATE = "hog-face.npy"  # docs/make_template.py makes it of the made-up people
TEMPLATE_CELLS = 8  # along a side of the template, which is as large as the face's box
GAMMA = 0.6  # of the picture, so that weak edges are seen
GROWTH = 1.19  # from one size of face to the next: four to a doubling
MOST_CELLS = 40  # along the long side of the photo, when the smallest faces are looked for


@dataclass(frozen=True, eq=False)
class Place:
    """Where a template fits best.

    Attributes:
        box: in pixels of the photo.
        score: correlation of the template with what is there, -1 to 1.
        scores: (rows, columns) float64, the correlation everywhere at this size of face.
        step: pixels of the photo from one cell, and so from one of `scores`, to the next.
        tried: how many places were tried, at all sizes.
    """

    box: Box
    score: float
    scores: np.ndarray
    step: float
    tried: int


def scaled(grey: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Returns a photo whose long side is `side` pixels."""
    scale = side / max(grey.shape)
    size = [max(CELL, round(length * scale)) for length in reversed(grey.shape)]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(grey, size, interpolation=how)


def hog_cells(grey: np.ndarray) -> np.ndarray:
    """Returns the histograms of a picture: (rows, columns, 8) float64.

    Args:
        grey: (h, w) uint8, at least 16 x 16.
    """
    from skimage.feature import hog

    cells = hog(grey, ORIENTATIONS, (CELL, CELL), (1, 1), feature_vector=False)
    return np.asarray(cells[:, :, 0, 0])


def hog_picture(grey: np.ndarray) -> np.ndarray:
    """Returns scikit-image's picture of the histograms: (h, w) uint8, bright lines along edges."""
    from skimage.feature import hog

    _, picture = hog(grey, ORIENTATIONS, (CELL, CELL), (1, 1), visualize=True)
    brightest = max(float(np.percentile(picture, 99.5)), 1e-9)
    return np.round(255 * np.clip(picture / brightest, 0, 1) ** GAMMA).astype(np.uint8)


def cell_lines(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns a line for each orientation of each cell, along the edge that it stands for.

    Args:
        cells: (rows, columns, 8).

    Returns:
        (n, 2, 2) ends, columns x and y, in cells; and (n,) their strength, 0 to 1, of what they
        stand out by from the weakest of their cell.
    """
    rows, columns, _ = cells.shape
    angles = np.pi * (np.arange(ORIENTATIONS) + 0.5) / ORIENTATIONS
    half = 0.46 * np.stack([np.sin(angles), np.cos(angles)], axis=1)  # across the gradient
    y, x = np.mgrid[:rows, :columns]
    centres = np.stack([x, y], axis=-1)[:, :, None] + 0.5
    ends = np.stack([centres - half, centres + half], axis=3).reshape(-1, 2, 2)
    standing_out = cells - cells.min(axis=2, keepdims=True)
    return ends, (standing_out / max(float(standing_out.max()), 1e-9)).ravel()


@lru_cache(maxsize=1)
def face_template() -> np.ndarray:
    """Returns the mean histograms of upright faces: (8, 8, 8) float32."""
    return np.load(own_data(TEMPLATE), allow_pickle=False)


def best_place(grey: np.ndarray, template: np.ndarray) -> Place:
    """Slides a template over a photo, at every size of face, and says where it fits best.

    Args:
        grey: (h, w) uint8.
        template: (8, 8, 8).
    """
    best: Place | None = None
    tried = 0
    cells = float(TEMPLATE_CELLS)
    while cells <= MOST_CELLS:
        # The whole photo, so many cells long: the larger it is made, the smaller the faces found.
        length = max(grey.shape) / min(grey.shape) * cells
        if length > MOST_CELLS and best is not None:
            break
        picture = scaled(grey, round(length * CELL))
        scores = _correlation(hog_cells(picture), template)
        tried += scores.size
        row, column = map(int, np.unravel_index(int(scores.argmax()), scores.shape))
        if best is None or scores[row, column] > best.score:
            step = max(grey.shape) / max(picture.shape) * CELL
            best = Place(_box(row, column, step), float(scores[row, column]), scores, step, 0)
        cells *= GROWTH
    assert best is not None
    return Place(best.box, best.score, best.scores, best.step, tried)


def _correlation(cells: np.ndarray, template: np.ndarray) -> np.ndarray:
    """Returns the correlation of the template with each window of as many cells."""
    window = template.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(cells, window, axis=(0, 1))
    wanted = np.moveaxis(template, 2, 0).astype(np.float64)  # as the windows' axes are
    wanted = (wanted - wanted.mean()) / max(wanted.std(), 1e-9)
    axes = (2, 3, 4)
    mean, spread = windows.mean(axis=axes), windows.std(axis=axes)
    together = np.einsum("xyokl,okl->xy", windows, wanted) / wanted.size
    return np.asarray((together - mean * wanted.mean()) / np.maximum(spread, 1e-3))


def _box(row: int, column: int, step: float) -> Box:
    left, top = round(column * step), round(row * step)
    side = round(TEMPLATE_CELLS * step)
    return Box(left, top, left + side, top + side)
