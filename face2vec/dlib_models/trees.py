"""Fits the points of a shape predictor in numpy: all boxes at once, the points that dlib gives.

Kazemi and Sullivan, "One millisecond face alignment with an ensemble of regression trees", 2014;
the order of the arithmetic, and what is float32 in it, is that of
`dlib/image_processing/shape_predictor.h`, so that the points are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from face2vec.dlib_models.serialized import UnknownFormat

TOGETHER = 64  # boxes that are fitted together, at most: memory stays flat
MOST = 0xFFFF  # trees of a cascade, splits, pixels, points: far more than any model has
CACHED = 600  # leaves that are added at a time: they stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Trees:
    """A shape predictor: an ensemble of regression trees in cascades.

    Attributes:
        shape: (points, 2) float32, where the fit begins, in the box from 0 to 1, x and y.
        anchors: (cascades, pixels) int32, the point that each pixel is looked at from.
        deltas: (cascades, pixels, 2) float32, how far away from it.
        splits: (2, cascades, trees, splits) int32, the two pixels that each split compares.
        thresholds: (cascades, trees, splits) float32: the walk goes to the first child where the
            first pixel is brighter than the second by more than this.
        leaves: (cascades, trees, splits + 1, 2 * points) float32, what each leaf adds.
    """

    shape: np.ndarray
    anchors: np.ndarray
    deltas: np.ndarray
    splits: np.ndarray
    thresholds: np.ndarray
    leaves: np.ndarray


def check(trees: Trees) -> None:
    """Makes sure that the arrays belong together and that every index is of something.

    Raises:
        UnknownFormat: they do not.
    """
    points = len(trees.shape)
    cascades, pixels = trees.anchors.shape
    _, count, leaves, _ = trees.leaves.shape
    if leaves & (leaves - 1) or leaves < 2:
        raise UnknownFormat("trees whose levels are not full")
    splits = (cascades, count, leaves - 1)
    shapes = [getattr(trees, field.name).shape for field in fields(Trees)]
    if shapes != [
        (points, 2),
        (cascades, pixels),
        (cascades, pixels, 2),
        (2, *splits),
        splits,
        (cascades, count, leaves, 2 * points),
    ]:
        raise UnknownFormat("arrays of shapes that do not belong together")
    for indices, count in ((trees.anchors, points), (trees.splits, pixels)):
        if indices.min() < 0 or indices.max() >= count:
            raise UnknownFormat("an index of a point or a pixel that there is not")
    for numbers in (trees.shape, trees.deltas, trees.thresholds):
        if not np.isfinite(numbers).all():
            raise UnknownFormat("a number that is not finite")


class ShapePredictor:
    """Fits points.

    Args:
        trees: the model.
    """

    def __init__(self, trees: Trees) -> None:
        self._trees = trees
        cascades, count, splits = trees.thresholds.shape
        # A difference of two bytes is above a threshold where it is above the integer below.
        below = np.clip(np.floor(trees.thresholds), -256, 255).astype(np.int16)
        self._thresholds = below.reshape(cascades, count * splits, 1)
        self._pixels = trees.splits.reshape(2, cascades, count * splits).astype(np.intp)
        self._deltas = np.ascontiguousarray(trees.deltas.transpose(0, 2, 1))
        self._anchors = trees.anchors.astype(np.intp)
        self._leaves = trees.leaves.reshape(cascades, count * (splits + 1), -1)
        self._tree = np.arange(count)[:, None]
        self._levels = (splits + 1).bit_length() - 1
        start = trees.shape.astype(np.float64) - trees.shape.astype(np.float64).mean(axis=0)
        x, y = start[:, 0], start[:, 1]
        # A shape times this is the cosine and the sine, times the scale, of its turn from the
        # first one; and minus the sine, and the cosine once more.
        sine = np.stack([-y, x], axis=1)
        turn = np.stack([start, sine, -sine, start], axis=-1) / (start**2).sum()
        self._turn = turn.reshape(-1, 4)

    @property
    def points(self) -> int:
        """How many points the model has."""
        return len(self._trees.shape)

    def fit(self, images: Sequence[np.ndarray], boxes: np.ndarray) -> np.ndarray:
        """Fits the points of faces.

        Args:
            images: n times (h, w) uint8 grey, one for each box, of any sizes.
            boxes: (n, 4) int, left, top, right and bottom, these inclusive as dlib's are.

        Returns:
            (n, points, 2) float64, x and y, whole pixels as dlib gives them.
        """
        parts = [
            self._fit(images[first : first + TOGETHER], boxes[first : first + TOGETHER])
            for first in range(0, len(images), TOGETHER)
        ]
        return np.concatenate(parts) if parts else np.empty((0, self.points, 2))

    def _fit(self, images: Sequence[np.ndarray], boxes: np.ndarray) -> np.ndarray:
        sizes = np.array([image.shape for image in images], dtype=np.intp)
        starts = np.cumsum([0, *(image.size for image in images[:-1])])
        grey = np.concatenate([image.reshape(-1) for image in images])
        corners = boxes[:, :2].astype(np.float64)
        sides = boxes[:, 2:] - corners
        shapes = np.repeat(self._trees.shape[None], len(images), axis=0)
        for cascade in range(len(self._anchors)):
            places = self._places(cascade, shapes)
            in_image = places * sides.T[..., None] + (corners.T[..., None] + 0.5)
            pixels = _pixels_at(in_image, grey, starts, sizes)
            _add_leaves(self._leaves[cascade], self._leaves_of(cascade, pixels), shapes)
        return np.floor(shapes * sides[:, None] + corners[:, None] + 0.5)

    def _places(self, cascade: int, shapes: np.ndarray) -> np.ndarray:
        """Returns where in the box the pixels of a cascade lie, (2, n, pixels) float32."""
        turns = shapes.reshape(len(shapes), -1).astype(np.float64) @ self._turn
        along, across = turns.astype(np.float32).T.reshape(2, 2, -1, 1)
        x, y = self._deltas[cascade]
        places: np.ndarray = along * x
        places += across * y
        places += shapes.transpose(2, 0, 1).take(self._anchors[cascade], axis=2, mode="clip")
        return places

    def _leaves_of(self, cascade: int, pixels: np.ndarray) -> np.ndarray:
        """Walks down all trees of a cascade; returns the indices of the leaves, (trees, n)."""
        first, second = (
            pixels.take(ends, axis=0, mode="clip") for ends in self._pixels[:, cascade]
        )
        brighter = np.subtract(first, second, out=first) > self._thresholds[cascade]
        splits, faces = self._trees.splits.shape[-1], pixels.shape[1]
        went_first = brighter.reshape(-1).view(np.int8)
        root = self._tree * (splits * faces) + np.arange(faces)
        node: np.ndarray = 2 - went_first.take(root, mode="clip").astype(np.intp)
        for _ in range(self._levels - 1):
            went = went_first.take(node * faces + root, mode="clip")
            node *= 2
            node += 2
            node -= went
        node += self._tree * (splits + 1) - splits
        return node


def _pixels_at(
    places: np.ndarray, grey: np.ndarray, starts: np.ndarray, sizes: np.ndarray
) -> np.ndarray:
    """Returns the brightness at places, (pixels, n) int16; 0 outside the image.

    Args:
        places: (2, n, pixels) x and y in each image, half a pixel more; is written over.
        grey: the bytes of all images, one behind the other.
        starts: (n,) where each begins.
        sizes: (n, 2) height and width of each.
    """
    x, y = np.floor(places, out=places).astype(np.intp)
    height, width = sizes.T[..., None]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    y *= width
    y += x
    y += starts[:, None]
    seen = grey.take(y, mode="clip")
    seen *= inside
    return np.ascontiguousarray(seen.T.astype(np.int16))


def _add_leaves(leaves: np.ndarray, reached: np.ndarray, shapes: np.ndarray) -> None:
    """Adds the leaves that were reached to the shapes, tree by tree, in the order of dlib.

    The sum of a column goes from row to row: what is summed here is not summed in pairs.
    """
    trees, faces = reached.shape
    rows = max(1, min(trees, CACHED // faces))
    buffer = np.empty((rows + 1, *shapes.shape), dtype=np.float32).reshape(rows + 1, faces, -1)
    sums = shapes.reshape(faces, -1)
    for first in range(0, trees, rows):
        some = reached[first : first + rows]
        buffer[0] = sums
        leaves.take(some, axis=0, out=buffer[1 : len(some) + 1], mode="clip")
        np.add.reduce(buffer[: len(some) + 1], axis=0, out=sums)
