"""dlib's shape predictors: computed in numpy from arrays that are kept, else by dlib.

Loading the 68-point model takes dlib a second, and mapping its arrays into memory a hundredth of
that; the points are the same.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import dlib
import numpy as np

from face2vec.assets import fingerprint
from face2vec.dlib_models import kept
from face2vec.dlib_models.serialized import UnknownFormat, mapped
from face2vec.dlib_models.trees import ShapePredictor, Trees, check
from face2vec.errors import ModelError

logger = logging.getLogger(__name__)


class Predictor(Protocol):
    """Fits points to faces."""

    @property
    def points(self) -> int:
        """How many points the model has."""

    def fit(self, images: Sequence[np.ndarray], boxes: np.ndarray) -> np.ndarray:
        """Fits the points of faces; see `ShapePredictor.fit`."""


class DlibPredictor:
    """dlib's own shape predictor.

    Args:
        path: its file.

    Raises:
        ModelError: dlib cannot read it.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._predictor = dlib.shape_predictor(str(path))
        except RuntimeError as error:
            raise ModelError(f"{path} is not a landmark model that dlib can read.") from error
        nothing = self._predictor(np.zeros((2, 2), dtype=np.uint8), dlib.rectangle(0, 0, 1, 1))
        self._points = int(nothing.num_parts)

    @property
    def points(self) -> int:
        """How many points the model has."""
        return self._points

    def fit(self, images: Sequence[np.ndarray], boxes: np.ndarray) -> np.ndarray:
        """Fits the points of faces; see `ShapePredictor.fit`."""
        shapes = [
            self._predictor(np.ascontiguousarray(image), dlib.rectangle(*box)).parts()
            for image, box in zip(images, boxes.tolist(), strict=True)
        ]
        points = [[(point.x, point.y) for point in shape] for shape in shapes]
        return np.array(points, dtype=np.float64).reshape(len(points), self.points, 2)


def open_predictor(path: Path) -> Predictor:
    """Opens a shape predictor: the arrays that are kept of it; else they are made, once.

    Raises:
        ModelError: the file cannot be read, by dlib neither.
    """
    key = fingerprint(path)
    name = f"points-{key}"
    try:
        return ShapePredictor(_known(name, key))
    except UnknownFormat:
        pass
    if not kept.writable():
        return DlibPredictor(path)
    from face2vec.dlib_models.tree_file import read_trees  # once, and then never again

    try:
        trees = read_trees(mapped(path))
    except UnknownFormat as error:
        predictor = DlibPredictor(path)
        logger.warning("%s is left to dlib, which is slower to load: %s.", path, error)
        return predictor
    try:
        kept.keep(name, key, vars(trees))
        trees = _known(name, key)  # what all processes share
    except (OSError, UnknownFormat):
        pass  # the arrays are in memory, this time
    return ShapePredictor(trees)


def _known(name: str, key: str) -> Trees:
    """Returns the arrays that are kept.

    Raises:
        UnknownFormat: there are none that can be used.
    """
    arrays = kept.kept(name, key)
    try:
        trees = Trees(**arrays)
        check(trees)
    except (TypeError, ValueError, IndexError) as error:
        raise UnknownFormat(f"what is kept as {name} is incomplete") from error
    return trees
