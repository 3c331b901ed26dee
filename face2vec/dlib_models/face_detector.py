"""dlib's CNN face detector: its network in OpenCV, what it makes of the scores in numpy.

King, "Max-margin object detection", 2015. Boxes and the choice among overlapping ones are those of
`dlib/dnn/loss.h` (`loss_mmod_`). Where the file or OpenCV is of a kind that is not understood,
dlib finds the faces as before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import dlib
import numpy as np

from face2vec.dlib_models.layers import Network, read_network
from face2vec.dlib_models.networks import detector_onnx, strides
from face2vec.dlib_models.opencv import OpenCVNetwork
from face2vec.dlib_models.pyramid import RATE, Tile, build, layout
from face2vec.dlib_models.serialized import UnknownFormat, mapped
from face2vec.errors import ModelError

logger = logging.getLogger(__name__)


class Found(NamedTuple):
    """A face: its box, right and bottom inclusive as dlib's are, and its score, more than 0."""

    left: int
    top: int
    right: int
    bottom: int
    score: float


class FaceDetector:
    """Finds faces of about 80 pixels and more.

    Args:
        path: dlib's file of the network, as `mmod_human_face_detector.dat`.

    Raises:
        ModelError: the file cannot be read, by dlib neither.
    """

    def __init__(self, path: Path) -> None:
        self._find: Callable[[np.ndarray], list[Found]]
        try:
            self._find = _OpenCVDetector(read_network(mapped(path))).find
        except OSError as error:
            raise ModelError(f"the model file {path} cannot be read: {error.strerror}.") from error
        except UnknownFormat as error:
            self._find = _by_dlib(path)
            logger.warning("%s is left to dlib, which is slower: %s.", path, error)

    def find(self, rgb: np.ndarray) -> list[Found]:
        """Finds the faces of a photo, the surest first.

        Args:
            rgb: (h, w, 3) uint8, red first.
        """
        return self._find(rgb)


class _OpenCVDetector:
    """The detector in OpenCV."""

    def __init__(self, network: Network) -> None:
        self._opencv = OpenCVNetwork(detector_onnx(network))
        self._input, self._loss = network.input, network.loss
        if self._loss["covered"] < 1:
            raise UnknownFormat("a detector that also forbids boxes within others")
        self._strides = strides(network)
        means = [self._input[colour] for colour in ("red", "green", "blue")]
        self._means = np.array(means, dtype=np.float32)[:, None, None]

    def find(self, rgb: np.ndarray) -> list[Found]:
        height, width = rgb.shape[:2]
        tiles, across, down = layout(
            width, height, int(self._input["padding"]), int(self._input["border"])
        )
        if min(self._given(across), self._given(down)) < 1:
            return []  # too small for the network
        photo = (rgb.transpose(2, 0, 1).astype(np.float32) - self._means) / np.float32(256)
        scores = self._opencv.forward(build(photo, tiles, across, down)[None])[0, 0]
        rows, columns = np.nonzero(scores > 0)
        order = np.argsort(-scores[rows, columns], kind="stable")
        kept: list[Found] = []
        for row, column in zip(rows[order], columns[order], strict=True):
            found = Found(*self._box(tiles, row, column), float(scores[row, column]))
            if not any(_overlap(found, other, self._loss["iou"]) for other in kept):
                kept.append(found)
        return kept

    def _given(self, length: int) -> int:
        """Returns how many scores the network gives along so many pixels."""
        for window, stride, padding in self._strides:
            length = 1 + (length + 2 * padding - window) // stride
        return length

    def _box(self, tiles: list[Tile], row: int, column: int) -> tuple[int, int, int, int]:
        """Returns the box, in the photo, of a place of the scores."""
        x, y = float(column), float(row)
        for window, stride, padding in reversed(self._strides):
            x, y = (place * stride - padding + window // 2 for place in (x, y))
        level = _level_at(tiles, int(np.floor(x + 0.5)), int(np.floor(y + 0.5)))
        half_width, half_height = (self._loss["width"] - 1) / 2, (self._loss["height"] - 1) / 2
        corners = np.array([x - half_width, y - half_height, x + half_width, y + half_height])
        corners -= np.tile([tiles[level].left, tiles[level].top], 2)
        for _ in range(level):
            corners = corners * (RATE / (RATE - 1.0)) + 0.3
        left, top, right, bottom = (np.sign(corners) * np.floor(np.abs(corners) + 0.5)).tolist()
        return int(left), int(top), int(right), int(bottom)


def _level_at(tiles: list[Tile], x: int, y: int) -> int:
    """Returns the level that a place lies in, or the nearest one."""

    def distance(tile: Tile) -> float:
        across = max(tile.left - x, 0, x - tile.right + 1)
        down = max(tile.top - y, 0, y - tile.bottom + 1)
        return float(np.hypot(across, down))

    return min(range(len(tiles)), key=lambda level: distance(tiles[level]))


def _overlap(one: Found, other: Found, most: float) -> bool:
    """Tells whether two boxes share more of the box around both than they may."""
    across = min(one.right, other.right) - max(one.left, other.left) + 1
    down = min(one.bottom, other.bottom) - max(one.top, other.top) + 1
    if across <= 0 or down <= 0:
        return False
    whole_across = max(one.right, other.right) - min(one.left, other.left) + 1
    whole_down = max(one.bottom, other.bottom) - min(one.top, other.top) + 1
    return across * down / (whole_across * whole_down) > most


def _by_dlib(path: Path) -> Callable[[np.ndarray], list[Found]]:
    try:
        network = dlib.cnn_face_detection_model_v1(str(path))
    except RuntimeError as error:
        raise ModelError(f"{path} is not a face detection network of dlib's.") from error

    def find(rgb: np.ndarray) -> list[Found]:
        found = ((one.rect, one.confidence) for one in network(rgb, 0))
        return [
            Found(box.left(), box.top(), box.right(), box.bottom(), score) for box, score in found
        ]

    return find
